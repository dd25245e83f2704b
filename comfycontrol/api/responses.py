"""What an answer of the service, or its absence, means. Every error of the client is made here."""

import errno
import http.client
import socket
import ssl
import time
from typing import Any

import requests
import urllib3.exceptions

from ..errors import AnswerLostError, NoConnectionError, RefusedByServiceError, ServiceError
from ..foreign_json import read_mended_json

MOST_BYTES = 1024 * 1024
TOTAL_SECONDS = 20.0
_CHUNK = 64 * 1024
_MESSAGE_LENGTH = 300
# The cooldown that the documentation gives; it documents no Retry-After.
_COOLDOWN_SECONDS = 10
_LONGEST_WAIT_SECONDS = 3600
_OFFLINE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}

# What it means that something may not be created, and that it is not there.
_CODES_OF_RUNNERS = ("runner_limit", "runner_gone")
_CODES_OF_PATH = {
    "/v1/template": ("template_limit", "template_gone"),
    "/v1/workflow": ("workflow_refused", "workflow_gone"),
}

# The first match counts, among the error and all its causes: a time-out while connecting is also a time-out.
_MEANING_OF_CAUSE: tuple[tuple[type[Exception], type[ServiceError], str], ...] = (
    (requests.exceptions.ProxyError, NoConnectionError, "proxy_failed"),
    # Our own URL has been checked, so it is the proxy's that is wrong, or that requests cannot use.
    (requests.exceptions.InvalidURL, NoConnectionError, "proxy_failed"),
    (requests.exceptions.InvalidSchema, NoConnectionError, "proxy_failed"),
    (ssl.SSLCertVerificationError, NoConnectionError, "tls_failed"),
    # Other TLS errors may come after the request was sent.
    (ssl.SSLEOFError, AnswerLostError, "service_unreachable"),
    (requests.exceptions.SSLError, AnswerLostError, "tls_failed"),
    (requests.ConnectTimeout, NoConnectionError, "service_timeout"),
    (requests.Timeout, AnswerLostError, "service_timeout"),
    (socket.gaierror, NoConnectionError, "no_network"),
)


def read_answer(response: requests.Response) -> Any:
    """Read the body as JSON; None if it is not JSON, too large, too slow, or compressed (which we do not ask for).

    Raises:
        AnswerLostError: the connection broke while the body was being read.

    """
    if response.headers.get("Content-Encoding", "identity") != "identity":
        return None
    # Bypasses requests, which waits for whole chunks: a slow sender could stretch that for hours. read1 returns what
    # has arrived, so the deadline can be checked.
    raw: http.client.HTTPResponse | None = response.raw._original_response  # noqa: SLF001 - see above
    body = bytearray()
    deadline = time.monotonic() + TOTAL_SECONDS
    try:
        while raw is not None and (chunk := raw.read1(_CHUNK)):
            body += chunk
            if len(body) > MOST_BYTES or time.monotonic() > deadline:
                return None
    except TimeoutError:
        raise AnswerLostError("service_timeout") from None
    except (OSError, http.client.HTTPException):
        raise AnswerLostError("service_unreachable") from None
    # urllib3 has not seen the end; told so, it keeps the connection for the next call.
    response.raw.release_conn()
    try:
        return read_mended_json(bytes(body))
    except (ValueError, RecursionError):
        return None


def refusal(method: str, path: str, response: requests.Response, answer: Any) -> ServiceError:
    """Turn a status other than 2xx into the error it means. Messages of the service are shown, never matched."""
    status = response.status_code
    words = _service_message(answer)
    if status == requests.codes.too_many_requests:
        return RefusedByServiceError("rate_limited", service_message=words, retry_after=_wait_seconds(response))
    if status >= requests.codes.server_error:
        return AnswerLostError("service_trouble", service_message=words, status=status)
    if status < requests.codes.bad_request or words is None:
        # Only the service's documented form of error counts as its word: a block page with status 401 or 404 must not
        # make a token look rejected or a runner gone.
        return NoConnectionError("not_the_service", status=status)
    limit, gone = next((codes for start, codes in _CODES_OF_PATH.items() if path.startswith(start)), _CODES_OF_RUNNERS)
    if path.startswith("/v1/template/") and status == requests.codes.forbidden:
        # The id is stored in the workflow, which may come from another account.
        return RefusedByServiceError(gone, service_message=words)
    code = {
        requests.codes.unauthorized: "token_rejected",
        requests.codes.forbidden: limit if method == "POST" else "access_denied",
        # A request to create names nothing that could be gone.
        requests.codes.not_found: "values_refused" if method == "POST" else gone,
    }.get(status, "values_refused")
    return RefusedByServiceError(code, service_message=words)


def not_understood(status: int = 200) -> AnswerLostError:
    """Make the error for a successful answer that is not what the documentation promises."""
    return AnswerLostError("not_the_service", status=status)


def transport_error(error: OSError) -> ServiceError:
    """Turn what `requests` raises into our error, which says whether the service may have done the work."""
    causes = _causes(error)
    for kind, meaning, code in _MEANING_OF_CAUSE:
        if any(isinstance(cause, kind) for cause in causes):
            return meaning(code)
    if any(isinstance(cause, urllib3.exceptions.NewConnectionError) for cause in causes):
        offline = any(getattr(cause, "errno", None) in _OFFLINE for cause in causes)
        return NoConnectionError("no_network" if offline else "service_unreachable")
    if not isinstance(error, requests.RequestException):
        # What requests raises, before anything else, if the file of REQUESTS_CA_BUNDLE does not exist.
        return NoConnectionError("tls_failed")
    return AnswerLostError("service_unreachable")


def _causes(error: BaseException) -> list[BaseException]:
    """Give the error and everything it came from. requests keeps urllib3's errors in `args`, urllib3 in `reason`."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and cause not in found:
            found.append(cause)
            waiting += [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]
    return found


def _service_message(answer: Any) -> str | None:
    """The documented form of an error is `{"status": <int>, "message": "<text>"}`."""
    words = answer.get("message") if isinstance(answer, dict) else None
    if not isinstance(words, str):
        return None
    return "".join(character if character.isprintable() else " " for character in words)[:_MESSAGE_LENGTH]


def _wait_seconds(response: requests.Response) -> int:
    given = response.headers.get("Retry-After", "")
    if given.isascii() and given.isdigit():
        return max(1, min(int(given), _LONGEST_WAIT_SECONDS))
    return _COOLDOWN_SECONDS
