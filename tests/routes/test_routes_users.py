import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from routes.comfyui_with_pack import SETTING, ComfyUI, mounted_pack, running_comfyui

from service_double import ServiceDouble

Damage = Callable[[ComfyUI], Awaitable[None]]


@pytest.fixture
async def for_many(tmp_path: Path, double: ServiceDouble, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ComfyUI]:
    monkeypatch.setenv("COMFYCONTROL_API_URL", double.url)
    async with running_comfyui(mounted_pack(), tmp_path / "user", multi_user=True) as running:
        yield running


async def add_user(comfyui: ComfyUI, name: str) -> str:
    async with comfyui.client.post("/users", json={"username": name}) as response:
        assert response.status == 200
        user: str = await response.json()
        return user


@pytest.mark.parametrize("user", [None, "nobody", "__comfycontrol", "../default", ""])
async def test_a_user_comfyui_does_not_know_is_told_so(
    for_many: ComfyUI, double: ServiceDouble, token: str, user: str | None
) -> None:
    browser = for_many.browser(user)
    for answer in (await browser.ask("GET", "/status"), await browser.ask("PUT", "/token", {"token": token})):
        assert (answer.status, answer.code) == (403, "user_unknown")
    assert double.calls == []

    browser.user = await add_user(for_many, "Ada")
    assert (await browser.enter_token(token)).status == 200


async def test_two_users_share_the_instance_but_not_the_token(
    for_many: ComfyUI, double: ServiceDouble, token: str
) -> None:
    ada = for_many.browser(await add_user(for_many, "Ada"))
    bob = for_many.browser(await add_user(for_many, "Bob"))
    await ada.enter_token(token)
    await ada.register()

    # Ada's key in Bob's hands: an owner, but without a token in these settings.
    bob.owner_key = ada.owner_key
    status = await bob.status()
    assert (status["state"], status["problem"]["code"]) == ("not_connected", "not_connected")
    assert (await bob.change(name="Renamed")).code == "not_connected"
    # And Ada's sealed token in Bob's settings does not open.
    sealed_token = next(answer.content["sealed_token"] for answer in ada.answers if "sealed_token" in answer.content)
    await bob.save_setting(sealed_token)
    assert (await bob.change(name="Renamed")).code == "token_unreadable"

    bob.owner_key = ""
    assert (await bob.enter_token(token)).status == 200
    for user in (ada, bob):
        assert (await user.status())["state"] == "registered"
        assert (await user.change(name="Renamed")).status == 200
    assert len(double.runners()) == 1


async def test_the_other_users_settings_hold_nothing_of_it(for_many: ComfyUI, token: str) -> None:
    ada = for_many.browser(await add_user(for_many, "Ada"))
    bob = await add_user(for_many, "Bob")
    await ada.enter_token(token)
    async with for_many.client.get("/settings", headers={"comfy-user": bob}) as response:
        assert SETTING not in await response.json()


async def delete_file(comfyui: ComfyUI) -> None:
    async with comfyui.client.delete("/userdata/comfy.settings.json") as response:
        assert response.status == 204


async def tear_file(comfyui: ComfyUI) -> None:
    async with comfyui.client.post("/userdata/comfy.settings.json", data=b'{"ComfyControl.Api') as response:
        assert response.status == 200


async def file_of_another_shape(comfyui: ComfyUI) -> None:
    async with comfyui.client.post("/userdata/comfy.settings.json", data=b"[1, 2]") as response:
        assert response.status == 200


def setting(value: object) -> Damage:
    async def replace(comfyui: ComfyUI) -> None:
        async with comfyui.client.post(f"/settings/{SETTING}", data=json.dumps(value)) as response:
            assert response.status == 200

    return replace


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (delete_file, "not_connected"),
        (tear_file, "not_connected"),
        (file_of_another_shape, "not_connected"),
        (setting(None), "not_connected"),
        (setting(""), "not_connected"),
        (setting({"a": 1}), "not_connected"),
        (setting("v1.AAAA"), "token_unreadable"),
        (setting("v1.\ud800"), "token_unreadable"),
        (setting("cfc_abc"), "token_unreadable"),
    ],
)
async def test_settings_that_a_stranger_deleted_or_replaced_are_mended_by_entering_the_token_again(
    comfyui: ComfyUI, double: ServiceDouble, token: str, damage: Damage, code: str
) -> None:
    browser = comfyui.browser()
    await browser.enter_token(token)
    runner = (await browser.register()).content["runner"]["id"]
    double.forget_calls()
    await damage(comfyui)
    status = await browser.status(refresh=True)
    assert (status["state"], status["problem"]["code"]) == (code, code)
    assert (status["connected"], status["runner"]["id"]) == (False, runner)
    refused = await browser.change(name="Renamed")
    assert (refused.status, refused.code) == (409, code)
    assert double.calls == []

    if damage is file_of_another_shape:
        # ComfyUI itself cannot add a setting to such a file.
        await delete_file(comfyui)
    assert (await browser.enter_token(token)).status == 200
    assert (await browser.status())["state"] == "registered"
    assert (await browser.change(name="Renamed")).content["runner"]["id"] == runner
    assert len(double.runners()) == 1
