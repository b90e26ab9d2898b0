"""gRPC health: services that serve, servers that know nothing of it, and hostile ones."""

from collections.abc import Iterator

import pytest

from tests.servers.certificates import authority, issue
from tests.servers.checking import SHORT_MS, Watch, by_two_addresses
from tests.servers.grpc import Grpc, grpc_server
from tests.servers.tcp import Behaviour, begins, closed_port, closes, drips, resets, says_nothing
from uptime.checks.grpc_health import CHECK
from uptime.domain.errors import Invalid
from uptime.domain.result import Reason, Result


@pytest.fixture(scope="module")
def server() -> Iterator[Grpc]:
    with grpc_server() as found:
        yield found


def ask(watch: Watch, server: Grpc, timeout_ms: int = 5_000, **target: object) -> Result:
    return watch.look(CHECK, timeout_ms, **{"host": "127.0.0.1", "port": server.port} | target)


@pytest.mark.parametrize("service", ["", "shop.Clerk"])
def test_a_service_that_serves_is_up(watch: Watch, server: Grpc, service: str) -> None:
    found = ask(watch, server, service=service)
    assert (found.ok, found.message, found.address) == (True, "SERVING", "127.0.0.1"), found


def test_a_service_that_does_not_serve_is_down(watch: Watch, server: Grpc) -> None:
    found = ask(watch, server, service="shop.Attic")
    assert (found.reason, found.message) == (Reason.STATUS, "The health service says NOT_SERVING.")


def test_a_service_that_is_not_known_is_down(watch: Watch, server: Grpc) -> None:
    found = ask(watch, server, service="shop.Cellar")
    assert (found.reason, found.message) == (Reason.STATUS, "The call was answered with NOT_FOUND.")


def test_tls_is_verified(watch: Watch, server: Grpc) -> None:
    assert ask(watch, server, port=server.tls_port, tls=True).ok
    assert ask(watch, server, port=server.tls_port, tls=True, host="localhost", ip_family="4").ok
    assert ask(watch, server, port=server.tls_port, tls=True, server_name="site.test").ok
    wrong = ask(watch, server, port=server.tls_port, tls=True, server_name="other.test")
    assert wrong.reason is Reason.TLS
    assert "its certificate was made for another name" in wrong.message
    plain = ask(watch, server, tls=True)
    assert (plain.reason, "does not speak TLS" in plain.message) == (Reason.TLS, True)


def test_an_authority_of_ones_own_is_trusted(watch: Watch) -> None:
    stranger = issue("Somebody Else", authority=True)
    with grpc_server(issue("127.0.0.1", by=stranger)) as server:
        found = ask(watch, server, port=server.tls_port, tls=True)
        assert (found.reason, "issuer is not trusted" in found.message) == (Reason.TLS, True)
        assert ask(watch, server, port=server.tls_port, tls=True, ca_pem=stranger.pem).ok
        assert authority().pem not in str(found)


def test_one_dead_address_does_not_make_a_server_down(server: Grpc) -> None:
    assert by_two_addresses(CHECK, "127.0.0.9", "127.0.0.1", server.port).ok


def test_a_closed_port_is_refused(watch: Watch) -> None:
    number = closed_port()
    found = watch.look(CHECK, host="127.0.0.1", port=number)
    assert found.reason is Reason.CONNECT
    assert found.message == f"Cannot connect to 127.0.0.1:{number}: connection refused."


@pytest.mark.parametrize("tls", [False, True])
def test_servers_that_do_not_answer_end_on_time(watch: Watch, tls: bool) -> None:
    silent = says_nothing, begins(b"\0\0\0\4\0\0\0\0\0"), drips(b"", 0.1)
    for found in watch.all_hostile(CHECK, silent, SHORT_MS, tls=tls):
        assert found.reason in (Reason.TIMEOUT, Reason.TLS if tls else Reason.TIMEOUT)
        assert found.latency_ms < SHORT_MS * 1.2


NONSENSE = {
    "closes": closes,
    "resets": resets,
    "http": begins(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "noise": begins(b"\xff" * 99),
    "ssh": begins(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "goes away": begins(b"\0\0\0\4\0\0\0\0\0\0\0\x08\7\0\0\0\0\0\0\0\0\0\0\0\0\1"),
}


@pytest.mark.parametrize("behave", NONSENSE.values(), ids=NONSENSE)
def test_an_answer_of_another_kind_is_down(watch: Watch, behave: Behaviour) -> None:
    found = watch.hostile(CHECK, behave, 3_000)
    assert found.reason is Reason.PROTOCOL, found
    assert found.latency_ms < 1_500


def test_a_url_says_what_it_can() -> None:
    target = CHECK.build(CHECK.parse("grpcs://a.test:443"))
    assert (target.host, target.port, target.tls) == ("a.test", 443, True)
    assert CHECK.address(target) == "grpcs://a.test:443"
    assert CHECK.parse("grpc://[::1]:50051") == {"host": "::1", "port": 50051, "tls": False}
    with pytest.raises(Invalid, match="Port is missing"):
        CHECK.build(CHECK.parse("grpc://a.test"))
