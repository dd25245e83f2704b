"""What all of our models have in common."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value that does not change. What it does not know of it ignores: services and older files may say more."""

    # An error must not quote what was typed: it may be a secret.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)
