"""The OpenAPI document, put together from the routes, their shapes and their errors."""

from http import HTTPStatus
from typing import Any

from comfycontrol_pack.comfycontrol.texts import ENGLISH, LANGUAGES
from comfycontrol_pack.comfycontrol.version import VERSION
from comfycontrol_pack.server_routes.guards import LANGUAGE_HEADER, MOST_BYTES, OWNER_HEADER
from comfycontrol_pack.server_routes.route import Query, Route
from comfycontrol_pack.server_routes.table import ROUTES

from .examples import ANSWERS, BODIES
from .failures import failures_of
from .schema_parts import Schema, ref
from .schemas import schemas

_DESCRIPTION = f"""The routes that the ComfyControl extension adds to ComfyUI. Each also exists under `/api`.

ComfyUI has no login, so anyone who can reach it can call them. An **owner** proves who they are with the header
`{OWNER_HEADER}`. It contains the owner key that `PUT /comfycontrol/token` returned for an API token of the account.

Bodies are JSON objects of up to {MOST_BYTES // 1024} KB, unless a route says otherwise, sent as `application/json`.
Fields that are not listed here are ignored. Answers must not be stored (`Cache-Control: no-store`). Every error has the
shape `ErrorAnswer`, and its code has a heading in troubleshooting.md. If ComfyUI runs with `--multi-user`, its header
`Comfy-User` says whose token it is.
"""
_STATUS_TEXTS = {
    HTTPStatus.BAD_REQUEST: "Something in the request is invalid.",
    HTTPStatus.FORBIDDEN: "The caller may not do this.",
    HTTPStatus.NOT_FOUND: "ComfyControl no longer has the runner, or the template.",
    HTTPStatus.CONFLICT: "The instance or the account is not in the state that this requires.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not JSON, or not declared as JSON.",
    HTTPStatus.FAILED_DEPENDENCY: "ComfyControl did not do what was requested, or cannot be reached.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The extension failed.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Something on this machine prevents it.",
}


def document() -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ComfyControl for ComfyUI",
            "version": VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "http://127.0.0.1:8188", "description": "ComfyUI at its default address"}],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "ownerKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": OWNER_HEADER,
                    "description": "The owner key from `PUT /comfycontrol/token`.",
                }
            },
            "parameters": {"Language": _language()},
            "headers": {
                "NoStore": _header("The answer must not be stored.", {"type": "string", "const": "no-store"}),
                "RetryAfter": _header("Seconds to wait.", {"type": "integer", "minimum": 0}),
            },
        },
    }


def _language_of(route: Route) -> dict[str, Any]:
    return {**_language(), "required": True} if route.needs_own_header else {"$ref": "#/components/parameters/Language"}


def _language() -> dict[str, Any]:
    return {
        "name": LANGUAGE_HEADER,
        "in": "header",
        "description": f"The language of the texts: {', '.join(LANGUAGES)}. Any other value gives English.",
        "schema": {"type": "string", "default": ENGLISH},
        "example": ENGLISH,
    }


def _header(description: str, schema: Schema) -> dict[str, Any]:
    return {"description": description, "required": True, "schema": schema}


def _operation(route: Route) -> dict[str, Any]:
    owner: list[dict[str, list[str]]] = [{"ownerKey": []}]
    # An empty one says that it may also be left out.
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "security": {"owners": owner, "anyone; owners get more": [{}, *owner], "anyone": []}[route.who],
        "parameters": [_language_of(route), *map(_query, route.queries)],
    }
    if route.description:
        operation["description"] = route.description
    if route.body:
        content = {"application/json": {"schema": ref(route.body), "example": BODIES[route.body]}}
        operation["requestBody"] = {"required": True, "content": content}
    operation["responses"] = _responses(route)
    return operation


def _query(query: Query) -> dict[str, Any]:
    schema = {"type": "string", **({"pattern": query.pattern} if query.pattern else {})}
    described: dict[str, Any] = {"name": query.name, "in": "query", "description": query.description}
    return {**described, "required": query.required, "schema": schema, "example": query.example}


def _responses(route: Route) -> dict[str, Any]:
    # HTTP's own example of an answer, where there is one; the body is that of the component all the same.
    example = {"example": ANSWERS[route.answer]} if route.answer in ANSWERS else {}
    responses = {int(route.status): _response("Done.", {"schema": ref(route.answer), **example})}
    codes: dict[int, list[str]] = {HTTPStatus.INTERNAL_SERVER_ERROR: ["internal"]}
    for failure in failures_of(route):
        codes.setdefault(failure.status, []).append(failure.code)
    for status in sorted(codes):
        responses[int(status)] = _failed(HTTPStatus(status), sorted(set(codes[status])), conflict="runner_exists")
    return {str(status): response for status, response in responses.items()}


def _failed(status: HTTPStatus, codes: list[str], *, conflict: str) -> dict[str, Any]:
    answer = "ConflictAnswer" if conflict in codes else "ErrorAnswer"
    # The codes are part of the promise: each route answers with these and with no others.
    schema = {"allOf": [ref(answer), {"properties": {"error": {"properties": {"code": {"enum": codes}}}}}]}
    text = f"{_STATUS_TEXTS[status]} Codes: {', '.join(f'`{code}`' for code in codes)}."
    response = _response(text, {"schema": schema})
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response["headers"]["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    return response


def _response(description: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
        "content": {"application/json": content},
    }
