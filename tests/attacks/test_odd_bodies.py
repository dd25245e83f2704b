"""Bodies that are none: each is refused in words of ours, or does what it says; nothing breaks, no place is told."""

import json
from collections.abc import Iterator

import pytest
from attacks.strangers import PLACES, WITH_BODY, Operation, at_rest
from routes.checked_addresses import lead, port_of
from routes.comfyui_with_pack import Browser, ComfyUI

from service_double import ServiceDouble

JSON = {"Content-Type": "application/json"}
SECRET = "s3cr3t-that-was-typed"
NOT_JSON: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b" \t\r\n",
    "half": b'{"name": "' + SECRET.encode(),
    "two": b"{}{}",
    "a comment": b"// x\n{}",
    "single quotes": b"{'name': 'x'}",
    "a mark of byte order": b"\xef\xbb\xbf{}",
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "NUL": b'{"name": "\x00"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "UTF-32 without a mark": '{"name": "x"}'.encode("utf-32-be"),
    "half a surrogate pair": b'{"name": "\\ud800"}',
    "half of one as a key": b'{"\\udfff": 1}',
    "an array": b"[]",
    "an array of objects": b'[{"name": "x"}]',
    "null": b"null",
    "true": b"true",
    "NaN": b"NaN",
    "a number": b"-1e999",
    "digits": b"9" * 10_000,
    "digits within": b'{"name": ' + b"9" * 10_000 + b"}",
    "text": json.dumps(SECRET).encode(),
    "nested arrays": b"[" * 30_000 + b"]" * 30_000,
    "nested objects": b'{"a":' * 12_000 + b"1" + b"}" * 12_000,
    "many keys": b"{" + b",".join(b'"k%d":0' % number for number in range(6000)) + b"}",
}
MEDIA_TYPES = (
    "",
    "text/plain",
    "text/plain;application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=application/json",
    "application/json-patch+json",
    "application/\u00e9",
    "*/*",
)
# In the place of one field after the other: what has the wrong type, or is more than anybody would type.
VALUES: dict[str, bytes] = {
    "null": b"null",
    "true": b"true",
    "NaN": b"NaN",
    "infinity": b"-Infinity",
    "a huge number": b"1e400",
    "many digits": b"1" * 4000,
    "a text": json.dumps(SECRET).encode(),
    "a long text": b'"' + b"x" * 40_000 + b'"',
    "NUL": b'"a\\u0000b"',
    "line breaks": json.dumps(f"a\r\nX-Injected: {SECRET}").encode(),
    "turned": b'"\\u202egnp.\\u2066"',
    "a path": b'"../../../../etc/passwd\\u0000.png"',
    "a template": b'"{x.__class__} %s %(token)s ${jndi:ldap://x}"',
    "an array": b"[]",
    "arrays": b"[" * 200 + b"]" * 200,
    "an object": b"{}",
    "strange keys": b'{"__proto__": {"x": 1}, "__class__": "x", "": null}',
    "numbers in an array": b"[1, null, {}]",
}


def wrong_in_one_field(operation: Operation) -> Iterator[bytes]:
    for field in operation.body:
        for value in VALUES.values():
            members = [
                json.dumps(name).encode() + b": " + (value if name == field else json.dumps(content).encode())
                for name, content in operation.body.items()
            ]
            yield b"{" + b", ".join(members) + b"}"


def doubled(operation: Operation) -> bytes:
    """Every key twice, first as it should be: whoever looks at the first and who at the last must not disagree."""
    right = json.dumps(operation.body)
    wrong = json.dumps(dict.fromkeys(operation.body, 5))
    return f"{right[:-1]}, {wrong[1:]}".encode()


async def refused(browser: Browser, operation: Operation, body: bytes, headers: dict[str, str]) -> str:
    answer = await browser.ask(operation.method, operation.address, data=body, headers={**operation.headers, **headers})
    assert answer.status < 500, (body[:60], answer.text)
    assert PLACES.search(answer.text) is None, (body[:60], answer.text)
    if answer.status >= 400:
        assert answer.content["error"]["message"], body[:60]
        assert SECRET not in answer.text, body[:60]
    return answer.code or ""


@pytest.fixture
def unlimited(owner: Browser, comfyui: ComfyUI, double: ServiceDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many bodies are no attack on the number of tries, and none of these may call what an endpoint says."""
    double.enforce_rate_limit = False
    monkeypatch.setattr(comfyui.module("comfycontrol.rate_limiter"), "TRIES", 100_000)
    lead(comfyui, monkeypatch, port_of(comfyui))
    double.forget_calls()


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda one: one.label)
async def test_a_body_that_is_no_json_object_is_refused(
    owner: Browser, comfyui: ComfyUI, double: ServiceDouble, unlimited: None, operation: Operation
) -> None:
    before = at_rest(comfyui, double)
    for kind, body in NOT_JSON.items():
        code = await refused(owner, operation, body, JSON)
        assert code or kind == "many keys", kind
    for media_type in MEDIA_TYPES:
        headers = {"Content-Type": media_type}
        assert await refused(owner, operation, json.dumps(operation.body).encode(), headers) == "body_not_json"
    assert await refused(owner, operation, doubled(operation), JSON) == "body_invalid"
    assert double.calls == []
    assert at_rest(comfyui, double) == before


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda one: one.label)
async def test_a_field_of_any_other_kind_breaks_nothing(
    owner: Browser,
    comfyui: ComfyUI,
    double: ServiceDouble,
    unlimited: None,
    operation: Operation,
) -> None:
    for body in wrong_in_one_field(operation):
        await refused(owner, operation, body, JSON)
    # Still there, and still the owner's.
    assert (await owner.status())["owner"] is True


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda one: one.label)
async def test_a_body_larger_than_any_is_not_read_to_its_end(
    owner: Browser, double: ServiceDouble, unlimited: None, operation: Operation
) -> None:
    huge = b'{"name": "' + b"x" * (4 * 1024 * 1024 + 1)
    assert await refused(owner, operation, huge, JSON) in {"body_too_large", "workflow_too_large"}
    assert double.calls == []
