"""The one place that reads this process's environment. Light, because ComfyUI's start loads it."""

import os
from collections.abc import Mapping

PREFIX = "COMFYCONTROL_"
ENDPOINT_VARIABLE = f"{PREFIX}ENDPOINT"
API_URL_VARIABLE = f"{PREFIX}API_URL"
_REGISTER_VARIABLE = f"{PREFIX}REGISTER"


def variables() -> Mapping[str, str]:
    """Give all variables, the platform's as well. They may hold secrets."""
    return os.environ


def is_configured() -> bool:
    """Whether an operator has set anything of ours."""
    return any(name.startswith(PREFIX) for name in variables())


def asks_for_runner() -> bool:
    """Whether the environment asks for a runner; all the other variables are read and checked later."""
    value = variables().get(_REGISTER_VARIABLE, "")
    if not value.strip():
        return False
    from .operator_values import cleaned, switch

    try:
        return switch(cleaned(value)) in {"on", "update"}
    except ValueError:
        return False
