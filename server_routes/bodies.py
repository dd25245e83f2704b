"""The models of the routes' bodies, by the names in the table of routes."""

from typing import Annotated, Any

from pydantic import Field, SecretStr, StrictBool

from ..comfycontrol.models import runner
from ..comfycontrol.models.frozen import Frozen
from ..comfycontrol.models.preferences import PreferencesChange
from ..comfycontrol.models.template import TemplateDraft
from ..comfycontrol.runners.registration import RunnerChoice
from ..comfycontrol.tunnel.agents import AgentName

__all__ = [
    "EndpointCheck",
    "GuardedPortChange",
    "NewRunner",
    "PreferencesChange",
    "RunnerChange",
    "TemplateBody",
    "TokenBody",
    "TunnelChoice",
    "WorkflowBody",
]

# Names of headers whose values this machine knows, for the address that it suggests them for.
MachineHeaders = Annotated[tuple[str, ...], Field(max_length=20)]


class TokenBody(Frozen):
    """`PUT /comfycontrol/token`."""

    token: SecretStr


class NewRunner(runner.RunnerDraft):
    """What a person wants to register.

    `guard` says whether only ComfyControl is to get in; null leaves that as it is. `take_over` is the id of a runner to
    take over, or null for none. `as_new` leaves the remembered runner to the copy
    of this instance that it belongs to.
    """

    machine_headers: MachineHeaders = ()
    guard: StrictBool | None = None
    take_over: str | None = None
    as_new: StrictBool = False

    @property
    def choice(self) -> RunnerChoice:
        """Which runner it is to be. A `take_over` of null means a second one; a missing one, that nobody has chosen."""
        make_second = "take_over" in self.model_fields_set and self.take_over is None
        return RunnerChoice(self.take_over, make_second, self.as_new)


class RunnerChange(runner.RunnerChange):
    """What a person wants to change of a runner. What is not set, or null, stays as it is."""

    machine_headers: MachineHeaders = ()
    guard: StrictBool | None = None


class WorkflowBody(Frozen):
    """`POST /comfycontrol/template-form`: a workflow in API format."""

    workflow: dict[str, Any]


class TemplateBody(TemplateDraft):
    """`POST /comfycontrol/template`: the draft, and the template that the workflow was saved as before, if any."""

    template_id: str | None = Field(default=None, max_length=200)


class GuardedPortChange(Frozen):
    """`PATCH /comfycontrol/guarded-port`: what an owner wants of it; null leaves it as it is.

    `is_on` opens or closes it. `whole_api` lets ComfyControl use everything that ComfyUI answers. `new_key` replaces
    the key.
    """

    is_on: StrictBool | None = None
    whole_api: StrictBool | None = None
    new_key: StrictBool = False


class TunnelChoice(Frozen):
    """`POST /comfycontrol/tunnel`: whose tunnel; null for the first agent that is installed."""

    agent: AgentName | None


class EndpointCheck(Frozen):
    """`POST /comfycontrol/endpoint-check`: the form's endpoint, and the headers to send to it."""

    endpoint: runner.Endpoint
    headers: runner.Headers = Field(default_factory=dict)
    machine_headers: MachineHeaders = ()
