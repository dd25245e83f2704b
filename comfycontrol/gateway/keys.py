"""The runner key: what ComfyControl sends with every request to this ComfyUI, and nobody else knows."""

import secrets
import threading
from collections.abc import Callable, Sequence
from hmac import compare_digest

from .decision import Key
from .gateway_file import GatewayFile, GatewayMemory

KEY_HEADER = "X-ComfyControl-Key"
_KEY_BYTES = 32


class RunnerKeys:
    """The keys that open the guarded port: one, and while it is being changed two. Safe to share between threads.

    Args:
        file: where they are kept.

    Every method but `judge` reads or writes the file and raises `MachineError`: `storage_failed`.

    """

    def __init__(self, file: GatewayFile) -> None:
        self._file = file
        self._lock = threading.Lock()
        # What `judge` compares with, because ComfyUI's loop must not wait for a file.
        self._valid: tuple[bytes, ...] = ()

    def current(self) -> str:
        """Give the key that ComfyControl is to send (32 random bytes, URL-safe); made at the first call."""
        return self._updated(_with_key).key

    def new(self) -> str:
        """Give the key that is to replace the current one; both open the port until `settle`.

        It is the same one until then: a change that failed half way is repeated with it, whichever of the two
        ComfyControl has by now.
        """
        return self._updated(_with_next_key).next_key

    def settle(self) -> None:
        """Forget the old key: ComfyControl has the new one. Does nothing if there is none."""
        self._updated(_settled)

    def forget(self) -> None:
        """Forget all keys."""
        self._updated(lambda was: was.model_copy(update={"key": "", "next_key": ""}))

    def judge(self, given: Sequence[str]) -> Key:
        """Say what the lines of the header hold; compares with every valid key, each in constant time.

        Keys that came in several lines count for nothing, because not everybody on the way looks at the same one.
        """
        if len(given) != 1:
            return "several" if given else "missing"
        # surrogatepass, because aiohttp decodes a header's stray bytes to half surrogate pairs.
        key = given[0].encode(errors="surrogatepass")
        found = False
        for valid in self._valid:
            found |= compare_digest(valid, key)
        return "right" if found else "wrong"

    def _updated(self, change: Callable[[GatewayMemory], GatewayMemory]) -> GatewayMemory:
        with self._lock:
            memory = self._file.update(change)
            self._valid = tuple(key.encode() for key in (memory.key, memory.next_key) if key)
        return memory


def _with_key(was: GatewayMemory) -> GatewayMemory:
    return was if was.key else was.model_copy(update={"key": secrets.token_urlsafe(_KEY_BYTES)})


def _with_next_key(was: GatewayMemory) -> GatewayMemory:
    return was if was.next_key else was.model_copy(update={"next_key": secrets.token_urlsafe(_KEY_BYTES)})


def _settled(was: GatewayMemory) -> GatewayMemory:
    return was.model_copy(update={"key": was.next_key, "next_key": ""}) if was.next_key else was
