"""What is wrong with a certificate is told apart; without a right one no header is sent."""

from datetime import timedelta
from pathlib import Path

import pytest
from units.address_check.certificates import DAY, Authority
from units.address_check.check_stage import NAME, PUBLIC, Stage

from comfycontrol_pack.comfycontrol.address_check.network import public_authorities

NOW = timedelta(0)


@pytest.fixture
def authority(stage: Stage, tmp_path: Path) -> Authority:
    made = Authority(tmp_path)
    stage.trust = made.trusted
    return made


def test_a_right_certificate(stage: Stage, authority: Authority) -> None:
    actor = stage.serve(stage.ours(), tls=authority.server(NAME))
    assert stage.check(f"https://{NAME}", {"X-Key": "value"}).verdict == "proven"
    assert actor.requests[0].headers["x-key"] == "value"
    assert actor.requests[0].headers["host"] == NAME


def test_a_right_certificate_for_an_ip_address(stage: Stage, authority: Authority) -> None:
    stage.serve(stage.ours(), 8443, tls=authority.server(PUBLIC))
    assert stage.check(f"https://{PUBLIC}:8443").verdict == "proven"


def test_a_certificate_signed_by_itself(stage: Stage, authority: Authority) -> None:
    actor = stage.serve(stage.ours(), tls=authority.server(NAME, self_signed=True))
    assert stage.check(f"https://{NAME}", {"X-Key": "value"}).verdict == "certificate_self_signed"
    assert actor.requests == []


@pytest.mark.parametrize(("begins", "ends"), [(-2 * DAY, -DAY), (DAY, 2 * DAY)], ids=["expired", "not yet"])
def test_a_certificate_of_another_day(stage: Stage, authority: Authority, begins: timedelta, ends: timedelta) -> None:
    actor = stage.serve(stage.ours(), tls=authority.server(NAME, begins=begins, ends=ends))
    assert stage.check(f"https://{NAME}").verdict == "certificate_expired"
    assert actor.requests == []


@pytest.mark.parametrize("host", [NAME, PUBLIC])
def test_a_certificate_for_another_name(stage: Stage, authority: Authority, host: str) -> None:
    actor = stage.serve(stage.ours(), tls=authority.server("other.example.com", "8.8.4.4"))
    assert stage.check(f"https://{host}").verdict == "certificate_wrong_name"
    assert actor.requests == []


def test_a_certificate_of_an_authority_that_nobody_knows(stage: Stage, authority: Authority, tmp_path: Path) -> None:
    actor = stage.serve(stage.ours(), tls=Authority(tmp_path, "company").server(NAME))
    assert stage.check(f"https://{NAME}").verdict == "certificate_untrusted"
    assert actor.requests == []


def test_without_a_certificate_of_a_public_authority_a_check_fails(stage: Stage, tmp_path: Path) -> None:
    stage.serve(stage.ours(), tls=Authority(tmp_path).server(NAME))
    assert stage.check(f"https://{NAME}").verdict == "certificate_untrusted"


def test_after_the_certificate_is_renewed_the_address_proves(stage: Stage, authority: Authority) -> None:
    stage.serve(stage.ours(), tls=authority.server(NAME, begins=-2 * DAY, ends=-DAY))
    assert stage.check(f"https://{NAME}").verdict == "certificate_expired"
    stage.serve(stage.ours(), tls=authority.server(NAME))
    assert stage.check(f"https://{NAME}").verdict == "proven"


def test_https_where_plain_http_was_typed(stage: Stage, authority: Authority) -> None:
    stage.serve(stage.ours(), 8443, tls=authority.server(NAME))
    found = stage.check(f"http://{NAME}:8443")
    assert (found.verdict, found.address) == ("other_address", f"https://{NAME}:8443")


def test_the_authorities_are_those_that_are_known_in_public(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    public_authorities.cache_clear()
    assert len(public_authorities().get_ca_certs()) > 50
    assert public_authorities() is public_authorities()
