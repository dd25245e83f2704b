import http.server
import json
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from units.public_address.agent_documents import (
    cloudflared_config,
    ngrok_endpoints,
    ngrok_tunnels,
    quicktunnel,
    serve_config,
)

from comfycontrol_pack.comfycontrol.public_address.probes import LARGEST_ANSWER, AgentPlaces, ask_agents
from comfycontrol_pack.comfycontrol.public_address.surroundings import ProbeAnswers

ROOT = Path(__file__).resolve().parents[3]
NOTHING = ProbeAnswers()
GENEROUS = 1.0
# Loaded machines answer late; where an answer is expected, the time is not what is tested.
PATIENCE = 5.0
POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="scripts and unix sockets")

Page = tuple[int, str, bytes]
Serve = Callable[[Mapping[str, Any]], int]


def as_page(content: Any) -> Page:
    if isinstance(content, tuple):
        return content
    # cloudflared sends JSON and calls it text.
    return 200, "text/plain; charset=utf-8", content if isinstance(content, bytes) else json.dumps(content).encode()


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(pages: Mapping[str, Any]) -> int:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, kind, body = as_page(pages.get(self.path, (404, "text/plain", b"404 page not found")))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return int(server.server_address[1])

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def closed(unused_tcp_port: int) -> int:
    return unused_tcp_port


@pytest.fixture
def hanging() -> Iterator[int]:
    import socket

    # Accepts (the kernel does) and never says a word.
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def places(ngrok: int, *cloudflared: int, command: str = "no-such-command", socket: str = "/no/socket") -> AgentPlaces:
    return AgentPlaces(ngrok, cloudflared, command, socket)


def test_nobody_there(closed: int) -> None:
    assert ask_agents(places(closed, closed)) == NOTHING


def test_ngrok(serve: Serve, closed: int) -> None:
    new, old = ngrok_endpoints(("https://a.example", "8188")), ngrok_tunnels(("https://a.example", "8188"))
    port = serve({"/api/endpoints": new, "/api/tunnels": old})
    assert ask_agents(places(port, closed), PATIENCE) == ProbeAnswers(new, old)


def test_an_older_ngrok(serve: Serve, closed: int) -> None:
    old = ngrok_tunnels(("https://a.example", "8188"))
    assert ask_agents(places(serve({"/api/tunnels": old}), closed), PATIENCE) == ProbeAnswers(None, old)


def test_several_cloudflareds(serve: Serve, closed: int) -> None:
    quick, named = quicktunnel("a.trycloudflare.com"), cloudflared_config(("c.example", None, "http://localhost:8188"))
    ports = [serve({"/quicktunnel": quick}), closed, serve({"/quicktunnel": quicktunnel(""), "/config": named})]
    answers = ask_agents(places(closed, *ports), PATIENCE)
    assert [(one.quicktunnel, one.config) for one in answers.cloudflared] == [(quick, None), ({"hostname": ""}, named)]


@pytest.mark.parametrize(
    "page",
    [
        (200, "application/json", b"not json"),
        (200, "application/json", b"[]"),
        (200, "application/json", b'"text"'),
        (200, "application/json", b"\xff\xfe"),
        (200, "application/json", b""),
        (200, "application/json", b"[" * 60_000),
        (200, "application/json", b'{"a": "' + b"x" * LARGEST_ANSWER + b'"}'),
        (301, "application/json", b'{"endpoints": []}'),
        (403, "application/json", b'{"endpoints": []}'),
    ],
    ids=["no json", "a list", "a text", "no utf-8", "empty", "deep", "huge", "redirect", "refused"],
)
def test_what_counts_as_no_answer(serve: Serve, closed: int, page: Page) -> None:
    port = serve({"/api/endpoints": page, "/elsewhere": {"endpoints": []}})
    assert ask_agents(places(port, closed), PATIENCE) == NOTHING


def test_no_proxy_from_the_environment(
    serve: Serve, hanging: int, closed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{hanging}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    document = ngrok_endpoints()
    assert ask_agents(places(serve({"/api/endpoints": document}), closed), PATIENCE).ngrok_endpoints == document


def test_a_hanging_agent_costs_no_more_than_the_limit_and_hides_nobody(serve: Serve, hanging: int) -> None:
    quick = quicktunnel("a.trycloudflare.com")
    before = time.monotonic()
    asked = places(hanging, serve({"/quicktunnel": quick}), hanging)
    answers = ask_agents(asked)
    assert time.monotonic() - before < GENEROUS
    # On a busy machine the quick one may be late, too; given more time it is there all the same.
    answers = answers if answers.cloudflared else ask_agents(asked, PATIENCE)
    assert [one.quicktunnel for one in answers.cloudflared] == [quick]


def test_a_dripping_agent_costs_no_more_than_the_limit(closed: int) -> None:
    import socket

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while True:
                    connection.sendall(b" ")
                    time.sleep(0.02)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,), daemon=True)
        thread.start()
        before = time.monotonic()
        assert ask_agents(places(closed, server.getsockname()[1])) == NOTHING
        assert time.monotonic() - before < GENEROUS
        # The connection was closed on our side, which is what ends the drip.
        thread.join(PATIENCE)
        assert not thread.is_alive()


