"""Certificates made on the spot: an authority of our own, and whatever a server should not have shown."""

import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Shown:
    """A certificate with its key, and what a server sends along."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def context(self, **options: object) -> ssl.SSLContext:
        """What a server needs to show it. `options` are attributes of the context."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        sent = b"".join(each.public_bytes(Encoding.PEM) for each in (self.certificate, *self.chain))
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            Path(file.name).write_bytes(key + sent)
            context.load_cert_chain(file.name)
        for name, value in options.items():
            setattr(context, name, value)
        return context


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def issue(
    *names: str,
    by: Shown | None = None,
    authority: bool = False,
    begins: datetime | None = None,
    ends: datetime | None = None,
    chain: tuple[x509.Certificate, ...] = (),
) -> Shown:
    """A certificate for these names and addresses; signed by itself where nobody else signs."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(names[0]))
        .issuer_name(by.certificate.subject if by else _name(names[0]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins or now - DAY)
        .not_valid_after(ends or now + 90 * DAY)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Shown(builder.sign(by.key if by else key, hashes.SHA256()), key, chain)


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@cache
def authority() -> Shown:
    """The authority that tests trust."""
    return issue("Upspeak Test Authority", authority=True)


@cache
def good() -> Shown:
    """What a healthy server on loopback shows."""
    return issue("127.0.0.1", "localhost", "site.test", by=authority())
