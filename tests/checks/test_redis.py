"""Redis: servers that answer, refuse, and misbehave."""

from collections.abc import Iterator

import pytest

from tests.servers.checking import SHORT_MS, Watch
from tests.servers.redis import PASSWORD, Redis, redis
from tests.servers.tcp import begins, closed_port, closes, drips, resets, says_nothing
from uptime.checks.redis import CHECK
from uptime.domain.errors import Invalid
from uptime.domain.result import Reason, Result


@pytest.fixture(scope="module")
def server() -> Iterator[Redis]:
    with redis() as found:
        yield found


def ping(watch: Watch, server: Redis, **target: object) -> Result:
    return watch.look(CHECK, **{"host": "127.0.0.1", "port": server.port, "password": PASSWORD} | target)


def test_a_server_that_answers_is_up(watch: Watch, server: Redis) -> None:
    found = ping(watch, server)
    assert (found.ok, found.message, found.address) == (True, "PONG", "127.0.0.1")
    assert found.phases is not None
    assert found.phases.connect_ms > 0
    assert ping(watch, server, database=3).ok


def test_a_user_with_few_rights_can_ping(watch: Watch, server: Redis) -> None:
    assert ping(watch, server, username="alice").ok


def test_tls_is_verified_unless_told_otherwise(watch: Watch, server: Redis) -> None:
    found = ping(watch, server, port=server.tls_port, tls=True)
    assert found.ok
    assert found.certificate is not None
    elsewhere = {"host": "127.0.0.2", "port": server.tls_port, "tls": True}
    assert ping(watch, server, **elsewhere).reason is Reason.TLS
    assert ping(watch, server, **elsewhere, verify_tls=False).ok


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ({"password": "wrong"}, "invalid username-password pair"),
        ({"password": ""}, "Authentication required"),
        ({"username": "eve"}, "invalid username-password pair"),
        ({"database": 99}, "DB index is out of range"),
    ],
)
def test_what_the_server_refuses_is_down_and_says_why(
    watch: Watch, server: Redis, target: dict[str, object], why: str
) -> None:
    found = ping(watch, server, **target)
    assert found.reason is Reason.STATUS
    assert why in found.message
    assert PASSWORD not in str(found)


def test_a_closed_port_is_refused(watch: Watch) -> None:
    assert watch.look(CHECK, host="127.0.0.1", port=closed_port()).reason is Reason.CONNECT


SILENT = (says_nothing, begins(b"$9999\r\nPO"), begins(b"*1\r\n" * 999), drips(b"", 0.1, b"+PO"))


def test_servers_that_do_not_answer_end_on_time(watch: Watch) -> None:
    for found in watch.all_hostile(CHECK, SILENT):
        assert found.reason is Reason.TIMEOUT
        assert found.latency_ms < SHORT_MS * 1.2


@pytest.mark.parametrize(
    "behave",
    [
        closes, resets, begins(b"HTTP/1.1 400 Bad Request\r\n\r\n"), begins(b"\x00\xff" * 99), begins(b"+OK\r\n"),
        begins(b":1\r\n"), begins(b"$-1\r\n"), drips(b"x" * 65_536, 0, b"$999999999\r\n"),
        begins(b"%1\r\n+a\r\n+b\r\n"),
    ],
    ids=["closes", "resets", "http", "noise", "ok", "number", "nil", "flood", "map"],
)  # fmt: skip
def test_an_answer_of_another_kind_is_no_redis(watch: Watch, behave: object) -> None:
    found = watch.hostile(CHECK, behave, 3_000)  # type: ignore[arg-type]
    assert found.reason is Reason.PROTOCOL
    assert found.latency_ms < 1_000


@pytest.mark.parametrize(
    "error", [b"-LOADING Redis is loading\r\n", b"-NOAUTH Authentication required.\r\n", b"-ERR no\r\n"]
)
def test_an_error_in_place_of_an_answer_is_told(watch: Watch, error: bytes) -> None:
    assert watch.hostile(CHECK, begins(error)).reason is Reason.STATUS


def test_a_url_says_what_it_can() -> None:
    raw = CHECK.parse("rediss://alice:s%40same@[::1]:7000/5")
    target = CHECK.build(raw)
    assert (target.host, target.port, target.username, target.password) == ("::1", 7000, "alice", "s@same")
    assert (target.database, target.tls) == (5, True)
    assert CHECK.address(target) == "rediss://[::1]:7000/5"
    assert CHECK.build(CHECK.parse("redis://a.test")).port == 6379
    assert "password" in CHECK.secrets()


@pytest.mark.parametrize(
    "url",
    [
        "http://a.test",
        "redis://",
        "redis://a b",
        "redis://:pw/x@a",
        "redis://a/x",
        "redis://:secret@a:x",
        "redis://a/1/2",
    ],
)
def test_a_url_of_another_form_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        CHECK.parse(url)
    assert "secret" not in str(refused.value)
