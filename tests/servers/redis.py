"""A Redis on ports of its own, without and with TLS, that lets in who knows a password."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.servers.certificates import good
from tests.servers.daemons import accepts, folder, program, running
from tests.servers.tcp import closed_port

PASSWORD = "sesame & co"


@dataclass(frozen=True)
class Redis:
    """Its ports. The default user needs `PASSWORD`; alice has the same one and may only PING."""

    port: int
    tls_port: int


@contextmanager
def redis() -> Iterator[Redis]:
    found = Redis(closed_port(), closed_port())
    with folder("redis") as place:
        key = good().key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (place / "server.pem").write_bytes(good().pem.encode() + key)
        (place / "redis.conf").write_text(
            f'bind 127.0.0.1 127.0.0.2\nport {found.port}\ntls-port {found.tls_port}\ntls-auth-clients no\nsave ""\n'
            f"tls-cert-file {place}/server.pem\ntls-key-file {place}/server.pem\ndir {place}\n"
            f'requirepass "{PASSWORD}"\nuser alice on "#{_hashed(PASSWORD)}" +ping\n'
        )
        command = [program("redis-server"), str(place / "redis.conf")]
        with running(command, accepts(found.tls_port), place / "log"):
            yield found


def _hashed(password: str) -> str:
    return sha256(password.encode()).hexdigest()
