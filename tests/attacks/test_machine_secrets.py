"""Getting at what opens the whole machine: the values of headers that a platform leaves in the environment."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from routes.comfyui_with_pack import Browser, ComfyUI, mounted_pack, running_comfyui
from units.unattended.pod import Pod

from comfycontrol_pack.comfycontrol.public_address.surroundings import Surroundings
from service_double import ServiceDouble

HERE = "http://8.8.8.8:40123"
MASTER = "machines-master-token"
VAST = {
    "PUBLIC_IPADDR": "8.8.8.8",
    "PORTAL_CONFIG": "localhost:8188:18188:/:ComfyUI",
    "VAST_TCP_PORT_8188": "40123",
    "OPEN_BUTTON_TOKEN": MASTER,
}
NAMES = {"machine_headers": ["authorization"]}


@pytest.fixture
async def comfyui(tmp_path: Path, double: ServiceDouble, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ComfyUI]:
    monkeypatch.setenv("COMFYCONTROL_API_URL", double.url)
    for name, value in VAST.items():
        monkeypatch.setenv(name, value)
    async with running_comfyui(mounted_pack(), tmp_path / "user") as running:
        monkeypatch.setattr(running.module("comfycontrol.comfyui"), "listening_port", lambda: 18188)
        yield running


@pytest.fixture
async def squatter(comfyui: ComfyUI, double: ServiceDouble) -> Browser:
    """The first who asks an unclaimed instance."""
    browser = comfyui.browser()
    await browser.enter_token(double.add_token(double.add_account("Eve")))
    return browser


async def test_no_answer_holds_the_value(squatter: Browser) -> None:
    for method, path, body in (
        ("GET", "/suggestions", None),
        ("GET", "/diagnostics", None),
        ("GET", "/status?refresh=1", None),
        ("POST", "/endpoint-check", {"endpoint": "http://127.0.0.1:9", **NAMES}),
        ("POST", "/runner", {"name": "Mine", "endpoint": HERE, **NAMES}),
    ):
        assert MASTER not in (await squatter.ask(method, path, body)).text
    (one,) = (await squatter.ask("GET", "/suggestions")).content["endpoints"]
    assert one["headers"] == [{"name": "Authorization", "value": "", "known": True}]


async def test_it_goes_to_the_service_only_where_somebody_asks_for_it(squatter: Browser, double: ServiceDouble) -> None:
    await squatter.register(endpoint=HERE)
    assert double.runners()[0]["headers"] == {}
    assert (await squatter.change(headers={"X-Other": "a"}, **NAMES)).status == 200
    assert double.runners()[0]["headers"] == {"X-Other": "a", "Authorization": f"Bearer {MASTER}"}


@pytest.mark.parametrize(
    "endpoint", ["https://eve.example.com", "http://8.8.8.8:40124", "https://8.8.8.8:40123", f"{HERE}/elsewhere"]
)
async def test_it_goes_with_this_machines_own_address_and_no_other(
    squatter: Browser, double: ServiceDouble, endpoint: str
) -> None:
    await squatter.register(endpoint=HERE)
    double.forget_calls()
    for method, path, body in (
        ("POST", "/runner", {"name": "Mine", "endpoint": endpoint, **NAMES}),
        ("PATCH", "/runner", {"endpoint": endpoint, **NAMES}),
        ("POST", "/endpoint-check", {"endpoint": endpoint, **NAMES}),
    ):
        answer = await squatter.ask(method, path, body)
        assert (answer.status, answer.code) == (400, "header_not_known")
        assert MASTER not in answer.text
    assert double.calls == []


@pytest.mark.parametrize("page", ["https://eve.example.com/", f"{HERE}/"])
async def test_what_a_page_says_of_its_address_opens_nothing(
    squatter: Browser, double: ServiceDouble, page: str
) -> None:
    forwarded = {"X-Forwarded-Host": "eve.example.com"}
    assert MASTER not in (await squatter.ask("GET", f"/suggestions?page={page}", headers=forwarded)).text
    answer = await squatter.ask("POST", "/runner", {"name": "Mine", "endpoint": "https://eve.example.com", **NAMES})
    assert answer.code == "header_not_known"


@pytest.mark.parametrize(("headers", "sent"), [("", {}), ("auto", {"Authorization": f"Bearer {MASTER}"})])
def test_where_nobody_clicks_it_is_sent_for_the_operators_word_only(
    double: ServiceDouble, token: str, tmp_path: Path, headers: str, sent: dict[str, str]
) -> None:
    double.enforce_rate_limit = False
    pod = Pod(double, token, tmp_path / "pod", REGISTER="on", HEADERS=headers)
    pod.surroundings = Surroundings(environment=VAST, port=18188)
    pod.settle()
    assert [(runner["endpoint"], runner["headers"]) for runner in double.runners()] == [(HERE, sent)]
    assert pod.proof_headers == sent.keys()
