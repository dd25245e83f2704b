"""Puts the parts of this process together; everything else is given what it needs."""

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from pydantic import SecretStr

from . import comfyui
from .address_check.monitor import AddressMonitor
from .api.client import ComfyControlClient
from .configuration import process
from .configuration.environment import Environment
from .gateway.gateway_file import gateway_file
from .gateway.guarded_port import GuardedPort
from .gateway.guarding import Guarding
from .gateway.keys import KEY_HEADER
from .rate_limiter import RateLimiter
from .runners.account_session import AccountSession
from .runners.ownership import Ownership
from .runners.queries import RunnerQueries
from .runners.registration import Registration
from .storage.folder import KEY_FILE, instance_folder
from .storage.identity import this_identity
from .storage.protected_file import remove_left_over
from .storage.store import Store
from .storage.token_seal import TokenSeal
from .templates.saving import TemplateSaving
from .test_run.place import place_of_prompt
from .test_run.runs import TestRuns
from .tunnel.assembly import tunnels_of
from .tunnel.tunnel_file import tunnel_file
from .tunnel.tunnels import Tunnels

if TYPE_CHECKING:
    from .address_check.check import EndpointCheck, OwnPlace
    from .address_check.verdicts import Verdict
    from .address_check.way_in import Guard
    from .public_address.surroundings import Surroundings

_lock = threading.RLock()
_instances: list["Instance"] = []
_checks: list["EndpointCheck"] = []


class Instance(NamedTuple):
    """The parts that belong to this process's account and runner."""

    store: Store
    session: AccountSession
    ownership: Ownership
    registration: Registration
    queries: RunnerQueries
    address_monitor: AddressMonitor
    templates: TemplateSaving
    test_runs: TestRuns
    guarded_port: GuardedPort
    guarding: Guarding
    tunnels: Tunnels


def instance() -> Instance:
    """Give the parts of this process; there is one of each.

    Raises:
        MachineError: `api_url_invalid`, or `storage_failed` outside of ComfyUI.

    """
    with _lock:
        if not _instances:
            _instances.append(_assembled())
        return _instances[0]


def surroundings(forwarded: Mapping[str, str] | None = None, page_url: str | None = None) -> "Surroundings":
    """Collect what tells the address of this ComfyUI; asks the tunnel agents on this machine (300 ms at most).

    Args:
        forwarded: the headers of a page's request that say where it was sent.
        page_url: the address of that page, if there is one.

    """
    from .public_address.probes import ask_agents
    from .public_address.surroundings import Surroundings

    # Asked once: it may be opened or closed meanwhile.
    guarded_port = instance().guarded_port.status().port
    seen = Surroundings(
        environment=process.variables(),
        port=guarded_port or comfyui.port(),
        tls=comfyui.serves_tls() and not guarded_port,
        guarded=guarded_port is not None,
        probes=ask_agents(),
        forwarded=forwarded or {},
        page_url=page_url,
        own_tunnel=instance().tunnels.address,
    )
    # A page is opened at ComfyUI's own port.
    return seen.without_page() if seen.guarded else seen


def port_for_service() -> int:
    """Give the port to which the service is to be led: the guarded one if it is open, else ComfyUI's."""
    return instance().guarded_port.status().port or comfyui.port()


def _is_guarded() -> bool:
    return instance().guarded_port.status().state == "open"


def _assembled() -> Instance:
    folder = instance_folder()
    remove_left_over(folder)
    environment = Environment()
    origin = environment.service_origin()
    seal = TokenSeal(folder / KEY_FILE, origin, missing_command=comfyui.install_command("cryptography"))

    def open_client(token: SecretStr) -> ComfyControlClient:
        return ComfyControlClient(token, origin)

    # By its port a process finds its own runner again: others, one for each GPU, may share the folder.
    name = environment.configuration.INSTANCE or str(comfyui.listening_port() or "")
    store = Store(folder, comfyui.announce, name)
    session = AccountSession(store, seal, open_client, comfyui.announce, environment=environment)
    address = AddressMonitor(_best_address, _check, comfyui.announce)
    registration = Registration(session, this_identity().renew)
    guarded_port = GuardedPort(gateway_file(name or "unknown"), environment)
    return Instance(
        store=store,
        session=session,
        ownership=Ownership(session),
        registration=registration,
        queries=RunnerQueries(session, address),
        address_monitor=address,
        templates=TemplateSaving(session),
        test_runs=TestRuns(session, place_of_prompt, comfyui.announce),
        guarded_port=guarded_port,
        guarding=Guarding(session, registration, guarded_port),
        tunnels=tunnels_of(tunnel_file(name or "unknown"), guarded_port, address, environment.configuration),
    )


def _best_address() -> str | None:
    from .public_address.suggest import best_address

    return best_address(surroundings())


def _check(endpoint: str, headers: Mapping[str, SecretStr]) -> "Verdict":
    return _endpoint_check().check(endpoint, headers)


def _endpoint_check() -> "EndpointCheck":
    """Give this process's one check of addresses, so that its limit counts for all owners together."""
    from .address_check.check import EndpointCheck

    with _lock:
        if not _checks:
            tries = RateLimiter(code="too_many_checks")
            _checks.append(EndpointCheck(this_identity(), _own_place, tries, guard=_guard))
        return _checks[0]


def _own_place() -> "OwnPlace":
    from .address_check.check import OwnPlace

    if _is_guarded():
        return OwnPlace(port_for_service())
    return OwnPlace(comfyui.listening_port(), comfyui.serves_tls())


def _guard() -> "Guard | None":
    from .address_check.way_in import Guard

    return Guard(KEY_HEADER, SecretStr(instance().guarded_port.current_key())) if _is_guarded() else None
