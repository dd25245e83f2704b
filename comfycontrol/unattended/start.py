"""The hook at ComfyUI's start. Catches everything, because an exception in a hook would keep ComfyUI from starting.

Light, because it is imported with the pack. Everything else is imported once ComfyUI listens, in a thread, if needed.
"""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from .. import comfyui
from ..configuration.process import is_configured, variables
from ..log import LOGGER
from ..storage.folder import STORE_FILE, instance_folder

if TYPE_CHECKING:
    from ..configuration.variables import Configuration
    from .task import Task

_LISTENING_SECONDS = 0.25
_SETTING_SECONDS = 60.0

# asyncio keeps only weak references to tasks.
_waiting: set["asyncio.Task[None]"] = set()
_tasks: list["Task"] = []


def at_startup(server: Any | None) -> None:
    """Have the task started when ComfyUI starts; to be called at import. Does nothing without a server."""
    hooks = getattr(getattr(server, "app", None), "on_startup", None)
    if hooks is not None:
        # Other hosts' hooks may be of another kind, or frozen already.
        with contextlib.suppress(Exception):
            hooks.append(_on_startup)


async def _on_startup(_app: Any) -> None:
    """Called by ComfyUI before it listens; takes no time."""
    with contextlib.suppress(Exception):
        task = asyncio.get_running_loop().create_task(_when_listening(), name="comfycontrol-start")
        _waiting.add(task)
        task.add_done_callback(_waiting.discard)


async def _when_listening() -> None:
    try:
        # ComfyUI has no event for it.
        while not comfyui.is_listening():  # noqa: ASYNC110
            await asyncio.sleep(_LISTENING_SECONDS)
        await _begin()
    except Exception as error:  # noqa: BLE001 - the last resort: ComfyUI must go on, and nothing may leak
        _failed(error)


async def _begin() -> None:
    loop = asyncio.get_running_loop()
    configuration = None
    if is_configured():
        configuration = await loop.run_in_executor(None, _start_unattended)
    if configuration is None:
        _look_at_setting(loop)
    elif configuration.ON_EXIT == "disable":
        # Here, because signals can only be handled in the main thread, in which ComfyUI's loop runs.
        from .shutdown import Shutdown

        Shutdown(_tasks[0].end).set_up()


def _start_unattended() -> "Configuration | None":
    """Start what the environment asks for, and give its configuration; None if it asks for nothing."""
    from ..configuration.environment import Environment
    from ..configuration.unknown_names import remarks_on_names
    from ..configuration.variables import Configuration

    environment = Environment()
    configuration = environment.configuration
    for remark in remarks_on_names(variables(), Configuration.model_fields):
        LOGGER.warning("ComfyControl: %s.", remark)
    for mistake in environment.mistakes:
        LOGGER.warning("ComfyControl: nothing is sent, because a variable is wrong. %s.", mistake)
    if configuration.has_token and not configuration.is_active:
        LOGGER.info("ComfyControl: COMFYCONTROL_REGISTER is off, so registering is left to the panel.")
    if not configuration.is_active:
        return None
    from .assembly import reconciler_task

    _tasks.append(reconciler_task("on" if configuration.REGISTER == "on" else "update"))
    _tasks[0].start()
    return configuration


def _look_at_setting(loop: asyncio.AbstractEventLoop) -> None:
    """Look in a thread whether an owner wants the address to be kept; again every minute until one does.

    A timer rather than a task, because ComfyUI does not end its tasks on exit, and asyncio would complain.
    """
    looking = loop.run_in_executor(None, _start_for_setting)

    def looked(found: "asyncio.Future[bool]") -> None:
        if found.cancelled():
            return
        error = found.exception()
        if error is not None:
            _failed(error)
        elif not found.result():
            loop.call_later(_SETTING_SECONDS, _look_at_setting, loop)

    looking.add_done_callback(looked)


def _start_for_setting() -> bool:
    if not _keeps_address():
        return False
    from .assembly import reconciler_task

    _tasks.append(reconciler_task("address"))
    _tasks[0].start()
    return True


def _keeps_address() -> bool:
    # Looked at first, to load nothing for the many instances that were never connected.
    if not (instance_folder() / STORE_FILE).exists():
        return False
    from ..bootstrap import instance
    from ..runners.preferences import preferences

    return preferences(instance().store).keep_address


def _failed(error: BaseException) -> None:
    # Without its text, which may hold anything: ComfyUI serves its log to anyone.
    LOGGER.error("ComfyControl could not start its task: %s.", type(error).__name__)
