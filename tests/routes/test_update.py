"""An update of the extension, from the very files that the release before the rebuild wrote: nothing is lost."""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from routes.comfyui_with_pack import ENDPOINT, Browser, ComfyUI, mounted_pack, running_comfyui

from service_double import Account, ServiceDouble

OWNER_KEY = "an owner key as the page still holds it"
IDENTITY = bytes(range(32))
INSTANCE_ID = "0123456789abcdef0123456789abcdef"
NONCE = "Zk3vJwq8b1fT0yLr5mXa"


@dataclass
class Before:
    """What the earlier release left behind."""

    folder: Path
    runner: dict[str, Any]
    memory: dict[str, Any]


@pytest.fixture
def keeps_address() -> bool:
    """Where it is kept, a thread calls the service."""
    return False


@pytest.fixture
def before(
    tmp_path: Path,
    double: ServiceDouble,
    account: Account,
    token: str,
    keeps_address: bool,  # noqa: FBT001 - a fixture
) -> Before:
    runner = double.add_runner(account, name="Studio", endpoint=ENDPOINT, tags=["flux"])
    memory = {
        "instance_id": INSTANCE_ID,
        "account": {"id": account.id, "name": account.name, "tier": account.tier},
        "token_hint": f"cfc_...{token[-4:]}",
        "owners": [hashlib.sha256(OWNER_KEY.encode()).hexdigest()],
        "runner": {
            **{name: runner[name] for name in ("id", "name", "status", "endpoint", "tags", "created_at", "updated_at")},
            "header_names": [],
        },
        "attention": None,
        "seen_at": "2026-01-05T10:00:00Z",
    }
    folder, key, nonce = tmp_path / "user" / "__comfycontrol", os.urandom(32), os.urandom(12)
    sealed = nonce + AESGCM(key).encrypt(nonce, token.encode(), f"comfycontrol v1\n{double.url}\ndefault".encode())
    settings = {
        "Comfy.Locale": "fr",
        "ComfyControl.ApiToken": f"v1.{base64.urlsafe_b64encode(sealed).decode()}",
        "ComfyControl.CheckAddress": False,
        "ComfyControl.KeepAddress": keeps_address,
    }
    for place in (folder, tmp_path / "user" / "default"):
        place.mkdir(parents=True)
    (folder / "memory.json").write_text(json.dumps(memory, indent=1))
    (folder / "seal.key").write_bytes(key)
    (folder / "identity.key").write_bytes(IDENTITY)
    (tmp_path / "user" / "default" / "comfy.settings.json").write_text(json.dumps(settings))
    return Before(folder, runner, memory)


@pytest.fixture
async def comfyui(
    before: Before, tmp_path: Path, double: ServiceDouble, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ComfyUI]:
    assert before.folder.is_dir()
    monkeypatch.setenv("COMFYCONTROL_API_URL", double.url)
    async with running_comfyui(mounted_pack(), tmp_path / "user") as running:
        yield running


@pytest.fixture
def owner(comfyui: ComfyUI) -> Browser:
    """The person's browser, whose local storage an update does not touch."""
    browser = comfyui.browser()
    browser.owner_key = OWNER_KEY
    return browser


async def test_the_owner_finds_all_as_it_was_and_the_service_is_not_asked(
    before: Before, owner: Browser, double: ServiceDouble
) -> None:
    status = await owner.status()
    assert (status["state"], status["owner"], status["source"]) == ("registered", True, "settings")
    assert status["account"]["name"] == before.memory["account"]["name"]
    assert status["token_hint"] == before.memory["token_hint"]
    assert status["runner"] == before.memory["runner"]
    assert status["seen_at"] == before.memory["seen_at"]
    assert status["preferences"] == {"keep_address": False, "check_address": False}
    assert double.calls == []


@pytest.mark.parametrize("keeps_address", [True])
async def test_who_had_the_address_kept_has_it_kept(owner: Browser) -> None:
    assert (await owner.status())["preferences"] == {"keep_address": True, "check_address": False}


async def test_the_runner_is_the_same_and_goes_on_being_changed(
    before: Before, owner: Browser, double: ServiceDouble
) -> None:
    assert (await owner.change(name="Renamed")).status == 200
    assert [(runner["id"], runner["name"]) for runner in double.runners()] == [(before.runner["id"], "Renamed")]
    assert double.calls_of("POST") == []
    kept = json.loads((before.folder / "memory.json").read_text())
    for name in ("instance_id", "account", "token_hint", "owners", "attention"):
        assert kept[name] == before.memory[name]


async def test_strangers_stay_strangers(comfyui: ComfyUI) -> None:
    stranger = comfyui.browser()
    assert (await stranger.status())["owner"] is False
    assert (await stranger.change(name="Theirs")).code == "owner_required"


async def test_the_address_goes_on_being_proven_with_the_same_secret(comfyui: ComfyUI) -> None:
    answer = await comfyui.browser().ask("GET", f"/identity?nonce={NONCE}")
    assert answer.content["proof"] == hmac.digest(IDENTITY, f"comfycontrol-identity\n{NONCE}".encode(), "sha256").hex()


async def test_the_person_disconnects_as_ever(before: Before, owner: Browser) -> None:
    assert (await owner.ask("DELETE", "/token")).content["left_at_service"]["id"] == before.runner["id"]
    assert not (before.folder / "seal.key").exists()
    assert (await owner.status())["state"] == "not_connected"
