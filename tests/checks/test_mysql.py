"""MySQL and MariaDB: servers that answer, refuse, and misbehave."""

import asyncio
import sys
import time
from collections.abc import Iterator
from random import Random
from types import FrameType

import pytest

from tests.servers.checking import SHORT_MS, Watch
from tests.servers.mariadb import PASSWORD, USER, MariaDb, mariadb
from tests.servers.tcp import Behaviour, begins, closed_port, closes, drips, resets, says_nothing
from uptime.checks.mysql import CHECK
from uptime.domain.result import Reason, Result


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDb]:
    with mariadb() as found:
        yield found


def ask(watch: Watch, server: MariaDb, timeout_ms: int = 5_000, **target: object) -> Result:
    usual = {"host": "127.0.0.1", "port": server.port, "username": USER, "password": PASSWORD}
    return watch.look(CHECK, timeout_ms, **usual | target)


def test_a_server_that_lets_us_in_is_up(watch: Watch, server: MariaDb) -> None:
    found = ask(watch, server, database="shop")
    assert found.ok, found
    assert found.message.startswith("MariaDB 1")
    assert found.message.endswith(" answered")
    assert found.address == "127.0.0.1"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT 1, 'zwei', NULL, 1.50", "First row: 1, zwei, NULL, 1.50"),
        ("SELECT '0000-00-00 00:00:00', x'00ff', 'ü 🙂'", "First row: 0000-00-00 00:00:00, �, ü 🙂"),
        ("SELECT 1 WHERE false", "The query gave no row"),
        ("SHOW DATABASES LIKE 'shop'", "First row: shop"),
        ("SELECT '100%', '%s'", "First row: 100%, %s"),
        ("SELECT repeat('x', 9000000)", "First row: " + "x" * 150),
    ],
)
def test_the_first_row_is_shown(watch: Watch, server: MariaDb, query: str, message: str) -> None:
    found = ask(watch, server, query=query)
    assert (found.ok, found.message) == (True, message), found


def test_of_many_rows_only_the_first_thousand_are_read(watch: Watch, server: MariaDb) -> None:
    found = ask(watch, server, query="SELECT seq FROM information_schema.tables, seq_1_to_100000000", database="shop")
    assert (found.message, found.facts["rows"]) == ("First row: 1", "1000")
    assert found.latency_ms < 3_000


def test_a_keyword_must_stand_in_the_first_row(watch: Watch, server: MariaDb) -> None:
    assert ask(watch, server, query="SELECT 'all well'", keyword="well").ok
    found = ask(watch, server, query="SELECT 'ill'", keyword="well")
    assert (found.reason, found.message) == (Reason.CONTENT, 'The text "well" is missing. The first row is: ill')


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("SELECT nothing", "Unknown column"),
        ("SELEKT", "error in your SQL syntax"),
        ("CREATE TABLE shop.t (n int)", "READ ONLY transaction"),
        ("DELETE FROM mysql.user", "READ ONLY transaction"),
        ("SELECT 1; SELECT 2", "error in your SQL syntax"),
        ("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE shop.t", ""),
    ],
)
def test_a_query_that_fails_is_down_and_says_why(watch: Watch, server: MariaDb, query: str, why: str) -> None:
    found = ask(watch, server, query=query)
    assert found.reason is Reason.STATUS
    assert why in found.message


def test_a_query_that_does_not_end_is_left_behind_in_time(watch: Watch, server: MariaDb) -> None:
    found = ask(watch, server, 600, query="SELECT sleep(30)")
    assert found.reason is Reason.TIMEOUT
    assert found.latency_ms < 600 * 1.2
    running = "SELECT count(*) FROM information_schema.processlist WHERE info = 'SELECT sleep(30)'"
    until = time.monotonic() + 5
    while ask(watch, server, query=running).message != "First row: 0":
        assert time.monotonic() < until


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ({"password": "wrong"}, "Access denied"),
        ({"password": ""}, "Access denied"),
        ({"database": "nowhere"}, "Unknown database"),
        ({"username": "eve"}, "Access denied"),
        ({"username": "secured"}, "Access denied"),
    ],
)
def test_who_is_not_let_in_is_down_and_told_why(
    watch: Watch, server: MariaDb, target: dict[str, object], why: str
) -> None:
    found = ask(watch, server, **target)
    assert found.reason is Reason.STATUS
    assert why in found.message
    assert PASSWORD not in str(found)


def test_tls_is_verified_unless_told_otherwise(watch: Watch, server: MariaDb) -> None:
    found = ask(watch, server, tls=True, username="secured")
    assert found.ok, found
    assert found.certificate is not None
    elsewhere = ask(watch, server, tls=True, host="127.0.0.2")
    assert elsewhere.reason is Reason.TLS
    assert "made for another address" in elsewhere.message
    assert ask(watch, server, tls=True, host="127.0.0.2", verify_tls=False).ok


