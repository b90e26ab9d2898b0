"""PostgreSQL: servers that answer, refuse, and misbehave."""

import asyncio
import os
import time
from collections.abc import Iterator

import pytest

from tests.servers.certificates import authority
from tests.servers.checking import SHORT_MS, Watch, by_two_addresses
from tests.servers.postgres import PASSWORD, USER, Postgres, postgres
from tests.servers.tcp import begins, closed_port, closes, drips, resets, says_nothing
from uptime.checks.postgresql import CHECK
from uptime.domain.errors import Invalid
from uptime.domain.result import Reason, Result


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as found:
        yield found


def ask(watch: Watch, server: Postgres, timeout_ms: int = 5_000, **target: object) -> Result:
    usual = {"host": "127.0.0.1", "port": server.port, "username": USER, "password": PASSWORD, "database": "postgres"}
    return watch.look(CHECK, timeout_ms, **usual | target)


def test_a_server_that_lets_us_in_is_up(watch: Watch, server: Postgres) -> None:
    found = ask(watch, server)
    assert found.ok, found
    assert found.message.startswith("PostgreSQL 1")
    assert found.message.endswith(" answered")
    assert found.address == "127.0.0.1"
    assert found.phases is not None
    assert found.phases.connect_ms > 0


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT 1, 'zwei', NULL, true", "First row: 1, zwei, NULL, t"),
        ("SELECT 'infinity'::timestamp, '{1,2}'::int[], '\\x00ff'::bytea", "First row: infinity, {1,2}, \\x00ff"),
        ("SELECT 1 WHERE false", "The query gave no row"),
        ("SHOW server_encoding", "First row: UTF8"),
        ("SELECT '100%', '%s'", "First row: 100%, %s"),
        ("SELECT E'a\\nb\\x01'", "First row: a b"),
        ("SELECT repeat('x', 9000000)", "First row: " + "x" * 150),
    ],
)
def test_the_first_row_is_shown(watch: Watch, server: Postgres, query: str, message: str) -> None:
    found = ask(watch, server, query=query)
    assert (found.ok, found.message) == (True, message)


def test_of_many_rows_only_the_first_thousand_are_read(watch: Watch, server: Postgres) -> None:
    found = ask(watch, server, query="SELECT generate_series(1, 500000000)")
    assert (found.message, found.facts["rows"]) == ("First row: 1", "1000")
    assert found.latency_ms < 3_000


def test_a_keyword_must_stand_in_the_first_row(watch: Watch, server: Postgres) -> None:
    assert ask(watch, server, query="SELECT 'all well'", keyword="well").ok
    found = ask(watch, server, query="SELECT 'ill'", keyword="well")
    assert found.reason is Reason.CONTENT
    assert found.message == 'The text "well" is missing. The first row is: ill'
    assert ask(watch, server, query="SELECT 1 WHERE false", keyword="x").reason is Reason.CONTENT


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("SELECT nothing", 'column "nothing" does not exist'),
        ("SELEKT", "syntax error"),
        ("SELECT 1/0", "division by zero"),
        ("CREATE TABLE t (n int)", "read-only transaction"),
        ("SELECT 1; SELECT 2", "multiple commands"),
        ("COPY pg_class TO STDOUT", "COPY"),
        (";", ""),
    ],
)
def test_a_query_that_fails_is_down_and_says_why(watch: Watch, server: Postgres, query: str, why: str) -> None:
    found = ask(watch, server, query=query)
    assert found.reason in (Reason.STATUS, Reason.PROTOCOL)
    assert why in found.message


def test_a_query_that_does_not_end_is_left_behind_in_time(watch: Watch, server: Postgres) -> None:
    found = ask(watch, server, 600, query="SELECT pg_sleep(30)")
    assert found.reason is Reason.TIMEOUT
    assert found.latency_ms < 600 * 1.2
    running = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)'"
    until = time.monotonic() + 5
    while ask(watch, server, query=running).message != "First row: 0":
        assert time.monotonic() < until


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ({"password": "wrong"}, "password authentication failed"),
        ({"password": ""}, "no password supplied"),
        ({"database": "nowhere"}, 'database "nowhere" does not exist'),
        ({"username": "eve"}, "password authentication failed"),
    ],
)
def test_who_is_not_let_in_is_down_and_told_why(
    watch: Watch, server: Postgres, target: dict[str, object], why: str
) -> None:
    found = ask(watch, server, **target)
    assert found.reason is Reason.STATUS
    assert why in found.message
    assert PASSWORD not in str(found)


