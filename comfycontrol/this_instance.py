"""Puts the registration of this very ComfyUI together; everything else is given what it needs."""

import threading
from typing import TYPE_CHECKING

from pydantic import SecretStr

from .client import ComfyControlClient
from .comfyui import announce, install_command, listening_port, protected_folder, serves_tls
from .memory import KEY_FILE, Memory
from .registration import Registration
from .service_origin import service_origin
from .token_seal import TokenSeal
from .try_limit import TryLimit

if TYPE_CHECKING:
    from .public_address.proof import EndpointCheck

_lock = threading.Lock()
_registrations: list[Registration] = []
_checks: list["EndpointCheck"] = []


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


def endpoint_check() -> "EndpointCheck":
    """Give the one check of addresses of this process; its limit counts for all owners together.

    Raises:
        MachineError: `storage_failed` outside of ComfyUI.

    """
    from .identity import this_identity
    from .public_address.proof import EndpointCheck, OwnPlace

    with _lock:
        if not _checks:
            tries = TryLimit(code="too_many_checks")
            _checks.append(EndpointCheck(this_identity(), lambda: OwnPlace(listening_port(), serves_tls()), tries))
        return _checks[0]
