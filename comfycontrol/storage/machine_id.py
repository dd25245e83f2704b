"""An id of this machine, if there is one: it differs between a pod and its clone, and survives restarts."""

import sys
from collections.abc import Mapping
from pathlib import Path

# Platforms' own ids of a machine. A container's host name will not do: it changes with every new container, while the
# volume with our files stays.
_OF_PLATFORM = ("RUNPOD_POD_ID", "CONTAINER_ID", "VAST_CONTAINERLABEL", "CODESPACE_NAME", "SALAD_MACHINE_ID")
_FILES = ("/etc/machine-id", "/var/lib/dbus/machine-id")
# In a container machine-id cannot be trusted: it may come from the image, shared by all that are made from it.
_CONTAINER_FILES = ("/.dockerenv", "/run/.containerenv")
_REGISTRY_KEY = r"SOFTWARE\Microsoft\Cryptography"


def is_named_by_platform(environment: Mapping[str, str]) -> bool:
    """Whether the platform itself gives this machine its name. All other ids are copied with the disk or the image."""
    return _named_by_platform(environment) is not None


def machine_id(environment: Mapping[str, str], root: Path = Path("/")) -> str | None:
    """Give an id of this machine; None if there is none, as in a container of an unknown platform.

    Sources: machine-id(5); the variables that RunPod, Vast.ai, GitHub Codespaces and Salad document for their machines.

    Args:
        environment: like `os.environ`.
        root: where the files are; replaced in tests.

    """
    named = _named_by_platform(environment)
    if named is not None:
        return named
    if sys.platform == "win32":
        return _of_windows()
    contained = any((root / file.lstrip("/")).exists() for file in _CONTAINER_FILES)
    if contained or environment.get("KUBERNETES_SERVICE_HOST"):
        return None
    for file in _FILES:
        try:
            text = (root / file.lstrip("/")).read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            continue
        # systemd writes "uninitialized" into images before their first boot.
        if text and text != "uninitialized":
            return text
    return None


def _named_by_platform(environment: Mapping[str, str]) -> str | None:
    given = ((name, environment.get(name, "").strip()) for name in _OF_PLATFORM)
    return next((f"{name}={value}" for name, value in given if value), None)


def _of_windows() -> str | None:
    if sys.platform != "win32":  # for the types alone
        return None
    import winreg

    try:
        with winreg.OpenKey(
            winreg.HKEY_LOCAL_MACHINE, _REGISTRY_KEY, 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY
        ) as key:
            value, _ = winreg.QueryValueEx(key, "MachineGuid")
    except OSError:
        return None
    return str(value)
