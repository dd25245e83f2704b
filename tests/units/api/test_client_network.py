import contextlib
import errno
import functools
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from pydantic import SecretStr
from units.loopback_servers import breaking_tls_server, closed_port, recording_server, self_signed

from comfycontrol_pack.comfycontrol.api.client import ComfyControlClient
from comfycontrol_pack.comfycontrol.errors import AnswerLostError, NoConnectionError, ServiceError
from comfycontrol_pack.comfycontrol.models.runner import RunnerDraft
from service_double import ServiceDouble

TOKEN = "cfc_s3cr3tT0ken"
PASSWORD = "pr0xyPassw0rd"
ACCOUNT = json.dumps({"id": "a", "name": "Ada", "tier": "pro"}).encode()


def error_of(origin: str, *, create: bool = False) -> ServiceError:
    draft = RunnerDraft(name="Mine", endpoint="https://comfy.example.com")
    with ComfyControlClient(SecretStr(TOKEN), origin, read_seconds=5) as client:
        call = functools.partial(client.create_runner, draft) if create else client.account
        with pytest.raises(ServiceError) as raised:
            call()
    error = raised.value
    assert error.__suppress_context__
    assert error.__cause__ is None
    shown = f"{error} {error!r} {error.message} {error.next_step} {vars(error)}"
    assert TOKEN not in shown
    assert PASSWORD not in shown
    return error


def name_of(origin: str) -> str:
    with ComfyControlClient(SecretStr(TOKEN), origin) as client:
        return client.account().name


def test_a_machine_without_name_service_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_answer(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_answer)
    error = error_of("https://api.comfycontrol.test", create=True)
    assert isinstance(error, NoConnectionError)
    assert error.code == "no_network"


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN])
def test_a_machine_without_network_is_told_so(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def no_way(*_: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, "connect", no_way)
    error = error_of("http://127.0.0.1:9", create=True)
    assert isinstance(error, NoConnectionError)
    assert error.code == "no_network"


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ECONNRESET])
def test_a_network_that_goes_away_leaves_open_what_was_done(
    monkeypatch: pytest.MonkeyPatch, double: ServiceDouble, number: int
) -> None:
    def gone(*_: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, "recv_into", gone, raising=False)
    error = error_of(double.url, create=True)
    assert isinstance(error, AnswerLostError)
    assert error.code == "service_unreachable"
    assert double.wait_for_calls(1, "POST", "/v1/runner")


def test_a_connection_that_is_not_taken_in_time_did_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> NoReturn:
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket.socket, "connect", never)
    error = error_of("http://127.0.0.1:9", create=True)
    assert isinstance(error, NoConnectionError)
    assert error.code == "service_timeout"


def test_a_port_that_refuses_did_no_work_and_works_again_later(double: ServiceDouble, token: str) -> None:
    error = error_of(f"http://127.0.0.1:{closed_port()}", create=True)
    assert isinstance(error, NoConnectionError)
    assert error.code == "service_unreachable"
    with ComfyControlClient(SecretStr(token), double.url) as client:
        assert client.account().name == "Ada Lovelace"


@pytest.mark.parametrize("place", ["NETRC", "HOME"])
def test_a_netrc_file_does_not_replace_the_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str) -> None:
    for file in (".netrc", "_netrc"):
        (tmp_path / file).write_text("machine 127.0.0.1 login somebody password else\n", encoding="ascii")
        (tmp_path / file).chmod(0o600)
    for home in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(home, str(tmp_path))
    if place == "NETRC":
        monkeypatch.setenv(place, str(tmp_path / ".netrc"))
    with recording_server(body=ACCOUNT) as service:
        assert name_of(service.url) == "Ada"
        assert service.seen[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_the_proxy_of_the_machine_is_used_except_where_it_is_not_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    with recording_server(body=ACCOUNT) as proxy, recording_server(body=ACCOUNT) as service:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert name_of(service.url) == "Ada"
        assert [seen.target for seen in proxy.seen] == [f"{service.url}/v1/user"]
        assert service.seen == []

        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert name_of(service.url) == "Ada"
        assert [seen.target for seen in service.seen] == ["/v1/user"]
        assert len(proxy.seen) == 1


@pytest.mark.parametrize("status", [403, 407, 502])
def test_a_proxy_that_lets_nothing_through_sees_no_token(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    with recording_server(status, b"<h1>No</h1>") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", f"://somebody:{PASSWORD}@"))
        error = error_of("https://api.comfycontrol.test", create=True)
        assert isinstance(error, NoConnectionError)
        assert error.code == "proxy_failed"
        assert [(seen.method, seen.target) for seen in proxy.seen] == [("CONNECT", "api.comfycontrol.test:443")]
        assert TOKEN not in str(proxy.seen)
        assert "Proxy-Authorization" in proxy.seen[0].headers


@pytest.mark.parametrize(
    "proxy",
    [
        f"http://somebody:{PASSWORD}@127.0.0.1:9",
        f"http://somebody:{PASSWORD}@127.0.0.1:99999",
        f"http://somebody:{PASSWORD}@127.0.0.1:port",
        f"socks5://somebody:{PASSWORD}@127.0.0.1:9",
        f"gopher://somebody:{PASSWORD}@127.0.0.1:9",
        "http://",
    ],
)
@pytest.mark.parametrize("origin", ["https://127.0.0.1:9", "http://127.0.0.1:9"])
def test_a_proxy_that_cannot_be_used_is_told_apart(monkeypatch: pytest.MonkeyPatch, origin: str, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("HTTP_PROXY", proxy)
    error = error_of(origin, create=True)
    assert isinstance(error, NoConnectionError)
    assert error.code == "proxy_failed"


@pytest.fixture
def false_service(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    tls, trusted = self_signed(tmp_path)
    with recording_server(body=ACCOUNT, tls=tls) as service:
        yield service.url, trusted
        # Only what was trusted has seen the token.
        assert len(service.seen) <= 1


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_certificate_nobody_trusts_is_refused_until_it_is_trusted(
    monkeypatch: pytest.MonkeyPatch, false_service: tuple[str, Path], variable: str
) -> None:
    url, trusted = false_service
    error = error_of(url, create=True)
    assert isinstance(error, NoConnectionError)
    assert error.code == "tls_failed"
    assert "REQUESTS_CA_BUNDLE" in error.next_step

    monkeypatch.setenv(variable, str(trusted))
    assert name_of(url) == "Ada"


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_file_of_certificates_that_cannot_be_read_is_told_as_such(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, false_service: tuple[str, Path], content: bytes | None
) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_bytes(content)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    assert error_of(false_service[0], create=True).code == "tls_failed"

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(false_service[1]))
    assert name_of(false_service[0]) == "Ada"


def test_a_service_without_tls_is_told_apart() -> None:
    with recording_server() as plain:
        error = error_of(plain.url.replace("http:", "https:"))
        assert error.code == "tls_failed"
        assert TOKEN not in str(plain.seen)


@pytest.mark.parametrize("reset", [False, True])
def test_a_break_after_the_handshake_leaves_open_what_was_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, reset: bool
) -> None:
    tls, trusted = self_signed(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted))
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(breaking_tls_server(tls, reset=reset))
        error = error_of(url, create=True)
    assert isinstance(error, AnswerLostError)
    assert error.code == "service_unreachable"
