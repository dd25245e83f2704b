"""Prints how many milliseconds importing the pack takes in a ComfyUI: run by bench.py, in a fresh process each time."""

import concurrent.futures.thread  # noqa: F401 - PyTorch has loaded it in every ComfyUI
import importlib.util
import sys
import time
import types
from pathlib import Path

import pydantic
from aiohttp import web


def import_seconds(pack: Path) -> float:
    """Import the pack as ComfyUI does, routes included.

    Args:
        pack: its folder.

    """
    # As much of ComfyUI's server as a pack sees at import; with it the pack mounts its routes.
    server = types.ModuleType("server")
    vars(server)["PromptServer"] = types.SimpleNamespace(instance=types.SimpleNamespace(routes=web.RouteTableDef()))
    sys.modules["server"] = server
    began = time.perf_counter()
    spec = importlib.util.spec_from_file_location("pack", pack / "__init__.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"There is no pack in {pack}.")
    module = importlib.util.module_from_spec(spec)
    sys.modules["pack"] = module
    spec.loader.exec_module(module)
    took = time.perf_counter() - began
    if not list(server.PromptServer.instance.routes):
        raise SystemExit("The pack mounted no route, so this was no whole import.")
    return took


if __name__ == "__main__":
    # Loaded in every ComfyUI, with or without us; pydantic loads most of itself only when it is used.
    pydantic.create_model("Anything", number=(int, ...))
    print(import_seconds(Path(sys.argv[1])) * 1000)
