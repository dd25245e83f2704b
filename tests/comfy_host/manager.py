"""ComfyUI-Manager's restart, as a pack beside the others: the process becomes a new ComfyUI, and keeps its number.

Source: Comfy-Org/ComfyUI-Manager, glob/manager_server.py, `/manager/reboot`.
"""

from pathlib import Path

import requests

from comfy_host.running import HostProcess

_PACK = """
import os, sys
from server import PromptServer
@PromptServer.instance.routes.get("/manager/reboot")
async def reboot(_request):
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
NODE_CLASS_MAPPINGS = {}
"""


def manager_arguments(folder: Path) -> list[str]:
    """Make the pack in a folder of its own, and give the arguments with which the small host loads it."""
    (folder / "manager").mkdir(parents=True)
    (folder / "manager" / "__init__.py").write_text(_PACK, encoding="ascii")
    return ["--custom-nodes", str(folder)]


def reboot(host: HostProcess) -> None:
    """Have it restart; it answers nothing more."""
    try:
        requests.get(f"{host.url}/manager/reboot", timeout=30)
    except requests.ConnectionError:
        return
    raise AssertionError("it went on as it was")
