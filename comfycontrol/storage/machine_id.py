"""Which machine this is, where that can be told: what differs between a pod and its clone, and survives a restart."""

import sys
from collections.abc import Mapping
from pathlib import Path

# A platform's own name for the machine. A container's host name is none of these: it changes when the container is made
# anew, while the volume with our memory stays.
_OF_PLATFORM = ("RUNPOD_POD_ID", "CONTAINER_ID", "VAST_CONTAINERLABEL", "CODESPACE_NAME", "SALAD_MACHINE_ID")
_FILES = ("/etc/machine-id", "/var/lib/dbus/machine-id")
# An image may hold a machine-id of its own, which then all its containers share, and its next version does not.
_MARKS_OF_CONTAINERS = ("/.dockerenv", "/run/.containerenv")
_REGISTRY_KEY = r"SOFTWARE\Microsoft\Cryptography"


def machine_id(environment: Mapping[str, str], root: Path = Path("/")) -> str | None:
    """Give what names this machine; None in a container of which no platform says anything, and where nothing is known.

    Sources: machine-id(5); the variables that RunPod, Vast.ai, GitHub Codespaces and Salad document for their machines.

    Args:
        environment: as `os.environ`.
        root: where the files are; another one for tests.

    """
    for name in _OF_PLATFORM:
        value = environment.get(name, "").strip()
        if value:
            return f"{name}={value}"
    if sys.platform == "win32":
        return _of_windows()
    contained = any((root / mark.lstrip("/")).exists() for mark in _MARKS_OF_CONTAINERS)
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
