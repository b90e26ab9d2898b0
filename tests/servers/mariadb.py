"""A MariaDB on a port of its own, which speaks TLS with who wants it and lets in who knows the password."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.servers.certificates import good
from tests.servers.daemons import accepts, folder, nobody, program, running
from tests.servers.tcp import closed_port

USER, PASSWORD = "watcher", "sesame & co"

TABLES = Path("/usr/share/mysql")
SYSTEM = ("mysql_system_tables.sql", "mysql_system_tables_data.sql")
"""What the usual program for it does takes three times as long."""


@dataclass(frozen=True)
class MariaDb:
    """Its port. It listens on all of loopback; the certificate names only 127.0.0.1."""

    port: int


@contextmanager
def mariadb() -> Iterator[MariaDb]:
    found = MariaDb(closed_port())
    server = program("mariadbd")
    with folder("mariadb") as place:
        data, key = place / "data", place / "key.pem"
        key.write_bytes(good().key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
        (place / "server.pem").write_text(good().pem)
        (place / "users.sql").write_text(
            f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\nGRANT ALL ON *.* TO '{USER}'@'%';\n"
            f"CREATE USER secured@'%' IDENTIFIED BY '{PASSWORD}' REQUIRE SSL;\nCREATE DATABASE shop;\n"
        )
        (data / "mysql").mkdir(parents=True)
        key.chmod(0o600)
        dropped = nobody(data, data / "mysql", key)
        small = ["--no-defaults", f"--datadir={data}", "--innodb-buffer-pool-size=8M", "--innodb-log-file-size=4M"]
        small += ["--innodb-flush-log-at-trx-commit=0", "--aria-log-file-size=8M", "--key-buffer-size=1M"]
        tables = "use mysql;\n" + "\n".join((TABLES / name).read_text() for name in SYSTEM)
        subprocess.run(
            [*dropped, server, *small, "--bootstrap"], input=tables.encode(), check=True, capture_output=True, cwd=place
        )
        options = [f"--port={found.port}", "--bind-address=127.0.0.1,127.0.0.2", "--skip-name-resolve"]
        options += [f"--socket={data}/socket", f"--pid-file={data}/pid", f"--init-file={place}/users.sql"]
        options += [f"--ssl-cert={place}/server.pem", f"--ssl-key={key}", "--performance-schema=OFF"]
        with running([*dropped, server, *small, *options], accepts(found.port), place / "log"):
            yield found