def probe_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "comfycontrol-probes"]


def test_threads_do_not_pile_up(hanging: int) -> None:
    for _ in range(4):
        ask_agents(places(hanging, hanging), 0.05)
    deadline = time.monotonic() + PATIENCE
    while probe_threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert probe_threads() == []


def test_a_thread_that_cannot_end_is_not_joined_by_many(monkeypatch: pytest.MonkeyPatch, closed: int) -> None:
    dead_drive = threading.Event()
    monkeypatch.setattr("shutil.which", lambda _: dead_drive.wait(PATIENCE) and None)
    try:
        before = time.monotonic()
        for _ in range(12):
            ask_agents(places(closed), 0.02)
        assert len(probe_threads()) <= 4
        assert time.monotonic() - before < GENEROUS
    finally:
        dead_drive.set()
    for thread in probe_threads():
        thread.join(PATIENCE)


def test_works_where_a_loop_is_running(serve: Serve, closed: int) -> None:
    import asyncio

    document = ngrok_endpoints()
    port = serve({"/api/endpoints": document})

    async def in_a_loop() -> ProbeAnswers:
        return ask_agents(places(port, closed), PATIENCE)

    assert asyncio.run(in_a_loop()).ngrok_endpoints == document


def test_the_interpreter_ends_at_once(hanging: int) -> None:
    program = (
        "import threading, time\n"
        "from comfycontrol.public_address.probes import AgentPlaces, ask_agents\n"
        f"places = AgentPlaces({hanging}, ({hanging},), 'no-such-command', '/no/socket')\n"
        "threading.Thread(target=ask_agents, args=(places, 600), daemon=True).start()\n"
        "time.sleep(0.2)\n"
        "print([t.daemon for t in threading.enumerate() if t.name == 'comfycontrol-probes'])\n"
    )
    result = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (result.returncode, result.stdout.strip(), result.stderr) == (0, "[True]", "")


def command(folder: Path, body: str) -> str:
    path = folder / "tailscale"
    path.write_text(f"#!{sys.executable}\nimport sys, time\n{body}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


SERVE_CONFIG = serve_config("pc.tail1.ts.net:443", funnel=True, proxies={"/": "http://127.0.0.1:8188"})


@POSIX_ONLY
def test_the_tailscale_command(tmp_path: Path, closed: int) -> None:
    # Source: tailscale.com/docs, CLI reference: `tailscale serve status --json`.
    asked = "assert sys.argv[1:] == ['serve', 'status', '--json']"
    name = command(tmp_path, f"{asked}\nprint({json.dumps(json.dumps(SERVE_CONFIG))})")
    assert ask_agents(places(closed, command=name), PATIENCE).tailscale == SERVE_CONFIG


@POSIX_ONLY
def test_a_hanging_tailscale_command_is_ended(tmp_path: Path, closed: int) -> None:
    pid_file = tmp_path / "pid"
    name = command(tmp_path, f"import os\nopen({str(pid_file)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)")
    before = time.monotonic()
    assert ask_agents(places(closed, command=name)) == NOTHING
    assert time.monotonic() - before < GENEROUS
    deadline = time.monotonic() + PATIENCE
    while probe_threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    if pid_file.exists() and pid_file.read_text():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid_file.read_text()), 0)


@POSIX_ONLY
def test_a_command_that_talks_without_end_is_given_up(tmp_path: Path, closed: int) -> None:
    name = command(tmp_path, "while True: print('x' * 1000)")
    assert ask_agents(places(closed, command=name), PATIENCE) == NOTHING


@POSIX_ONLY
def test_a_command_in_the_current_folder_is_not_run(
    tmp_path: Path, closed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command(tmp_path, f"print({json.dumps(json.dumps(SERVE_CONFIG))})")
    # What shutil.which gives on Windows for a file in the current folder.
    monkeypatch.setattr("shutil.which", lambda _: "./tailscale")
    assert ask_agents(places(closed), PATIENCE) == NOTHING


@POSIX_ONLY
def test_the_tailscale_socket(tmp_path: Path, closed: int) -> None:
    import socketserver

    seen: list[str] = []

    # Source: tailscale/tailscale, client/local (host local-tailscaled.sock), ipn/localapi, serve-config.
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while line := self.rfile.readline().decode().strip():
                seen.append(line)
            self.wfile.write(
                b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + json.dumps(SERVE_CONFIG).encode()
            )

    path = str(tmp_path / "tailscaled.sock")
    with socketserver.UnixStreamServer(path, Handler) as server:
        thread = threading.Thread(target=server.handle_request, daemon=True)
        thread.start()
        assert ask_agents(places(closed, socket=path), PATIENCE).tailscale == SERVE_CONFIG
        thread.join(PATIENCE)
    assert seen[0].startswith("GET /localapi/v0/serve-config HTTP/")
    assert "Host: local-tailscaled.sock" in seen
