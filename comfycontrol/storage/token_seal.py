"""Encrypts the API token, so that it can be kept in ComfyUI's settings, which anybody can read.

AES-256-GCM. The key never leaves the protected folder. The associated data bind a sealed text to one service, one
account and one ComfyUI user: copied elsewhere it does not open. That a text opens does not make it current: somebody
can put an older one back into the settings (see `Remembered.issued`).
"""

import base64
import binascii
import hmac
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from ..errors import MachineError, WrongStateError
from .protected_file import read_bytes, remove, write_whole

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = "v2"
# Earlier releases did not bind it to an account.
_UNBOUND_VERSION = "v1"
_KEY_BYTES = 32
_MARK_PURPOSE = b"comfycontrol-token-mark\n"
_NONCE_PURPOSE = b"comfycontrol-nonce\n"
_NONCE_BYTES = 12  # NIST SP 800-38D: 96 bits


class TokenSeal:
    """Seals and opens tokens for one service.

    Args:
        key_file: where the key is; made at the first sealing.
        origin: the service that the tokens are for.
        missing_command: installs `cryptography`, for the error that says it is missing.

    """

    def __init__(self, key_file: Path, origin: str, *, missing_command: str) -> None:
        self._key_file = key_file
        self._origin = origin
        self._missing_command = missing_command
        self._lock = threading.Lock()

    def check_available(self) -> None:
        """Raise early, before a token is sent anywhere, if the package that sealing needs is missing.

        Raises:
            MachineError: `cryptography_missing`.

        """
        self._cipher_class()

    def seal(self, token: SecretStr, user_id: str, account_id: str) -> str:
        """Seal a token for a ComfyUI user: ASCII, `v2.` and base64.

        Raises:
            MachineError: `cryptography_missing`, `storage_failed`.

        """
        cipher_class = self._cipher_class()
        key = self._key_or_new()
        secret, bound_to = token.get_secret_value().encode(), self._bound_to(_VERSION, user_id, account_id)
        # Derived from what is sealed: unique to it, and a token sealed twice gives the same text. So it does not matter
        # which of two tabs saves its text last.
        nonce = _derived(key, _NONCE_PURPOSE, bound_to + b"\n" + secret)[:_NONCE_BYTES]
        sealed = nonce + cipher_class(key).encrypt(nonce, secret, bound_to)
        return f"{_VERSION}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed_token: str, user_id: str, account_id: str) -> SecretStr:
        """Open a sealed text.

        Raises:
            WrongStateError: `token_unreadable`: there is no key, or the text is damaged or was sealed for another
                service, account or user.
            MachineError: `cryptography_missing`, `storage_failed`.

        """
        cipher_class = self._cipher_class()
        from cryptography.exceptions import InvalidTag

        version, _, text = sealed_token.partition(".")
        key = self._key()
        if version not in {_VERSION, _UNBOUND_VERSION} or key is None:
            raise WrongStateError("token_unreadable")
        try:
            sealed = base64.urlsafe_b64decode(text.encode("ascii"))
            nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            bound_to = self._bound_to(version, user_id, account_id)
            return SecretStr(cipher_class(key).decrypt(nonce, rest, bound_to).decode())
        except (binascii.Error, InvalidTag, ValueError):
            raise WrongStateError("token_unreadable") from None

    def mark(self, token: SecretStr) -> str:
        """Give a fingerprint of the token: an HMAC under a key derived from the seal's.

        Raises:
            MachineError: `storage_failed`.

        """
        return _derived(self._key_or_new(), _MARK_PURPOSE, token.get_secret_value().encode()).hex()

    def destroy_key(self) -> None:
        """Remove the key; what was sealed with it can no longer be opened.

        Raises:
            MachineError: `storage_failed`.

        """
        remove(self._key_file)

    def _key(self) -> bytes | None:
        """Give the key; None if there is none, or the file is damaged."""
        key = read_bytes(self._key_file)
        return key if key is not None and len(key) == _KEY_BYTES else None

    def _key_or_new(self) -> bytes:
        with self._lock:  # two tabs must not each make a key
            key = self._key()
            if key is None:
                key = os.urandom(_KEY_BYTES)
                write_whole(self._key_file, key)
        return key

    def _bound_to(self, version: str, user_id: str, account_id: str) -> bytes:
        bound_to = f"comfycontrol {version}\n{self._origin}\n{user_id}"
        return (bound_to if version == _UNBOUND_VERSION else f"{bound_to}\n{account_id}").encode()

    def _cipher_class(self) -> "type[AESGCM]":
        try:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        except ImportError:
            raise MachineError("cryptography_missing", command=self._missing_command) from None
        return AESGCM


def _derived(key: bytes, purpose: bytes, content: bytes) -> bytes:
    """An HMAC under a key that is derived for this purpose only."""
    return hmac.digest(hmac.digest(key, purpose, "sha256"), content, "sha256")


def is_bound(sealed_token: str) -> bool:
    """Whether a text is bound to an account; those of earlier releases are not."""
    return not sealed_token.startswith(f"{_UNBOUND_VERSION}.")
