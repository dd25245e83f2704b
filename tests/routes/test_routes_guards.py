import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from routes.comfyui_with_pack import ENDPOINT, OWNER_HEADER, Browser, ComfyUI, mounted_pack, running_comfyui

from comfycontrol_pack.server_routes.table import ROUTES
from service_double import ServiceDouble

RUNNER = {"name": "Mine", "endpoint": ENDPOINT}
# An address that is not public, so that no test ever calls it.
NOT_CALLED = {"endpoint": "http://192.168.0.1:8188"}
OWNERS_ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/suggestions", None),
    ("GET", "/address-kind?endpoint=http%3A%2F%2Flocalhost", None),
    ("GET", "/runners", None),
    ("GET", "/history", None),
    ("GET", "/diagnostics", None),
    ("DELETE", "/token", None),
    ("POST", "/runner", RUNNER),
    ("PATCH", "/runner", {"name": "Renamed"}),
    ("PATCH", "/preferences", {"keep_address": True}),
    ("POST", "/endpoint-check", NOT_CALLED),
    ("POST", "/test-run", None),
    ("GET", "/test-run", None),
    ("DELETE", "/test-run", None),
    ("GET", "/guarded-port", None),
    ("GET", "/tunnel", None),
    ("POST", "/tunnel", {"agent": None}),
    ("DELETE", "/tunnel", None),
    ("PATCH", "/guarded-port", {"is_on": True}),
    ("POST", "/template-form", {"workflow": {}}),
    ("POST", "/template", {"name": "Mine", "description": "Mine", "workflow": {}}),
]
ROUTES_WITH_BODY: list[tuple[str, str, dict[str, Any]]] = [
    ("PUT", "/token", {"token": "cfc_abc"}),
    ("POST", "/runner", RUNNER),
    ("PATCH", "/runner", {"name": "Renamed"}),
    ("POST", "/endpoint-check", NOT_CALLED),
]
JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
async def owned(owner: Browser, double: ServiceDouble) -> None:
    """There is an owner, whom nobody can be taken for."""
    double.forget_calls()


def test_every_route_of_owners_is_tried_here() -> None:
    tried = {(method, f"/comfycontrol{path.partition('?')[0]}") for method, path, _ in OWNERS_ROUTES}
    assert tried == {(route.method, route.path) for route in ROUTES if route.who == "owners"}


@pytest.mark.parametrize("key", ["", "wrong", "\u00e9", "k" * 8000])
@pytest.mark.parametrize(("method", "path", "body"), OWNERS_ROUTES)
async def test_who_is_no_owner_is_refused_and_nothing_happens(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble, method: str, path: str, body: Any, key: str
) -> None:
    stranger = comfyui.browser()
    stranger.owner_key = key
    answer = await stranger.ask(method, path, body)
    assert (answer.status, answer.code) == (403, "owner_required")
    assert answer.content["error"].keys() == {"code", "message", "next_step"}
    assert double.calls == []
    assert (await owner.status())["state"] == "not_registered"


@pytest.mark.parametrize(("method", "path"), [("GET", "/status"), ("GET", "/suggestions"), ("DELETE", "/token")])
async def test_bytes_that_are_no_text_are_no_owners_key(comfyui: ComfyUI, method: str, path: str) -> None:
    # By hand: no client sends this.
    reader, writer = await asyncio.open_connection(comfyui.client.host, comfyui.client.port)
    writer.write(f"{method} /comfycontrol{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n".encode())
    writer.write(f"{OWNER_HEADER}: ".encode() + b"\xff\xfe\r\n\r\n")
    answer = (await asyncio.wait_for(reader.read(), 5)).decode()
    writer.close()
    assert answer.startswith("HTTP/1.1 200 " if path == "/status" else "HTTP/1.1 403 ")
    assert ('"owner": false' if path == "/status" else "owner_required") in answer


