"""The proof that an answer comes from this very ComfyUI: an HMAC over the caller's nonce.

Anyone may ask (`GET /comfycontrol/identity`), so this is an oracle for HMACs under the instance's secret. That is
harmless: the secret is used for nothing else, and the fixed first line makes sure that no message of another meaning
can be signed here. Whoever relays the question to us, and our answer back, does lead here. The answer names neither
host nor account, and has no id that would show two addresses to be the same machine's.
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
# Hexadecimal or URL-safe base64; long enough that nobody can collect the answers in advance.
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,128}")
_PROOF = re.compile(r"[0-9a-f]{64}")

_lock = threading.Lock()
_identities: list["Identity"] = []


@dataclass
class Challenge:
    """A question that this instance asks at an address. `arrived` says that this very process received it."""

    nonce: str
    arrived: bool = False


class Identity:
    """Makes this instance's proofs, and recognises them; safe to share between threads.

    Args:
        file: where the secret is; made at the first use.

    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._secret: bytes | None = None
        self._open: dict[str, Challenge] = {}

    def prove(self, nonce: str) -> str:
        """Answer a challenge.

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
        """Make a challenge, and note whether it arrives here while the block lasts.

        The proof alone does not tell copies apart: machines made from one image, and pods that share a volume, share
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
        """Part from the copies of this instance, by a new secret.

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
                # A damaged one can be replaced, because no proof has to be recognised later.
                if known is None or len(known) != _SECRET_BYTES:
                    known = secrets.token_bytes(_SECRET_BYTES)
                    write_whole(self._file, known)
                self._secret = known
            return self._secret


def looks_like_proof(text: object) -> bool:
    """Whether any instance with this extension could have answered this."""
    return isinstance(text, str) and _PROOF.fullmatch(text) is not None


def this_identity() -> Identity:
    """Give this process's identity. Not in `bootstrap`: a stranger's request must not load everything else.

    Raises:
        MachineError: `storage_failed` outside of ComfyUI.

    """
    with _lock:
        if not _identities:
            _identities.append(Identity(instance_folder() / IDENTITY_FILE))
        return _identities[0]
