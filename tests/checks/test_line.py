"""Our own line: failures of others are unknown while no witness answers, and only then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import dns.message
import pytest

from tests.servers.checking import Checker, checking
from tests.servers.dns import Reply, name_server
from tests.servers.tcp import closed_port, port, says_nothing
from uptime.checks import check_types
from uptime.checks._line import BROKEN, Line
from uptime.domain.result import Reason, Result

OUTSIDE, INSIDE = "203.0.113.7", "10.1.2.3"


def failed(address: str | None = OUTSIDE, reason: Reason = Reason.TIMEOUT) -> Result:
    return Result(False, "x", 5.0, reason, address=address)


class Witnesses:
    """Answers as it is told, after so many seconds where it is told a number, and below 0 with no."""

    def __init__(self, *answers: bool | float) -> None:
        self.answers, self.asked = answers, 0

    async def __call__(self, place: tuple[str, int]) -> bool:
        self.asked += 1
        answer = self.answers[place[1] - 1]
        await asyncio.sleep(0 if isinstance(answer, bool) else abs(answer))
        return answer > 0

    def line(self) -> Line:
        return Line([("witness", port) for port in range(1, len(self.answers) + 1)], self)


def vetted(witnesses: Witnesses, *results: Result) -> list[Result]:
    """What becomes of results that come in at once."""

    async def scenario() -> list[Result]:
        line = witnesses.line()
        found = await asyncio.gather(*(line.vet(result) for result in results))
        await line.close()
        return list(found)

    return asyncio.run(scenario())


def test_a_failure_is_unknown_while_no_witness_answers() -> None:
    [result] = vetted(Witnesses(False, False), failed())
    assert (result.reason, result.message) == (Reason.INTERNAL, BROKEN)


def test_one_witness_that_answers_is_enough_and_the_slow_ones_are_not_waited_for() -> None:
    assert vetted(Witnesses(False, True, 60.0), failed()) == [failed()]


@pytest.mark.parametrize(
    "result",
    [
        Result(True, "x", 5.0, address=OUTSIDE), failed(INSIDE), failed("127.0.0.1"), failed("::ffff:10.0.0.1"),
        failed("fd00::1"), failed(reason=Reason.BLOCKED), failed(reason=Reason.INTERNAL),
    ],
)  # fmt: skip
def test_what_needs_no_line_stands(result: Result) -> None:
    witnesses = Witnesses(False)
    assert vetted(witnesses, result) == [result]
    assert witnesses.asked == 0


def test_a_name_that_cannot_be_resolved_may_be_our_own_fault() -> None:
    [result] = vetted(Witnesses(False), failed(None, Reason.DNS))
    assert result.reason is Reason.INTERNAL


def test_many_failures_ask_once() -> None:
    witnesses = Witnesses(False, False)
    found = vetted(witnesses, *[failed()] * 500)
    assert {result.reason for result in found} == {Reason.INTERNAL}
    assert witnesses.asked == 2


def test_a_target_outside_that_answers_meanwhile_is_a_witness_too() -> None:
    async def scenario() -> Result:
        line = Witnesses(-0.05).line()
        waiting = asyncio.create_task(line.vet(failed()))
        await asyncio.sleep(0.01)
        await line.vet(Result(True, "x", 5.0, address=OUTSIDE))
        found = await waiting
        await line.close()
        return found

    assert asyncio.run(scenario()).reason is Reason.TIMEOUT


def test_without_witnesses_nothing_is_asked() -> None:
    assert vetted(Witnesses(), failed()) == [failed()]


def test_whoever_stops_waiting_stops_nobody_else() -> None:
    async def scenario() -> tuple[Result, bool]:
        line = Witnesses(0.05).line()
        first, second = (asyncio.create_task(line.vet(failed())) for _ in range(2))
        await asyncio.sleep(0.01)
        first.cancel()
        found = await second
        await line.close()
        return found, first.cancelled()

    result, cancelled = asyncio.run(scenario())
    assert (result.reason, cancelled) == (Reason.TIMEOUT, True)


def test_it_watches_without_being_asked_and_ends_when_it_is_closed() -> None:
    async def scenario() -> tuple[bool | None, bool | None, int]:
        line = Witnesses(False).line()
        before = line.answering
        line.watch()
        await asyncio.sleep(0.01)
        after = line.answering
        await line.close()
        return before, after, len(asyncio.all_tasks())

    assert asyncio.run(scenario()) == (None, False, 1)


def nowhere(query: dns.message.Message, tcp: bool) -> list[Reply]:
    """There is no such name."""
    answer = dns.message.make_response(query)
    answer.set_rcode(dns.rcode.NXDOMAIN)
    return [answer.to_wire()]


@asynccontextmanager
async def lost(**settings: Any) -> AsyncIterator[Checker]:
    """A checker whose name server knows nothing."""
    async with name_server(nowhere) as server, checking(resolvers=(server.address,), **settings) as checker:
        yield checker


async def look(checker: Checker) -> Result:
    tcp = check_types()["tcp"]
    return await checker.loop.look(tcp, tcp.build({"host": "shop.test", "port": 443}), 1_000)


def test_real_witnesses_are_asked_over_tcp() -> None:
    async def scenario(answers: bool) -> Result:
        async with port(says_nothing) as listener:
            number = listener.number if answers else closed_port()
            async with lost(witnesses=(("127.0.0.1", number),)) as checker:
                return await look(checker)

    assert asyncio.run(scenario(True)).reason is Reason.DNS
    result = asyncio.run(scenario(False))
    assert (result.reason, result.message) == (Reason.INTERNAL, BROKEN)


def test_a_witness_that_cannot_be_named_does_not_answer() -> None:
    async def scenario() -> Result:
        async with lost(witnesses=(("witness.test", 53), ("bad..name", 1))) as checker:
            return await look(checker)

    assert asyncio.run(scenario()).reason is Reason.INTERNAL
