"""The routes of the API, and the gateway every request to them passes."""

import asyncio
import contextlib
import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from .accounts import Account, Accounts
from .answers import NOT_FOUND, Refusal, error_answer, json_answer
from .dashboard import Dashboard, is_dashboard
from .faults import FaultPlan
from .gate import Gate
from .journal import Call, Journal
from .manners import complaints_about
from .misbehaviour import Exchange
from .orchestrator import Orchestrator
from .rate_limit import PAGE, RateLimit
from .rules import read_create, read_page, read_update
from .runners import Runner, Runners
from .template_routes import TemplateRoutes
from .templates import Templates
from .workflow_routes import WorkflowRoutes
from .workflows import Workflows

# Documented for workflows; for templates nothing is said.
_MOST_BYTES = 50 * 1024 * 1024
_HISTORY_MOST = 10
_MESSAGES = {404: NOT_FOUND, 405: "method not allowed", 413: "request body too large"}


@dataclass
class Service:
    accounts: Accounts
    runners: Runners
    journal: Journal
    plan: FaultPlan
    rate_limit: RateLimit
    gate: Gate
    templates: Templates
    workflows: Workflows
    orchestrator: Orchestrator
    # 200 or 201: the documentation does not say which.
    created_status: int = 201
    open_transports: set[asyncio.BaseTransport] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.template_routes = TemplateRoutes(self.templates, self._account)
        self.workflow_routes = WorkflowRoutes(
            self.workflows, self.orchestrator, self._account, lambda: self.created_status
        )

    def build(self) -> web.Application:
        app = web.Application(middlewares=[self._gateway], client_max_size=_MOST_BYTES)
        app.add_routes(
            [
                web.get("/v1/user", self._user, allow_head=False),
                web.post("/v1/runner", self._create),
                web.get("/v1/runner", self._list, allow_head=False),
                web.get("/v1/runner/{id}", self._get, allow_head=False),
                web.put("/v1/runner/{id}", self._update),
                web.get("/v1/runner/{id}/history", self._history, allow_head=False),
                web.post("/v1/runner/{id}/interrupt", self._interrupt),
                *self.template_routes.routes(),
                *self.workflow_routes.routes(),
                *Dashboard(self.runners, self.workflows).routes(),
            ]
        )
        app.on_shutdown.append(self._end_runs)
        return app

    # aiohttp recognises a middleware by a mark the decorator sets, which a bound method shows as well.
    @web.middleware
    async def _gateway(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if is_dashboard(request.path):
            return await _answer_of(handler, request)
        try:
            raw = await request.read()
        except web.HTTPException as too_large:
            return error_answer(too_large.status, _MESSAGES.get(too_large.status, too_large.reason))
        call = _call(request, raw)
        self.journal.complain(complaints_about(call, raw))
        answered = functools.partial(self.journal.answered, self.journal.arrived(call))
        if not self.rate_limit.allows(request.remote or ""):
            answered(429)
            return web.Response(status=429, text=PAGE, content_type="text/html")
        exchange = Exchange(request, lambda: _answer_of(handler, request), self.gate, answered)
        with self._under_way(request.transport):
            answer = await self._behave(call, exchange)
        if answer is None:
            _close(request.transport)
            # aiohttp wants an answer to have been returned; on the closed connection it goes nowhere.
            return web.Response()
        answered(answer.status)
        return answer

    def close_connections(self) -> None:
        """Close what is under way; a client that does not read would otherwise keep the server from stopping."""
        for transport in self.open_transports:
            _close(transport)

    async def _end_runs(self, _app: web.Application) -> None:
        await self.orchestrator.end()

    @contextlib.contextmanager
    def _under_way(self, transport: asyncio.BaseTransport | None) -> Iterator[None]:
        if transport is None:
            yield
            return
        self.open_transports.add(transport)
        try:
            yield
        finally:
            self.open_transports.discard(transport)

    async def _behave(self, call: Call, exchange: Exchange) -> web.StreamResponse | None:
        fault = self.plan.take(call.method, call.path)
        return await (fault.misbehaviour.perform(exchange) if fault else exchange.work())

    def _account(self, request: web.Request) -> Account:
        return self.accounts.authenticate(request.headers.get("Authorization"))

    def _runner(self, request: web.Request) -> Runner:
        account = self._account(request)
        runner = self.runners.find(request.match_info["id"])
        if runner is None or runner.account_id != account.id:
            raise Refusal(404, NOT_FOUND)
        return runner

    async def _user(self, request: web.Request) -> web.Response:
        return json_answer(self._account(request).as_json())

    async def _create(self, request: web.Request) -> web.Response:
        account = self._account(request)
        fields = read_create(request.content_type, await request.read())
        limit = account.runner_limit
        if limit is not None and len(self.runners.newest_first(account.id)) >= limit:
            raise Refusal(403, "Runner limit exceeded for your tier")
        return json_answer(self.runners.add(account.id, fields).as_json(), self.created_status)

    async def _list(self, request: web.Request) -> web.Response:
        runners = self.runners.newest_first(self._account(request).id)
        shown = [runner.as_json() for runner in runners[read_page(request.query)]]
        return json_answer({"runners": shown, "total": len(runners)})

    async def _get(self, request: web.Request) -> web.Response:
        return json_answer(self._runner(request).as_json())

    async def _update(self, request: web.Request) -> web.Response:
        runner = self._runner(request)
        fields = read_update(request.content_type, await request.read())
        return json_answer(self.runners.update(runner.id, fields).as_json())

    async def _history(self, request: web.Request) -> web.Response:
        workflows = self.workflows.newest_first(runner_id=self._runner(request).id)
        return json_answer([workflow.as_run() for workflow in workflows[:_HISTORY_MOST]])

    async def _interrupt(self, request: web.Request) -> web.Response:
        self._runner(request)
        return web.Response()


async def _answer_of(handler: Handler, request: web.Request) -> web.Response:
    try:
        answer = await handler(request)
    except Refusal as refusal:
        return error_answer(refusal.status, refusal.message)
    except web.HTTPException as unrouted:
        allow = unrouted.headers.get("Allow")
        headers = {"Allow": allow} if allow else {}
        return error_answer(unrouted.status, _MESSAGES.get(unrouted.status, unrouted.reason), headers)
    assert isinstance(answer, web.Response)
    return answer


def _call(request: web.Request, raw: bytes) -> Call:
    # The path as it was sent: only so does it show whether an id was URL-encoded.
    path = request.raw_path.partition("?")[0]
    return Call(request.method, path, dict(request.query), None, _body(raw), request.headers)


def _body(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        return raw.decode(errors="replace")


def _close(transport: asyncio.BaseTransport | None) -> None:
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
