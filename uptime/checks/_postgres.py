"""What is said to a PostgreSQL: logging in at vetted addresses, and one query whose first row is read."""

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection, AsyncCursor, Error, pq, waiting
from psycopg.abc import PQGen
from psycopg.adapt import AdaptersMap, Loader

from uptime.checks._kind import CheckFailed
from uptime.checks._place import host_of
from uptime.checks._race import race
from uptime.checks._rows import Rows
from uptime.checks._stopwatch import Step
from uptime.checks._text import said
from uptime.domain.result import Reason

if TYPE_CHECKING:
    from uptime.checks._net import Net
    from uptime.checks.postgresql import PostgresTarget

NEXT_ADDRESS_S = 1.0
LATER_S = 0.5
"""How long after the deadline the server itself ends a query."""

NOWHERE = "/nonexistent"
"""In place of the files of the user that we run as: their credentials and authorities are no business of a check."""

SERVER_SAYS = re.compile(r"[^\s:]{2,20}: {2}")
"""How a message begins that the server itself has sent: its severity, in any language."""

TLS_WORDS = ("ssl", "tls", "certificate")
LOGIN_WORDS = ("password", "authentication method", "auth method", "gssapi", "sspi", "sasl", "scram")
CONNECT_WORDS = ("refused", "is the server running", "timed out", "unreachable", "no route", "could not connect")


class _Text(Loader):
    """Values as the server writes them."""

    def load(self, data: Any) -> str:
        return bytes(data).decode(errors="replace")


class _Connection(AsyncConnection[Any]):
    """A connection that is gone as soon as anything goes wrong.

    The library would rather save it: at the deadline by a second connection that cancels the query, and after an
    error by reading on. Both wait for the server.
    """

    async def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        with ExitStack() as unless_done:
            unless_done.callback(self.pgconn.finish)
            found = await waiting.wait_async(gen, self.pgconn.socket, interval=interval, timeout=timeout)
            unless_done.pop_all()
            return found


async def ask(target: "PostgresTarget", net: "Net") -> Rows:
    """What the query gives, or the simplest query of all. CheckFailed: it gives nothing."""
    addresses = await net.resolve(target.host, target.port, target.ip_family)
    net.phases.enter(Step.CONNECT)
    net.address = addresses[0]
    options = _options(target, net)

    async def attempt(address: str) -> tuple[str, _Connection]:
        return address, await _Connection.connect(hostaddr=address, autocommit=True, context=_adapters(), **options)

    stagger = min(NEXT_ADDRESS_S, net.remaining() / (2 * len(addresses)))
    try:
        net.address, connection = await race(
            addresses, attempt, stagger=stagger, release=lambda second: second[1].pgconn.finish()
        )
    except Error as error:
        raise _not_connected(str(error)) from error
    net.phases.enter(Step.WAIT)
    try:
        return await _rows(target, connection, net)
    except Error as error:
        raise _failed(error) from error
    finally:
        connection.pgconn.finish()


def _adapters() -> AdaptersMap:
    adapters = AdaptersMap()
    adapters.register_loader(0, _Text)
    return adapters


def _options(target: "PostgresTarget", net: "Net") -> dict[str, Any]:
    """How to log in: everything is said, so that nothing comes from the environment that we run in."""
    options: dict[str, Any] = {
        "host": host_of(target.host),
        "port": target.port,
        "user": target.username,
        "password": target.password,
        "dbname": target.database or target.username,
        "application_name": "upspeak",
        "client_encoding": "UTF8",
        "connect_timeout": int(net.remaining()) + 10,
        "gssencmode": "disable",
        "passfile": NOWHERE,
        "sslcert": NOWHERE,
        "sslkey": NOWHERE,
        "sslcrl": NOWHERE,
        "sslmode": "disable",
        "sslrootcert": NOWHERE,
    }
    if pq.version() >= 160_000:
        options["require_auth"] = "password,md5,scram-sha-256,none"
    if target.tls:
        options["sslmode"] = "verify-full" if target.verify_tls else "require"
    if target.tls and target.verify_tls:
        options["sslrootcert"] = str(net.tls.file(target.ca_pem))
    return options


async def _rows(target: "PostgresTarget", connection: _Connection, net: "Net") -> Rows:
    version = connection.pgconn.parameter_status(b"server_version") or b""
    rows = Rows("PostgreSQL", version.decode(errors="replace").partition(" ")[0])
    cursor = AsyncCursor(connection)
    if target.query:
        # Whoever gives up leaves the query behind: without a limit of its own one would pile up on the other.
        limit = int((net.remaining() + LATER_S) * 1000)
        await cursor.execute(f"BEGIN READ ONLY; SET LOCAL statement_timeout = {limit}".encode())
    stream = cursor.stream(target.query.encode() or b"SELECT 1")
    try:
        async for row in stream:
            if not rows.take(row):
                break
    finally:
        # Before the stream ends, which would otherwise read to the last row.
        connection.pgconn.finish()
        await stream.aclose()  # type: ignore[attr-defined]
    return rows


def _not_connected(text: str) -> CheckFailed:
    """What to say when there is no connection. The library tells the cases apart by words alone."""
    what = text.rpartition(" failed: ")[2]
    first = said(what.partition("\n")[0])
    words = first.lower()
    if SERVER_SAYS.match(what):
        return CheckFailed(Reason.STATUS, f"The server refused: {first}.", evidence=said(what, 1_000))
    if any(word in words for word in LOGIN_WORDS):
        return CheckFailed(Reason.STATUS, f"Logging in failed: {first}.")
    if any(word in words for word in TLS_WORDS):
        return CheckFailed(Reason.TLS, f"The TLS handshake failed: {first}.")
    if any(word in what.lower() for word in CONNECT_WORDS):
        return CheckFailed(Reason.CONNECT, f"Cannot connect: {first}.")
    return CheckFailed(Reason.PROTOCOL, f"No answer as PostgreSQL gives it: {first}.")


def _failed(error: Error) -> CheckFailed:
    """What to say when the query gave an error, or the connection broke in the middle of it."""
    if error.sqlstate is None:
        return CheckFailed(Reason.PROTOCOL, f"The query was not answered: {said(error)}.")
    what = said(error.diag.message_primary or error)
    return CheckFailed(Reason.STATUS, f"The query failed: {what}.", evidence=said(error, 1_000))
