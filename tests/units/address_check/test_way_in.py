"""Who gets in at an address that leads here, by three requests."""

from collections.abc import Mapping

import pytest
from pydantic import SecretStr
from units.address_check.check_stage import NAME, Request, Stage, answer, as_json

from comfycontrol_pack.comfycontrol.address_check.check import EndpointCheck
from comfycontrol_pack.comfycontrol.address_check.network import NoAnswerError
from comfycontrol_pack.comfycontrol.address_check.request import Answer
from comfycontrol_pack.comfycontrol.address_check.way_in import LOCAL_HOST, Guard, way_in
from comfycontrol_pack.comfycontrol.rate_limiter import RateLimiter

KEY = "s3cr3t-key"
GUARD = Guard("X-ComfyControl-Key", SecretStr(KEY))
QUEUE = b'{"exec_info": {"queue_remaining": 0}}'
CLOSED = b'{"error": {"code": "unauthorized"}}'
GATEWAY = {"X-Gate": "abc"}

# What is answered with the key, without it, and to somebody who claims to be local: what that shows.
ANSWERS = [
    (QUEUE, CLOSED, CLOSED, "guarded"),
    (QUEUE, b"<html>Log in</html>", b"", "guarded"),
    (QUEUE, QUEUE, QUEUE, "open"),
    (QUEUE, CLOSED, QUEUE, None),
    (CLOSED, CLOSED, CLOSED, None),
    (b"[]", b"[]", b"[]", None),
    (b'{"exec_info": 1}', b"", b"", None),
]


@pytest.mark.parametrize(("with_key", "without", "local", "shown"), ANSWERS)
def test_only_all_three_together_show_that_it_is_guarded(
    with_key: bytes, without: bytes, local: bytes, shown: str | None
) -> None:
    def ask(headers: Mapping[str, str], host: str | None) -> Answer:
        body = local if host == LOCAL_HOST else with_key if headers.get(GUARD.header) == KEY else without
        return Answer(200, {}, body)

    assert way_in(ask, {}, GUARD) == shown


def test_behind_somebodys_gateway_nothing_is_said_of_others() -> None:
    assert way_in(lambda *_: Answer(200, {}, QUEUE), GATEWAY, None) is None
    assert way_in(lambda *_: Answer(200, {}, QUEUE), {}, None) == "open"


def test_where_no_port_is_guarded_no_key_is_sent() -> None:
    sent: list[Mapping[str, str]] = []

    def ask(headers: Mapping[str, str], host: str | None) -> Answer:
        sent.append(headers)
        return Answer(401, {}, CLOSED)

    assert way_in(ask, {}, None) is None
    assert sent == [{}]


def test_a_key_that_the_form_sends_along_is_not_taken_for_an_owners_gateway() -> None:
    def ask(headers: Mapping[str, str], host: str | None) -> Answer:
        return Answer(200, {}, QUEUE if GUARD.header in headers else CLOSED)

    assert way_in(ask, {"x-comfycontrol-key": KEY}, GUARD) == "guarded"


def test_an_answer_that_never_comes_shows_nothing() -> None:
    def ask(headers: Mapping[str, str], host: str | None) -> Answer:
        raise NoAnswerError("timed_out")

    assert way_in(ask, {}, GUARD) is None


def test_the_check_of_an_address_asks_for_it_with_another_host(stage: Stage) -> None:
    ours = stage.ours()

    def page(request: Request) -> bytes:
        if request.path != "/prompt":
            return ours(request)
        return as_json({"exec_info": {}}) if request.headers.get("x-comfycontrol-key") == KEY else answer(401, CLOSED)

    actor = stage.serve(page, 80)
    check = EndpointCheck(stage.identity, lambda: stage.own, RateLimiter(), stage.ways(), lambda: GUARD)
    found = check.check(f"http://{NAME}", {})
    assert (found.verdict, found.way) == ("proven", "guarded")
    asked = [(one.headers["host"], "x-comfycontrol-key" in one.headers) for one in actor.requests[1:]]
    assert asked == [(NAME, False), (LOCAL_HOST, False), (NAME, True)]


def test_an_address_that_does_not_lead_here_is_never_sent_the_key(stage: Stage) -> None:
    actor = stage.serve(lambda _: as_json({"exec_info": {}}), 80)
    check = EndpointCheck(stage.identity, lambda: stage.own, RateLimiter(), stage.ways(), lambda: GUARD)
    assert check.check(f"http://{NAME}", {}).way is None
    assert all("x-comfycontrol-key" not in request.headers for request in actor.requests)
