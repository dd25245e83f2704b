"""The base of all models."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Immutable. Unknown fields are ignored: the service, or a file of another version, may have more."""

    # An error must not quote what was typed: it may be a secret.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)
