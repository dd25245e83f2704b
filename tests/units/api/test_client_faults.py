import gc
import gzip
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr
from units.loopback_servers import recording_server

from comfycontrol_pack.comfycontrol.api import responses
from comfycontrol_pack.comfycontrol.api.client import ComfyControlClient
from comfycontrol_pack.comfycontrol.errors import (
    AnswerLostError,
    NoConnectionError,
    RefusedByServiceError,
    ServiceError,
)
from comfycontrol_pack.comfycontrol.models.runner import RunnerChange, RunnerDraft
from service_double import Account, Fault, ServiceDouble

DRAFT = RunnerDraft(name="Mine", endpoint="https://comfy.example.com")
CALLS: dict[str, Callable[[ComfyControlClient], object]] = {
    "account": lambda client: client.account(),
    "list": lambda client: client.runners(),
    "get": lambda client: client.runner("a"),
    "create": lambda client: client.create_runner(DRAFT),
    "change": lambda client: client.change_runner("a", RunnerChange(status="disabled")),
}
BODIES = {
    "json": ('{"status": 0, "message": "the words"}', "application/json"),
    "html": ("<html><h1>Forbidden</h1></html>", "text/html"),
    "empty": ("", "text/plain"),
    "another json": ('{"error": "the words"}', "application/json"),
    "message is no text": ('{"status": 0, "message": {"a": 1}}', "application/json"),
}


@pytest.fixture
def client(double: ServiceDouble, token: str) -> Iterator[ComfyControlClient]:
    with ComfyControlClient(SecretStr(token), double.url, read_seconds=5) as opened:
        yield opened


def error_of(client: ComfyControlClient, name: str = "account") -> ServiceError:
    with pytest.raises(ServiceError) as raised:
        CALLS[name](client)
    # Nothing that a log of the whole chain would show.
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    return raised.value


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("status", "code", "code_of_create"),
    [
        (400, "values_refused", "values_refused"),
        (401, "token_rejected", "token_rejected"),
        (403, "access_denied", "runner_limit"),
        (404, "runner_gone", "values_refused"),
        (405, "values_refused", "values_refused"),
        (422, "values_refused", "values_refused"),
    ],
)
def test_a_refusal_in_the_services_own_words(
    double: ServiceDouble, client: ComfyControlClient, name: str, status: int, code: str, code_of_create: str
) -> None:
    double.plan(Fault.answer(status, BODIES["json"][0]))
    error = error_of(client, name)
    assert isinstance(error, RefusedByServiceError)
    assert error.code == (code_of_create if name == "create" else code)
    assert error.service_message == "the words"
    assert client.account().name == "Ada Lovelace"


@pytest.mark.parametrize("kind", [kind for kind in BODIES if kind != "json"])
@pytest.mark.parametrize("status", [300, 304, 400, 401, 403, 404, 407, 418])
def test_a_refusal_in_other_words_is_not_the_services(
    double: ServiceDouble, client: ComfyControlClient, kind: str, status: int
) -> None:
    body, content_type = BODIES[kind]
    double.plan(Fault.answer(status, body, content_type=content_type))
    error = error_of(client, "create")
    assert isinstance(error, NoConnectionError)
    assert error.code == "not_the_service"
    assert str(status) in error.message
    assert error.service_message is None
    assert double.runners() == []
    assert client.create_runner(DRAFT).name == "Mine"


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
def test_trouble_of_the_service_leaves_open_what_it_did(
    double: ServiceDouble, client: ComfyControlClient, kind: str, status: int
) -> None:
    body, content_type = BODIES[kind]
    double.plan(Fault.answer_after_work(status, body, content_type=content_type))
    error = error_of(client, "create")
    assert isinstance(error, AnswerLostError)
    assert error.code == "service_trouble"
    assert str(status) in error.message
    assert error.service_message == ("the words" if kind == "json" else None)
    assert len(client.runners()) == 1


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 10),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "999999999"}, 3600),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 10),
        ({"Retry-After": "-5"}, 10),
        ({"Retry-After": "\u0665"}, 10),
    ],
)
def test_too_many_requests_tell_how_long_to_wait(
    double: ServiceDouble, client: ComfyControlClient, kind: str, headers: dict[str, str], seconds: int
) -> None:
    body, content_type = BODIES[kind]
    double.plan(Fault.answer(429, body, content_type=content_type, headers=headers))
    error = error_of(client)
    assert isinstance(error, RefusedByServiceError)
    assert (error.code, error.retry_after) == ("rate_limited", seconds)
    assert f"{seconds} seconds" in error.next_step


