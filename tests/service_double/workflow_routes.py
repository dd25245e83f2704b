"""The routes of workflows."""

from collections.abc import Callable, Sequence

from aiohttp import web

from .accounts import Account
from .answers import NOT_FOUND, Refusal, json_answer
from .orchestrator import Orchestrator
from .rules import read_page
from .workflow_rules import read_workflow
from .workflows import Workflows


class WorkflowRoutes:
    def __init__(
        self,
        workflows: Workflows,
        orchestrator: Orchestrator,
        account_of: Callable[[web.Request], Account],
        created_status: Callable[[], int],
    ) -> None:
        # None: as many as anybody wants. How many a tier allows is not documented.
        self.limit: int | None = None
        self._workflows = workflows
        self._orchestrator = orchestrator
        self._account_of = account_of
        self._created_status = created_status

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.post("/v1/workflow", self._create),
            web.get("/v1/workflow", self._list, allow_head=False),
            web.get("/v1/workflow/{id}", self._get, allow_head=False),
        ]

    async def _create(self, request: web.Request) -> web.Response:
        account = self._account_of(request)
        fields = read_workflow(request.headers.get("Content-Type", ""), await request.read())
        if self.limit is not None and len(self._workflows.newest_first(account.id)) >= self.limit:
            raise Refusal(403, "Workflow limit exceeded for your tier")
        workflow = self._workflows.add(account.id, fields)
        self._orchestrator.begin(workflow)
        return json_answer(workflow.as_listed_json(), self._created_status())

    async def _list(self, request: web.Request) -> web.Response:
        workflows = self._workflows.newest_first(self._account_of(request).id)
        shown = [each.as_listed_json() for each in workflows[read_page(request.query)]]
        return json_answer({"workflows": shown, "total": len(workflows)})

    async def _get(self, request: web.Request) -> web.Response:
        account = self._account_of(request)
        workflow = self._workflows.find(request.match_info["id"])
        if workflow is None or workflow.user_id != account.id:
            raise Refusal(404, NOT_FOUND)
        return json_answer(workflow.as_json())
