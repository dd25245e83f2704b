"""The table of routes: what a row says is what happens, and what it does not say is closed."""

import inspect
import sys
import types
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import BaseModel
from routes.comfyui_with_pack import OWNER_HEADER, Browser, ComfyUI

from comfycontrol_pack.server_routes import bodies
from comfycontrol_pack.server_routes.route import Route
from comfycontrol_pack.server_routes.table import ROUTES


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_row_that_says_nothing_is_the_owners(
    comfyui: ComfyUI, owner: Browser, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    callers: list[Any] = []

    def bare(caller: Any) -> dict[str, Any]:
        callers.append(caller)
        return {"done": True}

    package: Any = comfyui.module("server_routes")
    module: Any = types.ModuleType("bare")
    module.bare = bare
    monkeypatch.setitem(sys.modules, f"{package.__name__}.bare", module)
    row = comfyui.module("server_routes.table").Route(method, "/comfycontrol/bare", "bare.bare", "Bare", "Does it.")
    monkeypatch.setattr(package, "ROUTES", (*package.ROUTES, row))
    mounted = web.RouteTableDef()
    assert package.add_routes(mounted)
    app = web.Application()
    app.add_routes(mounted)
    async with TestClient(TestServer(app)) as client:
        for headers in ({}, {OWNER_HEADER: ""}, {OWNER_HEADER: "x" * 43}):
            async with client.request(method, row.path, headers=headers) as refused:
                assert (refused.status, (await refused.json())["error"]["code"]) == (403, "owner_required")
        assert callers == []
        async with client.request(method, row.path, headers={OWNER_HEADER: owner.owner_key or ""}) as done:
            assert (done.status, await done.json()) == (200, {"done": True})
        assert len(callers) == 1


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_use_case_takes_the_body_of_its_row(route: Route) -> None:
    caller, *taken = inspect.signature(route.load_use_case()).parameters.values()
    assert caller.annotation.__name__ == "Caller"
    expected = [getattr(bodies, route.body)] if route.body is not None else []
    assert [parameter.annotation for parameter in taken] == expected
    assert all(issubclass(body, BaseModel) for body in expected)
    assert route.summary.endswith((".", "?"))


def test_no_two_rows_have_the_same_name_or_place() -> None:
    assert len({route.name for route in ROUTES}) == len({route[:2] for route in ROUTES}) == len(ROUTES)