def test_the_rate_limit_of_the_service_is_told_apart(double: ServiceDouble, client: ComfyControlClient) -> None:
    double.enforce_rate_limit = True
    for _ in range(40):
        client.account()
    assert error_of(client).code == "rate_limited"
    double.enforce_rate_limit = False
    assert client.account()


def test_the_services_words_are_shown_without_control_characters_and_shortened(
    double: ServiceDouble, client: ComfyControlClient
) -> None:
    words = "one\ntwo\x1b[31m\u202e" + "x" * 1000
    double.plan(Fault.answer(400, json.dumps({"status": 400, "message": words})))
    shown = error_of(client).service_message
    assert shown is not None
    assert shown.startswith("one two [31m")
    assert shown.isprintable()
    assert len(shown) == 300


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>Welcome to the hotel</html>",
        "null",
        "true",
        "5",
        '"text"',
        "[]",
        "{}",
        '{"id": 5}',
        '{"id": "a"',
        '{"id": "\\ud800"}',
        b'\xff\xfe{"id": "a"}',
        "[" * 100_000,
        "9" * 10_000,
    ],
)
@pytest.mark.parametrize("status", [200, 201, 202])
def test_an_answer_of_another_shape_leaves_open_who_answered(
    double: ServiceDouble, client: ComfyControlClient, name: str, body: str | bytes, status: int
) -> None:
    double.plan(Fault.answer(status, body))
    # At the depth of the deepest, what the collector ends would fail in its turn.
    gc.disable()
    try:
        error = error_of(client, name)
    finally:
        gc.enable()
    assert isinstance(error, AnswerLostError)
    assert error.code == "not_the_service"
    assert client.account().name == "Ada Lovelace"


def test_a_compressed_answer_is_not_unpacked(
    double: ServiceDouble, account: Account, client: ComfyControlClient
) -> None:
    body = gzip.compress(json.dumps(account.as_json()).encode())
    double.plan(Fault.answer(200, body, headers={"Content-Encoding": "gzip"}))
    assert error_of(client).code == "not_the_service"
    assert client.account()


@pytest.mark.parametrize(("fault", "made"), [(Fault.close_before(), 0), (Fault.close_after(), 1)])
def test_a_connection_that_breaks_leaves_open_what_was_done(
    double: ServiceDouble, client: ComfyControlClient, fault: Fault, made: int
) -> None:
    double.plan(fault)
    error = error_of(client, "create")
    assert isinstance(error, AnswerLostError)
    assert error.code == "service_unreachable"
    # Nobody has asked again.
    assert len(double.calls) == 1
    assert len(client.runners()) == made


@pytest.mark.parametrize(("fault", "made"), [(Fault.hang(), 0), (Fault.slow(seconds=30), 1)])
def test_a_service_that_stays_silent_is_not_waited_for(
    double: ServiceDouble, client: ComfyControlClient, token: str, fault: Fault, made: int
) -> None:
    double.plan(fault)
    with ComfyControlClient(SecretStr(token), double.url, read_seconds=0.3) as impatient:
        error = error_of(impatient, "create")
    assert isinstance(error, AnswerLostError)
    assert error.code == "service_timeout"
    assert len(client.runners()) == made


def test_an_answer_that_drips_is_not_waited_for(
    double: ServiceDouble, client: ComfyControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responses, "TOTAL_SECONDS", 0.2)
    double.plan(Fault.drip(seconds_between=0.05))
    began = time.monotonic()
    error = error_of(client, "create")
    # The whole answer would take more than ten seconds, of which each drip comes in time.
    assert time.monotonic() - began < 5
    assert isinstance(error, AnswerLostError)
    assert error.code == "not_the_service"
    assert len(client.runners()) == 1


def test_an_endless_answer_is_given_up_early(double: ServiceDouble, client: ComfyControlClient) -> None:
    double.plan(Fault.huge(megabytes=64))
    tracemalloc.start()
    try:
        error = error_of(client, "list")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert error.code == "not_the_service"
    assert most < 16_000_000
    assert client.account()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("name", CALLS)
def test_the_token_does_not_follow_a_redirect(
    double: ServiceDouble, client: ComfyControlClient, status: int, name: str
) -> None:
    with recording_server() as elsewhere:
        double.plan(Fault.redirect(f"{elsewhere.url}/v1/user", status=status))
        error = error_of(client, name)
        assert isinstance(error, NoConnectionError)
        assert error.code == "not_the_service"
        assert elsewhere.seen == []
    assert client.account()