async def test_an_owners_key_counts_in_its_header_only(comfyui: ComfyUI, owner: Browser) -> None:
    stranger = comfyui.browser()
    for headers in ({"Authorization": f"Bearer {owner.owner_key}"}, {"Cookie": f"{OWNER_HEADER}={owner.owner_key}"}):
        assert (await stranger.ask("DELETE", "/token", headers=headers)).code == "owner_required"
    assert (await stranger.ask("GET", f"/suggestions?{OWNER_HEADER}={owner.owner_key}")).code == "owner_required"
    assert (await stranger.ask("PATCH", "/runner", {OWNER_HEADER: owner.owner_key})).code == "owner_required"


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "text/plain;application/json"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": ""},
        {},
    ],
)
@pytest.mark.parametrize(("method", "path", "body"), ROUTES_WITH_BODY)
async def test_what_another_sites_page_can_send_is_refused(
    owner: Browser, double: ServiceDouble, method: str, path: str, body: dict[str, Any], headers: dict[str, str]
) -> None:
    answer = await owner.ask(method, path, data=json.dumps(body).encode(), headers=headers)
    assert (answer.status, answer.code) == (415, "body_not_json")
    assert double.calls == []


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 415, "body_not_json"),
        (b"{", 415, "body_not_json"),
        (b"\xff\xfe\xfd", 415, "body_not_json"),
        (b'{"name": "\\ud800"}', 415, "body_not_json"),
        (b"[]", 400, "body_invalid"),
        (b"null", 400, "body_invalid"),
        (b'"text"', 400, "body_invalid"),
        (b"[" * 60_000, 400, "body_invalid"),
        (b'{"a":' * 10_000, 400, "body_invalid"),
        (b"9" * 10_000, 415, "body_not_json"),
        (b'{"a": "' + b"x" * 64 * 1024, 413, "body_too_large"),
    ],
)
@pytest.mark.parametrize(("method", "path", "_body"), ROUTES_WITH_BODY)
async def test_a_body_that_is_none_is_refused(
    owner: Browser, double: ServiceDouble, method: str, path: str, _body: Any, data: bytes, status: int, code: str
) -> None:
    answer = await owner.ask(method, path, data=data, headers=JSON)
    assert (answer.status, answer.code) == (status, code)
    assert double.calls == []


