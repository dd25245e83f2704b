"""Puts a built host on a socket."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from socket import socket

from aiohttp import web
from comfy.cli_args import args
from server import PromptServer


def url_of(listening: socket) -> str:
    address, port = listening.getsockname()[:2]
    host = f"[{address}]" if ":" in address else "127.0.0.1" if address == "0.0.0.0" else address
    return f"{'https' if args.tls_certfile else 'http'}://{host}:{port}"


async def listen(server: PromptServer, listening: socket) -> web.AppRunner:
    """From here on the host answers, and knows its own address."""
    runner = web.AppRunner(server.app, access_log=None)
    await runner.setup()
    tls = None
    if args.tls_certfile and args.tls_keyfile:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(args.tls_certfile, args.tls_keyfile)
    await web.SockSite(runner, listening, ssl_context=tls).start()
    server.address, server.port = listening.getsockname()[:2]
    return runner


@asynccontextmanager
async def served(server: PromptServer, listening: socket) -> AsyncIterator[str]:
    """For tests that need a real port: the URL, as long as the block lasts."""
    url = url_of(listening)
    runner = await listen(server, listening)
    try:
        yield url
    finally:
        await runner.cleanup()
