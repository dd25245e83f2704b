"""How agents are started, what they get of this machine, and how their answers are read."""

from pathlib import Path
from typing import Any

import pytest

from comfycontrol_pack.comfycontrol.tunnel.agents import AGENT_NAMES, AGENTS, AgentName, Launch, install_of
from comfycontrol_pack.comfycontrol.tunnel.readings import AgentAnswer, Reading

TARGET = "http://127.0.0.1:18188"
LAUNCH = Launch(TARGET, 40001, Path("/folder/empty.yml"))
READY = AgentAnswer(200, {"status": 200, "readyConnections": 1})
NAME = AgentAnswer(200, {"hostname": "four-plain-words.trycloudflare.com"})
ADDRESS = "https://four-plain-words.trycloudflare.com"


def test_every_agent_is_told_where_the_tunnel_ends_and_nothing_that_outlives_it() -> None:
    arguments = {name: agent.arguments(LAUNCH) for name, agent in AGENTS.items()}
    assert list(arguments) == list(AGENT_NAMES)
    assert all(given.count(TARGET) == 1 for given in arguments.values())
    # An ingress in the person's own file wins over --url, and --bg stays when the program has ended.
    assert arguments["cloudflared"][:3] == ["tunnel", "--config", "/folder/empty.yml"]
    assert "127.0.0.1:40001" in arguments["cloudflared"]
    assert arguments["tailscale"] == ["funnel", TARGET]
    assert arguments["ngrok"][:2] == ["http", TARGET]


HANDED_ON = {"PATH": "/usr/bin", "HOME": "/home/me", "https_proxy": "http://proxy:3128", "SystemRoot": r"C:\Windows"}
KEPT_BACK = {
    "TUNNEL_URL": "http://127.0.0.1:22",
    "TUNNEL_TOKEN": "t",
    "COMFYCONTROL_TOKEN": "cfc_t",
    "HF_TOKEN": "t",
    "AWS_SECRET_ACCESS_KEY": "t",
    "NGROK_API_KEY": "t",
    "LD_PRELOAD": "/tmp/evil.so",  # noqa: S108 - a value, not a file
    "PYTHONPATH": "/folder",
    "ANYTHING": "t",
}


@pytest.mark.parametrize("name", AGENT_NAMES)
def test_an_agent_gets_what_it_needs_of_the_environment_and_no_more(name: AgentName) -> None:
    assert AGENTS[name].environment({**HANDED_ON, **KEPT_BACK}) == HANDED_ON


def test_ngrok_gets_the_token_that_is_its_own_and_no_other_agent_does() -> None:
    given = {name for name, agent in AGENTS.items() if agent.environment({"NGROK_AUTHTOKEN": "t"})}
    assert given == {"ngrok"}


def config(*services: str) -> AgentAnswer:
    return AgentAnswer(200, {"version": 0, "config": {"ingress": [{"service": service} for service in services]}})


def funnel(port: int, *, is_allowed: bool = True) -> AgentAnswer:
    host = "box.tail1234.ts.net:443"
    part = {
        "AllowFunnel": {host: is_allowed},
        "Web": {host: {"Handlers": {"/": {"Proxy": f"http://127.0.0.1:{port}"}}}},
    }
    return AgentAnswer(200, {"Foreground": {"session": part}})


def ngrok_tunnel(port: int) -> AgentAnswer:
    tunnel = {"public_url": "https://a1b2.ngrok-free.app", "config": {"addr": f"http://127.0.0.1:{port}"}}
    return AgentAnswer(200, {"tunnels": [tunnel]})


