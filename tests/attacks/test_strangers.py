"""Every route with every kind of key: a stranger learns nothing, changes nothing, and has nothing sent."""

import json
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from attacks.strangers import ALL, FOR_ANYONE, FOR_OWNERS, PLACES, Operation, at_rest, mounted, raw
from routes.comfyui_with_pack import OWNER_HEADER, Browser, ComfyUI

from service_double import ServiceDouble

ACCOUNT, RUNNER, HEADER_VALUE = "Ada Lovelace", "The runner of this account", "s3cr3t-of-the-gateway"
ENDPOINT = "https://a-registered-address.example.com"
OF_THE_OWNER = {"name": RUNNER, "endpoint": ENDPOINT, "tags": ["a-tag-of-it"], "headers": {"X-Gate": HEADER_VALUE}}
JSON = "Content-Type: application/json"
# Both prefixes under which ComfyUI serves what a pack adds.
PREFIXES = ("", "/api")


class Held(NamedTuple):
    """An instance that is a runner, what it was, and every key that once opened something and no longer may."""

    comfyui: ComfyUI
    owner: Browser
    token: str
    worthless: dict[str, str]
    secrets: tuple[str, ...]


@pytest.fixture
async def held(comfyui: ComfyUI, double: ServiceDouble, token: str) -> Held:
    before = comfyui.browser()
    await before.enter_token(token)
    old = before.owner_key
    await before.ask("DELETE", "/token")
    owner = comfyui.browser()
    await owner.enter_token(token)
    assert (await owner.register(**OF_THE_OWNER)).status == 201
    folder = comfyui.user_directory / "__comfycontrol"
    memory: dict[str, Any] = json.loads((folder / "memory.json").read_text(encoding="utf-8"))
    worthless = {"none": "", "of before": old, "hash": memory["owners"][0], "cut": owner.owner_key[:-1]}
    worthless |= {
        "token": token,
        "wrong": "k" * 43,
        "padded": f"{owner.owner_key}=",
        "null": "null",
        "of letters beyond ASCII": "\u00e9\u4e2d",
        "long": "k" * 8000,
        "list": f"wrong, {owner.owner_key}",
        "other case": owner.owner_key.swapcase(),
    }
    secrets = (token, old, owner.owner_key, HEADER_VALUE, memory["instance_id"], *memory["owners"])
    account = (ACCOUNT, RUNNER, ENDPOINT, "a-tag-of-it", "X-Gate", memory["runner"]["id"], str(comfyui.user_directory))
    double.forget_calls()
    return Held(comfyui, owner, token, worthless, (*secrets, *account))


async def sent(held: Held, operation: Operation, prefix: str = "", **headers: str) -> tuple[int, str]:
    stranger = held.comfyui.browser()
    stranger.prefix = f"{prefix}/comfycontrol"
    given = {**operation.headers, **headers}
    answer = await stranger.ask(operation.method, operation.address, operation.body, headers=given)
    assert [secret for secret in held.secrets if secret in answer.text or secret in str(answer.headers)] == []
    assert PLACES.search(answer.text) is None
    return answer.status, answer.text


async def test_the_document_leaves_out_no_way_in(comfyui: ComfyUI) -> None:
    described = {(one.method, f"{prefix}{one.path}") for one in ALL for prefix in PREFIXES}
    assert mounted(comfyui) == described


async def test_no_key_but_an_owners_opens_what_is_an_owners(held: Held, double: ServiceDouble) -> None:
    before = at_rest(held.comfyui, double)
    for operation in FOR_OWNERS:
        for (kind, key), prefix in zip(held.worthless.items(), cycle(PREFIXES), strict=False):
            headers = {OWNER_HEADER: key} if key else {}
            status, text = await sent(held, operation, prefix, **headers)
            assert (status, "owner_required" in text) == (403, True), (operation.label, kind)
    assert double.calls == []
    assert at_rest(held.comfyui, double) == before
    # And theirs still does.
    assert (await held.owner.status())["owner"] is True


@pytest.mark.parametrize(
    "place",
    [
        {"Authorization": "Bearer {key}"},
        {"Cookie": "X-ComfyControl-Owner={key}; comfycontrol.ownerKey={key}"},
        {"X-Comfycontrol_Owner": "{key}"},
        {"X-Original-X-ComfyControl-Owner": "{key}"},
        {"Proxy-Authorization": "{key}"},
        {"Comfy-User": "{key}"},
    ],
)
async def test_the_very_key_of_an_owner_counts_in_no_other_place(
    held: Held, double: ServiceDouble, place: dict[str, str]
) -> None:
    before = at_rest(held.comfyui, double)
    headers = {name: text.replace("{key}", held.owner.owner_key) for name, text in place.items()}
    for operation in FOR_OWNERS:
        for query in ({}, {OWNER_HEADER: held.owner.owner_key, "owner_key": held.owner.owner_key}):
            asked = operation._replace(query={**operation.query, **query})
            assert (await sent(held, asked, **headers))[0] == 403, operation.label
    assert double.calls == []
    assert at_rest(held.comfyui, double) == before


