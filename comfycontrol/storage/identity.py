"""What proves that an answer comes from this very ComfyUI: an HMAC over the asker's nonce.

Anyone may ask (`GET /comfycontrol/identity`), so this is an oracle for HMACs under the instance's secret. It does no
harm: the secret is used for nothing else, and the fixed first line keeps it so that no message of another meaning can
be signed here. Who relays the question to us and our answer back does lead here. The answer names neither host nor
account, and carries no id by which two addresses could be told to be one machine's.
"""

import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import BadRequestError
from .folder import instance_folder
from .protected_file import read_bytes, write_whole

IDENTITY_FILE = "identity.key"
_SECRET_BYTES = 32
_PURPOSE = b"comfycontrol-identity\n"
# Hexadecimal or URL-safe base64. Long enough that nobody could have collected the answers beforehand.
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,128}")
_PROOF = re.compile(r"[0-9a-f]{64}")

_lock = threading.Lock()
_identities: list["Identity"] = []


@dataclass
class Challenge:
    """One question that this instance puts to an address. `arrived` says that it came in here."""

    nonce: str
    arrived: bool = False


class Identity:
    """Proves to be this instance, and recognises its own proofs; safe to share between threads.

    Args:
        file: where the secret is, or will be made at the first use.

    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._secret: bytes | None = None
        self._open: dict[str, Challenge] = {}

    def prove(self, nonce: str) -> str:
        """Answer a question.

        Raises:
            BadRequestError: `nonce_invalid`.
            MachineError: `storage_failed`.

        """
        if not _NONCE.fullmatch(nonce):
            raise BadRequestError("nonce_invalid", field="nonce")
        challenge = self._open.get(nonce)
        if challenge is not None:
            challenge.arrived = True
        return self._proof(nonce)

    @contextmanager
    def challenge(self) -> Iterator[Challenge]:
        """Make a question that nobody has seen before, and notice while the block lasts whether it comes in here.

        The proof alone does not tell copies apart: machines made from one image, or pods that share a volume, share
        the secret as well.
        """
        challenge = Challenge(secrets.token_urlsafe(32))
        self._open[challenge.nonce] = challenge
        try:
            yield challenge
        finally:
            del self._open[challenge.nonce]

    def recognises(self, nonce: str, proof: str) -> bool:
        """Whether the proof was made with this instance's secret, compared in constant time.

        Raises:
            MachineError: `storage_failed`.

        """
        return looks_like_proof(proof) and hmac.compare_digest(self._proof(nonce), proof)

    def renew(self) -> None:
        """Become another instance than the copies of this one: a new secret, so that theirs is no longer ours.

        Raises:
            MachineError: `storage_failed`.

        """
        with self._lock:
            secret = secrets.token_bytes(_SECRET_BYTES)
            write_whole(self._file, secret)
            self._secret = secret

    def _proof(self, nonce: str) -> str:
        return hmac.new(self._whole_secret(), _PURPOSE + nonce.encode("ascii"), hashlib.sha256).hexdigest()

    def _whole_secret(self) -> bytes:
        with self._lock:
            if self._secret is None:
                known = read_bytes(self._file)
                # A damaged one is replaced: nothing was ever made with it that must be recognised later.
                if known is None or len(known) != _SECRET_BYTES:
                    known = secrets.token_bytes(_SECRET_BYTES)
                    write_whole(self._file, known)
                self._secret = known
            return self._secret


def looks_like_proof(text: object) -> bool:
    """Whether this is what some instance with this extension would answer."""
    return isinstance(text, str) and _PROOF.fullmatch(text) is not None


def this_identity() -> Identity:
    """Give the one identity of this process. Not in `bootstrap`: a stranger's request must not load everything else.

    Raises:
        MachineError: `storage_failed` outside of ComfyUI.

    """
    with _lock:
        if not _identities:
            _identities.append(Identity(instance_folder() / IDENTITY_FILE))
        return _identities[0]
