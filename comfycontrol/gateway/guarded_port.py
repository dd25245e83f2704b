"""The guarded port: a second port of this ComfyUI, on which ComfyControl alone gets in."""

import asyncio
import concurrent.futures
import contextlib
import errno
import os
import threading
from collections.abc import Callable
from typing import Literal, NamedTuple

from .. import comfyui
from ..configuration.environment import Environment
from ..errors import ComfyControlError, MachineError
from ..log import LOGGER
from .gate import Gate
from .gateway_file import GatewayFile, GatewayMemory
from .keys import RunnerKeys
from .listening import Listening, provided
from .ports import ports_to_try
from .refusals import Refusals, Refused

# Opening takes ComfyUI's loop a moment, for which it may have to wait.
_LONGEST_WAIT = 15.0


class PortStatus(NamedTuple):
    """How the guarded port stands.

    Args:
        state: `off`: nobody wants it; `open`; `failed`: it is wanted and not open.
        address: where it listens, or would.
        port: its number while it is open.
        instead_of: the port that was meant and is taken by another program, where another was chosen: whoever pointed
            a tunnel there has to point it here.
        problem: why it is not open: `guarded_port_taken`, `guarded_port_refused`, `guarded_port_unsupported` (this
            ComfyUI or its aiohttp offers no way), `storage_failed`, `environment_invalid`.

    """

    state: Literal["off", "open", "failed"]
    address: str
    port: int | None = None
    instead_of: int | None = None
    problem: ComfyControlError | None = None


