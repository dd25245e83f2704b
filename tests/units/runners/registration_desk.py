"""One instance's registration with the double of the service behind it, and the little that the page does for it."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from comfycontrol_pack.comfycontrol.address_check.monitor import AddressMonitor
from comfycontrol_pack.comfycontrol.address_check.verdicts import Verdict, verdict
from comfycontrol_pack.comfycontrol.api.client import ComfyControlClient
from comfycontrol_pack.comfycontrol.comfyui import ComfyUser
from comfycontrol_pack.comfycontrol.errors import ComfyControlError
from comfycontrol_pack.comfycontrol.models.runner import Runner, RunnerChange, RunnerDraft
from comfycontrol_pack.comfycontrol.rate_limiter import TRIES_EACH, RateLimiter
from comfycontrol_pack.comfycontrol.runners.account_session import AccountSession
from comfycontrol_pack.comfycontrol.runners.ownership import Connection, Ownership
from comfycontrol_pack.comfycontrol.runners.queries import RunnerQueries
from comfycontrol_pack.comfycontrol.runners.registration import Registration, RunnerChoice
from comfycontrol_pack.comfycontrol.runners.status import Status
from comfycontrol_pack.comfycontrol.storage.folder import KEY_FILE
from comfycontrol_pack.comfycontrol.storage.remembered import Remembered
from comfycontrol_pack.comfycontrol.storage.store import Store
from comfycontrol_pack.comfycontrol.storage.token_seal import TokenSeal
from service_double import ServiceDouble

ENDPOINT = "https://comfy.example.com"
# For an answer that will come: long enough on a busy machine, too.
_PATIENCE_SECONDS = 15.0
# For one that will not, where a test has to wait until the client gives up.
IN_VAIN_SECONDS = 0.3


class _Client(ComfyControlClient):
    """Waits less where the double keeps silent, and nowhere else."""

    def __init__(self, token: SecretStr, double: ServiceDouble, silence_seconds: float) -> None:
        super().__init__(token, double.url)
        self._double = double
        self._silence_seconds = silence_seconds

    def _call(self, method: str, path: str, **options: Any) -> Any:
        silent = self._double.will_be_silent(method, path)
        self._read_seconds = self._silence_seconds if silent else _PATIENCE_SECONDS
        return super()._call(method, path, **options)


class Desk:
    def __init__(
        self,
        double: ServiceDouble,
        token: str,
        folder: Path,
        *,
        silence_seconds: float = _PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.double = double
        self.token = token
        self.folder = folder
        self.announced = 0
        self.user = ComfyUser("default", None)
        self.owner_key = ""
        self.address = "192.0.2.1"
        self.silence_seconds = silence_seconds
        self.clock = clock
        self.renewed = 0
        # What this machine's surroundings give it, and what a check of any endpoint finds.
        self.best_address: str | None = None
        self.verdict = "proven"
        self.checked: list[str] = []
        self.restart()

    def restart(self) -> None:
        """As ComfyUI is: only files and what the page keeps outlive it."""
        self.store = Store(self.folder, self._announce)
        self.seal = TokenSeal(self.folder / KEY_FILE, self.double.url, missing_command="pip install cryptography")
        self.session = AccountSession(self.store, self.seal, self._open_client, self._announce, self.clock)
        self.ownership = Ownership(self.session, RateLimiter(self.clock, each=TRIES_EACH))
        self.registration = Registration(self.session, self._renew_identity)
        self.address_monitor = AddressMonitor(lambda: self.best_address, self._check, self._announce, self.clock)
        self.queries = RunnerQueries(self.session, self.address_monitor)

    @property
    def remembered(self) -> Remembered:
        return self.store.load()

    @property
    def calls(self) -> list[str]:
        """What the service was asked since this was last looked at."""
        calls = [f"{call.method} {call.path}" for call in self.double.calls]
        self.double.forget_calls()
        return calls

    def connect(self, token: str | None = None, *, owner_key: str | None = None) -> Connection:
        key = self.owner_key if owner_key is None else owner_key
        given = SecretStr(self.token if token is None else token)
        connection = self.ownership.connect(given, self.user, key, self.address)
        self.user = ComfyUser(self.user.id, connection.sealed_token)
        self.owner_key = connection.owner_key
        return connection

    def register(
        self, *, take_over: str | None = None, make_second: bool = False, as_new: bool = False, **values: Any
    ) -> Runner:
        draft = RunnerDraft.model_validate({"name": "Mine", "endpoint": ENDPOINT, **values})
        return self.registration.register(self.user, draft, RunnerChoice(take_over, make_second, as_new))

    def change(self, **values: Any) -> Runner:
        return self.registration.change(self.user, RunnerChange.model_validate(values))

    def status(self, *, refresh: bool = False, owner_key: str | None = None) -> Status:
        key = self.owner_key if owner_key is None else owner_key
        status = self.queries.status(self.user, key, refresh=refresh)
        self.address_monitor.wait()
        return status

    def _open_client(self, token: SecretStr) -> ComfyControlClient:
        return _Client(token, self.double, self.silence_seconds)

    def _renew_identity(self) -> None:
        self.renewed += 1

    def _check(self, endpoint: str, _headers: Mapping[str, SecretStr]) -> Verdict:
        self.checked.append(endpoint)
        return verdict(self.verdict, port=8188, address=None, sentence="")

    def _announce(self) -> None:
        self.announced += 1


def error_of(action: Callable[[], object]) -> ComfyControlError:
    with pytest.raises(ComfyControlError) as raised:
        action()
    return raised.value


def code_of(action: Callable[[], object]) -> str:
    return error_of(action).code
