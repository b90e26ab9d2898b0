"""A PostgreSQL on a port of its own, which speaks TLS with who wants it and lets in who knows the password."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.servers.certificates import good
from tests.servers.daemons import folder, nobody, program, running
from tests.servers.tcp import closed_port

USER, PASSWORD = "watcher", "sesame & co"


@dataclass(frozen=True)
class Postgres:
    """Its port. It listens on 127.0.0.1 and 127.0.0.2; the certificate names only the first."""

    port: int


@contextmanager
def postgres() -> Iterator[Postgres]:
    found = Postgres(closed_port())
    initdb, server, is_ready = program("initdb"), program("postgres"), program("pg_isready")
    with folder("postgres") as place:
        data, password, key = place / "data", place / "password", place / "key.pem"
        password.write_text(PASSWORD)
        key.write_bytes(good().key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (place / "server.pem").write_text(good().pem)
        data.mkdir(mode=0o700)
        key.chmod(0o600)
        dropped = nobody(data, password, key)
        options = ["-U", USER, f"--pwfile={password}", "--no-sync", "-E", "UTF8", "--locale=C"]
        subprocess.run(
            [*dropped, initdb, "-D", str(data), "--auth-host=scram-sha-256", "--auth-local=trust", *options],
            check=True,
            capture_output=True,
            cwd=place,
        )
        with (data / "postgresql.conf").open("a") as conf:
            conf.write(
                f"listen_addresses = '127.0.0.1,127.0.0.2'\nport = {found.port}\nunix_socket_directories = ''\n"
                f"fsync = off\nshared_buffers = 4MB\nmax_connections = 20\nautovacuum = off\n"
                f"ssl = on\nssl_cert_file = '{place}/server.pem'\nssl_key_file = '{key}'\n"
            )

        def ready() -> bool:
            asked = [is_ready, "-q", "-h", "127.0.0.1", "-p", str(found.port)]
            return subprocess.run(asked, check=False).returncode == 0

        with running([*dropped, server, "-D", str(data)], ready, place / "log"):
            yield found
