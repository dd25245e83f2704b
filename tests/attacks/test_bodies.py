"""Megabytes from somebody who may not send them, and refusals that push an owner's errors out of the diagnostics."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from routes.comfyui_with_pack import OWNER_HEADER, Browser, ComfyUI, mounted_pack, running_comfyui

from service_double import Fault, ServiceDouble

LARGE = 100 * 1024 * 1024


@pytest.fixture
async def comfyui(tmp_path: Path, double: ServiceDouble, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ComfyUI]:
    monkeypatch.setenv("COMFYCONTROL_API_URL", double.url)
    async with running_comfyui(mounted_pack(), tmp_path / "user") as running:
        yield running


@pytest.fixture
async def owner(comfyui: ComfyUI, token: str) -> Browser:
    browser = comfyui.browser()
    await browser.enter_token(token)
    return browser


def routes_with_body(comfyui: ComfyUI) -> list[tuple[str, str]]:
    """Every route of ours that ComfyUI has and that takes a body, also those that are yet to be written."""
    return sorted(
        (route.method, route.resource.canonical)
        for route in comfyui.client.app.router.routes()
        if route.resource and "comfycontrol" in route.resource.canonical and route.method in {"POST", "PUT", "PATCH"}
    )


@pytest.mark.parametrize("key", ["", "x" * 43])
async def test_nobody_reads_the_body_of_somebody_who_may_not_send_one(
    comfyui: ComfyUI, owner: Browser, key: str
) -> None:
    routes = routes_with_body(comfyui)
    assert len(routes) >= 12
    sent = {OWNER_HEADER: key} if key else {}
    for method, path in routes:
        taken = 0

        async def megabytes() -> AsyncIterator[bytes]:
            nonlocal taken
            for _ in range(LARGE // 65536):
                taken += 65536
                yield b"x" * 65536

        headers = {**sent, "Content-Type": "application/json"}
        async with comfyui.client.request(method, path, data=megabytes(), headers=headers) as response:
            # PUT token is for strangers too, if they come from our page: these do not.
            assert response.status == 403, (method, path)
        # What the sockets' buffers hold; the server has taken nothing of it into its memory.
        assert taken < LARGE // 4, (method, path)


async def test_strangers_tries_stay_out_of_the_diagnostics(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble
) -> None:
    double.plan(Fault.close_before(times=None))
    await owner.register()
    stranger = comfyui.browser()
    stranger.owner_key = "x" * 43
    for _ in range(12):
        await stranger.ask("PUT", "/token", {"token": "cfc_" + "a" * 40})
        await stranger.register()
        await stranger.change(name="Eve")
        await stranger.ask("GET", "/status?refresh=1")
    answer = await owner.ask("GET", "/diagnostics")
    assert [error["code"] for error in answer.content["diagnostics"]["errors"]] == ["service_unreachable"]
