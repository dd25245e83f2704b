"""The client of the ComfyControl API (docs.comfycontrol.app): one call method, typed calls above it.

No redirects (they would carry the token elsewhere), time limits, bounded answers; proxies and CA bundles come from
the environment as `requests` reads them.
"""

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote

import requests
from pydantic import BaseModel, SecretStr, ValidationError
from requests.auth import AuthBase
from typing_extensions import Self  # comes with pydantic; typing has it since Python 3.11

from ..errors import RefusedByServiceError
from ..models.runner import Account, Runner, RunnerChange, RunnerDraft, WorkflowRun
from ..models.template import Parts, Template, TemplateDraft
from ..models.workflow import Workflow, WorkflowDraft
from ..version import USER_AGENT
from .responses import not_understood, read_answer, refusal, transport_error

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
_PER_PAGE = 100  # the documented maximum
# Bounds a listing that never ends; no tier allows nearly as many runners.
_MOST_PAGES = 100
MOST_RUNNERS = _MOST_PAGES * _PER_PAGE
_TEMPLATES = "/v1/template"
_WORKFLOWS = "/v1/workflow"

_Model = TypeVar("_Model", bound=BaseModel)


class _Bearer(AuthBase):
    """Adds the token to every request. As `auth`, because a netrc file would replace a header."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        return request


class ComfyControlClient:
    """Calls the service with one API token. Not to be shared between threads.

    Args:
        token: the API token.
        origin: the service's base URL, as `Environment.service_origin` gives it.
        read_seconds: how long the service may stay silent.

    Every call raises `ServiceError` or one of its children, and nothing else.

    """

    def __init__(self, token: SecretStr, origin: str, *, read_seconds: float = READ_SECONDS) -> None:
        self._origin = origin
        self._read_seconds = read_seconds
        self._session = requests.Session()
        self._session.auth = _Bearer(token)
        self._session.headers.update(
            {
                "Accept": "application/json",
                # A small compressed answer can unpack to gigabytes; ours are small as they are.
                "Accept-Encoding": "identity",
                "User-Agent": USER_AGENT,
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def account(self) -> Account:
        """`GET /v1/user`: whose token this is. The check of a token that the documentation recommends."""
        return _parsed(Account, self._call("GET", "/v1/user"))

    def runners(self) -> list[Runner]:
        """`GET /v1/runner`, every page: all runners of the account, newest first."""
        return self._all(Runner, "/v1/runner", "runners")

    def runner(self, runner_id: str) -> Runner:
        """`GET /v1/runner/{id}`."""
        return _parsed(Runner, self._call("GET", _runner_path(runner_id)))

    def headers_of(self, runner_id: str) -> dict[str, SecretStr]:
        """`GET /v1/runner/{id}`: the headers with their values, to be sent back and forgotten."""
        answer = self._call("GET", _runner_path(runner_id))
        headers = answer.get("headers") if isinstance(answer, Mapping) else None
        return {str(name): SecretStr(str(value)) for name, value in (headers or {}).items()}

    def create_runner(self, draft: RunnerDraft) -> Runner:
        """`POST /v1/runner`. Never to be repeated blindly: the service would make a second runner."""
        return _parsed(Runner, self._call("POST", "/v1/runner", body=draft.to_service()))

    def change_runner(self, runner_id: str, change: RunnerChange) -> Runner:
        """`PUT /v1/runner/{id}`: changes the fields that are set, and only those."""
        return _parsed(Runner, self._call("PUT", _runner_path(runner_id), body=change.to_service()))

    def history(self, runner_id: str) -> list[WorkflowRun]:
        """`GET /v1/runner/{id}/history`: the latest workflows it ran, ten at most."""
        answer = self._call("GET", f"{_runner_path(runner_id)}/history")
        if not isinstance(answer, list):
            raise not_understood()
        return _those_understood(WorkflowRun, answer)

    def templates(self) -> list[Template]:
        """`GET /v1/template`, every page: all templates of the account, without their bodies."""
        return self._all(Template, _TEMPLATES, "templates")

    def create_template(self, draft: TemplateDraft) -> Template:
        """`POST /v1/template`. Never to be repeated blindly: the service would make a second template."""
        return _parsed(Template, self._call("POST", _TEMPLATES, files=draft.to_service()))

    def change_template(self, template_id: str, draft: TemplateDraft) -> Template:
        """`PUT /v1/template/{id}`: gives the template this name, description and workflow."""
        path = _path(_TEMPLATES, template_id, gone="template_gone")
        return _parsed(Template, self._call("PUT", path, files=draft.to_service()))

    def workflows(self, count: int) -> list[Workflow]:
        """`GET /v1/workflow`: so many of the account's workflows, newest first."""
        return _listed(Workflow, self._call("GET", _WORKFLOWS, params={"page": 1, "per_page": count}), "workflows")

    def workflow(self, workflow_id: str) -> Workflow:
        """`GET /v1/workflow/{id}`."""
        return _parsed(Workflow, self._call("GET", _path(_WORKFLOWS, workflow_id, gone="workflow_gone")))

    def send_workflow(self, draft: WorkflowDraft) -> Workflow:
        """`POST /v1/workflow`. Never to be repeated blindly: the service would run it a second time."""
        return _parsed(Workflow, self._call("POST", _WORKFLOWS, files=draft.to_service()))

    def _all(self, model: type[_Model], path: str, name: str) -> list[_Model]:
        found: list[_Model] = []
        for page in range(1, _MOST_PAGES + 1):
            answer = self._call("GET", path, params={"page": page, "per_page": _PER_PAGE})
            listed = _listed(model, answer, name)
            found += listed
            total = answer.get("total")
            if not listed or not isinstance(total, int) or page * _PER_PAGE >= total:
                break
        return found

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: dict[str, Any] | None = None,
        files: Parts | None = None,
        params: dict[str, int] | None = None,
    ) -> Any:
        if not _is_sendable(body):
            raise RefusedByServiceError("not_encodable")
        try:
            with self._session.request(
                method,
                self._origin + path,
                json=body,
                files=files,
                params=params,
                timeout=(CONNECT_SECONDS, self._read_seconds),
                allow_redirects=False,
                stream=True,
            ) as response:
                answer = read_answer(response)
                if not response.ok or response.is_redirect or response.status_code >= requests.codes.multiple_choices:
                    raise refusal(method, path, response, answer)
        except OSError as error:  # what requests raises, and what slips through it
            # Not chained: the text of a proxy's error may hold the password from the proxy's URL.
            raise transport_error(error) from None
        if answer is None:
            raise not_understood(response.status_code)
        return answer


