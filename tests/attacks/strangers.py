"""Every route there is, as the running application and its document have it, so that a new one is attacked as well."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from routes.comfyui_with_pack import ComfyUI

from service_double import ServiceDouble

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))
PREFIX = "/comfycontrol"
# What must never be in an answer to a stranger, nor in one about a body that was refused.
PLACES = re.compile(r"Traceback|File \"|\.py\b|/custom_nodes|/site-packages|pydantic|aiohttp", re.IGNORECASE)


class Operation(NamedTuple):
    """One route: what a well-meant request to it looks like, and whether the document keeps it for owners."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]
    for_owners: bool

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def address(self) -> str:
        """The path below the pack's own, with its query, as `Browser.ask` takes it."""
        path = self.path.removeprefix(PREFIX)
        return f"{path}?{urlencode(self.query)}" if self.query else path

    @property
    def takes_a_body(self) -> bool:
        return self.body is not None


def operations() -> Iterator[Operation]:
    for path, methods in DOCUMENT["paths"].items():
        for method, described in methods.items():
            given = [_resolved(one) for one in described.get("parameters", [])]
            content = described.get("requestBody", {}).get("content", {}).get("application/json", {})
            yield Operation(
                method.upper(),
                path,
                {one["name"]: str(one["example"]) for one in given if one["in"] == "query"},
                content.get("example"),
                {one["name"]: str(one.get("example", "1")) for one in given if one["in"] == "header"},
                described["security"] == [{"ownerKey": []}],
            )


def _resolved(parameter: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in parameter:
        return parameter
    found: dict[str, Any] = DOCUMENT["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    return found


ALL = list(operations())
FOR_OWNERS = [one for one in ALL if one.for_owners]
FOR_ANYONE = [one for one in ALL if not one.for_owners]
WITH_BODY = [one for one in ALL if one.takes_a_body]


def mounted(comfyui: ComfyUI) -> set[tuple[str, str]]:
    """Every way into the pack that the router of the running application has; HEAD is GET without its body."""
    application = comfyui.client.server.app  # type: ignore[attr-defined]
    return {
        (route.method, route.resource.canonical)
        for route in application.router.routes()
        if route.resource is not None and PREFIX in route.resource.canonical and route.method != "HEAD"
    }


async def raw(comfyui: ComfyUI, method: str, target: str, *lines: str, body: bytes = b"") -> tuple[int, bytes]:
    """A request as it is written here, which no client would send: the status and the whole answer."""
    reader, writer = await asyncio.open_connection(comfyui.client.host, comfyui.client.port)
    head = (f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *lines)
    writer.write("\r\n".join((*head, f"Content-Length: {len(body)}", "", "")).encode(errors="surrogateescape") + body)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return int(answer.split(b" ", 2)[1]), answer


def at_rest(comfyui: ComfyUI, double: ServiceDouble) -> tuple[Any, ...]:
    """All that a stranger must leave as it is: what is kept here, and what the service holds."""
    files = sorted(
        (str(file.relative_to(comfyui.user_directory)), file.read_bytes())
        for file in comfyui.user_directory.rglob("*")
        if file.is_file()
    )
    return files, double.runners(), double.templates()
