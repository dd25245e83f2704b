"""What an owner may let the extension do by itself."""

from pydantic import StrictBool

from .frozen import Frozen


class Preferences(Frozen):
    """`keep_address` updates the runner when this machine has a new address; `check_address` calls the endpoint."""

    keep_address: bool = False
    check_address: bool = True


class PreferencesChange(Frozen):
    """New values; null leaves one as it is."""

    keep_address: StrictBool | None = None
    check_address: StrictBool | None = None
