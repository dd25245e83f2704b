"""Certificates for servers of this machine, by an authority that only the test trusts."""

import ipaddress
import ssl
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


class Authority:
    """Makes certificates, and the context of a client that trusts them."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        extensions = [(x509.BasicConstraints(ca=True, path_length=None), True), (_usage(signs=True), True)]
        made = self._made(self._name, self._key, extensions, -2 * DAY, 2 * DAY)
        self._file = folder / f"{name}.pem"
        self._file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self._file))

    def server(
        self, *names: str, begins: timedelta = -DAY, ends: timedelta = DAY, self_signed: bool = False
    ) -> ssl.SSLContext:
        """The context of a server with a certificate for these names and addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        alternatives = x509.SubjectAlternativeName([_general_name(name) for name in names])
        extensions = [(alternatives, False), (x509.BasicConstraints(ca=False, path_length=None), True)]
        made = self._made(subject, key, extensions, begins, ends, self_signed=self_signed)
        chain, private = self._folder / "server.pem", self._folder / "server.key"
        chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(chain, private)
        return context

    def _made(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        extensions: Sequence[tuple[x509.ExtensionType, bool]],
        begins: timedelta,
        ends: timedelta,
        *,
        self_signed: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(timezone.utc)
        signer = key if self_signed else self._key
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if self_signed else self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begins)
            .not_valid_after(now + ends)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            # Python 3.13 asks for it.
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(signer, hashes.SHA256())


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
