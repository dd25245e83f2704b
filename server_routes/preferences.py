"""What an owner lets the extension do by itself."""

from typing import Any

from ..comfycontrol.bootstrap import instance
from ..comfycontrol.runners.preferences import change_preferences
from .bodies import PreferencesChange
from .guards import Caller


def prefer(_caller: Caller, body: PreferencesChange) -> dict[str, Any]:
    """Store what was chosen."""
    return {"preferences": change_preferences(instance().store, body).model_dump()}
