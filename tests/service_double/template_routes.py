"""The routes of templates."""

from collections.abc import Callable, Sequence

from aiohttp import web

from .accounts import Account
from .answers import NOT_FOUND, Refusal, json_answer
from .rules import read_page
from .template_rules import read_create, read_update
from .templates import Template, Templates


class TemplateRoutes:
    def __init__(self, templates: Templates, account_of: Callable[[web.Request], Account]) -> None:
        # None: as many as anybody wants. How many a tier allows is not documented.
        self.limit: int | None = None
        self._templates = templates
        self._account_of = account_of

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.post("/v1/template", self._create),
            web.get("/v1/template", self._list, allow_head=False),
            web.get("/v1/template/{id}", self._get, allow_head=False),
            web.put("/v1/template/{id}", self._update),
        ]

    async def _create(self, request: web.Request) -> web.Response:
        account = self._account_of(request)
        fields = read_create(request.headers.get("Content-Type", ""), await request.read())
        if self.limit is not None and len(self._templates.newest_first(account.id)) >= self.limit:
            raise Refusal(403, "Template limit exceeded for your tier")
        return json_answer(self._templates.add(account.id, fields).as_json(), 201)

    async def _list(self, request: web.Request) -> web.Response:
        templates = self._templates.newest_first(self._account_of(request).id)
        shown = [template.as_listed_json() for template in templates[read_page(request.query)]]
        return json_answer({"templates": shown, "total": len(templates)})

    async def _get(self, request: web.Request) -> web.Response:
        return json_answer(self._template(request).as_json())

    async def _update(self, request: web.Request) -> web.Response:
        template = self._template(request)
        fields = read_update(request.headers.get("Content-Type", ""), await request.read())
        return json_answer(self._templates.update(template.id, fields).as_json())

    def _template(self, request: web.Request) -> Template:
        account = self._account_of(request)
        template = self._templates.find(request.match_info["id"])
        if template is None or template.account_id != account.id:
            raise Refusal(404, NOT_FOUND)
        return template
