"""The bodies that are no model of the subject."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StrictBool

from ..comfycontrol.models.runner import Endpoint, Headers
from ..comfycontrol.models.template import TemplateDraft


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class TokenBody(_Body):
    """`PUT /comfycontrol/token`."""

    token: SecretStr


# Headers whose values this machine knows, for the very address that it suggests them for.
MachineHeaders = Annotated[tuple[str, ...], Field(max_length=20)]


class MachineHeadersBody(_Body):
    """The part of a runner's body that is filled in here."""

    machine_headers: MachineHeaders = ()


class ChoiceBody(_Body):
    """The part of `POST /comfycontrol/runner` that is not the runner.

    `take_over` is the id of one to take over, or null for none. With `as_new`, the runner that is remembered is left
    to the copy of this instance that it belongs to.
    """

    take_over: str | None = None
    as_new: StrictBool = False


class WorkflowBody(_Body):
    """`POST /comfycontrol/template-form`: a workflow in API format."""

    workflow: dict[str, Any]


class TemplateBody(TemplateDraft):
    """`POST /comfycontrol/template`: the draft, and the template that the workflow was saved as before, if any."""

    template_id: str | None = Field(default=None, max_length=200)


class EndpointCheckBody(_Body):
    """`POST /comfycontrol/endpoint-check`: the form's endpoint, and the headers to send to it."""

    endpoint: Endpoint
    headers: Headers = Field(default_factory=dict)
    machine_headers: MachineHeaders = ()