def _runner_path(runner_id: str) -> str:
    return _path("/v1/runner", runner_id, gone="runner_gone")


def _path(collection: str, opaque_id: str, *, gone: str) -> str:
    if opaque_id in {"", ".", ".."}:
        # Even quoted, these are not taken for a segment; and nothing has such an id.
        raise RefusedByServiceError(gone)
    # Ids are opaque: whatever the service gave must stay one segment of the path.
    return f"{collection}/{quote(opaque_id, safe='')}"


def _is_sendable(body: dict[str, Any] | None) -> bool:
    """Whether the body is text throughout. JSON itself would take half a surrogate pair."""
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _listed(model: type[_Model], answer: Any, name: str) -> list[_Model]:
    listed = answer.get(name) if isinstance(answer, Mapping) else None
    if not isinstance(listed, list):
        raise not_understood()
    return _those_understood(model, listed)


def _those_understood(model: type[_Model], listed: list[Any]) -> list[_Model]:
    """Give what is understood of a list: one bad entry must not take all the others away.

    Raises:
        AnswerLostError: `not_the_service`: nothing of it is.

    """
    found = [known for known in (_as_far_as_understood(model, entry) for entry in listed) if known is not None]
    if listed and not found:
        raise not_understood()
    return found


def _as_far_as_understood(model: type[_Model], entry: Any) -> _Model | None:
    """Give an entry without the fields that are wrong: an address that is hidden would be registered twice."""
    try:
        return model.model_validate(entry)
    except ValidationError as error:
        wrong = {problem["loc"][0] for problem in error.errors(include_input=False) if problem["loc"]}
    try:
        return model.model_validate({name: value for name, value in entry.items() if name not in wrong})
    except (AttributeError, ValidationError):
        return None


def _parsed(model: type[_Model], answer: Any) -> _Model:
    try:
        return model.model_validate(answer)
    except ValidationError:
        raise not_understood() from None
