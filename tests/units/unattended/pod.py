"""One machine where nobody clicks, with the double of the service behind it; its reconciler's steps, and no waiting."""

import random
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from comfycontrol_pack.comfycontrol.address_check.monitor import AddressMonitor
from comfycontrol_pack.comfycontrol.address_check.verdicts import Verdict, verdict
from comfycontrol_pack.comfycontrol.api.client import ComfyControlClient
from comfycontrol_pack.comfycontrol.comfyui import NOBODY, ComfyUser
from comfycontrol_pack.comfycontrol.configuration.environment import Environment
from comfycontrol_pack.comfycontrol.configuration.process import PREFIX
from comfycontrol_pack.comfycontrol.models.runner import RunnerDraft
from comfycontrol_pack.comfycontrol.public_address.suggest import advice
from comfycontrol_pack.comfycontrol.public_address.surroundings import Surroundings
from comfycontrol_pack.comfycontrol.runners.account_session import AccountSession
from comfycontrol_pack.comfycontrol.runners.ownership import Ownership
from comfycontrol_pack.comfycontrol.runners.queries import RunnerQueries
from comfycontrol_pack.comfycontrol.runners.registration import Registration
from comfycontrol_pack.comfycontrol.storage.folder import KEY_FILE
from comfycontrol_pack.comfycontrol.storage.machine_id import is_named_by_platform
from comfycontrol_pack.comfycontrol.storage.remembered import Remembered
from comfycontrol_pack.comfycontrol.storage.store import Store
from comfycontrol_pack.comfycontrol.storage.token_seal import TokenSeal
from comfycontrol_pack.comfycontrol.unattended.backoff import Backoff
from comfycontrol_pack.comfycontrol.unattended.dependencies import Dependencies, Mode
from comfycontrol_pack.comfycontrol.unattended.desired_runner import DesiredRunner, Place, desired_runner
from comfycontrol_pack.comfycontrol.unattended.reconciler import Reconciler
from service_double import ServiceDouble

# More than any wait of a step that goes on by itself, and less than the looks that follow when all is well.
SOON = 15.0
_MOST_STEPS = 30


class Pod:
    """`verdicts` are what checks of addresses find; `proven` where nothing else is said."""

    def __init__(  # one per thing that machines differ in
        self, double: ServiceDouble, token: str, folder: Path, *, seed: int = 1, port: int = 8188, **variables: str
    ) -> None:
        self.double = double
        self.folder = folder
        self.variables = {"TOKEN": token, "REGISTER": "on", **variables}
        # What the platform says of the machine, such as RUNPOD_POD_ID.
        self.platform: dict[str, str] = {}
        self.port = port
        self.hostname = "pod"
        self.verdicts: dict[str, str] = {}
        # Where more of the machine is to be seen than its variables.
        self.surroundings: Surroundings | None = None
        self.checked: list[str] = []
        self.proof_headers: set[str] = set()
        # The users with whose token a test run was asked for.
        self.tested: list[ComfyUser] = []
        self.user: ComfyUser | None = NOBODY
        self.all_users: list[ComfyUser] = []
        self.mode: Mode = "update" if variables.get("REGISTER") == "update" else "on"
        self.now = 1000.0
        self._seed = seed
        self.restart()

    def restart(self, **variables: str) -> None:
        """As a new process: only files outlive it."""
        self.variables |= variables
        given = {f"{PREFIX}{name}": value for name, value in self.variables.items() if value}
        self.environment = Environment(given)
        store = Store(self.folder, lambda: None, str(self.port))
        seal = TokenSeal(self.folder / KEY_FILE, self.double.url, missing_command="pip install cryptography")
        self.session = AccountSession(
            store, seal, self._open_client, lambda: None, lambda: self.now, environment=self.environment
        )
        self.registration = Registration(self.session)
        self.address = AddressMonitor(lambda: None, self.prove, lambda: None, lambda: self.now)
        queries = RunnerQueries(self.session, self.address)
        parts = Dependencies(
            session=self.session,
            registration=self.registration,
            queries=queries,
            users=self.users,
            find=self.find,
            advice=self.advice,
            address_monitor=self.address,
            test_run=self.tested.append,
            may_be_cloned=lambda: not is_named_by_platform(self.platform),
        )
        # Repeatable, and another one for each pod.
        self.backoff = Backoff(random.Random(self._seed))  # noqa: S311 - chance, not a secret
        reuse = self.environment.configuration.REUSE
        self.reconciler = Reconciler(parts, self.mode, self.backoff, reuse, lambda: self.now)

    @property
    def remembered(self) -> Remembered:
        return self.session.store.load()

    @property
    def endpoint(self) -> str:
        runner = self.remembered.runner
        return runner.endpoint if runner else ""

    @property
    def seen(self) -> Surroundings:
        """What is around the machine."""
        return self.surroundings or Surroundings(environment=self.platform, port=self.port)

    @property
    def calls(self) -> list[str]:
        """What the service was asked since this was last looked at."""
        calls = [f"{call.method} {call.path}" for call in self.double.calls]
        self.double.forget_calls()
        return calls

    def step(self) -> float:
        """Take one step, and let the time pass that it asks for."""
        pause = self.reconciler.step()
        self.now += pause
        return pause

    def settle(self) -> float:
        """Step until nothing is left to be done soon; the pause that was asked for last."""
        for _ in range(_MOST_STEPS):
            pause = self.step()
            if pause >= SOON:
                return pause
        raise AssertionError("it does not come to rest")

    def users(self) -> list[ComfyUser]:
        """Whose token may be used."""
        return self.all_users or ([self.user] if self.user else [])

    def connected(self, tokens: list[str]) -> list[ComfyUser]:
        """Have entered these tokens of one account, each as a ComfyUI user of their own."""
        ownership = Ownership(self.session)
        users = [ComfyUser(f"user_{number}", None) for number in range(len(tokens))]
        return [
            ComfyUser(user.id, ownership.connect(SecretStr(token), user, "").sealed_token)
            for user, token in zip(users, tokens, strict=True)
        ]

    def draft(self, name: str, endpoint: str) -> RunnerDraft:
        """What a person types into the form."""
        return RunnerDraft(name=name, endpoint=endpoint)

    def find(self) -> DesiredRunner | None:
        """What the environment and the platform make of it."""
        place = Place(self.seen, self.hostname)
        headers = self.environment.headers()
        return desired_runner(self.environment.configuration, headers, place, self.endpoint, self.address.is_ruled_out)

    def advice(self) -> str:
        """What the platform says where it gives no address."""
        return advice(self.seen)

    def prove(self, endpoint: str, headers: Mapping[str, SecretStr]) -> Verdict:
        """As the check of the panel; what it finds is in `verdicts`."""
        self.proof_headers |= headers.keys()
        self.checked.append(endpoint)
        return verdict(self.verdicts.get(endpoint, "proven"), port=8188, address=None, sentence="")

    def _open_client(self, token: SecretStr) -> ComfyControlClient:
        return ComfyControlClient(token, self.double.url, read_seconds=5.0)
