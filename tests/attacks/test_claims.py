"""Becoming an owner without the token, being sent what is the owner's, having a token used that no longer counts."""

import base64
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from routes.comfyui_with_pack import ENDPOINT, Browser, ComfyUI, mounted_pack, running_comfyui

from service_double import Account, Fault, ServiceDouble

HEADERS = {"X-Gateway-Key": "s3cr3t-of-the-gateway"}


@pytest.fixture
async def comfyui(tmp_path: Path, double: ServiceDouble, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ComfyUI]:
    monkeypatch.setenv("COMFYCONTROL_API_URL", double.url)
    async with running_comfyui(mounted_pack(), tmp_path / "user", cors=True) as running:
        yield running


@pytest.fixture
async def owner(comfyui: ComfyUI, token: str) -> Browser:
    browser = comfyui.browser()
    await browser.enter_token(token)
    return browser


def folder_of(comfyui: ComfyUI) -> Path:
    return comfyui.user_directory / "__comfycontrol"


def sealed_token_of(browser: Browser) -> str:
    given: list[str] = [answer.content["sealed_token"] for answer in browser.answers if "sealed_token" in answer.text]
    return given[-1]


async def restarted(comfyui: ComfyUI) -> None:
    """As after a restart: of the process nothing is left, of the files everything."""
    comfyui.module("comfycontrol.bootstrap")._instances.clear()


def tokens_used(double: ServiceDouble) -> set[str]:
    return {str(call.headers.get("Authorization")).removeprefix("Bearer ") for call in double.calls}


async def test_a_revoked_token_and_the_sealed_text_it_once_had_make_nobody_an_owner(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble, account: Account, token: str
) -> None:
    await owner.register(headers=HEADERS)
    leaked = sealed_token_of(owner)
    newer = double.add_token(account)
    await owner.enter_token(newer)
    double.revoke(token)
    double.forget_calls()

    eve = comfyui.browser()
    await eve.save_setting(leaked)
    assert (await eve.ask("PUT", "/token", {"token": token})).code == "token_rejected"
    assert (await eve.change(endpoint="https://eve.example.com")).code == "owner_required"
    # Nor does the owner's own click use it.
    assert (await owner.change(name="Renamed")).code == "token_unreadable"
    assert tokens_used(double) == {token}
    assert [call.method for call in double.calls] == ["GET"]
    assert [runner["endpoint"] for runner in double.runners()] == [ENDPOINT]

    assert (await owner.enter_token(newer)).status == 200
    assert (await owner.change(name="Renamed")).status == 200


async def test_a_token_revoked_a_moment_ago_makes_nobody_an_owner(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble, token: str
) -> None:
    double.revoke(token)
    eve = comfyui.browser()
    codes = [(await eve.ask("PUT", "/token", {"token": token})).code for _ in range(7)]
    assert codes == ["token_rejected"] * 6 + ["too_many_tries"]
    assert (await owner.status())["state"] == "token_rejected"


async def test_while_the_service_is_away_a_token_that_was_replaced_makes_nobody_an_owner(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble, account: Account, token: str
) -> None:
    newer = double.add_token(account)
    await owner.enter_token(newer)
    double.plan(Fault.close_before(times=None))
    eve = comfyui.browser()
    assert (await eve.ask("PUT", "/token", {"token": token})).code == "service_unreachable"
    assert (await comfyui.browser().enter_token(newer)).status == 200


async def test_after_disconnecting_no_sealed_text_counts(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble, token: str
) -> None:
    sealed_token = sealed_token_of(owner)
    assert (await owner.ask("DELETE", "/token")).status == 200
    key = os.urandom(32)
    (folder_of(comfyui) / "seal.key").write_bytes(key)
    double.forget_calls()
    eve = comfyui.browser()
    await eve.save_setting(sealed_token)
    assert (await eve.status())["state"] == "not_connected"
    assert (await eve.register()).code == "owner_required"
    assert double.calls == []


@pytest.mark.parametrize("removed", [["memory.json"], ["memory.json", "seal.key"]])
async def test_a_released_instance_is_not_the_squatters_any_more(
    comfyui: ComfyUI, double: ServiceDouble, token: str, removed: list[str]
) -> None:
    eve = comfyui.browser()
    eves_token = double.add_token(double.add_account("Eve"))
    await eve.enter_token(eves_token)
    eves_text = sealed_token_of(eve)
    for name in removed:
        (folder_of(comfyui) / name).unlink()

    owner = comfyui.browser()
    await owner.enter_token(token)
    # The squatter puts back what they had, before the owner registers.
    await eve.save_setting(eves_text)
    double.forget_calls()
    assert (await owner.register(headers=HEADERS)).code == "token_unreadable"
    assert double.calls == []
    assert (await eve.register()).code == "owner_required"
    assert (await eve.ask("PUT", "/token", {"token": eves_token})).code == "other_account"

    await owner.enter_token(token)
    assert (await owner.register(headers=HEADERS)).status == 201
    assert tokens_used(double) <= {token, eves_token}
    # The one runner there is was made with the owner's token.
    assert [call.headers["Authorization"] for call in double.calls_of("POST")] == [f"Bearer {token}"]
    assert len(double.runners()) == 1


