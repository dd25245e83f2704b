from typing import Any
from urllib.parse import quote

import pytest
from routes.checked_addresses import listen_at, pack_module
from routes.comfyui_with_pack import ENDPOINT, Browser, ComfyUI

from comfycontrol_pack.comfycontrol.texts import sentence


@pytest.fixture(autouse=True)
def no_agents(comfyui: ComfyUI, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever tunnel agents the machine of the test runs, and wherever its host listens."""
    listen_at(comfyui, monkeypatch, 8188)
    probes = pack_module(comfyui, "comfycontrol.public_address.probes")
    monkeypatch.setattr(probes, "ask_agents", probes.ProbeAnswers)


async def suggestions(browser: Browser, page: str | None = None, **headers: str) -> dict[str, Any]:
    path = "/suggestions" if page is None else f"/suggestions?page={quote(page, safe='')}"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await browser.ask("GET", path, headers=named)
    assert answer.status == 200
    assert answer.content.keys() == {"name", "endpoints", "tags", "tunnel"}
    return answer.content


async def test_nothing_is_known_of_a_machine_at_home(owner: Browser) -> None:
    assert (await suggestions(owner))["endpoints"] == []


async def test_the_pages_own_address(owner: Browser) -> None:
    found = await suggestions(owner, "https://comfy.example.com/sub/index.html?x=1#workflow")
    assert found["endpoints"] == [
        {
            "url": "https://comfy.example.com/sub",
            "source": "Your browser's address",
            "certainty": "high",
            "kind": [
                {"code": "public_name", "severity": "ok", "sentence": sentence("kinds", "public_name")},
                {"code": "path", "severity": "note", "sentence": sentence("kinds", "path")},
            ],
            "headers": [],
            "note": "",
            "changes": False,
        }
    ]


@pytest.mark.parametrize(
    ("system", "machine", "install"),
    [
        ("Windows", "AMD64", "winget install --id Cloudflare.cloudflared"),
        ("Darwin", "arm64", "brew install cloudflared"),
        ("Linux", "x86_64", "cloudflared-linux-amd64"),
        ("Linux", "riscv64", None),
        ("FreeBSD", "amd64", None),
    ],
)
async def test_who_has_no_address_gets_the_commands_for_a_tunnel(
    owner: Browser, monkeypatch: pytest.MonkeyPatch, system: str, machine: str, install: str | None
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    tunnel = (await owner.ask("GET", "/suggestions")).content["tunnel"]
    assert tunnel["run"] == "cloudflared tunnel --url http://localhost:8188"
    assert tunnel["downloads"].startswith("https://developers.cloudflare.com/")
    assert (install in tunnel["install"]) if install else "install" not in tunnel


async def test_an_address_that_is_not_public_comes_with_its_warning(owner: Browser) -> None:
    (one,) = (await suggestions(owner, "http://192.168.1.2:8188/"))["endpoints"]
    assert (one["url"], one["certainty"]) == ("http://192.168.1.2:8188", "low")
    assert [(kind["code"], kind["severity"]) for kind in one["kind"]] == [("private", "warning")]


@pytest.mark.parametrize("page", ["", "javascript:alert(1)", "not an address", "x" * 3000, "https://[", "\u00e4"])
async def test_a_page_that_is_no_address_is_none(owner: Browser, page: str) -> None:
    assert (await suggestions(owner, page))["endpoints"] == []


async def test_a_platform_with_its_tag_and_a_header(
    comfyui: ComfyUI, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen_at(comfyui, monkeypatch, 18188)
    monkeypatch.setenv("PUBLIC_IPADDR", "8.8.8.8")
    monkeypatch.setenv("PORTAL_CONFIG", "localhost:8188:18188:/:ComfyUI")
    monkeypatch.setenv("VAST_TCP_PORT_8188", "40123")
    monkeypatch.setenv("OPEN_BUTTON_TOKEN", "machines-token")
    found = await suggestions(owner)
    (one,) = found["endpoints"]
    assert (one["url"], one["source"]) == ("http://8.8.8.8:40123", "Vast.ai's proxy")
    assert one["headers"] == [{"name": "Authorization", "value": "", "known": True}]
    assert "vast-ai" in found["tags"]


async def test_a_platform_without_a_usable_address_says_so(owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release")
    found = await suggestions(owner)
    (one,) = found["endpoints"]
    assert (one["url"], one["kind"], one["headers"]) == (None, [], [])
    assert "tunnel" in one["note"]
    assert "colab" in found["tags"]


async def test_what_was_registered_last_comes_before_the_browsers(owner: Browser) -> None:
    await owner.register()
    found = await suggestions(owner, "https://other.example.com/")
    assert [(one["url"], one["source"]) for one in found["endpoints"]] == [
        (ENDPOINT, "Saved"),
        ("https://other.example.com", "Your browser's address"),
    ]


async def test_what_a_proxy_forwarded_comes_last(owner: Browser) -> None:
    found = await suggestions(
        owner,
        "https://comfy.example.com/",
        X_Forwarded_Host="proxy.example.com",
        X_Forwarded_Proto="https",
        X_Forwarded_Prefix="/comfy",
        X_Original_Host="evil.example.com",
    )
    assert [(one["url"], one["certainty"]) for one in found["endpoints"]] == [
        ("https://comfy.example.com", "high"),
        ("https://proxy.example.com/comfy", "low"),
    ]


async def test_the_standard_header_as_well(owner: Browser) -> None:
    (one,) = (await suggestions(owner, Forwarded="host=proxy.example.com;proto=https"))["endpoints"]
    assert one["url"] == "https://proxy.example.com"


async def test_a_tunnel_agent_is_asked(comfyui: ComfyUI, owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    probes = pack_module(comfyui, "comfycontrol.public_address.probes")
    listed = {"endpoints": [{"url": "https://abc.ngrok-free.app", "upstream": {"url": "http://localhost:8188"}}]}
    monkeypatch.setattr(probes, "ask_agents", lambda: probes.ProbeAnswers(ngrok_endpoints=listed))
    (one,) = (await suggestions(owner))["endpoints"]
    assert one["url"] == "https://abc.ngrok-free.app"
    assert one["headers"] == [{"name": "ngrok-skip-browser-warning", "value": "1", "known": False}]


async def test_the_port_is_the_one_comfyui_listens_on(
    comfyui: ComfyUI, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen_at(comfyui, monkeypatch, 8000)
    monkeypatch.setenv("RUNPOD_POD_ID", "abc")
    found = await suggestions(owner)
    assert [one["url"] for one in found["endpoints"]] == ["https://abc-8000.proxy.runpod.net"]


async def test_a_stranger_learns_nothing_and_no_agent_is_asked(
    comfyui: ComfyUI, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    probes = pack_module(comfyui, "comfycontrol.public_address.probes")
    monkeypatch.setattr(probes, "ask_agents", lambda: asked.append(True))
    monkeypatch.setenv("OPEN_BUTTON_TOKEN", "machines-token")
    answer = await comfyui.browser().ask("GET", "/suggestions?page=https://comfy.example.com/")
    assert (answer.status, answer.code) == (403, "owner_required")
    assert "machines-token" not in answer.text
    assert asked == []
