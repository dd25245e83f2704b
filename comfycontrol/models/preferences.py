"""What an owner may let the extension do by itself."""

from pydantic import BaseModel, ConfigDict, StrictBool


class Preferences(BaseModel):
    """`keep_address` updates the runner when this machine has a new address; `check_address` calls the endpoint."""

    model_config = ConfigDict(frozen=True)

    keep_address: bool = False
    check_address: bool = True


class PreferencesChange(BaseModel):
    """What of it shall become another; null for what stays."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    keep_address: StrictBool | None = None
    check_address: StrictBool | None = None
