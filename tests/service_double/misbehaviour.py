"""How each kind of fault is carried out on a request."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from .gate import Gate

_CHUNK = b'{"name": "' + b"x" * 65_000 + b'"},\n'
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Exchange:
    """One request under way: the work it asks for, and how to report the status it was answered with."""

    request: web.Request
    work: Callable[[], Awaitable[web.Response]]
    gate: Gate
    answered: Callable[[int], None]


class Misbehaviour(Protocol):
    async def perform(self, exchange: Exchange) -> web.StreamResponse | None:
        """The answer to give, or None to close the connection."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: str | bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    after_work: bool = False

    async def perform(self, exchange: Exchange) -> web.StreamResponse | None:
        if self.after_work:
            await exchange.work()
        body = self.body.encode() if isinstance(self.body, str) else self.body
        return web.Response(status=self.status, body=body, headers={"Content-Type": self.content_type, **self.headers})


@dataclass(frozen=True)
class Close:
    after_work: bool

    async def perform(self, exchange: Exchange) -> web.StreamResponse | None:
        if self.after_work:
            await exchange.work()
        return None


@dataclass(frozen=True)
class Hang:
    async def perform(self, exchange: Exchange) -> web.StreamResponse | None:
        released = await exchange.gate.wait()
        transport = exchange.request.transport
        # A client that gave up is not served behind its back: work without an answer is what Close and Slow are for.
        if not released or transport is None or transport.is_closing():
            return None
        return await exchange.work()


@dataclass(frozen=True)
class Slow:
    seconds: float

    async def perform(self, exchange: Exchange) -> web.StreamResponse | None:
        # Work first: a client that does not wait for the answer must reckon with its having been done.
        answer = await exchange.work()
        return answer if await exchange.gate.wait(self.seconds) else None


@dataclass(frozen=True)
class Drip:
    seconds_between: float
    at_most_seconds: float

    async def perform(self, exchange: Exchange) -> web.StreamResponse | None:
        answer = await exchange.work()
        body = answer.body if isinstance(answer.body, bytes) else b""
        dripping = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
        dripping.content_length = len(body)
        exchange.answered(answer.status)
        deadline = time.monotonic() + self.at_most_seconds
        with contextlib.suppress(ConnectionError):
            await dripping.prepare(exchange.request)
            for position in range(len(body)):
                if not await exchange.gate.wait(self.seconds_between):
                    return None
                if time.monotonic() > deadline:
                    await dripping.write(body[position:])
                    return dripping
                await dripping.write(body[position : position + 1])
            return dripping
        return None


@dataclass(frozen=True)
class Huge:
    megabytes: float

    async def perform(self, exchange: Exchange) -> web.StreamResponse | None:
        stream = web.StreamResponse(headers={"Content-Type": "application/json"})
        exchange.answered(stream.status)
        left = self.megabytes * _MEGABYTE
        with contextlib.suppress(ConnectionError):
            await stream.prepare(exchange.request)
            await stream.write(b'{"runners": [\n')
            while left > 0:
                if exchange.gate.stopped:
                    return None
                await stream.write(_CHUNK)
                # A client that reads fast enough never makes write() wait, and nothing else would get a turn.
                await asyncio.sleep(0)
                left -= len(_CHUNK)
            await stream.write(b'{}], "total": 1}')
            return stream
        return None