def test_a_closed_port_is_refused(watch: Watch) -> None:
    assert watch.look(CHECK, host="127.0.0.1", port=closed_port()).reason is Reason.CONNECT


def packet(number: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "little") + bytes([number]) + body


def greeting(plugin: bytes = b"mysql_native_password", flags: int = 0xFFFF) -> bytes:
    start = b"\x0a8.0.36\0" + b"\1\0\0\0" + b"12345678\0" + flags.to_bytes(2, "little") + b"\xff\2\0\xff\xdf\x15"
    return packet(0, start + b"\0" * 10 + b"123456789012\0" + plugin + b"\0")


OK = b"\0\0\0\2\0\0\0"


def after_greeting(*answers: bytes) -> Behaviour:
    """Greets, and then gives an answer to whatever comes, one after the other."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting())
        for answer in answers:
            heard.append(await reader.read(4_096))
            writer.write(answer)
        heard.append(await reader.read(4_096))
        await says_nothing(reader, writer)

    heard: list[bytes] = []
    behave.heard = heard  # type: ignore[attr-defined]
    return behave


SILENT = {
    "silent": says_nothing,
    "cut": begins(greeting()[:20]),
    "slow": drips(b"", 0.1),
    "greets": begins(greeting()),
    "lets in": after_greeting(packet(2, OK)),
}


def test_servers_that_do_not_answer_end_on_time_and_hold_no_thread(watch: Watch) -> None:
    for found in watch.all_hostile(CHECK, SILENT.values()):
        assert found.reason is Reason.TIMEOUT
        assert found.latency_ms < SHORT_MS * 1.2
    until = time.monotonic() + 5
    while "_talk" in under_way():
        assert time.monotonic() < until


def under_way() -> set[str]:
    """The names of the functions that threads are in."""
    found = set()
    for frame in sys._current_frames().values():
        at: FrameType | None = frame
        while at is not None:
            found.add(at.f_code.co_name)
            at = at.f_back
    return found


NONSENSE = {
    "closes": closes,
    "resets": resets,
    "http": begins(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "empty": begins(packet(0, b"")),
    "number": begins(packet(7, b"x")),
    "version": begins(packet(0, b"\x0a\xff\xff")),
    "columns": after_greeting(packet(2, OK), packet(1, OK), packet(1, b"\xfe")),
    "file": after_greeting(packet(2, OK), packet(1, OK), packet(1, b"\xfb/etc/passwd")),
    "flood": drips(packet(0, b"\xff" * 60_000), 0),
}


@pytest.mark.parametrize("behave", NONSENSE.values(), ids=NONSENSE)
def test_an_answer_of_another_kind_is_down(watch: Watch, behave: Behaviour) -> None:
    found = watch.hostile(CHECK, behave, 3_000)
    assert found.reason in (Reason.PROTOCOL, Reason.STATUS), found
    assert found.latency_ms < 1_500


@pytest.mark.long
def test_noise_is_never_a_fault_of_ours(watch: Watch) -> None:
    random = Random(7)
    for _ in range(10):
        found = watch.all_hostile(CHECK, [begins(noise(random)) for _ in range(10)], 150)
        assert Reason.INTERNAL not in {result.reason for result in found}, found


def noise(random: Random) -> bytes:
    """A conversation of which a few bytes are wrong."""
    bytes_ = bytearray(greeting() + packet(2, OK) + packet(1, OK))
    for _ in range(random.randrange(1, 6)):
        bytes_[random.randrange(len(bytes_))] = random.randrange(256)
    return bytes(bytes_)


@pytest.mark.parametrize("plugin", [b"mysql_clear_password", b"dialog"])
def test_the_password_is_not_sent_in_the_clear(watch: Watch, plugin: bytes) -> None:
    behave = after_greeting(packet(2, b"\xfe" + plugin + b"\0" + b"\x02Password: "))
    found = watch.hostile(CHECK, behave, 1_000, password=PASSWORD)
    assert found.reason is Reason.STATUS, found
    assert "use TLS" in found.message
    assert PASSWORD.encode() not in b"".join(behave.heard)  # type: ignore[attr-defined]


def test_a_url_says_what_it_can() -> None:
    target = CHECK.build(CHECK.parse("mariadb://bob:p@db.test:3307/shop?ssl-mode=VERIFY_IDENTITY"))
    assert (target.host, target.port, target.username, target.password) == ("db.test", 3307, "bob", "p")
    assert (target.database, target.tls, target.verify_tls) == ("shop", True, True)
    assert CHECK.address(target) == "mysql://db.test:3307/shop"
    assert CHECK.parse("mysql://h?ssl-mode=REQUIRED")["verify_tls"] is False
