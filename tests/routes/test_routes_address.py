import asyncio
import re

import pytest
from routes.comfyui_with_pack import Browser, ComfyUI

from service_double import Fault, ServiceDouble

NONCE = "0123456789abcdef"


@pytest.mark.parametrize("prefix", ["/comfycontrol", "/api/comfycontrol"])
async def test_anyone_may_ask_for_the_proof_and_gets_nothing_else(comfyui: ComfyUI, prefix: str) -> None:
    stranger = comfyui.browser()
    stranger.prefix = prefix
    answer = await stranger.ask("GET", f"/identity?nonce={NONCE}")
    assert answer.status == 200
    assert answer.content.keys() == {"proof"}
    assert re.fullmatch("[0-9a-f]{64}", answer.content["proof"])
    again = await stranger.ask("GET", f"/identity?nonce={NONCE}")
    other = await stranger.ask("GET", f"/identity?nonce={NONCE}0")
    assert again.content == answer.content != other.content


@pytest.mark.parametrize("query", ["", "?nonce=", "?nonce=short", f"?nonce={NONCE}%0A", f"?nonce={NONCE * 9}"])
async def test_a_question_that_is_none_is_refused(comfyui: ComfyUI, query: str) -> None:
    answer = await comfyui.browser().ask("GET", f"/identity{query}")
    assert (answer.status, answer.code, answer.content["error"]["field"]) == (400, "nonce_invalid", "nonce")


async def test_an_address_of_the_private_network_is_not_called(owner: Browser) -> None:
    answer = await owner.ask("POST", "/endpoint-check", {"endpoint": "http://192.168.0.1:8188"})
    assert (answer.status, answer.content["verdict"]) == (200, "not_public")


async def test_after_ten_checks_in_a_minute_one_has_to_wait(owner: Browser) -> None:
    answers = [await owner.ask("POST", "/endpoint-check", {"endpoint": "http://192.168.0.1"}) for _ in range(11)]
    assert [answer.status for answer in answers] == [*[200] * 10, 429]
    assert answers[-1].code == "too_many_checks"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


async def test_the_proof_does_not_wait_for_a_service_that_hangs(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble
) -> None:
    double.plan(Fault.hang(method="POST"))
    clicks = [asyncio.create_task(owner.register()) for _ in range(10)]
    await asyncio.to_thread(double.wait_for_calls, 1, "POST")
    answer = await asyncio.wait_for(comfyui.browser().ask("GET", f"/identity?nonce={NONCE}"), 2)
    assert answer.status == 200
    assert not any(click.done() for click in clicks)

    double.release()
    assert {answer.status for answer in await asyncio.gather(*clicks)} == {201}
    assert len(double.runners()) == 1


async def test_the_registered_address_is_the_first_that_is_suggested(owner: Browser) -> None:
    await owner.register(endpoint="https://comfy.example.com/sub/")
    suggestions = (await owner.ask("GET", "/suggestions?page=https%3A%2F%2Fpage.example.com%2F")).content
    for suggested in suggestions["endpoints"]:
        assert suggested.keys() == {"url", "source", "certainty", "kind", "headers", "note", "changes"}
    first, second = suggestions["endpoints"][:2]
    assert (first["url"], first["source"]) == ("https://comfy.example.com/sub", "Saved")
    assert second["url"] == "https://page.example.com"


async def test_what_kind_of_address_is_typed_is_told_in_sentences(owner: Browser) -> None:
    told = (await owner.ask("GET", "/address-kind?endpoint=http%3A%2F%2F192.168.1.2%3A8188")).content
    assert told["kind"][0].keys() == {"code", "severity", "sentence"}
    assert (told["kind"][0]["code"], told["kind"][0]["severity"]) == ("private", "warning")
    assert (await owner.ask("GET", "/address-kind")).content["kind"][0]["code"] == "not_an_address"