READINGS: list[tuple[AgentName, dict[str, AgentAnswer], Reading]] = [
    ("cloudflared", {}, Reading()),
    ("cloudflared", {"/quicktunnel": NAME}, Reading(ADDRESS)),
    ("cloudflared", {"/quicktunnel": NAME, "/ready": AgentAnswer(503, {})}, Reading(ADDRESS)),
    ("cloudflared", {"/quicktunnel": NAME, "/ready": READY}, Reading(ADDRESS, is_ready=True)),
    (
        "cloudflared",
        {"/quicktunnel": NAME, "/ready": READY, "/config": config(TARGET)},
        Reading(ADDRESS, is_ready=True),
    ),
    ("cloudflared", {"/config": config("http://127.0.0.1:8188")}, Reading(leads_elsewhere=True)),
    ("cloudflared", {"/config": config(TARGET, "http://127.0.0.1:22")}, Reading(leads_elsewhere=True)),
    ("cloudflared", {"/quicktunnel": AgentAnswer(200, {"hostname": ""})}, Reading()),
    ("cloudflared", {"/quicktunnel": AgentAnswer(200, {"hostname": ["a"]})}, Reading()),
    ("cloudflared", {"/quicktunnel": AgentAnswer(200, {"hostname": "a.b/\r\nHost: c"})}, Reading()),
    ("cloudflared", {"/config": AgentAnswer(200, {"config": ["a"]}), "/ready": READY}, Reading(is_ready=True)),
    ("ngrok", {}, Reading()),
    ("ngrok", {"/api/tunnels": ngrok_tunnel(18188)}, Reading("https://a1b2.ngrok-free.app", is_ready=True)),
    # The person's own tunnel to something else.
    ("ngrok", {"/api/tunnels": ngrok_tunnel(8188)}, Reading()),
    ("tailscale", {"": funnel(18188)}, Reading("https://box.tail1234.ts.net", is_ready=True)),
    ("tailscale", {"": funnel(18188, is_allowed=False)}, Reading()),
    ("tailscale", {"": funnel(8188)}, Reading()),
]


@pytest.mark.parametrize(("name", "answers", "reading"), READINGS)
def test_what_an_agent_answers_says_how_its_tunnel_stands(
    name: AgentName, answers: dict[str, AgentAnswer], reading: Reading
) -> None:
    assert AGENTS[name].read(TARGET, answers) == reading


LAST_WORDS: list[tuple[AgentName, str, str]] = [
    ("cloudflared", 'status_code="429 Too Many Requests"', "agent_refused"),
    ("cloudflared", "dial tcp: lookup api.trycloudflare.com: no such host", "agent_offline"),
    ("cloudflared", "failed to parse quick Tunnel ID: invalid UUID length: 0", "agent_ended"),
    ("ngrok", "authentication failed: Usage of ngrok requires a verified account. ERR_NGROK_4018", "agent_setup"),
    ("ngrok", "Your account is limited to 1 simultaneous sessions. ERR_NGROK_108", "agent_setup"),
    ("ngrok", "failed to dial ngrok server: connection refused", "agent_offline"),
    ("tailscale", "Funnel not available; HTTPS must be enabled.", "agent_setup"),
    ("tailscale", "Logged out.".lower(), "agent_setup"),
    ("tailscale", "foreground listener already exists for port 443", "agent_ended"),
]


@pytest.mark.parametrize(("name", "line", "code"), LAST_WORDS)
def test_the_last_words_of_an_agent_say_why_it_ended(name: AgentName, line: str, code: str) -> None:
    assert AGENTS[name].code_of(["INF Starting", line, "INF Bye"]) == code


COMMANDS: list[tuple[AgentName, str, Any]] = [
    ("cloudflared", "Windows", "winget install --id Cloudflare.cloudflared"),
    ("cloudflared", "Darwin", "brew install cloudflared"),
    ("cloudflared", "FreeBSD", None),
    ("tailscale", "Windows", "winget install --id Tailscale.Tailscale"),
    ("tailscale", "Linux", "curl -fsSL https://tailscale.com/install.sh | sh"),
    ("ngrok", "Darwin", "brew install ngrok"),
    ("ngrok", "FreeBSD", None),
]


@pytest.mark.parametrize(("name", "system", "command"), COMMANDS)
def test_the_command_that_installs_an_agent_is_this_systems(name: AgentName, system: str, command: str | None) -> None:
    install = install_of(name, system, "x86_64")
    assert install.command == command
    assert install.page.startswith("https://")
