"""Puts together what keeps this instance registered."""

import platform
import random
from collections.abc import Mapping

from pydantic import SecretStr

from .. import comfyui
from ..address_check.verdicts import Verdict
from ..bootstrap import endpoint_check, instance, surroundings
from ..runners.preferences import preferences
from .backoff import Backoff
from .dependencies import Dependencies, Mode
from .desired_runner import Place, desired_runner
from .reconciler import Reconciler
from .task import Task


def reconciler_task(mode: Mode) -> Task:
    """Make the task that keeps this instance registered.

    Args:
        mode: what it keeps; with `address`, by the token of a ComfyUI user.

    Raises:
        MachineError: `api_url_invalid`, or `storage_failed` outside of ComfyUI.

    """
    parts = instance()
    environment = parts.session.environment
    configuration = environment.configuration

    def users() -> list[comfyui.ComfyUser]:
        if mode != "address":
            return [comfyui.NOBODY]
        return comfyui.users_with_token() if preferences(parts.session.store).keep_address else []

    dependencies = Dependencies(
        session=parts.session,
        registration=parts.registration,
        queries=parts.queries,
        users=users,
        find=lambda: desired_runner(configuration, environment.headers(), _place()),
        prove=_prove,
    )
    # Not by the clock: machines that were started at once would all draw the same.
    backoff = Backoff(random.SystemRandom())
    reconciler = Reconciler(dependencies, mode, backoff, configuration.REUSE)
    return Task(reconciler, backoff.start(), leaves=configuration.ON_EXIT == "disable")


def _place() -> Place:
    return Place(surroundings(), platform.node(), comfyui.gpu(), platform.system())


def _prove(endpoint: str, headers: Mapping[str, SecretStr]) -> Verdict:
    # Without headers by way of the monitor, so that the panel knows what was found.
    return endpoint_check().check(endpoint, headers) if headers else instance().address_monitor.check(endpoint)
