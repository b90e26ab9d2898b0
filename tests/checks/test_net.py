"""What checks are given: vetted addresses, connections that are gone afterwards, times that add up."""

import asyncio
import resource
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_network

import pytest

from tests.servers.certificates import good
from tests.servers.checking import SHORT_MS, TIMEOUT_MS, checking
from tests.servers.deaf import deaf
from tests.servers.dns import name_server, zone
from tests.servers.http import OK, says, serving
from tests.servers.tcp import Behaviour, closed_port, closes, port, resets, says_nothing
from uptime.addresses import Policy
from uptime.checks._kind import CheckType, up
from uptime.checks._net import Net
from uptime.checks._race import race
from uptime.checks._stopwatch import Step, Stopwatch
from uptime.checks._tls import TlsContexts, TlsOptions
from uptime.checks.http import CHECK as HTTP
from uptime.checks.tcp import CHECK as TCP
from uptime.checks.tls import CHECK as TLS
from uptime.domain.result import Phases, Reason, Result

Story = Callable[[Net], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Told:
    """A target that is a story."""

    story: Story


async def _run(target: Told, net: Net) -> Result:
    return await target.story(net)


TELLING = CheckType("told", "Told", Told, _run, str, lambda url: {}, ())


def tell(story: Story, timeout_ms: int = TIMEOUT_MS, **settings: object) -> Result:
    """What the loop makes of a check that does as the story says."""

    async def scenario() -> Result:
        async with checking(**settings) as checker:
            return await checker.loop.look(TELLING, Told(story), timeout_ms)

    return asyncio.run(scenario())


def test_what_the_other_side_sends_can_be_read_and_the_connection_is_gone_afterwards() -> None:
    ended = asyncio.Event()

    async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello\n")
        await reader.read()
        ended.set()

    async def scenario() -> Result:
        async with port(greets) as found, checking() as checker:

            async def story(net: Net) -> Result:
                async with net.connect("127.0.0.1", found.number) as (reader, _):
                    return up((await reader.readline()).decode().strip())

            result = await checker.loop.look(TELLING, Told(story), TIMEOUT_MS)
            async with asyncio.timeout(2):
                await ended.wait()
            return result

    assert asyncio.run(scenario()).message == "hello"


@pytest.mark.parametrize("tls", [None, TlsOptions(verify=False)], ids=["plain", "tls"])
@pytest.mark.parametrize("behave", [closes, resets], ids=lambda found: found.__name__)
def test_a_connection_that_breaks_in_the_middle_is_a_fault_of_the_protocol(
    behave: Behaviour, tls: TlsOptions | None
) -> None:
    async def scenario() -> Result:
        async with port(behave, tls=good().context() if tls else None) as found, checking() as checker:

            async def story(net: Net) -> Result:
                async with net.connect("127.0.0.1", found.number, tls) as (reader, _):
                    await reader.readexactly(5)
                return up("It did not break")

            return await checker.loop.look(TELLING, Told(story), TIMEOUT_MS)

    found = asyncio.run(scenario())
    assert found.reason is Reason.PROTOCOL
    assert found.message.endswith("closed the connection in the middle.")


def test_a_silent_peer_costs_the_time_it_takes() -> None:
    async def scenario() -> Result:
        async with port(says_nothing) as found, checking() as checker:

            async def story(net: Net) -> Result:
                async with net.connect("127.0.0.1", found.number) as (reader, _):
                    await reader.readexactly(5)
                return up("It spoke")

            return await checker.loop.look(TELLING, Told(story), SHORT_MS)

    found = asyncio.run(scenario())
    assert (found.reason, found.message) == (Reason.TIMEOUT, "There was no answer within 0.3 s.")
    assert found.phases is not None
    assert found.phases.wait_ms > SHORT_MS * 0.9


MIXED = "127.0.0.1 10.9.8.7"


@pytest.mark.parametrize("kind", [TCP, TLS, HTTP], ids=lambda kind: kind.word)
def test_if_any_address_is_denied_no_connection_is_opened(kind: CheckType) -> None:
    async def scenario() -> tuple[Result, int]:
        policy = Policy(allow_private=True, deny=[ip_network("10.0.0.0/8")])
        async with (
            port(closes) as found,
            name_server(zone(mixed__test=MIXED, plain__test="127.0.0.1")) as names,
            checking(resolvers=(names.address,), policy=policy) as checker,
        ):

            def target(host: str) -> object:
                raw = {"url": f"http://{host}:{found.number}/", "host": host, "port": found.number}
                return kind.build(raw)

            denied = await checker.loop.look(kind, target("mixed.test"), TIMEOUT_MS)
            before = found.connections
            await checker.loop.look(kind, target("plain.test"), TIMEOUT_MS)
            assert found.connections == before + 1, "the positive control"
            return denied, before

    denied, connections = asyncio.run(scenario())
    assert denied.reason is Reason.BLOCKED
    assert "10.9.8.7" in denied.message
    assert connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f000001", "0177.1", "::ffff:127.0.0.1", "localhost"])
def test_every_spelling_of_a_denied_address_is_denied(host: str) -> None:
    async def story(net: Net) -> Result:
        async with net.connect(host, 80):
            return up("Connected")

    assert tell(story, policy=Policy(allow_private=False)).reason is Reason.BLOCKED
    assert tell(story).reason in (Reason.CONNECT, None)


def test_a_host_that_is_none_is_down_as_dns() -> None:
    async def story(net: Net) -> Result:
        async with net.connect("a b", 80):
            return up("Connected")

    assert tell(story).reason is Reason.DNS


def test_a_lack_of_descriptors_is_our_own_fault() -> None:
    """The name look-up needs none; the connection finds none left."""
    number = closed_port()

    async def story(net: Net) -> Result:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with socket.socket() as newest:
            resource.setrlimit(resource.RLIMIT_NOFILE, (newest.fileno() + 1, hard))
            try:
                async with net.connect("127.0.0.1", number):
                    return up("Connected")
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert tell(story).reason is Reason.INTERNAL


def test_an_answer_of_the_engine_is_timed_by_the_engine() -> None:
    async def scenario() -> Result:
        async with serving(says(OK)) as server, checking() as checker:
            return await checker.look(server.url)

    found = asyncio.run(scenario())
    assert found.ok
    assert found.phases is not None
    assert found.phases.connect_ms > 0
    assert found.latency_ms == pytest.approx(sum(getattr(found.phases, name) for name in Phases.__slots__))


def test_steps_add_up_and_nothing_is_counted_twice() -> None:
    began = time.monotonic()
    watch = Stopwatch(began - 0.010)
    watch.enter(Step.NAME)
    watch.enter(Step.ENGINE)
    watch.measured(Phases(1.0, 2.0, 3.0, 4.0, 5.0))
    found = watch.phases()
    assert found.connect_ms == pytest.approx(2)
    assert found.tls_ms == pytest.approx(3)
    assert found.receive_ms == pytest.approx(5)
    assert 14 <= found.wait_ms < 64


def test_an_engine_that_was_broken_off_counts_as_waiting() -> None:
    watch = Stopwatch(time.monotonic())
    watch.enter(Step.ENGINE)
    time.sleep(0.01)
    assert watch.phases().wait_ms >= 10


class Opened:
    """Something that has to be given back."""

    def __init__(self) -> None:
        self.open = 0

    async def after(self, seconds: float, error: Exception | None = None) -> float:
        await asyncio.sleep(seconds)
        if error:
            raise error
        self.open += 1
        return seconds

    def close(self, _seconds: float) -> None:
        self.open -= 1


def run_race(ways: list[float], opened: Opened, stagger: float) -> float:
    """A race of attempts that take so many seconds; those that take none fail."""

    async def scenario() -> float:
        def attempt(way: float):  # type: ignore[no-untyped-def]
            return opened.after(way, None if way else OSError("It failed"))

        try:
            return await race(ways, attempt, stagger=stagger, release=opened.close)
        finally:
            await asyncio.sleep(0.05)
            assert len(asyncio.all_tasks()) == 1

    return asyncio.run(scenario())


def test_the_first_to_get_there_wins_and_the_others_are_given_back() -> None:
    opened = Opened()
    assert run_race([5, 0.02, 5], opened, 0.01) == 0.02
    assert opened.open == 1
    assert run_race([0.02, 0.02, 0.02], Opened(), 0) == 0.02


def test_two_that_get_there_at_once_leave_one() -> None:
    opened = Opened()
    run_race([0.03] * 4, opened, 0)
    assert opened.open == 1


def test_a_failure_brings_the_next_on_at_once() -> None:
    began = time.monotonic()
    assert run_race([0, 0, 0.01], Opened(), 5) == 0.01
    assert time.monotonic() - began < 1


def test_when_all_fail_the_first_failure_is_told() -> None:
    with pytest.raises(OSError, match="It failed"):
        run_race([0, 0], Opened(), 5)
    with pytest.raises(OSError, match="It failed"):
        run_race([0], Opened(), 5)


def test_a_race_that_is_broken_off_leaves_nothing_behind() -> None:
    async def scenario() -> int:
        opened = Opened()
        running = asyncio.ensure_future(
            race([0.04, 0.05, 9], opened.after, stagger=0, release=opened.close)  # type: ignore[arg-type]
        )
        await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await asyncio.sleep(0.1)
        assert len(asyncio.all_tasks()) == 1
        return opened.open

    assert asyncio.run(scenario()) == 0


def test_a_dead_address_leaves_time_for_the_next_even_when_the_deadline_is_near() -> None:
    async def scenario() -> Result:
        with deaf("127.0.0.2") as number, socket.create_server(("127.0.0.1", number)):
            async with (
                name_server(zone(two__test="127.0.0.2 127.0.0.1")) as names,
                checking(resolvers=(names.address,)) as checker,
            ):
                return await checker.loop.look(TCP, TCP.build({"host": "two.test", "port": number}), 150)

    assert asyncio.run(scenario()).ok


def test_the_contexts_of_the_same_authorities_are_one() -> None:
    contexts = TlsContexts(None)
    assert contexts.get(TlsOptions()) is contexts.get(TlsOptions("other.test"))
    assert contexts.get(TlsOptions()) is not contexts.get(TlsOptions(verify=False))
    assert contexts.get(TlsOptions(verify=False)) is contexts.get(TlsOptions(verify=False, ca_pem="ignored"))


def test_a_file_of_authorities_may_hold_comments_in_any_language(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "own.pem"
    file.write_text(f"# Főtanúsítvány\n{good().pem}")
    assert TlsContexts(file).get(TlsOptions()).cert_store_stats()["x509"] > 100
