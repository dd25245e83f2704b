"""What this instance remembers, in ComfyUI's protected folder, which none of ComfyUI's routes serves.

Read anew each time, so that deleting the file releases the instance at once, without a restart. Holds no token, no
sealed text, no owner key (only hashes) and no header value.
"""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from pydantic import Field, ValidationError

from ..errors import MachineError
from ..models.frozen import Frozen
from ..models.runner import Account, Runner
from .folder import STORE_FILE
from .protected_file import read_bytes, write_whole

_OWNER_KEY_BYTES = 32
# One per browser that entered a token; the oldest go first, so that the file cannot grow for ever.
_MOST_OWNERS = 64
_MOST_USERS = 64


class Remembered(Frozen):
    """The content of the file.

    `token_hint` is `cfc_...` and the last four characters, `token_mark` a fingerprint of the token that the service
    accepted last (`TokenSeal.mark`). `issued` has, for each ComfyUI user, the hash of the sealed text that was issued
    last: no other text in the settings, which anybody can write, is accepted. `attention` is the code of what keeps the
    instance from working, as the service last said: `token_rejected` or `runner_gone`. `seen_at` is when the service
    last told of the runner (ISO 8601, UTC). `keep_address` and `check_address` are the owners' preferences; None in
    files of releases that kept them elsewhere.
    """

    instance_id: str = Field(default_factory=lambda: secrets.token_hex(16))
    account: Account | None = None
    token_hint: str = ""
    token_mark: str = ""
    issued: dict[str, str] = Field(default_factory=dict)
    owners: tuple[str, ...] = ()
    runner: Runner | None = None
    attention: str | None = None
    seen_at: str | None = None
    keep_address: bool | None = None
    check_address: bool | None = None

    def is_owner(self, owner_key: str) -> bool:
        """Whether this is an owner's key; compares every hash, each in constant time."""
        given = _hashed(owner_key)
        found = False
        for known in self.owners:
            found |= hmac.compare_digest(known, given)
        return bool(owner_key) and found

    def with_owner(self, owner_key: str) -> "Remembered":
        """Give a copy with one more owner."""
        return self.model_copy(update={"owners": (*self.owners, _hashed(owner_key))[-_MOST_OWNERS:]})

    def with_issued(self, user_id: str, sealed_token: str) -> "Remembered":
        """Give a copy in which this sealed text is the one issued to a ComfyUI user."""
        others = [(user, known) for user, known in self.issued.items() if user != user_id]
        kept = dict(others[-(_MOST_USERS - 1) :])
        return self.model_copy(update={"issued": {**kept, user_id: _hashed(sealed_token)}})

    def was_issued(self, user_id: str, sealed_token: str) -> bool | None:
        """Whether this is the sealed text that was issued to a ComfyUI user; None if none was."""
        known = self.issued.get(user_id)
        return None if known is None else hmac.compare_digest(known, _hashed(sealed_token))


class Store:
    """Keeps `Remembered` in a file of the protected folder; safe to share between threads.

    Args:
        folder: the protected folder; it need not exist.
        on_change: called after each change of anything but `seen_at`.

    Every method raises `MachineError`: `storage_failed` when the folder cannot be read or written, `memory_damaged`
    when the file cannot be understood. Silently starting over would give the instance to whoever asks first.
    """

    def __init__(self, folder: Path, on_change: Callable[[], None] = lambda: None) -> None:
        self._file = folder / STORE_FILE
        self._on_change = on_change
        # Reentrant: whoever holds it loads and updates.
        self._lock = threading.RLock()

    def alone(self) -> AbstractContextManager[bool]:
        """Keep all others out, to do several steps as one."""
        return self._lock

    def load(self) -> Remembered:
        """Give what is remembered; empty if nothing is yet."""
        with self._lock:
            return self._read()

    def update(self, change: Callable[[Remembered], Remembered]) -> Remembered:
        """Apply `change` to what is remembered now; store and give the result."""
        with self._lock:
            was = self._read()
            changed = change(was)
            write_whole(self._file, changed.model_dump_json(indent=1).encode())
        # Other pages need not look again because the service has repeated itself.
        if changed != was.model_copy(update={"seen_at": changed.seen_at}):
            self._on_change()
        return changed

    def _read(self) -> Remembered:
        content = read_bytes(self._file)
        if content is None:
            return Remembered()
        try:
            return Remembered.model_validate_json(content)
        except ValidationError:
            raise MachineError("memory_damaged") from None


def make_owner_key() -> str:
    """Make an owner key: 32 random bytes as URL-safe text."""
    return secrets.token_urlsafe(_OWNER_KEY_BYTES)


def _hashed(text: str) -> str:
    # Plain SHA-256 is enough, since neither 32 random bytes nor a sealed text can be guessed.
    # surrogatepass, because aiohttp decodes a header's stray bytes to half surrogate pairs.
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
