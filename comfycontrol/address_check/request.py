"""One GET to an IP address that was judged beforehand, within the limits of the whole check.

Built from `socket`, `ssl` and the parser of `http.client` rather than `requests` or urllib3, because what those hide
matters here: the connection goes to the very IP address that was judged, while certificate and Host header keep the
name; nothing follows redirects, keeps cookies, reads a netrc file or unpacks a body; and every read gets what is left
of one deadline, so a server that sends a byte a second cannot hold us. A proxy from the environment is not used: it
would resolve the name again, unchecked, from inside the network that the check must not reach into.
"""

import http.client
import io
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any, cast

from ..foreign_json import read_object
from ..version import USER_AGENT
from .network import Allowance, NoAnswerError, Ways
from .target import IpAddress, Target

# Of one answer, so that the others get their share; a proof, or the signs of a login page, come early.
_MOST_OF_ONE = 16 * 1024
_MOST_ADDRESSES = 4
# A server that has not accepted by then never will; the remaining time is for the next attempt.
_CONNECT_SECONDS = 3.0
_CERTIFICATE_FAULTS = {
    # OpenSSL's x509_vfy.h. 19 is a chain that ends in somebody's own authority.
    9: "certificate_expired",
    10: "certificate_expired",
    18: "certificate_self_signed",
    19: "certificate_untrusted",
    62: "certificate_wrong_name",
    64: "certificate_wrong_name",
}
# How the various versions of OpenSSL say that the other side does not speak TLS.
_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "UNKNOWN_PROTOCOL",
    "RECORD_LAYER_FAILURE",
    "PACKET_LENGTH_TOO_LONG",
)


@dataclass(frozen=True)
class Answer:
    """What a server answered: the names of its headers in lower case, and the beginning of its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def header(self, name: str) -> str:
        """A header's value, empty where there is none."""
        return self.headers.get(name, "")

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is none."""
        return read_object(self.body) or {}


def get(  # noqa: PLR0913, PLR0917 - one for each thing that a request is made of
    ways: Ways,
    target: Target,
    ips: Sequence[IpAddress],
    headers: Mapping[str, str],
    allowance: Allowance,
    host: str | None = None,
) -> Answer:
    """Ask for a target's path at one of these addresses, and no other.

    Args:
        ways: how to reach the world.
        target: what to ask for; its path may have a query.
        ips: where the name leads, judged already.
        headers: what to send beside our own; checked already, so no value can end its line.
        allowance: what is left of the check's time and bytes.
        host: what to claim in the `Host` line, if not the target's own.

    Raises:
        NoAnswerError: with the verdict.

    """
    plain = _connected(ways, target, ips, allowance)
    with closing(plain):
        stream = _secured(ways, target, plain, allowance) if target.scheme == "https" else plain
        with closing(stream):
            try:
                stream.settimeout(allowance.seconds())
                stream.sendall(_request(target, headers, host or target.authority))
                return _answer(stream, allowance)
            except TimeoutError:
                raise NoAnswerError("timed_out") from None
            except (OSError, http.client.HTTPException, ValueError):
                # Not chained, here and elsewhere: the error of a broken answer quotes it.
                raise NoAnswerError("not_http") from None


def _connected(ways: Ways, target: Target, ips: Sequence[IpAddress], allowance: Allowance) -> socket.socket:
    fault = "unreachable"
    chosen = ips[:_MOST_ADDRESSES]
    for ip in chosen:
        try:
            # A share each: the first may be an IPv6 address that this machine cannot reach.
            seconds = min(allowance.seconds(), _CONNECT_SECONDS / len(chosen))
            return ways.connect(str(ip), target.port, seconds)
        except TimeoutError:  # noqa: PERF203 - the next address has a try of its own
            fault = "timed_out"
        except (ConnectionRefusedError, ConnectionResetError):
            fault = "refused"
        except OSError:
            continue
    raise NoAnswerError(fault)


def _secured(ways: Ways, target: Target, plain: socket.socket, allowance: Allowance) -> ssl.SSLSocket:
    try:
        plain.settimeout(allowance.seconds())
        return ways.trust().wrap_socket(plain, server_hostname=target.host)
    except TimeoutError:
        raise NoAnswerError("timed_out") from None
    except ssl.SSLCertVerificationError as error:
        raise NoAnswerError(_CERTIFICATE_FAULTS.get(error.verify_code, "certificate_untrusted")) from None
    except ssl.SSLError as error:
        raise NoAnswerError("plain_http" if error.reason in _NOT_TLS else "tls_failed") from None
    except (OSError, ValueError):  # ValueError: a name that no certificate can have
        raise NoAnswerError("tls_failed") from None


def _request(target: Target, headers: Mapping[str, str], host: str) -> bytes:
    # Not to be overridden by the form: the body must come uncompressed, and must end.
    fixed = {"Host": host, "Accept-Encoding": "identity", "Connection": "close"}
    usual = {"Accept": "application/json", "User-Agent": USER_AGENT}
    lines: dict[str, str] = {}
    for name, value in (*usual.items(), *headers.items(), *fixed.items()):
        lines[name.lower()] = f"{name}: {value}"
    return "\r\n".join([f"GET {target.path} HTTP/1.1", *lines.values(), "", ""]).encode("ascii")


def _answer(stream: socket.socket, allowance: Allowance) -> Answer:
    with closing(
        http.client.HTTPResponse(cast("socket.socket", _Readable(stream, allowance)), method="GET")
    ) as response:
        response.begin()
        body = bytearray()
        with suppress(http.client.HTTPException):  # what arrived before it broke off may be enough
            while len(body) < _MOST_OF_ONE and (piece := response.read1(_MOST_OF_ONE - len(body))):
                body += piece
        headers: dict[str, str] = {}
        for name, value in response.getheaders():
            headers.setdefault(name.lower(), value)
        return Answer(response.status, headers, bytes(body))


class _Readable:
    """The part of a socket that `HTTPResponse` uses, with every read within the allowance."""

    def __init__(self, stream: socket.socket, allowance: Allowance) -> None:
        self._stream = stream
        self._allowance = allowance

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_Bounded(self._stream, self._allowance))


class _Bounded(io.RawIOBase):
    """Raises when the time is up; ends when the bytes are."""

    def __init__(self, stream: socket.socket, allowance: Allowance) -> None:
        super().__init__()
        self._stream = stream
        self._allowance = allowance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        room = memoryview(buffer)[: self._allowance.bytes]
        if not room:
            return 0
        self._stream.settimeout(self._allowance.seconds())
        count = self._stream.recv_into(room)
        self._allowance.bytes -= count
        return count
