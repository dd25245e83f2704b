"""The bodies that are no model of the subject."""

from pydantic import BaseModel, ConfigDict, SecretStr


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class TokenBody(_Body):
    """`PUT /comfycontrol/token`."""

    token: SecretStr


class TakeOverBody(_Body):
    """The part of `POST /comfycontrol/runner` that is not the runner: the id of one to take over, or null for none."""

    take_over: str | None = None
