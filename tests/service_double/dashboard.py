"""The double's own page, a stand-in for the dashboard of the service."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from .answers import NOT_FOUND, Refusal, json_answer
from .rules import RunnerFields, read_status
from .runners import Runners
from .workflows import Workflow, Workflows

# Nothing from elsewhere, should a value that came with a request ever find its way into the markup.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self' data:"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def is_dashboard(path: str) -> bool:
    return path == "/" or path.startswith("/double/")


class Dashboard:
    def __init__(self, runners: Runners, workflows: Workflows) -> None:
        self._runners = runners
        self._workflows = workflows
        self._page = Path(__file__).with_name("page.html").read_text(encoding="utf-8")

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.get("/", self._show, allow_head=False),
            web.get("/double/runners", self._list, allow_head=False),
            web.post("/double/runners/{id}/status", self._set_status),
            web.delete("/double/runners/{id}", self._remove),
            web.get("/double/workflows", self._list_workflows, allow_head=False),
            web.get("/double/workflows/{id}/pictures/{number:[0-9]+}", self._picture, allow_head=False),
        ]

    async def _show(self, request: web.Request) -> web.Response:
        return web.Response(text=self._page, content_type="text/html", headers=_HEADERS)

    async def _list(self, request: web.Request) -> web.Response:
        runners = [runner.as_masked_json() for runner in self._runners.newest_first()]
        return web.json_response({"runners": runners}, headers=_HEADERS)

    async def _set_status(self, request: web.Request) -> web.Response:
        # The content type is demanded so that a form on a foreign page cannot make this request without asking first.
        status = read_status(request.content_type, await request.read())
        runner_id = self._known(request)
        return json_answer(self._runners.update(runner_id, RunnerFields(status=status)).as_masked_json())

    async def _remove(self, request: web.Request) -> web.Response:
        self._runners.remove(self._known(request))
        return web.Response(status=204)

    async def _list_workflows(self, request: web.Request) -> web.Response:
        workflows = [self._shown(workflow) for workflow in self._workflows.newest_first()]
        return web.json_response({"workflows": workflows}, headers=_HEADERS)

    def _shown(self, workflow: Workflow) -> dict[str, Any]:
        runner = self._runners.find(workflow.user_runner_id or "")
        return {
            **workflow.as_listed_json(),
            "runner": runner.name if runner else None,
            "managed": workflow.managed_runner_id is not None,
            "exception_message": workflow.exception_message,
            "pictures": [f"/double/workflows/{workflow.id}/pictures/{n}" for n in range(len(workflow.pictures))],
        }

    async def _picture(self, request: web.Request) -> web.Response:
        workflow = self._workflows.find(request.match_info["id"])
        number = int(request.match_info["number"])
        if workflow is None or number >= len(workflow.pictures):
            raise Refusal(404, NOT_FOUND)
        # As a picture whatever the runner said it is: it comes from anywhere, and this page has buttons.
        return web.Response(body=workflow.pictures[number].content, content_type="image/png", headers=_HEADERS)

    def _known(self, request: web.Request) -> str:
        runner_id = request.match_info["id"]
        if self._runners.find(runner_id) is None:
            raise Refusal(404, NOT_FOUND)
        return runner_id
