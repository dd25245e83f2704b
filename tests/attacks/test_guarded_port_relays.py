"""Behind a proxy, a tunnel or a relay on this machine, where every stranger looks local, the port is as guarded."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest
from attacks.guarded import KEY_HEADER, Guarded, guarded_comfyui
from attacks.relays import RELAYS, Way
from attacks.test_guarded_port import CLOSED, LOCAL, OPEN, SPELLINGS, worthless


class Behind(NamedTuple):
    guarded: Guarded
    way: Way

    async def status(self, method: str, target: str, *lines: str, host: str = "a.test") -> int:
        target = f"{self.way.prefix}{target}" if target.startswith("/") else target
        return (await self.guarded.ask(method, target, *lines, port=self.way.port, host=host)).status


@pytest.fixture(params=RELAYS)
async def behind(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Behind]:
    relay = RELAYS[request.param]
    async with guarded_comfyui(tmp_path / "user") as guarded, relay(guarded.port, tmp_path) as way:
        yield Behind(guarded, way)


async def test_no_stranger_reaches_comfyui_through_it(behind: Behind) -> None:
    targets = [*OPEN, *CLOSED, *(("GET", target) for target in SPELLINGS)]
    for number, (method, target) in enumerate(targets):
        host, *lines = LOCAL[number % len(LOCAL)]
        # The proxy's own are among them: 404 for what is not below its prefix, 405 for methods that it does not pass.
        assert await behind.status(method, target, *lines, host=host) in {400, 401, 404, 405}, (method, target)
    asked = [behind.status("GET", "/queue", *lines, host="localhost") for lines in worthless(behind.guarded.key)]
    assert set(await asyncio.gather(*asked)) <= {400, 401}
    assert behind.guarded.asked() == []


async def test_the_key_gets_through_and_opens_what_it_opens(behind: Behind) -> None:
    key = behind.guarded.with_key
    for method, target in OPEN:
        assert await behind.status(method, target, key) not in {401, 403, 405}, (method, target)
    for method, target in (("GET", "/settings"), ("POST", "/settings"), ("GET", "/internal/logs"), ("GET", "/users")):
        assert await behind.status(method, target, key, host="localhost") == 403
    assert behind.guarded.asked() == [f"{method} {target}" for method, target in OPEN]
    assert [path.path for path in behind.guarded.guarded_port.refused().paths] == [
        "/users",
        "/internal/logs",
        "/settings",
        "/settings",
    ]


async def test_the_websocket_gets_through(behind: Behind) -> None:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{behind.way.port}") as client:
        address = f"{behind.way.prefix}/ws"
        async with client.ws_connect(address, headers={KEY_HEADER: behind.guarded.key}) as socket:
            assert (await socket.receive_json(timeout=10))["type"] == "status"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await client.ws_connect(address)
    assert behind.guarded.asked() == ["GET /ws"]
