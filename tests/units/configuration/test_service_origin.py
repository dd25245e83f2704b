import pytest

from comfycontrol_pack.comfycontrol.configuration.environment import Environment
from comfycontrol_pack.comfycontrol.configuration.process import API_URL_VARIABLE
from comfycontrol_pack.comfycontrol.configuration.service_origin import SERVICE_ORIGIN
from comfycontrol_pack.comfycontrol.errors import MachineError


def test_without_a_choice_it_is_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(API_URL_VARIABLE)
    assert Environment().service_origin() == SERVICE_ORIGIN == "https://api.comfycontrol.app"


@pytest.mark.parametrize(
    ("chosen", "origin"),
    [
        ("", SERVICE_ORIGIN),
        ("  ", SERVICE_ORIGIN),
        ("https://staging.comfycontrol.app", "https://staging.comfycontrol.app"),
        (" https://staging.comfycontrol.app/ ", "https://staging.comfycontrol.app"),
        ("HTTPS://Staging.ComfyControl.app:443/", "https://staging.comfycontrol.app"),
        ("https://gateway.example.com/comfycontrol/", "https://gateway.example.com/comfycontrol"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.8.8.8:8080/", "http://127.8.8.8:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_the_operator_may_choose(monkeypatch: pytest.MonkeyPatch, chosen: str, origin: str) -> None:
    monkeypatch.setenv(API_URL_VARIABLE, chosen)
    assert Environment().service_origin() == origin


@pytest.mark.parametrize(
    "chosen",
    [
        "http://api.comfycontrol.app",
        "http://192.168.1.2:8080",
        "http://0.0.0.0:8080",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1@evil.example.com",
        "https://user@api.comfycontrol.app",
        "https://user:password@api.comfycontrol.app",
        "https://api.comfycontrol.app?key=1",
        "https://api.comfycontrol.app#top",
        "https://",
        "https:///v1",
        "https://:443",
        "https://api.comfycontrol.app:99999",
        "https://api.comfycontrol.app:port",
        "https://api comfycontrol.app",
        "https://[::1",
        "ftp://api.comfycontrol.app",
        "file:///etc/passwd",
        "api.comfycontrol.app",
        "none",
    ],
)
def test_a_choice_that_would_give_the_token_away_is_refused(monkeypatch: pytest.MonkeyPatch, chosen: str) -> None:
    monkeypatch.setenv(API_URL_VARIABLE, chosen)
    with pytest.raises(MachineError) as raised:
        Environment().service_origin()
    assert raised.value.code == "api_url_invalid"
    assert chosen not in str(raised.value)

    monkeypatch.delenv(API_URL_VARIABLE)
    assert Environment().service_origin() == SERVICE_ORIGIN
