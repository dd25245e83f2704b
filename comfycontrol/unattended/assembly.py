"""Puts together what keeps this instance registered."""

import platform
import random
from collections.abc import Mapping

from pydantic import SecretStr

from .. import comfyui
from ..address_check.verdicts import Verdict
from ..bootstrap import endpoint_check, instance, surroundings
from .backoff import Backoff
from .dependencies import Dependencies, Mode
from .desired_runner import Place, desired_runner
from .reconciler import Reconciler
from .task import Task


def reconciler_task(mode: Mode) -> Task:
    """Make the task that keeps this instance registered.

    Args:
        mode: what it keeps; with `address`, by the token of a ComfyUI user who asked for it.

    Raises:
        MachineError: `api_url_invalid`, or `storage_failed` outside of ComfyUI.

    """
    parts = instance()
    environment = parts.session.environment
    configuration = environment.configuration

    def user() -> comfyui.ComfyUser | None:
        return next(iter(comfyui.users_who_keep_address()), None) if mode == "address" else comfyui.NOBODY

    dependencies = Dependencies(
        session=parts.session,
        registration=parts.registration,
        queries=parts.queries,
        user=user,
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
