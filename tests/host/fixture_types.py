"""What the fixtures of this folder hand out."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient

Client = TestClient[web.Request, web.Application]
WritePack = Callable[..., Path]
Serve = Callable[..., Awaitable[Client]]
