"""Puts what this very ComfyUI is together; everything else is given what it needs."""

import os
import platform
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from pydantic import SecretStr

from . import comfyui
from .account_access import AccountAccess
from .client import ComfyControlClient
from .identity import this_identity
from .instance_folder import instance_folder
from .lookout import Lookout
from .memory import KEY_FILE, Memory
from .own_address import OwnAddress
from .registration import Registration
from .service_origin import service_origin
from .template_saving import TemplateSaving
from .token_seal import TokenSeal
from .try_limit import TryLimit
from .unattended.environment import Environment

if TYPE_CHECKING:
    from .public_address import Surroundings
    from .public_address.proof import EndpointCheck
    from .public_address.verdicts import Verdict
    from .unattended.parts import Mode
    from .unattended.task import Task
    from .unattended.wanted import Place

_lock = threading.RLock()
_instances: list["_Instance"] = []
_checks: list["EndpointCheck"] = []


class _Instance(NamedTuple):
    access: AccountAccess
    registration: Registration
    lookout: Lookout
    own_address: OwnAddress
    templates: TemplateSaving


def registration() -> Registration:
    """Give the one registration of this process.

    Raises:
        MachineError: `api_url_invalid`, or `storage_failed` outside of ComfyUI.

    """
    return _instance().registration


def lookout() -> Lookout:
    """Give the one lookout of this process.

    Raises:
        MachineError: `api_url_invalid`, or `storage_failed` outside of ComfyUI.

    """
    return _instance().lookout


def own_address() -> OwnAddress:
    """Give what this process knows of its address.

    Raises:
        MachineError: `api_url_invalid`, or `storage_failed` outside of ComfyUI.

    """
    return _instance().own_address


def templates() -> TemplateSaving:
    """Give what saves templates with this instance's account.

    Raises:
        MachineError: `api_url_invalid`, or `storage_failed` outside of ComfyUI.

    """
    return _instance().templates


def keeper_task(mode: "Mode") -> "Task":
    """Make the task that keeps this instance registered.

    Args:
        mode: what it keeps; with `address`, by the token of a ComfyUI user who asked for it.

    Raises:
        MachineError: `api_url_invalid`, or `storage_failed` outside of ComfyUI.

    """
    import random

    from .unattended.backoff import Backoff
    from .unattended.keeper import Keeper
    from .unattended.parts import Parts
    from .unattended.task import Task
    from .unattended.wanted import wanted_runner

    instance = _instance()
    decided = instance.access.environment
    configuration = decided.configuration

    def user() -> comfyui.ComfyUser | None:
        return next(iter(comfyui.users_who_keep_address()), None) if mode == "address" else comfyui.NOBODY

    parts = Parts(
        access=instance.access,
        registration=instance.registration,
        lookout=instance.lookout,
        user=user,
        find=lambda: wanted_runner(configuration, decided.headers(), _place()),
        prove=_prove,
    )
    # Not by the clock: machines that were started at once would all draw the same.
    backoff = Backoff(random.SystemRandom())
    keeper = Keeper(parts, mode, backoff, configuration.REUSE)
    return Task(keeper, backoff.start(), leaves=configuration.ON_EXIT == "disable")


def endpoint_check() -> "EndpointCheck":
    """Give the one check of addresses of this process; its limit counts for all owners together.

    Raises:
        MachineError: `storage_failed` outside of ComfyUI.

    """
    from .public_address.proof import EndpointCheck, OwnPlace

    with _lock:
        if not _checks:
            tries = TryLimit(code="too_many_checks")
            _checks.append(
                EndpointCheck(this_identity(), lambda: OwnPlace(comfyui.listening_port(), comfyui.serves_tls()), tries)
            )
        return _checks[0]


def surroundings(forwarded: Mapping[str, str] | None = None, page_url: str | None = None) -> "Surroundings":
    """Look at this moment of this ComfyUI; asks the tunnel agents on this machine (300 ms at most).

    Args:
        forwarded: the headers of a page's request that say where it was sent.
        page_url: the address of that page, where there is one.

    """
    from .public_address import Surroundings, ask_agents

    return Surroundings(
        environment=os.environ,
        port=comfyui.listening_port() or comfyui.USUAL_PORT,
        tls=comfyui.serves_tls(),
        probes=ask_agents(),
        forwarded=forwarded or {},
        page_url=page_url,
    )


def _instance() -> _Instance:
    with _lock:
        if not _instances:
            _instances.append(_assembled())
        return _instances[0]


def _assembled() -> _Instance:
    folder = instance_folder()
    origin = service_origin()
    seal = TokenSeal(folder / KEY_FILE, origin, missing_command=comfyui.install_command("cryptography"))

    def open_client(token: SecretStr) -> ComfyControlClient:
        return ComfyControlClient(token, origin)

    memory = Memory(folder, comfyui.announce)
    access = AccountAccess(memory, seal, open_client, comfyui.announce, environment=Environment())
    address = OwnAddress(_best_address, _check, comfyui.announce)
    registration = Registration(access, this_identity().renew)
    return _Instance(access, registration, Lookout(access, address), address, TemplateSaving(access))


def _place() -> "Place":
    from .unattended.wanted import Place

    return Place(surroundings(), platform.node(), comfyui.gpu(), platform.system())


def _prove(endpoint: str, headers: Mapping[str, SecretStr]) -> "Verdict":
    # Without headers by way of the address's owner, so that the panel knows what was found.
    return endpoint_check().check(endpoint, headers) if headers else own_address().check(endpoint)


def _best_address() -> str | None:
    from .public_address import best_address

    return best_address(surroundings())


def _check(endpoint: str) -> "Verdict":
    return endpoint_check().check(endpoint, {})
