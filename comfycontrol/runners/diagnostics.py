"""What helps to find a fault and can be posted in public: versions, states, codes, kinds.

No secrets, and no account, ids, names, tags or addresses: only how many there are, and of what kind.
"""

import platform
from importlib import metadata
from typing import Any

from ..public_address.kinds import kind_of
from ..recent_errors import RecentError
from ..version import VERSION
from .status import Status

_PACKAGES = ("aiohttp", "cryptography", "pydantic", "requests", "urllib3")


def diagnostics(
    status: Status, errors: list[RecentError], *, comfyui_version: str | None, port: int, best_address: str | None
) -> dict[str, Any]:
    """Put the diagnostics together.

    Args:
        status: the status, as an owner sees it.
        errors: the last ones that a person saw.
        comfyui_version: None if it is not known.
        port: the one ComfyUI listens on.
        best_address: this machine's, if it is known.

    """
    runner = status.runner
    return {
        "versions": {
            "comfycontrol": VERSION,
            "comfyui": comfyui_version,
            "python": platform.python_version(),
            "system": platform.system(),
            **{package: _version_of(package) for package in _PACKAGES},
        },
        "state": status.state,
        "problem": status.problem.code if status.problem else None,
        "connected": status.connected,
        "source": status.source,
        "seen_at": status.seen_at,
        "runner": {
            "status": runner.status,
            "endpoint": list(kind_of(runner.endpoint, port).codes),
            "endpoint_check": status.address.verdict if status.address else None,
            "headers": len(runner.header_names),
            "tags": len(runner.tags),
        }
        if runner
        else None,
        "address_of_this_machine": list(kind_of(best_address, port).codes) if best_address else None,
        "same_address": runner.endpoint == best_address if runner and best_address else None,
        "errors": [error._asdict() for error in errors],
    }


def _version_of(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
