"""This process's environment: the one place that looks at it. Light, for it is looked at while ComfyUI starts."""

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
    """Whether the environment asks for a runner. A look at one variable: all of them are read where they are used."""
    return variables().get(_REGISTER_VARIABLE, "").strip() in {"on", "update"}
