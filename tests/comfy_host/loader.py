"""Loads packs the way ComfyUI does it, so that a pack's mistakes with names and paths show here."""

import importlib.util
import logging
import os
import sys
import threading
import traceback
from collections.abc import MutableMapping, MutableSequence, MutableSet
from concurrent.futures import Executor
from pathlib import Path
from types import ModuleType

from server import PromptServer

import nodes

log = logging.getLogger("comfy_host.loader")


def module_name_of(folder: Path) -> str:
    # A full path is no legal name for a package; a pack that relies on __name__ finds out here.
    return str(folder).replace(".", "_x_")


def load_pack(folder: Path, module_name: str | None = None) -> ModuleType:
    """The pack's module; half made, and with everything it did until then, where its import failed."""
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - normalised, yet symlinks stay as they are
    name = module_name or module_name_of(folder)
    if module_name is None:
        _forget_modules(name)
    module = _new_module(folder, name)
    try:
        _execute(module)
    except Exception:  # noqa: BLE001 - a pack may fail in any way, and ComfyUI goes on
        failure = traceback.format_exc()
        log.warning("%s\nCannot import %s module for custom nodes", failure, folder)
        if hasattr(PromptServer, "instance"):
            PromptServer.instance.failed_packs[folder.name] = failure
        return module
    nodes.LOADED_MODULE_DIRS[folder.name] = str(folder)
    _register(folder, module)
    return module


def load_pack_as(folder: Path, name: str) -> ModuleType:
    """The pack under a fixed name, loaded once; after it `import <name>.<module of the pack>` works."""
    if name in sys.modules:
        return sys.modules[name]
    module = _new_module(folder.absolute(), name)
    try:
        _execute(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _new_module(folder: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, folder / "__init__.py")
    if spec is None:
        raise ImportError(f"no pack in {folder}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    return module


def _execute(module: ModuleType) -> None:
    spec = module.__spec__
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot execute {module.__name__}")
    spec.loader.exec_module(module)


def _forget_modules(name: str) -> None:
    """A real ComfyUI loads a pack once per process. Here one process builds many hosts, each with a fresh pack.

    What keeps nothing from one host to the next is not run again, for that is what takes the time.
    """
    of_pack = {each: module for each, module in sys.modules.items() if each == name or each.startswith(f"{name}.")}
    forgotten = {each for each, module in of_pack.items() if each == name or _keeps_state(module)}
    while importers := {each for each in of_pack.keys() - forgotten if _uses(of_pack[each], forgotten)}:
        forgotten |= importers
    for each, module in of_pack.items():
        if each in forgotten:
            del sys.modules[each]
        else:
            _clear_caches(module)


def _keeps_state(module: ModuleType) -> bool:
    """Whether anything in it may change. Of mappings, those with the name of a constant are one."""
    return any(
        isinstance(value, Executor | threading.Semaphore | MutableSequence | MutableSet)
        or (isinstance(value, MutableMapping) and not name.isupper())
        for name, value in vars(module).items()
        if not name.startswith("__")
    )


def _uses(module: ModuleType, others: set[str]) -> bool:
    values = vars(module).values()
    return any((value.__name__ if isinstance(value, ModuleType) else _home(value)) in others for value in values)


def _home(value: object) -> str:
    home = getattr(value, "__module__", None)
    return home if isinstance(home, str) else ""


def _clear_caches(module: ModuleType) -> None:
    for value in vars(module).values():
        if _home(value) == module.__name__ and hasattr(value, "cache_clear"):
            value.cache_clear()


def _register(folder: Path, module: ModuleType) -> None:
    web_directory = getattr(module, "WEB_DIRECTORY", None)
    if web_directory is not None:
        web_folder = Path(os.path.normpath(folder / web_directory))
        if web_folder.is_dir():
            nodes.EXTENSION_WEB_DIRS[folder.name] = str(web_folder)
    classes = getattr(module, "NODE_CLASS_MAPPINGS", None)
    if classes is None:
        log.warning("Skip %s module for custom nodes due to the lack of NODE_CLASS_MAPPINGS", folder)
        return
    for name, node_class in classes.items():
        nodes.NODE_CLASS_MAPPINGS[name] = node_class
        node_class.RELATIVE_PYTHON_MODULE = f"custom_nodes.{folder.name}"
    nodes.NODE_DISPLAY_NAME_MAPPINGS.update(getattr(module, "NODE_DISPLAY_NAME_MAPPINGS", None) or {})