@pytest.mark.parametrize(("method", "path", "body"), ROUTES_WITH_BODY)
@pytest.mark.parametrize("media_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
async def test_a_body_of_64_kb_is_read_and_one_more_byte_is_too_many(
    owner: Browser, method: str, path: str, body: dict[str, Any], media_type: str
) -> None:
    data = json.dumps(body).encode()
    headers = {"Content-Type": media_type}
    answer = await owner.ask(method, path, data=data.ljust(64 * 1024), headers=headers)
    assert answer.code not in {"body_too_large", "body_not_json", "body_invalid"}
    answer = await owner.ask(method, path, data=data.ljust(64 * 1024 + 1), headers=headers)
    assert (answer.status, answer.code) == (413, "body_too_large")


@pytest.mark.parametrize(("method", "path", "_body"), ROUTES_WITH_BODY)
async def test_a_body_that_unpacks_to_more_is_too_large_and_a_damaged_one_is_none(
    owner: Browser, method: str, path: str, _body: Any
) -> None:
    packed = gzip.compress(b" " * 10_000_000)
    headers = {**JSON, "Content-Encoding": "gzip"}
    assert (await owner.ask(method, path, data=packed, headers=headers)).code == "body_too_large"
    assert (await owner.ask(method, path, data=b"no gzip at all", headers=headers)).code == "body_not_json"


SECRET = "s3cr3t-value"


@pytest.mark.parametrize(
    ("method", "path", "body", "code", "field"),
    [
        ("PUT", "/token", {}, "body_invalid", "token"),
        ("PUT", "/token", {"token": None}, "body_invalid", "token"),
        ("PUT", "/token", {"token": [SECRET]}, "body_invalid", "token"),
        ("PUT", "/token", {"token": ""}, "token_missing", "token"),
        ("PUT", "/token", {"token": "cfc_0 1"}, "token_blanks", "token"),
        ("PUT", "/token", {"token": f"cfc_0 {SECRET} cfc_1"}, "token_several", "token"),
        ("PUT", "/token", {"token": SECRET}, "token_prefix", "token"),
        ("PUT", "/token", {"token": f"cfc_{SECRET}"}, "token_characters", "token"),
        ("POST", "/runner", {}, "body_invalid", "name"),
        ("POST", "/runner", {"name": "Mine"}, "body_invalid", "endpoint"),
        ("POST", "/runner", {**RUNNER, "name": 5}, "body_invalid", "name"),
        ("POST", "/runner", {**RUNNER, "name": ""}, "name_missing", "name"),
        ("POST", "/runner", {**RUNNER, "endpoint": None}, "body_invalid", "endpoint"),
        ("POST", "/runner", {**RUNNER, "endpoint": f"https://u:{SECRET}@a"}, "endpoint_user_info", "endpoint"),
        ("POST", "/runner", {**RUNNER, "tags": "gpu"}, "body_invalid", "tags"),
        ("POST", "/runner", {**RUNNER, "tags": [1]}, "body_invalid", "tags"),
        ("POST", "/runner", {**RUNNER, "tags": ["a", "a"]}, "tag_duplicate", "tags"),
        ("POST", "/runner", {**RUNNER, "headers": [SECRET]}, "body_invalid", "headers"),
        ("POST", "/runner", {**RUNNER, "headers": {"X-Key": 5}}, "body_invalid", "headers"),
        ("POST", "/runner", {**RUNNER, "headers": {"X-Key": [SECRET]}}, "body_invalid", "headers"),
        ("POST", "/runner", {**RUNNER, "headers": {"X-Key": f"{SECRET}\n"}}, "header_value_invalid", "headers"),
        ("POST", "/runner", {**RUNNER, "headers": {"Host": SECRET}}, "header_name_refused", "headers"),
        ("POST", "/runner", {**RUNNER, "take_over": 5}, "body_invalid", "take_over"),
        ("POST", "/runner", {**RUNNER, "as_new": 1}, "body_invalid", "as_new"),
        ("PATCH", "/runner", {"name": 5}, "body_invalid", "name"),
        ("PATCH", "/runner", {"endpoint": "ftp://a"}, "endpoint_invalid", "endpoint"),
        ("PATCH", "/runner", {"headers": {"X-Key": {"a": SECRET}}}, "body_invalid", "headers"),
        ("PATCH", "/runner", {"status": "asleep"}, "status_invalid", "status"),
        ("PATCH", "/runner", {"status": 5}, "body_invalid", "status"),
        ("POST", "/endpoint-check", {}, "body_invalid", "endpoint"),
        ("POST", "/endpoint-check", {"endpoint": f"http://u:{SECRET}@a"}, "endpoint_user_info", "endpoint"),
        ("POST", "/endpoint-check", {**NOT_CALLED, "headers": [SECRET]}, "body_invalid", "headers"),
        ("POST", "/endpoint-check", {**NOT_CALLED, "headers": {"Host": SECRET}}, "header_name_refused", "headers"),
    ],
)
async def test_a_wrong_value_is_refused_at_its_field_without_being_quoted(
    owner: Browser, double: ServiceDouble, method: str, path: str, body: Any, code: str, field: str
) -> None:
    answer = await owner.ask(method, path, body)
    assert (answer.status, answer.code) == (400, code)
    assert answer.content["error"]["field"] == field
    assert SECRET not in answer.text
    assert double.calls == []
    assert (await owner.register()).status == 201


async def test_a_page_of_another_site_gets_no_further_than_comfyui(owner: Browser, double: ServiceDouble) -> None:
    async with owner.client.put(
        "/comfycontrol/token", json={"token": "cfc_abc"}, headers={"Sec-Fetch-Site": "cross-site"}
    ) as response:
        assert response.status == 403
    assert double.calls == []


@pytest.mark.parametrize("origin", ["null", "https://evil.example.com"])
async def test_where_comfyui_lets_every_site_in_none_may_send_an_owners_key(
    tmp_path: Path, double: ServiceDouble, monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    monkeypatch.setenv("COMFYCONTROL_API_URL", double.url)
    async with running_comfyui(mounted_pack("open"), tmp_path / "user", cors=True) as open_to_all:
        asked = {"Origin": origin, "Access-Control-Request-Headers": OWNER_HEADER}
        async with open_to_all.client.options("/comfycontrol/token", headers=asked) as response:
            allowed = response.headers["Access-Control-Allow-Headers"]
        # A browser then does not send the request itself.
        assert OWNER_HEADER.lower() not in allowed.lower()
