"""What this instance's runner should be: as the environment says, completed with what is known of the machine."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pydantic import Field, SecretStr

from ..comfyui import Gpu
from ..configuration.variables import AUTO, Configuration
from ..models.endpoint import normalise_endpoint, same_endpoint
from ..models.limits import ACTIVE, NAME_LENGTH, TAG_COUNT
from ..models.runner import Runner, RunnerChange, RunnerDraft
from ..public_address.suggest import best_suggestion
from ..public_address.surroundings import Surroundings
from ..runners.tags import gpu_model, suggest_tags

# Platforms' own names of the pod or container; the host name, which comes last, usually is one too.
_POD_VARIABLES = ("RUNPOD_POD_ID", "VAST_CONTAINERLABEL", "SALAD_MACHINE_ID", "CODESPACE_NAME", "HOSTNAME")


class Place(NamedTuple):
    """What this machine is at the moment: its surroundings, its name, its GPU.

    `system` is as `platform.system` gives it.
    """

    surroundings: Surroundings
    hostname: str
    gpu: Gpu | None = None
    system: str = ""


class DesiredRunner(RunnerDraft):
    """The draft of a new runner, of which an existing one has to match the fields in `given`: the environment's.

    `is_configured` says that an operator named the endpoint; any other was found, and has to be proven before it is
    sent to the service. `proof_headers` are sent to the endpoint itself for that proof: an operator's headers are not
    for an address that nobody has confirmed. `puts_into_service` enables a runner that was disabled at the last end.
    `guarded` says that only ComfyControl may get in at the endpoint.
    """

    given: frozenset[str]
    is_configured: bool
    proof_headers: dict[str, SecretStr] = Field(default_factory=dict)
    puts_into_service: bool = False
    guarded: bool = False

    def change_of(self, runner: Runner, *, with_headers: bool = False) -> RunnerChange:
        """What has to change for the runner to be as decided.

        Args:
            runner: as the service last gave it.
            with_headers: send the headers too. Their values are not kept here, so they cannot be compared.

        """
        names = {name for name in self.given & {"name", "tags"} if getattr(runner, name) != getattr(self, name)}
        if not same_endpoint(runner.endpoint, self.endpoint):
            names.add("endpoint")
            # A header that a platform's address needs goes with the address.
            with_headers = with_headers or bool(self.headers)
        if with_headers and ("headers" in self.given or self.headers):
            names.add("headers")
        change = self.as_change(names)
        return _enabling(change) if self.puts_into_service and runner.status != ACTIVE else change

    def guarded_by(self, header: str, key: SecretStr) -> "DesiredRunner":
        """The same with the header that opens the guarded port."""
        return self.model_copy(update={"headers": {**self.headers, header: key}, "guarded": True})

    def change_of_another(self) -> RunnerChange:
        """For a disabled runner that belonged to another machine: nothing may be left of that machine.

        Except the name, unless the environment decides it: somebody may look for it in their list.
        """
        return _enabling(self.as_change({"endpoint", "tags", "headers"} | (self.given & {"name"})))


def _enabling(change: RunnerChange) -> RunnerChange:
    return change.model_copy(update={"status": ACTIVE})


def desired_runner(
    configuration: Configuration,
    headers: Mapping[str, SecretStr] | None,
    place: Place,
    registered: str = "",
    is_ruled_out: Callable[[str], bool] = lambda _: False,
) -> DesiredRunner | None:
    """Put the desired runner together; None if no address is known.

    Args:
        configuration: what the environment says.
        headers: those that the environment decides; None if it does not.
        place: this machine at the moment.
        registered: the address that the service has.
        is_ruled_out: whether an address is known not to lead here.

    """
    found = best_suggestion(place.surroundings, registered, is_ruled_out)
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
        headers=of_address if headers is None else dict(headers),
        given=frozenset(configuration.decides),
        is_configured=configuration.ENDPOINT is not None,
        proof_headers=dict(headers) if headers is not None and configuration.ENDPOINT is not None else of_address,
        puts_into_service=configuration.ON_EXIT == "disable",
    )


def name_of(pattern: str, place: Place, prefix: str = "") -> str:
    """Fill in the placeholders of a name, and cut it to the documented length.

    The prefix is put in front if it is missing: without it, nobody could take the runner over after this machine.
    """
    environment = place.surroundings.environment
    pod = next((environment[name] for name in _POD_VARIABLES if environment.get(name)), place.hostname)
    values = {"hostname": place.hostname, "gpu": _gpu_name(place.gpu), "pod": pod}
    for name, value in values.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    # A host's name may be bytes of any kind.
    name = " ".join(pattern.encode(errors="replace").decode().split()) or "ComfyUI"
    return (name if name.startswith(prefix) else prefix + name)[:NAME_LENGTH].strip()


def tags_of(tags: tuple[str, ...], place: Place) -> tuple[str, ...]:
    """Give the tags, with `auto` replaced by as many as fit of those that the form would suggest."""
    own = [tag for tag in tags if tag != AUTO]
    if AUTO in tags:
        suggested = suggest_tags(place.gpu, place.system, place.surroundings)
        own += [tag for tag in suggested if tag not in own]
    return tuple(own[:TAG_COUNT])


def _gpu_name(gpu: Gpu | None) -> str:
    return (gpu_model(gpu) if gpu is not None else "") or "cpu"
