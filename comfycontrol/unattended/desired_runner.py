"""What the runner of this instance shall be: the environment's word, filled up with what is known of the machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic import SecretStr

from ..comfyui import Gpu
from ..configuration.variables import AUTO, Configuration
from ..models.endpoint import normalise_endpoint
from ..models.limits import ACTIVE, NAME_LENGTH, TAG_COUNT
from ..models.runner import Runner, RunnerChange, RunnerDraft
from ..public_address.suggest import best_suggestion
from ..public_address.surroundings import Surroundings
from ..runners.tags import gpu_model, suggest_tags

# A platform's own name for the pod or container; where there is none, its host is named after it.
_POD_VARIABLES = ("RUNPOD_POD_ID", "VAST_CONTAINERLABEL", "SALAD_MACHINE_ID", "CODESPACE_NAME", "HOSTNAME")


class Place(NamedTuple):
    """One moment of this machine: what is around it, what it is called, what it computes on.

    `system` is as `platform.system` gives it.
    """

    surroundings: Surroundings
    hostname: str
    gpu: Gpu | None = None
    system: str = ""


@dataclass(frozen=True)
class DesiredRunner:
    """The runner as it shall be. `given` are the fields that the environment decides; the others are for a new one.

    `repr` leaves the headers out: their values are secrets. `is_configured` says that an operator named the endpoint;
    another was found, and has to be proven before it is sent to the service. `proof_headers` are those that go to the
    endpoint itself meanwhile: an operator's are not for an address that nobody has confirmed.
    """

    name: str
    endpoint: str
    tags: tuple[str, ...]
    headers: Mapping[str, SecretStr] = field(repr=False)
    given: frozenset[str]
    is_configured: bool
    proof_headers: Mapping[str, SecretStr] = field(repr=False, default_factory=dict)
    puts_into_service: bool = False

    def draft(self) -> RunnerDraft:
        """For a runner that is not there yet."""
        return RunnerDraft(name=self.name, endpoint=self.endpoint, headers=dict(self.headers), tags=self.tags)

    def change_of(self, runner: Runner, *, with_headers: bool = False) -> RunnerChange:
        """What has to change for the runner to be as decided.

        Args:
            runner: as the service last gave it.
            with_headers: send the headers too. Their values are not kept here, so they cannot be compared.

        """
        values: dict[str, Any] = {}
        if "name" in self.given and runner.name != self.name:
            values["name"] = self.name
        if normalise_endpoint(runner.endpoint) != normalise_endpoint(self.endpoint):
            values["endpoint"] = self.endpoint
            # A header that a platform's address takes goes with the address.
            with_headers = with_headers or bool(self.headers)
        if "tags" in self.given and runner.tags != self.tags:
            values["tags"] = self.tags
        if with_headers and ("headers" in self.given or self.headers):
            values["headers"] = dict(self.headers)
        if self.puts_into_service and runner.status != ACTIVE:
            values["status"] = ACTIVE
        return RunnerChange(**values)

    def change_of_another(self) -> RunnerChange:
        """For a runner that was another machine's and is out of service: nothing of that machine may stay.

        Its name may, where the environment decides none: it is a place in somebody's list.
        """
        draft = self.draft()
        name = {"name": draft.name} if "name" in self.given else {}
        return RunnerChange(**name, endpoint=draft.endpoint, tags=draft.tags, headers=draft.headers, status=ACTIVE)


def desired_runner(
    configuration: Configuration, headers: Mapping[str, SecretStr] | None, place: Place
) -> DesiredRunner | None:
    """Put the runner together; None where no address is known.

    Args:
        configuration: what the environment says.
        headers: those that the environment decides, None for none.
        place: this machine at this moment.

    """
    found = best_suggestion(place.surroundings)
    endpoint = configuration.ENDPOINT or (found.url if found else None)
    if endpoint is None:
        return None
    same = found is not None and found.url == normalise_endpoint(endpoint)
    auto = configuration.HEADERS == AUTO
    of_address = {
        one.name: SecretStr(one.value)
        for one in (found.headers if found and same else ())
        if one.value and (auto or not one.of_machine)
    }
    return DesiredRunner(
        name=name_of(configuration.NAME or "{hostname}", place, configuration.REUSE or ""),
        endpoint=endpoint,
        tags=tags_of(configuration.TAGS or (), place),
        headers=of_address if headers is None else headers,
        given=frozenset(configuration.decides),
        is_configured=configuration.ENDPOINT is not None,
        proof_headers=headers if headers is not None and configuration.ENDPOINT is not None else of_address,
        puts_into_service=configuration.ON_EXIT == "disable",
    )


def name_of(pattern: str, place: Place, prefix: str = "") -> str:
    """Fill in the places of a name, and cut it to the documented length.

    With a prefix, it begins so: only then can the runner be taken over again when this machine is gone.
    """
    environment = place.surroundings.environment
    pod = next((environment[name] for name in _POD_VARIABLES if environment.get(name)), place.hostname)
    values = {"hostname": place.hostname, "gpu": _gpu_name(place.gpu), "pod": pod}
    for name, value in values.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    name = " ".join(pattern.split()) or "ComfyUI"
    return (name if name.startswith(prefix) else prefix + name)[:NAME_LENGTH].strip()


def tags_of(tags: tuple[str, ...], place: Place) -> tuple[str, ...]:
    """Give the tags, with `auto` replaced by those that the form would suggest, as far as there is room."""
    own = [tag for tag in tags if tag != AUTO]
    if AUTO in tags:
        suggested = suggest_tags(place.gpu, place.system, place.surroundings)
        own += [tag for tag in suggested if tag not in own]
    return tuple(own[:TAG_COUNT])


def _gpu_name(gpu: Gpu | None) -> str:
    return (gpu_model(gpu) if gpu is not None else "") or "cpu"
