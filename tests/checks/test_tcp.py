"""TCP ports: open, closed, and hostile."""

import asyncio
import socket
import time

import pytest

from tests.servers.checking import SHORT_MS, TIMEOUT_MS, checking
from tests.servers.deaf import deaf
from tests.servers.dns import name_server, zone
from tests.servers.tcp import Behaviour, closed_port, closes, drips, port, resets, says_nothing
from uptime.checks._loop import CheckLoop
from uptime.checks.tcp import CHECK
from uptime.domain.result import Reason, Result


async def look(loop: CheckLoop, host: str, number: int, timeout_ms: int = TIMEOUT_MS, **more: object) -> Result:
    return await loop.look(CHECK, CHECK.build({"host": host, "port": number, **more}), timeout_ms)


def knock(host: str, number: int, timeout_ms: int = TIMEOUT_MS, **more: object) -> Result:
    async def scenario() -> Result:
        async with checking() as checker:
            return await look(checker.loop, host, number, timeout_ms, **more)

    return asyncio.run(scenario())


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.1", "0x7f.1"])
def test_an_open_port_is_up(host: str) -> None:
    family = socket.AF_INET6 if host == "::1" else socket.AF_INET
    with socket.create_server(("::1" if host == "::1" else "127.0.0.1", 0), family=family) as listener:
        found = knock(host, listener.getsockname()[1])
    assert found.ok
    assert found.message.startswith("Port ")
    assert found.address in ("127.0.0.1", "::1")
    assert found.phases is not None
    assert found.latency_ms == pytest.approx(sum(getattr(found.phases, name) for name in found.phases.__slots__))
    assert found.phases.connect_ms > 0


def test_a_closed_port_is_refused() -> None:
    number = closed_port()
    found = knock("127.0.0.1", number)
    assert found.reason is Reason.CONNECT
    assert found.message == (
        f"Cannot connect to 127.0.0.1:{number}: the connection was refused: nothing listens on that port."
    )
    assert found.address == "127.0.0.1"


@pytest.mark.parametrize("behave", [says_nothing, closes, resets, drips(b"x")], ids=lambda found: found.__name__)
def test_a_port_that_accepts_is_open_whatever_it_does_then(behave: Behaviour) -> None:
    async def scenario() -> Result:
        async with port(behave) as found, checking() as checker:
            return await look(checker.loop, "127.0.0.1", found.number)

    assert asyncio.run(scenario()).ok


def test_a_port_that_does_not_answer_ends_on_time() -> None:
    with deaf("127.0.0.1") as number:
        began = time.monotonic()
        found = knock("127.0.0.1", number, SHORT_MS)
    assert found.reason is Reason.TIMEOUT
    assert found.message == "The connection was not established within 0.3 s."
    assert SHORT_MS <= found.latency_ms < SHORT_MS * 1.1
    assert found.phases is not None
    assert found.phases.connect_ms > SHORT_MS * 0.9
    assert time.monotonic() - began < 1


def by_name(addresses: str, number: int, family: str = "any") -> Result:
    async def scenario() -> Result:
        async with (
            name_server(zone(two__test=addresses)) as names,
            checking(resolvers=(names.address,)) as checker,
        ):
            return await look(checker.loop, "two.test", number, 1_500, ip_family=family)

    return asyncio.run(scenario())


def test_one_dead_address_does_not_make_a_target_down() -> None:
    with deaf("127.0.0.2") as number, socket.create_server(("127.0.0.1", number)):
        assert by_name("127.0.0.2", number).reason is Reason.TIMEOUT
        found = by_name("127.0.0.2 127.0.0.1", number)
    assert found.ok
    assert found.address == "127.0.0.1"


def test_an_address_that_refuses_is_followed_by_the_next_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = by_name("127.0.0.2 127.0.0.3 127.0.0.1", listener.getsockname()[1])
    assert found.address == "127.0.0.1"
    assert found.phases is not None
    assert found.phases.connect_ms < 100


def test_a_name_whose_addresses_all_refuse_is_down() -> None:
    assert by_name("127.0.0.2 127.0.0.1", closed_port()).reason is Reason.CONNECT


def test_the_address_family_that_was_asked_for_is_the_one_used() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        number = listener.getsockname()[1]
        assert by_name("127.0.0.1 ::1", number, "6").address == "::1"
        assert by_name("127.0.0.1 ::1", number, "4").reason is Reason.CONNECT
        assert by_name("127.0.0.1", number, "6").reason is Reason.DNS


def test_a_name_that_does_not_exist_is_down_as_dns() -> None:
    async def scenario() -> Result:
        async with name_server(zone()) as names, checking(resolvers=(names.address,)) as checker:
            return await look(checker.loop, "no.test", 80)

    found = asyncio.run(scenario())
    assert (found.reason, found.message) == (Reason.DNS, "There is no such name as no.test.")


def test_a_name_server_that_says_nothing_ends_on_time() -> None:
    async def scenario() -> Result:
        async with name_server(lambda query, tcp: []) as names, checking(resolvers=(names.address,)) as checker:
            return await look(checker.loop, "silent.test", 80, SHORT_MS)

    found = asyncio.run(scenario())
    assert found.reason is Reason.TIMEOUT
    assert found.latency_ms < SHORT_MS * 1.1
    assert found.phases is not None
    assert found.phases.name_ms > SHORT_MS * 0.9