class GuardedPort:
    """This process's guarded port: opened, closed and told about from any thread but ComfyUI's loop, which it needs.

    Owners' choices are remembered, also over a restart. The order in which a runner is guarded: `open`; send
    `current_key` to the service as the header `keys.KEY_HEADER` of the runner; prove that the address is open with it
    and closed without it. The key of a new machine is a new one, so it is sent whenever the runner is written.
    To change the key: `new_key`, send it, and `settle_key` when the service has it; a step that failed is repeated.

    Args:
        file: where keys and choices are kept.
        environment: what the operator decided.

    """

    def __init__(self, file: GatewayFile, environment: Environment) -> None:
        self._file = file
        self._environment = environment
        self._configuration = environment.configuration
        self._keys = RunnerKeys(file)
        self._refusals = Refusals()
        self._gate = Gate(self._keys, self._refusals)
        self._lock = threading.Lock()
        self._listening: Listening | None = None
        self._status = self._off()

    def start(self) -> PortStatus:
        """Open it if the operator or an owner wants it; otherwise leave it closed. To be called when ComfyUI listens.

        Raises:
            MachineError: `storage_failed`.

        """
        chosen = self._configuration.GATEWAY
        return self._open() if chosen == "on" or (chosen is None and self._file.load().is_on) else self.status()

    def open(self) -> PortStatus:
        """Open it and remember that it is wanted; does nothing if it is open. What is in the way is in the status.

        Raises:
            MachineError: `storage_failed`: the choice cannot be remembered, and nothing is opened.

        """
        self._file.update(_switched(on=True))
        return self._open()

    def close(self) -> PortStatus:
        """Close it, end the requests on it, and remember that it is not wanted. The keys are kept.

        Raises:
            MachineError: `storage_failed`: it is closed now, and would be open after a restart.

        """
        with self._lock:
            if self._listening is not None:
                asyncio.run_coroutine_threadsafe(self._listening.close(), _loop()).result(_LONGEST_WAIT)
            self._listening = None
            self._status = self._off()
            self._file.update(_switched(on=False))
            return self._status

    def status(self) -> PortStatus:
        """Say how it stands, from memory."""
        return self._status

    def current_key(self) -> str:
        """Give the key that the service is to send; made at the first call. Raises `MachineError`: `storage_failed`."""
        return self._keys.current()

    def new_key(self) -> str:
        """Give the key that is to replace the current one; until `settle_key` both open the port.

        Raises:
            MachineError: `storage_failed`.

        """
        return self._keys.new()

    def settle_key(self) -> None:
        """Make the new key the only one; to be called when the service has it.

        Raises:
            MachineError: `storage_failed`.

        """
        self._keys.settle()

    def forget_keys(self) -> None:
        """Let nobody in any more who had a key; to be called when the account is left.

        Raises:
            MachineError: `storage_failed`.

        """
        self._keys.forget()

    def refused(self) -> Refused:
        """Give what was refused since ComfyUI started."""
        return self._refusals.refused()

    @property
    def whole_api(self) -> bool:
        """Whether the key opens everything that ComfyUI answers. Raises `MachineError`: `storage_failed`."""
        return self._file.load().whole_api

    @whole_api.setter
    def whole_api(self, chosen: bool) -> None:
        self._file.update(lambda was: was.model_copy(update={"whole_api": chosen}))
        self._gate.whole_api = chosen

    def _open(self) -> PortStatus:
        with self._lock:
            if self._listening is None:
                try:
                    self._status = self._opened()
                except ComfyControlError as error:
                    self._status = PortStatus("failed", self._configuration.GATEWAY_LISTEN, problem=error)
            return self._status

    def _off(self) -> PortStatus:
        return PortStatus("off", self._configuration.GATEWAY_LISTEN)

    def _opened(self) -> PortStatus:
        self._environment.check()
        # Before anybody can ask.
        self._keys.current()
        memory = self._file.load()
        self._gate.whole_api = memory.whole_api
        named = self._configuration.GATEWAY_PORT
        ports = ports_to_try(comfyui.port(), named, memory.port)
        for port in ports:
            if self._listens(port):
                # One that cannot be remembered is found again by the same tries.
                with contextlib.suppress(MachineError):
                    self._file.update(_with_port(port))
                return self._told(port, instead_of=ports[0] if port != ports[0] else None)
        raise MachineError("guarded_port_taken", port=named or ports[0])

    def _listens(self, port: int) -> bool:
        """Whether it listens there now; False where another one has to be tried."""
        listen, application, loop = provided(), getattr(comfyui.prompt_server(), "app", None), _loop()
        if listen is None or application is None:
            raise MachineError("guarded_port_unsupported")
        opening = listen(application, self._gate, self._configuration.GATEWAY_LISTEN, port)
        future = asyncio.run_coroutine_threadsafe(opening, loop)
        try:
            self._listening = future.result(_LONGEST_WAIT)
        except concurrent.futures.TimeoutError:
            future.add_done_callback(_close_late)
            raise MachineError("guarded_port_refused", reason=os.strerror(errno.ETIMEDOUT)) from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE or (
                error.errno == errno.EACCES and not self._configuration.GATEWAY_PORT
            ):
                # The latter is what Windows says of the ranges that it keeps for itself.
                return False
            # Not the error's own text, which asyncio makes of several.
            raise MachineError("guarded_port_refused", reason=os.strerror(error.errno or errno.EINVAL)) from None
        except Exception:  # noqa: BLE001 - whatever this aiohttp lacks
            raise MachineError("guarded_port_unsupported") from None
        return True

    def _told(self, port: int, instead_of: int | None) -> PortStatus:
        address = self._configuration.GATEWAY_LISTEN
        if instead_of:
            LOGGER.warning("ComfyControl: port %d is in use, so the guarded port has a different number.", instead_of)
        LOGGER.info("ComfyControl: the guarded port is open on %s, port %d.", address, port)
        return PortStatus("open", address, port, instead_of)


def _loop() -> asyncio.AbstractEventLoop:
    loop = getattr(comfyui.prompt_server(), "loop", None)
    if not isinstance(loop, asyncio.AbstractEventLoop):
        raise MachineError("guarded_port_unsupported")
    return loop


def _close_late(opened: "concurrent.futures.Future[Listening]") -> None:
    """Close what was opened when nobody waited for it any more."""
    if opened.exception() is None:
        asyncio.run_coroutine_threadsafe(opened.result().close(), _loop())


def _switched(*, on: bool) -> Callable[[GatewayMemory], GatewayMemory]:
    return lambda was: was.model_copy(update={"is_on": on})


def _with_port(port: int) -> Callable[[GatewayMemory], GatewayMemory]:
    return lambda was: was.model_copy(update={"port": port})
