"""What stands between the internet and a port of this machine; each gives the port and path that lead through it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from comfy_host import surroundings
from comfy_host.process import free_port
from comfy_host.sub_path_proxy import SubPathProxy

# As most people write it: no Host, no forwarding headers; and what everybody copies for the websocket.
_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_max_body_size 0;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{target};
        }}
        location /ws {{
            proxy_pass http://127.0.0.1:{target};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
        }}
    }}
}}
"""


class Way(NamedTuple):
    """Where it is entered, and what it puts before each path."""

    port: int
    prefix: str = ""


Relay = Callable[[int, Path], AbstractAsyncContextManager[Way]]


@asynccontextmanager
async def plain_relay(target: int, _folder: Path) -> AsyncIterator[Way]:
    """Passes bytes on from this very machine, as `ssh -R`, socat, bore and Docker's published ports do."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(_pump(reader, there[1]), _pump(there[0], writer))

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    try:
        yield Way(server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(64 * 1024):
            writer.write(piece)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def tunnel(target: int, _folder: Path) -> AsyncIterator[Way]:
    """The suite's own proxy, like Cloudflare's: another Host, and bodies of its own in the place of some."""
    proxy = SubPathProxy(f"http://127.0.0.1:{target}", "/gpu", replaces_bodies=True)
    await asyncio.to_thread(proxy.__enter__)
    try:
        yield Way(int(proxy.url.split(":")[2].partition("/")[0]), "/gpu")
    finally:
        await asyncio.to_thread(proxy.__exit__, None, None, None)


@asynccontextmanager
async def nginx(target: int, folder: Path) -> AsyncIterator[Way]:
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(folder=folder, port=port, target=target), encoding="ascii")
    program = surroundings.nginx() or "nginx"
    process = await asyncio.create_subprocess_exec(program, "-p", str(folder), "-c", str(configuration))
    try:
        await asyncio.wait_for(_listens(port), 10)
        yield Way(port)
    finally:
        process.terminate()
        await process.wait()


async def _listens(port: int) -> None:
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.02)


RELAYS: dict[str, Relay] = {
    "plain relay": plain_relay,
    "tunnel": tunnel,
    # Only where the machine has it.
    **({"nginx": nginx} if surroundings.nginx() else {}),
}
