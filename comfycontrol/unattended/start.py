"""The hook at ComfyUI's start. Catches everything, because an exception in a hook would keep ComfyUI from starting.

Light, because it is imported with the pack. Everything else is imported once ComfyUI listens, in a thread, if needed.
"""

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from .. import comfyui
from ..configuration.process import is_configured, variables
from ..errors import ComfyControlError
from ..log import LOGGER
from ..storage.folder import STORE_FILE, instance_folder
from ..storage.protected_file import is_there

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..configuration.variables import Configuration
    from .dependencies import Mode
    from .task import Task

_Result = TypeVar("_Result")
_LISTENING_SECONDS = 0.25
_SETTING_SECONDS = 60.0

# asyncio keeps only weak references to tasks.
_waiting: set["asyncio.Task[None]"] = set()
_tasks: list["Task"] = []
# The codes of what the log has said already.
_said: list[str] = []


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
        _begin(asyncio.get_running_loop())
    except Exception as error:  # noqa: BLE001 - the last resort: ComfyUI must go on, and nothing may leak
        _failed(error)


def _begin(loop: asyncio.AbstractEventLoop) -> None:
    _until_done(loop, _take_back_tag, lambda _: None)
    _until_done(loop, _open_guarded_port, lambda _opened: None)
    _until_done(loop, _open_tunnel, lambda _opened: None)
    if is_configured():
        _until_done(loop, _read_environment, partial(_act_on, loop))
    else:
        _look_at_setting(loop)


def _act_on(loop: asyncio.AbstractEventLoop, configuration: "Configuration | None") -> None:
    if configuration is None:
        _look_at_setting(loop)
    else:
        mode: Mode = "on" if configuration.REGISTER == "on" else "update"
        _until_done(loop, partial(_start, mode), partial(_prepare_end, configuration))


def _prepare_end(configuration: "Configuration", _started: bool) -> None:  # noqa: FBT001 - what the start gives
    if configuration.ON_EXIT == "disable":
        # Here, because signals can only be handled in the main thread, in which ComfyUI's loop runs.
        from .shutdown import Shutdown

        Shutdown(_tasks[0].end).set_up()


def _look_at_setting(loop: asyncio.AbstractEventLoop) -> None:
    """Look in a thread whether an owner wants the address to be kept; again every minute until one does."""

    def looked(started: bool) -> None:  # noqa: FBT001 - what the look gives
        if not started:
            loop.call_later(_SETTING_SECONDS, _look_at_setting, loop)

    _until_done(loop, _start_for_setting, looked)


def _until_done(
    loop: asyncio.AbstractEventLoop, do: "Callable[[], _Result]", then: "Callable[[_Result], None]"
) -> None:
    """Do something in a thread, and then another in ComfyUI's loop; again every minute while that fails.

    Timers rather than tasks, because ComfyUI does not end its tasks on exit, and asyncio would complain.
    """

    def done(found: "asyncio.Future[_Result]") -> None:
        if found.cancelled():
            return
        try:
            then(found.result())
        except ComfyControlError as error:
            # Such as a folder that cannot be written yet.
            _say(error)
            loop.call_later(_SETTING_SECONDS, _until_done, loop, do, then)
        except Exception as error:  # noqa: BLE001 - the last resort: ComfyUI must go on, and nothing may leak
            _failed(error)

    loop.run_in_executor(None, do).add_done_callback(done)


def _read_environment() -> "Configuration | None":
    """Say what is wrong with the environment, and give its configuration; None if it asks for nothing."""
    from ..configuration.environment import Environment
    from ..configuration.unknown_names import remarks_on_names
    from ..configuration.variables import Configuration

    environment = Environment()
    configuration = environment.configuration
    for remark in remarks_on_names(variables(), Configuration.model_fields):
        LOGGER.warning("ComfyControl: %s.", remark)
    for mistake in environment.mistakes:
        LOGGER.warning("ComfyControl: nothing is sent because a variable is invalid. %s.", mistake)
    if configuration.has_token and not configuration.is_active:
        LOGGER.info("ComfyControl: COMFYCONTROL_REGISTER is off, so you can register in the panel.")
    return configuration if configuration.is_active else None


def _was_connected() -> bool:
    """Looked at first, to load nothing for the many instances that never were."""
    return is_there(instance_folder() / STORE_FILE)


def _open_guarded_port() -> None:
    """Open it, if somebody wants it. Raises what is in the way."""
    if not is_configured() and not _was_connected():
        return
    from ..bootstrap import instance

    problem = instance().guarded_port.start().problem
    if problem is not None:
        raise problem


def _open_tunnel() -> None:
    """Open it, if somebody wants it; what an earlier process has left of one is ended."""
    if not is_configured() and not _was_connected():
        return
    from ..bootstrap import instance

    instance().tunnels.start()


def _start(mode: "Mode") -> bool:
    from .assembly import reconciler_task

    _tasks.append(reconciler_task(mode))
    _tasks[0].start()
    _said.clear()
    return True


def _start_for_setting() -> bool:
    return _keeps_address() and _start("address")


def _keeps_address() -> bool:
    if not _was_connected():
        return False
    from ..bootstrap import instance
    from ..runners.preferences import preferences

    return preferences(instance().store).keep_address


def _take_back_tag() -> None:
    """See to the tag of a test run that the last process did not live to take away."""
    if not _was_connected():
        return
    from ..bootstrap import instance

    parts = instance()
    given = parts.session.environment.gives_token
    parts.test_runs.take_back_tag(lambda: [comfyui.NOBODY] if given else comfyui.users_with_token())


def _say(error: ComfyControlError) -> None:
    from .log_messages import told

    if error.code not in _said:
        _said.append(error.code)
        LOGGER.warning("ComfyControl: %s", told(error))


def _failed(error: BaseException) -> None:
    # Without its text, which may hold anything: ComfyUI serves its log to anyone.
    LOGGER.error("ComfyControl could not start its task: %s.", type(error).__name__)
