"""Servers of this machine for what stands between here and the service: proxies, other sites, broken and false TLS."""

import contextlib
import http.server
import ipaddress
import socket
import ssl
import struct
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_HOST = "127.0.0.1"
_HEAD_END = b"\r\n\r\n"


@dataclass
class Seen:
    method: str
    target: str
    headers: Mapping[str, str]


@dataclass
class Recorder:
    url: str
    seen: list[Seen] = field(default_factory=list)


@contextlib.contextmanager
def recording_server(
    status: int = 200, body: bytes = b"{}", headers: Mapping[str, str] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[Recorder]:
    """Answers every request alike, also one that asks for a tunnel, and keeps what it was asked."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            recorder.seen.append(Seen(self.command, self.path, dict(self.headers)))
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_CONNECT = answer  # noqa: N815 - the names that http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that breaks off is what some tests are about."""

    server = Quiet((_HOST, 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    recorder = Recorder(f"{'https' if tls else 'http'}://{_HOST}:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def breaking_tls_server(tls: ssl.SSLContext, *, reset: bool) -> Iterator[str]:
    """Takes one whole request, and breaks off instead of answering it."""
    listening = socket.create_server((_HOST, 0))

    def serve() -> None:
        with (
            contextlib.suppress(OSError),
            listening.accept()[0] as plain,
            tls.wrap_socket(plain, server_side=True) as secured,
        ):
            taken = b""
            while _HEAD_END not in taken:
                taken += secured.recv(65536)
            if reset:
                secured.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"https://{_HOST}:{listening.getsockname()[1]}"
    finally:
        listening.close()
        thread.join(5)


def closed_port() -> int:
    with socket.create_server((_HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def self_signed(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS, and the file that a client would have to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(_HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, key_cert_sign=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / "certificate.pem", folder / "key.pem"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(trusted, private)
    return context, trusted
