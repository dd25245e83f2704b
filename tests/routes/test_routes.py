from pathlib import Path

import pytest
from routes.comfyui_with_pack import ENDPOINT, Browser, ComfyUI, mounted_pack, running_comfyui

from service_double import Account, ServiceDouble

STRANGERS_KEYS = {"state", "label", "message", "next_step", "actions", "connected", "registered", "owner"}
RUNNER_KEYS = {"id", "name", "status", "endpoint", "tags", "header_names", "created_at", "updated_at"}


@pytest.fixture(params=["/comfycontrol", "/api/comfycontrol"])
def browser(comfyui: ComfyUI, request: pytest.FixtureRequest) -> Browser:
    browser = comfyui.browser()
    browser.prefix = request.param
    return browser


async def test_from_an_empty_instance_to_a_runner_and_back(
    browser: Browser, double: ServiceDouble, account: Account, token: str
) -> None:
    assert await browser.status() == {
        "state": "not_connected",
        "label": "Not connected",
        "message": "This instance is not connected to a ComfyControl account.",
        "next_step": "Enter an API token from your account.",
        "actions": ["enter_token"],
        "connected": False,
        "registered": False,
        "owner": False,
    }

    entered = await browser.enter_token(token)
    assert entered.status == 200
    assert entered.content.keys() == {"sealed_token", "owner_key", "account", "token_hint"}
    assert entered.content["account"] == {"name": "Ada Lovelace", "tier": "pro"}
    assert entered.content["token_hint"] == f"cfc_...{token[-4:]}"
    status = await browser.status()
    assert status == {
        "state": "not_registered",
        "label": "Not registered",
        "message": "This instance is not registered as a runner yet.",
        "next_step": "Register it so ComfyControl can send it workflows.",
        "actions": ["register", "take_over", "disconnect"],
        "connected": True,
        "registered": False,
        "owner": True,
        "account": {"id": account.id, "name": "Ada Lovelace", "tier": "pro"},
        "token_hint": f"cfc_...{token[-4:]}",
        "source": "settings",
        "preferences": {"keep_address": False, "check_address": False},
    }

    suggestions = await browser.ask("GET", "/suggestions")
    assert suggestions.status == 200
    assert suggestions.content.keys() == {"name", "endpoints", "tags", "tunnel"}
    assert suggestions.content["name"]
    assert {"gpu-rtx-4090", "vram-24gb"} <= set(suggestions.content["tags"])

    registered = await browser.register(headers={"X-Key": "s3cr3t"}, tags=["gpu-rtx-4090"])
    assert registered.status == 201
    runner = registered.content["runner"]
    assert runner.keys() == RUNNER_KEYS
    assert (runner["name"], runner["status"], runner["endpoint"]) == ("Mine", "active", ENDPOINT)
    assert (runner["tags"], runner["header_names"]) == (["gpu-rtx-4090"], ["X-Key"])
    assert (await browser.status())["runner"] == runner

    changed = await browser.change(status="disabled", name="Renamed")
    assert changed.status == 200
    assert changed.content["runner"].items() >= {"id": runner["id"], "name": "Renamed", "status": "disabled"}.items()
    assert (await browser.status())["state"] == "disabled"

    again = await browser.register(name="Mine")
    assert (again.status, again.content["runner"]["id"]) == (201, runner["id"])

    left = await browser.ask("DELETE", "/token")
    assert left.status == 200
    assert left.content["left_at_service"].items() >= {"id": runner["id"], "name": "Mine"}.items()
    assert (await browser.status())["state"] == "not_connected"
    assert (await browser.register()).code == "owner_required"
    (held,) = double.runners()
    assert held["id"] == runner["id"]
    assert double.complaints == []


async def test_a_runner_with_this_endpoint_is_offered_taken_over_or_doubled(
    browser: Browser, double: ServiceDouble, account: Account, token: str
) -> None:
    old = double.add_runner(account, name="Old", endpoint=f"{ENDPOINT}/", headers={"X-Key": "s3cr3t"})
    await browser.enter_token(token)
    refused = await browser.register()
    assert (refused.status, refused.code) == (409, "runner_exists")
    (candidate,) = refused.content["candidates"]
    assert candidate.keys() == RUNNER_KEYS
    assert (candidate["id"], candidate["header_names"]) == (old["id"], ["X-Key"])
    assert "s3cr3t" not in refused.text

    taken = await browser.register(take_over=old["id"])
    assert (taken.status, taken.content["runner"]["id"]) == (201, old["id"])
    assert len(double.runners()) == 1

    await browser.ask("DELETE", "/token")
    await browser.enter_token(token)
    second = await browser.register(take_over=None)
    assert second.status == 201
    assert second.content["runner"]["id"] != old["id"]
    assert len(double.runners()) == 2


