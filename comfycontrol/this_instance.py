"""Puts the registration of this very ComfyUI together; everything else is given what it needs."""

import threading

from pydantic import SecretStr

from .client import ComfyControlClient
from .comfyui import announce, install_command, protected_folder
from .memory import KEY_FILE, Memory
from .registration import Registration
from .service_origin import service_origin
from .token_seal import TokenSeal

_lock = threading.Lock()
_registrations: list[Registration] = []


def registration() -> Registration:
    """Give the one registration of this process.

    Raises:
        MachineError: `api_url_invalid`, or `storage_failed` outside of ComfyUI.

    """
    with _lock:
        if not _registrations:
            folder = protected_folder()
            origin = service_origin()
            seal = TokenSeal(folder / KEY_FILE, origin, missing_command=install_command("cryptography"))

            def open_client(token: SecretStr) -> ComfyControlClient:
                return ComfyControlClient(token, origin)

            _registrations.append(Registration(Memory(folder, announce), seal, open_client))
        return _registrations[0]
