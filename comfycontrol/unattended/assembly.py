"""Puts together the task that keeps this instance registered."""

import platform
import random

from .. import comfyui
from ..bootstrap import instance, surroundings
from ..configuration import process
from ..gateway.guarded_port import GuardedPort
from ..gateway.guarding import has_key
from ..gateway.keys import KEY_HEADER
from ..public_address.suggest import advice
from ..runners.preferences import preferences
from ..storage.machine_id import is_named_by_platform
from .backoff import Backoff
from .dependencies import Dependencies, Mode
from .desired_runner import DesiredRunner, Place, desired_runner
from .network_watch import network_addresses
from .reconciler import Reconciler
from .task import Task


def reconciler_task(mode: Mode) -> Task:
    """Make the task that keeps this instance registered.

    Args:
        mode: what it keeps; with `address`, it uses the token of a ComfyUI user.

    Raises:
        MachineError: `api_url_invalid`, or `storage_failed` outside of ComfyUI.

    """
    parts = instance()
    environment = parts.session.environment
    configuration = environment.configuration

    def users() -> list[comfyui.ComfyUser]:
        if mode != "address":
            return [comfyui.NOBODY]
        return comfyui.users_with_token() if preferences(parts.store).keep_address else []

    def find() -> DesiredRunner | None:
        runner, monitor = parts.store.load().runner, parts.address_monitor
        guards = configuration.guards
        if guards or (runner is not None and has_key(runner)):
            # It may not be open yet, and then other addresses than its own would be found.
            _check_open(parts.guarded_port)
        registered = runner.endpoint if runner else ""
        found = desired_runner(configuration, environment.headers(), _place(), registered, monitor.is_ruled_out)
        return found.guarded_by(KEY_HEADER, parts.guarding.opened()) if found and guards else found

    def network() -> object:
        # A tunnel keeps its address when the network changes.
        return None if parts.tunnels.address else network_addresses()

    dependencies = Dependencies(
        session=parts.session,
        registration=parts.registration,
        queries=parts.queries,
        users=users,
        find=find,
        advice=lambda: advice(surroundings()),
        address_monitor=parts.address_monitor,
        test_run=parts.test_runs.start_unless_known if configuration.TEST_RUN == "on" else lambda _: None,
        may_be_cloned=lambda: not is_named_by_platform(process.variables()),
    )
    # Not seeded by the clock, which could give machines that start together the same numbers.
    backoff = Backoff(random.SystemRandom())
    reconciler = Reconciler(dependencies, mode, backoff, configuration.REUSE)
    return Task(reconciler, backoff.start(), leaves=configuration.ON_EXIT == "disable", network=network)


def _place() -> Place:
    return Place(surroundings(), platform.node(), comfyui.gpu(), platform.system())


def _check_open(port: GuardedPort) -> None:
    """Raise what keeps the guarded port closed."""
    status = port.start()
    if status.problem is not None:
        raise status.problem
