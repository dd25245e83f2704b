"""The double as a test holds it: its thread, what it was told, what it saw."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, final

from aiohttp import web

from .accounts import RUNNER_LIMITS, Account, Accounts
from .app import Service
from .faults import Fault, FaultPlan
from .gate import Gate
from .journal import Call, Journal
from .rate_limit import RateLimit
from .rules import STATUSES, RunnerFields
from .runners import Runners
from .stamps import new_id, utc_now
from .template_rules import TemplateFields
from .templates import Templates

_HOST = "127.0.0.1"
_START_SECONDS = 10.0
# What is under way when the double stops has been cut off already; nothing is worth waiting for.
_SHUTDOWN_SECONDS = 0.1


@final
class ServiceDouble:
    def __init__(
        self,
        *,
        port: int = 0,
        runner_limits: Mapping[str, int | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._port = port
        self._runner_limits = {**RUNNER_LIMITS, **(runner_limits or {})}
        self._accounts = Accounts()
        self._runners = Runners()
        self._journal = Journal()
        self._plan = FaultPlan()
        self._rate_limit = RateLimit(clock)
        self._gate = Gate()
        self._templates = Templates()
        self._service = Service(
            self._accounts, self._runners, self._journal, self._plan, self._rate_limit, self._gate, self._templates
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="service-double", daemon=True)
        self._ready = threading.Event()
        self._failure: BaseException | None = None

    def __enter__(self) -> "ServiceDouble":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        # Not the Proactor of Windows, which reports every connection cut on purpose as an error.
        self._loop = asyncio.SelectorEventLoop()
        self._thread.start()
        if not self._ready.wait(_START_SECONDS):
            raise TimeoutError("the double did not start")
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        self._on_loop(self._gate.stop)
        if self._thread.is_alive():
            self._thread.join()

    def release(self) -> None:
        """Let go what faults hold: what hangs is worked on and answered, what is slow is answered, one drip falls."""
        self._on_loop(self._gate.release)

    @property
    def url(self) -> str:
        return f"http://{_HOST}:{self._port}"

    @property
    def created_status(self) -> int:
        return self._service.created_status

    @created_status.setter
    def created_status(self, status: int) -> None:
        self._service.created_status = status

    @property
    def enforce_rate_limit(self) -> bool:
        return self._rate_limit.enforced

    @enforce_rate_limit.setter
    def enforce_rate_limit(self, enforced: bool) -> None:
        self._rate_limit.enforced = enforced

    def add_account(
        self,
        name: str = "Ada Lovelace",
        *,
        tier: str = "pro",
        email: str = "ada@example.com",
        runner_limit: int | None = None,
        provider: str | None = "github",
    ) -> Account:
        limit = self._runner_limits.get(tier) if runner_limit is None else runner_limit
        return Account(name=name, email=email, tier=tier, runner_limit=limit, provider=provider)

    def add_token(self, account: Account, token: str | None = None, *, expired: bool = False) -> str:
        return self._accounts.add_token(account, token, expired=expired)

    def revoke(self, token: str) -> None:
        self._accounts.revoke(token)

    def runners(self) -> list[dict[str, Any]]:
        return [runner.as_json() for runner in self._runners.newest_first()]

    def add_runner(
        self,
        account: Account,
        *,
        name: str = "Runner",
        endpoint: str = "https://comfy.example.com",
        tags: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        status: str = "active",
    ) -> dict[str, Any]:
        fields = RunnerFields(name, endpoint, dict(headers or {}), tuple(tags), _known(status))
        return self._runners.add(account.id, fields).as_json()

    def add_run(self, runner_id: str, name: str = "Portrait", status: str = "completed") -> dict[str, Any]:
        """A workflow that this runner ran, as its history tells of it."""
        ended = {"completed_at": utc_now()} if status in {"completed", "failed", "cancelled"} else {}
        times = {"created_at": utc_now(), "updated_at": utc_now(), **ended}
        run = {"id": new_id(), "name": name, "status": status, "tags": [], **times}
        self._runners.add_run(runner_id, run)
        return run

    @property
    def template_limit(self) -> int | None:
        """How many templates any account may have; None for no limit."""
        return self._service.template_routes.limit

    @template_limit.setter
    def template_limit(self, limit: int | None) -> None:
        self._service.template_routes.limit = limit

    def templates(self) -> list[dict[str, Any]]:
        return [template.as_json() for template in self._templates.newest_first()]

    def add_template(self, account: Account, *, name: str = "Portrait", description: str = "A face") -> dict[str, Any]:
        return self._templates.add(account.id, TemplateFields(name, description, {})).as_json()

    def remove_template(self, template_id: str) -> None:
        self._templates.remove(template_id)

    def remove_runner(self, runner_id: str) -> None:
        self._runners.remove(runner_id)

    def set_status(self, runner_id: str, status: str) -> None:
        self._runners.update(runner_id, RunnerFields(status=_known(status)))

    @property
    def calls(self) -> list[Call]:
        return self._journal.calls()

    def calls_of(self, method: str | None = None, path: str | None = None) -> list[Call]:
        return self._journal.calls(method, path)

    def wait_for_calls(
        self, count: int = 1, method: str | None = None, path: str | None = None, *, seconds: float = 5.0
    ) -> list[Call]:
        """Wait until so many calls have arrived, answered or not."""
        return self._journal.wait_for(count, method, path, seconds)

    def forget_calls(self) -> None:
        self._journal.forget_calls()

    @property
    def complaints(self) -> list[str]:
        return self._journal.complaints()

    def plan(self, *faults: Fault) -> None:
        for fault in faults:
            self._plan.add(fault)

    def no_faults(self) -> None:
        self._plan.clear()

    def _on_loop(self, action: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(action)

    def _run(self) -> None:
        assert self._loop is not None
        try:
            self._loop.run_until_complete(self._serve())
        except Exception as failure:  # noqa: BLE001 - whatever it is, the thread that called start() has to hear of it
            self._failure = failure
        finally:
            self._loop.close()
            self._ready.set()

    async def _serve(self) -> None:
        runner = web.AppRunner(
            self._service.build(), access_log=None, handle_signals=False, shutdown_timeout=_SHUTDOWN_SECONDS
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, _HOST, self._port).start()
            self._port = runner.addresses[0][1]
            self._ready.set()
            while await self._gate.wait():
                pass
        finally:
            self._service.close_connections()
            await runner.cleanup()
            # A turn for the connections just closed to let go of their sockets, before there is no loop to do it.
            await asyncio.sleep(0)


def _known(status: str) -> str:
    if status not in STATUSES:
        raise ValueError(f"a runner is {' or '.join(STATUSES)}")
    return status