async def test_nothing_is_sent_with_a_token_while_no_account_is_remembered(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble
) -> None:
    memory = folder_of(comfyui) / "memory.json"
    content = json.loads(memory.read_text())
    # An owner's key that is known, and no account: no file of ours is like that, whatever wrote it.
    memory.write_text(json.dumps({**content, "account": None}))
    double.forget_calls()
    assert (await owner.register()).code == "not_connected"
    assert double.calls == []


def sealed_by_an_earlier_release(comfyui: ComfyUI, double: ServiceDouble, token: str, user: str = "default") -> str:
    key = (folder_of(comfyui) / "seal.key").read_bytes()
    nonce = os.urandom(12)
    bound_to = f"comfycontrol v1\n{double.url}\n{user}".encode()
    sealed = nonce + AESGCM(key).encrypt(nonce, token.encode(), bound_to)
    return f"v1.{base64.urlsafe_b64encode(sealed).decode()}"


async def as_an_earlier_release_left_it(comfyui: ComfyUI, owner: Browser, sealed_token: str) -> None:
    memory = folder_of(comfyui) / "memory.json"
    content: dict[str, Any] = json.loads(memory.read_text())
    memory.write_text(json.dumps({key: content[key] for key in content if key not in {"issued", "token_mark"}}))
    await owner.save_setting(sealed_token)
    await restarted(comfyui)


async def test_an_update_loses_nothing_and_asks_once_whose_the_token_is(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble, token: str
) -> None:
    await owner.register()
    await as_an_earlier_release_left_it(comfyui, owner, sealed_by_an_earlier_release(comfyui, double, token))
    double.forget_calls()
    assert (await owner.status())["state"] == "registered"
    assert double.calls == []
    assert (await owner.change(name="Renamed")).status == 200
    assert [call.path for call in double.calls][:1] == ["/v1/user"]
    double.forget_calls()
    assert (await owner.change(name="Renamed again")).status == 200
    assert len(double.calls) == 1


@pytest.mark.parametrize("whose", ["revoked", "of another account"])
async def test_a_text_of_an_earlier_release_is_not_believed_without_asking(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble, account: Account, whose: str
) -> None:
    await owner.register()
    theirs = double.add_token(account if whose == "revoked" else double.add_account("Eve"))
    if whose == "revoked":
        double.revoke(theirs)
    text = sealed_by_an_earlier_release(comfyui, double, theirs)
    await as_an_earlier_release_left_it(comfyui, owner, text)
    double.forget_calls()
    answer = await owner.change(name="Renamed")
    assert answer.code == ("token_rejected" if whose == "revoked" else "token_unreadable")
    assert [(call.method, call.path) for call in double.calls] == [("GET", "/v1/user")]
    assert (await comfyui.browser().ask("PUT", "/token", {"token": theirs})).code != "200"
    assert [runner["name"] for runner in double.runners()] == ["Mine"]


async def test_once_a_newer_text_was_issued_one_of_an_earlier_release_is_dead(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble, token: str
) -> None:
    text = sealed_by_an_earlier_release(comfyui, double, token)
    await owner.save_setting(text)
    double.forget_calls()
    assert (await owner.register()).code == "token_unreadable"
    assert double.calls == []


async def test_a_page_of_another_site_cannot_claim_the_instance(
    comfyui: ComfyUI, double: ServiceDouble, token: str
) -> None:
    """With `--enable-cors-header` a browser lets other sites send JSON and read the answer, but no header of ours."""
    asked = {"Origin": "https://evil.example.com", "Content-Type": "application/json"}
    for path in ("/comfycontrol/token", "/api/comfycontrol/token"):
        async with comfyui.client.options(path, headers=asked) as allowed:
            assert "comfycontrol" not in allowed.headers.get("Access-Control-Allow-Headers", "").lower()
        async with comfyui.client.put(path, json={"token": token}, headers=asked) as response:
            assert response.status == 403
            assert (await response.json())["error"]["code"] == "not_from_panel"
            assert token not in await response.text()
    assert double.calls == []
    assert (await comfyui.browser().status())["state"] == "not_connected"
    assert (await comfyui.browser().enter_token(token)).status == 200
