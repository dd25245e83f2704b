"""Switching on, by ComfyUI's settings that anybody may write, what moves the owner's runner."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from routes.comfyui_with_pack import Browser, ComfyUI, mounted_pack, running_comfyui
from units.unattended.pod import Pod

from comfycontrol_pack.comfycontrol.comfyui import ComfyUser
from service_double import ServiceDouble

KEEP, CHECK = "ComfyControl.KeepAddress", "ComfyControl.CheckAddress"
GATEWAY, RAW = "https://gateway.example.com", "http://45.55.66.77:8188"
DEFAULTS = {"keep_address": False, "check_address": True}


@pytest.fixture
async def comfyui(tmp_path: Path, double: ServiceDouble, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ComfyUI]:
    monkeypatch.setenv("COMFYCONTROL_API_URL", double.url)
    async with running_comfyui(mounted_pack(), tmp_path / "user") as running:
        yield running


@pytest.fixture
async def owner(comfyui: ComfyUI, token: str) -> Browser:
    browser = comfyui.browser()
    await browser.enter_token(token)
    await browser.ask("PATCH", "/preferences", DEFAULTS)
    return browser


async def preferences_of(owner: Browser) -> dict[str, Any]:
    found: dict[str, Any] = (await owner.status())["preferences"]
    return found


async def test_a_stranger_switches_nothing_with_comfyuis_settings(comfyui: ComfyUI, owner: Browser) -> None:
    for setting, value in ((KEEP, True), (CHECK, False)):
        await comfyui.browser().save_setting(value, setting)
    comfyui.module("comfycontrol.bootstrap")._instances.clear()
    assert await preferences_of(owner) == DEFAULTS


@pytest.mark.parametrize("key", ["", "wrong"])
async def test_a_stranger_switches_nothing_with_the_route(comfyui: ComfyUI, owner: Browser, key: str) -> None:
    stranger = comfyui.browser()
    stranger.owner_key = key
    assert (await stranger.ask("PATCH", "/preferences", {"keep_address": True})).code == "owner_required"
    assert "preferences" not in await stranger.status()
    assert await preferences_of(owner) == DEFAULTS


async def test_an_owner_switches_one_and_the_other_stays(owner: Browser) -> None:
    answer = await owner.ask("PATCH", "/preferences", {"keep_address": True})
    assert answer.content == {"preferences": {"keep_address": True, "check_address": True}}
    await owner.ask("PATCH", "/preferences", {"check_address": False, "keep_address": None})
    assert await preferences_of(owner) == {"keep_address": True, "check_address": False}
    wrongs: tuple[Any, ...] = ("yes", 1, [])
    for wrong in wrongs:
        assert (await owner.ask("PATCH", "/preferences", {"keep_address": wrong})).code == "body_invalid"


async def test_disconnecting_forgets_them(comfyui: ComfyUI, owner: Browser, token: str) -> None:
    await owner.ask("PATCH", "/preferences", {"keep_address": True, "check_address": False})
    await owner.ask("DELETE", "/token")
    again = comfyui.browser()
    assert (await again.ask("PUT", "/token", {"token": token})).status == 200
    again.owner_key = again.answers[-1].content["owner_key"]
    assert await preferences_of(again) == DEFAULTS


async def test_an_update_takes_over_what_the_settings_held_once(comfyui: ComfyUI, owner: Browser) -> None:
    memory = comfyui.user_directory / "__comfycontrol" / "memory.json"
    content: dict[str, Any] = json.loads(memory.read_text())
    memory.write_text(json.dumps({key: content[key] for key in content if key not in DEFAULTS}))
    await owner.save_setting(value=True, setting=KEEP)
    await owner.save_setting(value=False, setting=CHECK)
    assert await preferences_of(owner) == {"keep_address": True, "check_address": False}
    # From then on they are anybody's again, and nothing comes of them.
    await comfyui.browser().save_setting(value=False, setting=KEEP)
    assert (await preferences_of(owner))["keep_address"] is True


@pytest.mark.parametrize("verdict", ["proven", "needs_header", "cloudflare_access", "basic_auth", "login_page"])
def test_a_gateway_is_not_replaced_by_the_machines_raw_address(
    double: ServiceDouble, token: str, tmp_path: Path, verdict: str
) -> None:
    double.enforce_rate_limit = False
    pod = Pod(double, token, tmp_path / "pod", REGISTER="on", ENDPOINT=GATEWAY)
    pod.settle()
    pod.restart(REGISTER="", ENDPOINT="")
    pod.mode = "address"
    pod.restart()
    pod.platform = {"RENDER_EXTERNAL_URL": RAW}
    pod.verdicts = {GATEWAY: verdict, RAW: "proven"}
    for _ in range(5):
        pod.step()
    assert [runner["endpoint"] for runner in double.runners()] == [GATEWAY]


@pytest.mark.parametrize("trouble", ["unreadable", "rejected", "none"])
def test_one_users_broken_token_does_not_stop_it_for_all(
    double: ServiceDouble, token: str, tmp_path: Path, trouble: str
) -> None:
    double.enforce_rate_limit = False
    account = double.add_account("Grace", tier="pro")
    theirs = [double.add_token(account) for _ in range(2)]
    pod = Pod(double, "", tmp_path / "pod", REGISTER="")
    pod.mode = "address"
    pod.restart()
    users = pod.connected(theirs)
    pod.registration.register(users[1], pod.draft("Home", GATEWAY))
    pod.restart()
    if trouble == "rejected":
        double.revoke(theirs[0])
    elif trouble == "unreadable":
        users[0] = ComfyUser(users[0].id, "v2.anything")
    else:
        users[0] = ComfyUser(users[0].id, None)
    pod.all_users = users
    pod.platform = {"RENDER_EXTERNAL_URL": "https://new.example.com"}
    pod.verdicts = {GATEWAY: "name_not_found"}
    for _ in range(6):
        pod.step()
    assert [runner["endpoint"] for runner in double.runners()] == ["https://new.example.com"]
