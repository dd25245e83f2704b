import hashlib
import hmac
import sys
import threading
from pathlib import Path

import pytest
from routes.checked_addresses import pack_module
from routes.comfyui_with_pack import ComfyUI, mounted_pack, running_comfyui

NONCE = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("prefix", ["/comfycontrol", "/api/comfycontrol"])
async def test_anyone_gets_the_proof_and_nothing_else(comfyui: ComfyUI, prefix: str) -> None:
    stranger = comfyui.browser()
    stranger.prefix = prefix
    answer = await stranger.ask("GET", f"/identity?nonce={NONCE}")
    assert answer.status == 200
    assert answer.content.keys() == {"proof"}
    secret = (comfyui.user_directory / "__comfycontrol" / "identity.key").read_bytes()
    expected = hmac.new(secret, b"comfycontrol-identity\n" + NONCE.encode(), hashlib.sha256).hexdigest()
    assert answer.content["proof"] == expected


@pytest.mark.parametrize("query", ["", "?nonce=", "?nonce=short", f"?nonce={'x' * 129}", "?nonce=%00" + "x" * 20])
async def test_a_nonce_of_another_form_is_refused(comfyui: ComfyUI, query: str) -> None:
    answer = await comfyui.browser().ask("GET", f"/identity{query}")
    assert (answer.status, answer.code) == (400, "nonce_invalid")
    assert answer.content["error"]["field"] == "nonce"


async def test_a_stranger_who_asks_loads_little(tmp_path: Path) -> None:
    async with running_comfyui(mounted_pack("just started"), tmp_path / "user", whole=False) as comfyui:
        await comfyui.browser().ask("GET", f"/identity?nonce={NONCE}")
    loaded = {name.removeprefix(f"{comfyui.pack_name}.") for name in sys.modules if name.startswith(comfyui.pack_name)}
    assert "comfycontrol.storage.identity" in loaded
    assert not loaded & {
        "comfycontrol.runners.registration",
        "comfycontrol.api.client",
        "comfycontrol.address_check.check",
    }


async def test_it_is_answered_while_all_other_threads_wait_for_the_service(comfyui: ComfyUI) -> None:
    free = threading.Event()
    threads = comfyui.module("server_routes.handlers")._THREADS
    try:
        for _ in range(20):
            threads.submit(free.wait)
        assert (await comfyui.browser().ask("GET", f"/identity?nonce={NONCE}")).status == 200
    finally:
        free.set()


async def test_the_secret_is_served_by_no_route(comfyui: ComfyUI) -> None:
    await comfyui.browser().ask("GET", f"/identity?nonce={NONCE}")
    for path in (
        "/userdata/identity.key",
        "/userdata/..%2F__comfycontrol%2Fidentity.key",
        "/view?filename=identity.key",
    ):
        async with comfyui.client.get(path) as response:
            assert response.status >= 400


async def test_a_folder_that_cannot_be_written_is_told(comfyui: ComfyUI, tmp_path: Path) -> None:
    comfyui.user_directory.mkdir(exist_ok=True)
    (comfyui.user_directory / "__comfycontrol").write_text("a file")
    answer = await comfyui.browser().ask("GET", f"/identity?nonce={NONCE}")
    assert (answer.status, answer.code) == (503, "storage_failed")
    assert str(tmp_path) not in answer.text


async def test_an_instance_keeps_its_identity_when_it_is_disconnected(comfyui: ComfyUI, token: str) -> None:
    browser = comfyui.browser()
    await browser.enter_token(token)
    before = (await browser.ask("GET", f"/identity?nonce={NONCE}")).content
    await browser.ask("DELETE", "/token")
    pack_module(comfyui, "comfycontrol.storage.identity")._identities.clear()
    assert (await browser.ask("GET", f"/identity?nonce={NONCE}")).content == before
