"""A small internet on loopback: names lead to public addresses, and those to servers of this machine that play a part.

Only the name service and the last step of the connection are doubled, so the real sockets, TLS and parser are used.
"""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from comfycontrol_pack.comfycontrol.address_check.check import EndpointCheck, OwnPlace
from comfycontrol_pack.comfycontrol.address_check.network import Ways
from comfycontrol_pack.comfycontrol.address_check.verdicts import Verdict
from comfycontrol_pack.comfycontrol.rate_limiter import RateLimiter
from comfycontrol_pack.comfycontrol.storage.identity import Identity

NAME = "comfy.example.com"
PUBLIC = "8.8.8.8"
HERE = "127.0.0.1"
# A TLS record's first byte. A server of plain http answers it with an error, as aiohttp and nginx do.
_GREETING = b"\x16"


class Request(NamedTuple):
    target: str
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def nonce(self) -> str:
        return parse_qs(urlsplit(self.target).query).get("nonce", [""])[0]


Play = Callable[[Request, socket.socket], None]
Page = Callable[[Request], bytes]


class Actor:
    """A server that plays one part for everybody who comes, and counts them."""

    def __init__(self, play: Play, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self._play = play
        self._tls = tls
        self._listening = socket.create_server((HERE, 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        # close() alone leaves the thread in accept() on Linux.
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                visitor, _ = self._listening.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(visitor,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), plain:
            plain.settimeout(10)
            visitor = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
            with visitor:
                head = b""
                while b"\r\n\r\n" not in head:
                    piece = visitor.recv(65536)
                    if head + piece[:1] == _GREETING:
                        visitor.sendall(answer(400))
                        return
                    if not piece:
                        return
                    head += piece
                request = _parsed(head)
                self.requests.append(request)
                self._play(request, visitor)


class Stage:
    """The world as one check sees it."""

    def __init__(self, folder: Path) -> None:
        self.identity = Identity(folder / "identity.key")
        self.own = OwnPlace(8188)
        self.names: dict[str, list[list[str]]] = {}
        self.doors: dict[tuple[str, int], int] = {}
        self.trust: Callable[[], ssl.SSLContext] | None = None
        self.seconds = 5.0
        self.looked_up: list[str] = []
        self.called: list[tuple[str, int]] = []
        self.bytes_read = 0
        self.resolve: Callable[[str, int], list[str]] = self._resolve
        self._actors: list[Actor] = []

    def act(self, play: Play, tls: ssl.SSLContext | None = None) -> Actor:
        actor = Actor(play, tls)
        self._actors.append(actor)
        return actor

    def serve(self, page: Page, port: int = 443, *, tls: ssl.SSLContext | None = None, ip: str = PUBLIC) -> Actor:
        """A server at the public name."""
        actor = self.act(lambda request, visitor: visitor.sendall(page(request)), tls)
        self.lead(actor, port, ip=ip)
        return actor

    def lead(self, actor: Actor, port: int, *, ip: str = PUBLIC) -> None:
        self.names[NAME] = [[ip]]
        self.doors[ip, port] = actor.port

    def ours(self, prefix: str = "") -> Page:
        """What this ComfyUI answers, behind a proxy that serves it under a path."""
        return instance(self.identity, prefix)

    def check(self, endpoint: str, headers: Mapping[str, str] | None = None, *, really: bool = False) -> Verdict:
        secret = {name: SecretStr(value) for name, value in (headers or {}).items()}
        return self.checker(really=really).check(endpoint, secret)

    def checker(self, *, really: bool = False) -> EndpointCheck:
        """One check with a limit of its own; `really` calls the addresses as they are."""
        limit = RateLimiter(code="too_many_checks")
        return EndpointCheck(self.identity, lambda: self.own, limit, None if really else self.ways())

    def ways(self) -> Ways:
        more: dict[str, Any] = {"trust": self.trust} if self.trust else {}
        return Ways(self.resolve, self._connect, seconds=self.seconds, **more)

    def close(self) -> None:
        for actor in self._actors:
            actor.close()

    def _resolve(self, name: str, port: int) -> list[str]:
        self.looked_up.append(name)
        answers = self.names.get(name)
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def _connect(self, ip: str, port: int, seconds: float) -> socket.socket:
        self.called.append((ip, port))
        if (ip, port) not in self.doors:
            raise ConnectionRefusedError
        plain = socket.create_connection((HERE, self.doors[ip, port]), timeout=seconds)
        stage = self

        class Counting(socket.socket):
            def recv_into(self, buffer: Any, *arguments: Any) -> int:
                count = super().recv_into(buffer, *arguments)
                stage.bytes_read += count
                return count

        return Counting(fileno=plain.detach())


def answer(status: int = 200, body: bytes | str = b"", headers: Mapping[str, str] | None = None) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    given = {"Content-Length": str(len(content)), **(headers or {})}
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join([*lines, "", ""]).encode() + content


def as_json(content: Any, status: int = 200) -> bytes:
    return answer(status, json.dumps(content), {"Content-Type": "application/json"})


def always(given: bytes) -> Page:
    return lambda _: given


def instance(identity: Identity, prefix: str = "") -> Page:
    def page(request: Request) -> bytes:
        known = {f"{prefix}/comfycontrol/identity", f"{prefix}/api/comfycontrol/identity"}
        return as_json({"proof": identity.prove(request.nonce)}) if request.path in known else answer(404)

    return page


def comfyui(request: Request) -> bytes:
    """A ComfyUI without this extension."""
    stats = {"system": {"comfyui_version": "0.33.0", "pytorch_version": "2.9.0"}, "devices": []}
    server = {"Server": "Python/3.12 aiohttp/3.13.0"}
    return as_json(stats) if request.path == "/system_stats" else answer(404, "404: Not Found", server)


def _parsed(head: bytes) -> Request:
    first, *lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return Request(first.split(" ")[1], {name.lower(): value for name, value in headers.items()})
