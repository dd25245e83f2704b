"""Reads the variables: understands their values, and says of each that is wrong what it may be.

A bad value or values that exclude each other invalidate the whole configuration: acting on half of what an operator
meant could register the wrong runner, which cannot be undone at the service. A name that is not known does not:
platforms make variables of the names of their services (`unknown_names`).
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pydantic import ValidationError

from .operator_values import UnclearValueError, cleaned, switch, without_remark, word
from .process import PREFIX
from .unknown_names import is_of_platform
from .variables import Configuration

# How a value is understood, by the name of its variable.
_UNDERSTOOD: dict[str, Callable[[str], str]] = {
    "TOKEN": str,
    "TOKEN_FILE": without_remark,
    "REGISTER": switch,
    "NAME": without_remark,
    "ENDPOINT": word,
    "TAGS": without_remark,
    "HEADERS": str,
    "HEADERS_FILE": without_remark,
    "ON_EXIT": lambda text: word(text).lower(),
    "TEST_RUN": switch,
    "REUSE": without_remark,
    "INSTANCE": word,
    "GATEWAY": switch,
    "GATEWAY_PORT": word,
    "GATEWAY_LISTEN": word,
    "TUNNEL": lambda text: word(text).lower(),
    "TUNNEL_PROGRAM": without_remark,
    "API_URL": word,
}


class Mistake(NamedTuple):
    """A variable that is wrong, and what it may be. Never its value."""

    variable: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.variable}: {self.allowed}"


def read_configuration(environment: Mapping[str, str]) -> tuple[Configuration, list[Mistake]]:
    """Read the environment; if there are mistakes, give the default configuration with them. Never raises.

    Empty variables count as not set: compose files and templates leave them behind.
    """
    given: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for place, understand in _UNDERSTOOD.items():
        value = environment.get(f"{PREFIX}{place}", "")
        if not value.strip() or is_of_platform(place, environment):
            continue
        try:
            given[place] = understand(cleaned(value))
        except UnclearValueError as error:
            reasons[place] = str(error)
    try:
        configuration = Configuration.model_validate({place: value for place, value in given.items() if value})
    except ValidationError as error:
        for problem in error.errors(include_input=False):
            cause = problem.get("ctx", {}).get("error")
            reasons[str(problem["loc"][0])] = str(cause) if isinstance(cause, UnclearValueError) else ""
        configuration = Configuration()
    mistakes = [_mistake(place, reasons[place]) for place in _UNDERSTOOD if place in reasons]
    mistakes = mistakes or _conflicts(configuration)
    return (Configuration() if mistakes else configuration), mistakes


def _mistake(place: str, reason: str) -> Mistake:
    title = (Configuration.model_fields[place].title or "").replace("`", "")
    told = f". {reason[:1].upper()}{reason[1:]}".rstrip(".") if reason else ""
    return Mistake(f"{PREFIX}{place}", f"must be {title}{told}")


def _conflicts(found: Configuration) -> list[Mistake]:
    mistakes = []
    for name in ("TOKEN", "HEADERS"):
        if getattr(found, name) is not None and getattr(found, f"{name}_FILE") is not None:
            allowed = f"set either this or {PREFIX}{name}_FILE, not both"
            mistakes.append(Mistake(f"{PREFIX}{name}", allowed))
    if found.is_active and not found.has_token:
        needed = f"{found.REGISTER} needs {PREFIX}TOKEN or {PREFIX}TOKEN_FILE"
        mistakes.append(Mistake(f"{PREFIX}REGISTER", needed))
    if found.REUSE is not None and found.REGISTER != "on":
        mistakes.append(Mistake(f"{PREFIX}REUSE", f"needs {PREFIX}REGISTER=on"))
    if found.ON_EXIT == "disable" and not found.is_active:
        mistakes.append(Mistake(f"{PREFIX}ON_EXIT", f"disable needs {PREFIX}REGISTER=on or update"))
    if found.TEST_RUN == "on" and not found.is_active:
        mistakes.append(Mistake(f"{PREFIX}TEST_RUN", f"on needs {PREFIX}REGISTER=on or update"))
    if found.TUNNEL is not None and found.GATEWAY == "off":
        mistakes.append(Mistake(f"{PREFIX}TUNNEL", f"needs the guarded port, so {PREFIX}GATEWAY must not be off"))
    return mistakes
