"""The ComfyUI of a runner, called as the service calls it: with the runner's headers, and never for long."""

import asyncio
import contextlib
import ipaddress
import json
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from .runners import Runner

# How the service words these is not documented: a client must not read anything into them.
REFUSED = "cannot reach runner: connection refused"
TIMED_OUT = "cannot reach runner: timed out"
BAD_CERTIFICATE = "cannot reach runner: certificate verify failed"
_UNKNOWN_HOST = "cannot reach runner: no such host"
_NO_TLS = "cannot reach runner: TLS handshake failed"
_BROKEN_OFF = "cannot reach runner: connection closed"
_BAD_HEADERS = "cannot reach runner: its headers cannot be sent"

# A runner that does not answer must not hold up who closes the socket.
_CLOSING = aiohttp.ClientWSTimeout(ws_close=0.5)


class RunnerTrouble(Exception):  # noqa: N818 - what the service met, which is no fault of the double
    """The service cannot get a runner to do what it wants; the text says why, in the service's words."""


class Answer(NamedTuple):
    status: int
    content: bytes
    media_type: str

    def json(self) -> Any:
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            return None


def answered(status: int, path: str) -> str:
    return f"runner answered {status} to {path}"


class RunnerClient:
    """Made inside a running loop, and closed in the end.

    Args:
        resolve: which server of this machine stands behind a host name, such as
            {"comfy.example.com": "127.0.0.1:8188"}; with "http://" before it where a proxy would have ended TLS.
            Nothing else than these and loopback addresses is ever called.
        seconds: how long one call may take.
        trusted: the file of a further authority whose certificates are taken.

    Raises:
        RunnerTrouble: there is no such host.

    """

    def __init__(self, runner: Runner, resolve: Mapping[str, str], seconds: float, trusted: Path | None = None) -> None:
        endpoint = URL(runner.endpoint)
        self._base = _behind(endpoint, resolve)
        headers = CIMultiDict(runner.headers)
        headers.setdefault("Host", endpoint.raw_authority.rpartition("@")[2])
        redirected = aiohttp.TraceConfig()
        redirected.on_request_redirect.append(_refuse_redirect)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=trusted)) if trusted else None,
            # Neither a proxy of this machine nor a cookie of an earlier call.
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=seconds),
            trace_configs=[redirected],
        )

    async def aclose(self) -> None:
        await self._session.close()

    async def call(
        self, method: str, path: str, *, body: Any = None, query: Mapping[str, str] | None = None, also: int = 200
    ) -> Answer:
        """Make a call; any other status than 200 and `also` is trouble."""
        with _in_words():
            async with self._session.request(method, self._address(path), json=body, params=query) as response:
                answer = Answer(response.status, await response.read(), response.content_type)
        if answer.status not in {200, also}:
            raise RunnerTrouble(answered(answer.status, path))
        return answer

    @contextlib.asynccontextmanager
    async def listen(self, client_id: str) -> "AsyncIterator[aiohttp.ClientWebSocketResponse[bool]]":
        with _in_words():
            socket = await self._session.ws_connect(
                self._address("/ws"), params={"clientId": client_id}, timeout=_CLOSING
            )
        try:
            yield socket
        finally:
            await socket.close()

    def _address(self, path: str) -> URL:
        return self._base.with_path(self._base.path.rstrip("/") + path)


def _behind(endpoint: URL, resolve: Mapping[str, str]) -> URL:
    host = endpoint.host or ""
    if host in resolve:
        server = resolve[host]
        return URL(server if "://" in server else f"{endpoint.scheme}://{server}").with_path(endpoint.path)
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise RunnerTrouble(_UNKNOWN_HOST) from None
    if not address.is_loopback:
        # No other machine is there, and so nobody answers.
        raise RunnerTrouble(TIMED_OUT)
    return endpoint


async def _refuse_redirect(
    session: aiohttp.ClientSession, context: SimpleNamespace, redirect: aiohttp.TraceRequestRedirectParams
) -> None:
    raise RunnerTrouble(answered(redirect.response.status, redirect.url.path))


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except aiohttp.WSServerHandshakeError as error:
        raise RunnerTrouble(answered(error.status, error.request_info.url.path)) from error
    except aiohttp.ClientConnectorCertificateError as error:
        raise RunnerTrouble(BAD_CERTIFICATE) from error
    except aiohttp.ClientConnectorSSLError as error:
        raise RunnerTrouble(_NO_TLS) from error
    except aiohttp.ClientConnectorError as error:
        raise RunnerTrouble(REFUSED) from error
    except (aiohttp.ServerTimeoutError, asyncio.TimeoutError) as error:
        raise RunnerTrouble(TIMED_OUT) from error
    except (aiohttp.ClientError, ConnectionError) as error:
        raise RunnerTrouble(_BROKEN_OFF) from error
    except ValueError as error:
        raise RunnerTrouble(_BAD_HEADERS) from error
