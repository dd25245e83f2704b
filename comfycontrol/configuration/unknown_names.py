"""Variables with our prefix that are none of ours: a platform's, and those that somebody has misspelled."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping

from .process import PREFIX

# What Kubernetes makes of a Service, and Docker of a linked container, that has our name: COMFYCONTROL_SERVICE_HOST,
# COMFYCONTROL_PORT_8188_TCP_ADDR, COMFYCONTROL_ENV_PATH.
_OF_PLATFORM = re.compile(
    r"(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?|ENV_\w+)"
)
# Ours as well; a Service that is called comfycontrol-gateway gives it an address in the place of a number.
_OURS_AS_WELL = "GATEWAY_PORT"
_ADDRESS = re.compile(r"\s*[a-z]+://")
# Docker gives a linked container a NAME, too: the paths of both.
_LINK = re.compile(r"/[\w.-]+/[\w.-]+")
# As alike as TAG and TAGS, or REGISTRE and REGISTER.
_ALIKE = 0.75


def is_of_platform(name: str, environment: Mapping[str, str]) -> bool:
    """Whether a variable of our prefix, here without it, was made by a platform for something that has our name."""
    if name == _OURS_AS_WELL:
        return _ADDRESS.match(environment.get(f"{PREFIX}{name}", "")) is not None
    if _OF_PLATFORM.fullmatch(name):
        return True
    is_linked = f"{PREFIX}PORT" in environment or any(one.startswith(f"{PREFIX}ENV_") for one in environment)
    return name == "NAME" and is_linked and _LINK.fullmatch(environment.get(f"{PREFIX}NAME", "")) is not None


def remarks_on_names(environment: Mapping[str, str], known: Iterable[str]) -> Iterator[str]:
    """Give the lines that the log has of names that are not known: one for each misspelled, one for all others.

    Args:
        environment: like `os.environ`.
        known: the names of our variables without the prefix.

    """
    names = list(known)
    others = []
    for variable in sorted(environment):
        name = variable.removeprefix(PREFIX)
        if name == variable or name in names or is_of_platform(name, environment):
            continue
        meant = difflib.get_close_matches(name.upper(), names, 1, _ALIKE)
        if meant:
            yield f"{variable} is unknown and has no effect. You may have meant {PREFIX}{meant[0]}"
        else:
            others.append(variable)
    if others:
        more = f" and {len(others) - 1} more that start with {PREFIX}" if len(others) > 1 else ""
        yield f"{others[0]}{more}: unknown, so ignored"