async def test_of_several_keys_none_that_comes_first_is_passed_over(held: Held, double: ServiceDouble) -> None:
    before = at_rest(held.comfyui, double)
    keys = (f"{OWNER_HEADER}: wrong", f"{OWNER_HEADER}: {held.owner.owner_key}")
    for operation in FOR_OWNERS:
        body = b"" if operation.body is None else json.dumps(operation.body).encode()
        target = f"/comfycontrol{operation.address}"
        status, _ = await raw(held.comfyui, operation.method, target, JSON, *keys, body=body)
        assert status in {400, 403}, operation.label
    assert double.calls == []
    assert at_rest(held.comfyui, double) == before


async def test_what_anyone_may_ask_for_tells_nothing_of_the_account(held: Held, double: ServiceDouble) -> None:
    kept = at_rest(held.comfyui, double)[1:]
    for operation in FOR_ANYONE:
        for (kind, key), prefix in zip(held.worthless.items(), cycle(PREFIXES), strict=False):
            status, text = await sent(held, operation, prefix, **({OWNER_HEADER: key} if key else {}))
            assert status != 500, (operation.label, kind)
            assert '"owner": true' not in text, (operation.label, kind)
    # A made-up token is asked about, which is how anybody becomes an owner; and nothing else is.
    assert {(call.method, call.path) for call in double.calls} <= {("GET", "/v1/user")}
    assert len(double.calls) <= 10
    assert at_rest(held.comfyui, double)[1:] == kept
    known = await held.owner.status()
    assert (known["owner"], known["state"], known["runner"]["name"]) == (True, "registered", RUNNER)


async def test_other_methods_and_spellings_of_a_path_lead_past_no_guard(held: Held, double: ServiceDouble) -> None:
    before = at_rest(held.comfyui, double)
    for operation in FOR_OWNERS:
        body = json.dumps(operation.body or {}).encode()
        for target in (
            f"/{operation.path}",
            f"{operation.path}/",
            f"/x/..{operation.path}",
            f"/.{operation.path}",
            operation.path.upper(),
            operation.path.replace("o", "%6f"),
            operation.path.replace("/comfycontrol/", "/comfycontrol%2f"),
            f"{operation.path}%00",
            f"{operation.path};x=1",
            f"{operation.path}%3f",
            f"http://elsewhere.example.com{operation.path}",
            f"/api/api{operation.path}",
        ):
            status, told = await raw(held.comfyui, operation.method, target, JSON, body=body)
            assert status in {400, 403, 404, 405}, (operation.label, target)
            assert [secret for secret in held.secrets if secret.encode() in told] == []
        for method in ("OPTIONS", "TRACE", "HEAD", "PROPFIND", "X"):
            override = (f"X-HTTP-Method-Override: {operation.method}", f"X-Method-Override: {operation.method}")
            status, told = await raw(held.comfyui, method, operation.path, *override)
            # ComfyUI itself answers those that it knows, and the page's routes HEAD.
            assert status in {200, 400, 403, 404, 405}, (operation.label, method)
            assert [secret for secret in held.secrets if secret.encode() in told] == []
    assert double.calls == []
    assert at_rest(held.comfyui, double) == before


async def test_no_route_of_comfyui_serves_what_is_kept(held: Held) -> None:
    folder = held.comfyui.user_directory / "__comfycontrol"
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert files
    for file in files:
        name = file.relative_to(held.comfyui.user_directory).as_posix()
        for path in (
            f"/userdata/{name.replace('/', '%2F')}",
            f"/userdata/..%2F{name.replace('/', '%2F')}",
            f"/userdata?dir=..%2F{Path(name).parent.as_posix()}",
            f"/view?filename={Path(name).name}&subfolder=..%2F..%2Fuser%2F__comfycontrol",
            f"/user/{name}",
            f"/{name}",
        ):
            for user in (None, "__comfycontrol", "../__comfycontrol"):
                headers = {} if user is None else {"comfy-user": user}
                async with held.comfyui.client.get(path, headers=headers) as response:
                    told = await response.read()
                assert file.read_bytes() not in told or response.status >= 400, (path, user)
                assert [secret for secret in held.secrets[:4] if secret.encode() in told] == []
