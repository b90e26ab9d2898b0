"""What is said to a MySQL or MariaDB: logging in on a connection that is there already, and one query."""

import socket
import ssl
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pymysql
from pymysql.connections import Connection
from pymysql.constants import CR
from pymysql.cursors import SSCursor

from uptime.checks._endpoint import shown
from uptime.checks._kind import CheckFailed
from uptime.checks._place import host_of
from uptime.checks._rows import Rows
from uptime.checks._text import said
from uptime.checks._tls import TlsOptions, shown_by, why_failed
from uptime.domain.result import Certificate, Reason

if TYPE_CHECKING:
    from uptime.checks._net import Net
    from uptime.checks.mysql import MysqlTarget

LATER_S = 0.5
"""How long after the deadline the server itself ends a query."""

LIMITS = {
    "MariaDB": "SET SESSION max_statement_time = {seconds:.3f}",
    "MySQL": "SET SESSION max_execution_time = {ms}",
}

SAID_BY_LIBRARY = frozenset({CR.CR_AUTH_PLUGIN_ERR, CR.CR_AUTH_PLUGIN_CANNOT_LOAD})

NONSENSE = (
    struct.error,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RuntimeError,
)
"""What the library raises when the bytes that it reads are none of the protocol."""


class _Clear:
    """The way of logging in that sends the password as it is: not over a connection that anybody can read."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def authenticate(self, _: Any) -> Any:
        if not self._connection._secure:
            raise pymysql.OperationalError(CR.CR_AUTH_PLUGIN_ERR, "it wants the password in the clear, so use TLS")
        self._connection.write_packet(self._connection.password + b"\0")
        answer = self._connection._read_packet()
        answer.check_error()
        return answer


async def ask(target: "MysqlTarget", net: "Net") -> Rows:
    """What the query gives, or the simplest query of all. CheckFailed: it gives nothing."""
    tls = TlsOptions(verify=target.verify_tls, ca_pem=target.ca_pem)
    context = net.tls.get(tls) if target.tls else None
    seconds = net.remaining() + LATER_S
    async with net.dial(target.host, target.port, target.ip_family) as found:
        rows, net.certificate = await net.aside(lambda: _talk(target, found, context, seconds))
        return rows


def _talk(
    target: "MysqlTarget", found: socket.socket, context: ssl.SSLContext | None, seconds: float
) -> tuple[Rows, Certificate | None]:
    """The whole conversation, in a thread, and the certificate that was shown. It ends when the connection does."""
    found.setblocking(True)
    connection: Any = Connection(
        host=host_of(target.host),
        port=target.port,
        user=target.username,
        password=target.password,
        database=target.database or None,
        charset="utf8mb4",
        ssl=context,
        ssl_disabled=context is None,
        conv={},
        autocommit=None,
        program_name="upspeak",
        auth_plugin_map={"mysql_clear_password": _Clear, "dialog": _Clear},
        defer_connect=True,
    )
    try:
        connection.connect(found)
        certificate = shown_by(connection._sock) if context else None
        return _rows(target, connection, seconds), certificate
    except pymysql.Error as error:
        raise _failed(error, shown(target.host, target.port)) from error
    except NONSENSE as error:
        raise CheckFailed(Reason.PROTOCOL, "No answer as MySQL gives it.") from error
    finally:
        connection._force_close()


def _rows(target: "MysqlTarget", connection: Any, seconds: float) -> Rows:
    version = str(connection.get_server_info())
    product = "MariaDB" if "mariadb" in version.lower() else "MySQL"
    rows = Rows(product, version.removeprefix("5.5.5-").partition("-")[0])
    if target.query:
        # Whoever gives up leaves the query behind: without a limit of its own one would pile up on the other.
        with suppress(pymysql.Error):
            connection.query(LIMITS[product].format(seconds=seconds, ms=int(seconds * 1000)))
        # Not a transaction that may only read: statements that define something would end it.
        connection.query("SET SESSION TRANSACTION READ ONLY")
    cursor: Any = SSCursor(connection)
    try:
        cursor.execute(target.query or "SELECT 1")
        while (row := cursor.fetchone()) is not None and rows.take(row):
            pass
    finally:
        # Closing it, or forgetting its result, would read to the last row.
        if cursor._result is not None:
            cursor._result.unbuffered_active = False
        cursor.connection = None
    return rows


def _failed(error: pymysql.Error, place: str) -> CheckFailed:
    """What to say of an error of the server (1000 and more), of the library (2000 and more), or of the connection."""
    code, words = (*error.args, 0, "")[:2] if error.args and isinstance(error.args[0], int) else (0, error)
    cause = getattr(error, "original_exception", None)
    if isinstance(cause, ssl.SSLError):
        return CheckFailed(Reason.TLS, why_failed(cause, place))
    if code in SAID_BY_LIBRARY:
        return CheckFailed(Reason.STATUS, f"Logging in failed: {said(words)}.")
    if code == 0 or code in range(2_000, 3_000):
        return CheckFailed(Reason.PROTOCOL, f"No answer as MySQL gives it: {said(words)}.")
    return CheckFailed(Reason.STATUS, f"The server refused: {said(words)}.", evidence=said(f"{code}: {words}", 1_000))