async def test_a_restart_forgets_nothing(
    tmp_path: Path, double: ServiceDouble, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMFYCONTROL_API_URL", double.url)
    # The test's server has another port each time, by which it would be another instance.
    monkeypatch.setenv("COMFYCONTROL_INSTANCE", "gpu-0")
    custom_nodes = mounted_pack()
    async with running_comfyui(custom_nodes, tmp_path / "user") as first:
        browser = first.browser()
        await browser.enter_token(token)
        runner = (await browser.register()).content["runner"]
    double.forget_calls()
    async with running_comfyui(custom_nodes, tmp_path / "user") as second:
        browser.client = second.client
        status = await browser.status()
        assert (status["state"], status["runner"]) == ("registered", runner)
        assert double.calls == []
        assert (await browser.change(name="Renamed")).content["runner"]["id"] == runner["id"]


async def test_two_processes_of_one_folder_share_the_account_and_no_runner(
    tmp_path: Path, double: ServiceDouble, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMFYCONTROL_API_URL", double.url)
    custom_nodes = mounted_pack()
    names = []
    for instance in ("gpu-0", "gpu-1", "gpu-0"):
        monkeypatch.setenv("COMFYCONTROL_INSTANCE", instance)
        async with running_comfyui(custom_nodes, tmp_path / "user") as comfyui:
            browser = comfyui.browser()
            await browser.enter_token(token)
            if (await browser.status())["state"] == "not_registered":
                await browser.register(name=instance, endpoint=f"https://{instance}.example.com")
            names.append((await browser.status())["runner"]["name"])
    assert names == ["gpu-0", "gpu-1", "gpu-0"]
    assert len(double.runners()) == 2


async def test_a_stranger_sees_the_bare_state_and_never_has_the_service_called(
    comfyui: ComfyUI, browser: Browser, double: ServiceDouble, token: str
) -> None:
    await browser.enter_token(token)
    await browser.register()
    double.forget_calls()
    stranger = comfyui.browser()
    for key in ("", "wrong", "k" * 8000, "\u00e9"):
        stranger.owner_key = key
        for refresh in (False, True):
            status = await stranger.status(refresh=refresh)
            assert status.keys() == STRANGERS_KEYS
            assert (status["state"], status["owner"]) == ("registered", False)
    assert double.calls == []
    assert (await browser.status(refresh=True))["owner"] is True
    assert len(double.calls) == 1


async def test_the_second_browser_is_an_owner_with_its_own_key(
    comfyui: ComfyUI, browser: Browser, double: ServiceDouble, token: str
) -> None:
    await browser.enter_token(token)
    double.forget_calls()
    other = comfyui.browser()
    assert (await other.enter_token(token)).status == 200
    assert len(double.calls) == 1
    assert other.owner_key != browser.owner_key
    for each in (browser, other):
        assert (await each.status())["owner"] is True


async def test_every_page_hears_that_something_changed_and_nothing_else(
    comfyui: ComfyUI, browser: Browser, double: ServiceDouble, token: str
) -> None:
    async with comfyui.client.ws_connect("/ws") as page, comfyui.client.ws_connect("/ws") as stranger:
        for socket in (page, stranger):
            assert (await socket.receive_json(timeout=5))["type"] == "status"
        await browser.enter_token(token)
        await browser.register(headers={"X-Key": "s3cr3t"})
        await browser.change(name="Renamed")
        double.set_status(double.runners()[0]["id"], "disabled")
        await browser.status()
        await browser.status(refresh=True)
        await browser.ask("DELETE", "/token")
        for socket in (page, stranger):
            for _ in range(5):
                message = await socket.receive_str(timeout=5)
                assert message == '{"type": "comfycontrol.status", "data": {}}'