def test_no_password_of_the_environment_is_sent(
    watch: Watch, server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "PGPASSWORD", PASSWORD)
    assert "no password supplied" in ask(watch, server, password="").message


def test_tls_is_verified_unless_told_otherwise(watch: Watch, server: Postgres) -> None:
    assert ask(watch, server, tls=True).ok
    assert ask(watch, server, tls=True, ca_pem=authority().pem).ok
    found = ask(watch, server, tls=True, host="127.0.0.2")
    assert found.reason is Reason.TLS
    assert "does not match" in found.message
    assert ask(watch, server, tls=True, host="127.0.0.2", verify_tls=False).ok
    secured = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    assert ask(watch, server, tls=True, query=secured).message == "First row: t"
    assert ask(watch, server, query=secured).message == "First row: f"


def test_one_dead_address_does_not_make_a_server_down(server: Postgres) -> None:
    login = {"username": USER, "password": PASSWORD, "database": "postgres"}
    found = by_two_addresses(CHECK, "127.0.0.9", "127.0.0.1", server.port, **login)
    assert (found.ok, found.address) == (True, "127.0.0.1"), found


def test_a_closed_port_is_refused(watch: Watch) -> None:
    found = watch.look(CHECK, host="127.0.0.1", port=closed_port())
    assert found.reason is Reason.CONNECT
    assert "Connection refused" in found.message


@pytest.mark.parametrize("tls", [False, True])
def test_servers_that_do_not_answer_end_on_time(watch: Watch, tls: bool) -> None:
    silent = says_nothing, begins(b"R\0\0"), drips(b"", 0.1)
    for found in watch.all_hostile(CHECK, silent, SHORT_MS, tls=tls):
        assert found.reason in (Reason.TIMEOUT, Reason.TLS if tls else Reason.TIMEOUT)
        assert found.latency_ms < SHORT_MS * 1.2


AUTH_OK = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I"


async def shuts_down(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Lets everybody in, and stops when asked something."""
    await reader.read(4_096)
    writer.write(AUTH_OK)
    await reader.read(4_096)
    writer.write(b"E\0\0\0\x18SFATAL\0C57P01\0Mbye\0\0")
    await writer.drain()


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (closes, Reason.PROTOCOL),
        (resets, Reason.PROTOCOL),
        (begins(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Reason.PROTOCOL),
        (begins(b"R\xff\xff\xff\xff"), Reason.PROTOCOL),
        (begins(b"R\0\0\0\x08\0\0\0\x07"), Reason.STATUS),
        (begins(AUTH_OK + b"nonsense!"), Reason.PROTOCOL),
        (shuts_down, Reason.STATUS),
        (begins(b"ENo room\0"), Reason.PROTOCOL),
    ],
    ids=["closes", "resets", "http", "length", "kerberos", "noise", "shutting down", "old error"],
)
def test_an_answer_of_another_kind_is_down(watch: Watch, behave: object, reason: Reason) -> None:
    found = watch.hostile(CHECK, behave, 3_000)  # type: ignore[arg-type]
    assert found.reason is reason, found
    assert found.latency_ms < 1_000


def test_a_url_says_what_it_can() -> None:
    target = CHECK.build(CHECK.parse("postgres://bob:s%2Fs@db.test/shop?sslmode=verify-full&application_name=x"))
    assert (target.host, target.port, target.username, target.password) == ("db.test", 5432, "bob", "s/s")
    assert (target.database, target.tls, target.verify_tls) == ("shop", True, True)
    assert CHECK.address(target) == "postgresql://db.test:5432/shop"
    assert CHECK.parse("postgresql://h?sslmode=require")["verify_tls"] is False
    assert CHECK.parse("postgresql://h?sslmode=disable")["tls"] is False
    assert "tls" not in CHECK.parse("postgresql://h:1")
    with pytest.raises(Invalid):
        CHECK.parse("postgresql://h/a/b")
