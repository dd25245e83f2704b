import sys
from pathlib import Path

import pytest
from units.pasted_tokens import NO_TOKEN_IN, TOKEN_IN
from units.runners.registration_desk import IN_VAIN_SECONDS, Desk, code_of, error_of

from service_double import Account, Fault, ServiceDouble

REJECTED = '{"status": 401, "message": "Invalid token"}'


@pytest.fixture
def desk(double: ServiceDouble, token: str, tmp_path: Path) -> Desk:
    return Desk(double, token, tmp_path)


def test_whoever_knows_a_token_becomes_an_owner_with_one_call(desk: Desk, double: ServiceDouble) -> None:
    assert code_of(lambda: desk.ownership.check_owner("")) == "owner_required"
    connection = desk.connect()
    assert desk.calls == ["GET /v1/user"]
    assert (connection.account.name, connection.account.tier) == ("Ada Lovelace", "pro")
    assert connection.token_hint == f"cfc_...{desk.token[-4:]}"
    desk.ownership.check_owner(connection.owner_key)
    assert code_of(lambda: desk.ownership.check_owner(f"{connection.owner_key}x")) == "owner_required"
    shown = f"{connection!r} {connection}"
    for secret in (desk.token, connection.owner_key, connection.sealed_token):
        assert secret not in shown
    assert double.complaints == []


@pytest.mark.parametrize("pasted", TOKEN_IN)
def test_the_token_in_what_was_pasted_is_sent_sealed_and_recognised(
    desk: Desk, double: ServiceDouble, pasted: str
) -> None:
    connection = desk.connect(pasted.format(token=desk.token))
    assert connection.token_hint == f"cfc_...{desk.token[-4:]}"
    assert {call.headers["Authorization"] for call in double.calls} == {f"Bearer {desk.token}"}


@pytest.mark.parametrize(("token", "code"), NO_TOKEN_IN)
def test_a_text_that_cannot_be_a_token_is_not_sent_anywhere(desk: Desk, token: str, code: str) -> None:
    error = error_of(lambda: desk.connect(token))
    assert (error.code, error.field) == (code, "token")
    assert desk.calls == []
    assert list(desk.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.answer(401, REJECTED), "token_rejected"),
        (Fault.answer(401, "<h1>Login</h1>"), "not_the_service"),
        (Fault.answer(403, '{"status": 403, "message": "no"}'), "access_denied"),
        (Fault.answer(429), "rate_limited"),
        (Fault.answer(503), "service_trouble"),
        (Fault.answer(200, "<h1>Welcome to the hotel</h1>"), "not_the_service"),
        (Fault.answer(200, "{}"), "not_the_service"),
        (Fault.redirect("https://portal.example.com"), "not_the_service"),
        (Fault.close_before(), "service_unreachable"),
        (Fault.hang(), "service_timeout"),
        (Fault.huge(megabytes=2), "not_the_service"),
    ],
)
def test_a_token_that_could_not_be_checked_is_not_stored_and_can_be_tried_again(
    desk: Desk, double: ServiceDouble, fault: Fault, code: str
) -> None:
    desk.silence_seconds = IN_VAIN_SECONDS
    double.plan(fault)
    assert code_of(desk.connect) == code
    assert list(desk.folder.iterdir()) == []
    assert desk.status().state == "not_connected"
    desk.connect()
    assert desk.status().state == "not_registered"


def test_an_expired_token_is_refused_in_the_services_own_words(
    desk: Desk, double: ServiceDouble, account: Account
) -> None:
    error = error_of(lambda: desk.connect(double.add_token(account, expired=True)))
    assert (error.code, error.service_message) == ("token_rejected", "Token has expired")


def test_a_missing_package_is_told_before_the_token_is_sent_anywhere(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
        error = error_of(desk.connect)
        assert error.code == "cryptography_missing"
        assert "pip install cryptography" in error.next_step
        status = desk.status()
        assert (status.state, status.problem.code if status.problem else None) == ("needs_attention", error.code)
    assert desk.calls == []
    desk.connect()
    assert desk.status().state == "not_registered"
