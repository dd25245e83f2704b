"""With `COMFYCONTROL_GATEWAY=on`: the key goes with the runner, and an address that is open to anybody never does."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from units.unattended.pod import Pod

from comfycontrol_pack.comfycontrol.unattended.desired_runner import DesiredRunner
from service_double import ServiceDouble

HERE = "https://here.example.com"
KEY = "X-ComfyControl-Key"


class GuardedPod(Pod):
    key = "first"

    def find(self) -> DesiredRunner | None:
        found = super().find()
        return found.guarded_by(KEY, SecretStr(self.key)) if found else None


@pytest.fixture
def pod(double: ServiceDouble, token: str, tmp_path: Path) -> GuardedPod:
    return GuardedPod(double, token, tmp_path, ENDPOINT=HERE, GATEWAY="on", HEADERS="X-Gate: abc")


def headers(double: ServiceDouble) -> dict[str, str]:
    (runner,) = double.runners()
    return dict(runner["headers"])


def test_the_key_is_registered_with_the_operators_headers(pod: GuardedPod, double: ServiceDouble) -> None:
    pod.settle()
    assert headers(double) == {"X-Gate": "abc", KEY: "first"}


def test_another_key_is_sent_once(pod: GuardedPod, double: ServiceDouble) -> None:
    pod.settle()
    pod.key = "second"
    pod.settle()
    assert headers(double) == {"X-Gate": "abc", KEY: "second"}
    double.forget_calls()
    pod.settle()
    assert double.calls_of("PUT") == []


def test_an_address_that_is_open_to_anybody_is_not_registered(
    pod: GuardedPod, double: ServiceDouble, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    prove = pod.prove
    monkeypatch.setattr(pod.address, "_check", lambda *asked: replace(prove(*asked), way="open"))
    pod.step()
    assert double.runners() == []
    assert "COMFYCONTROL_GATEWAY=on forbids that" in caplog.text
    monkeypatch.setattr(pod.address, "_check", lambda *asked: replace(prove(*asked), way="guarded"))
    pod.now += 600
    pod.settle()
    assert len(double.runners()) == 1
