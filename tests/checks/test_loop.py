"""The check loop: whatever a check or a target does, there is a result on time and nothing is left behind."""

import asyncio
import gc
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from tests.servers.certificates import good
from tests.servers.checking import TIMEOUT_MS, checking
from tests.servers.deaf import deaf
from tests.servers.dns import name_server, records
from tests.servers.http import OK, says, serving
from tests.servers.tcp import begins, closed_port, closes, drips, port, resets, says_nothing
from uptime.checks import check_types
from uptime.checks._kind import CheckFailed, CheckType, down, up
from uptime.checks._loop import CheckLoop
from uptime.checks._net import Net
from uptime.checks._stopwatch import Step
from uptime.domain.result import Reason, Result

Story = Callable[[Net], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Told:
    """A target that is a story."""

    story: Story


async def _run(target: Told, net: Net) -> Result:
    return await target.story(net)


TELLING = CheckType("told", "Told", Told, _run, str, lambda url: {}, ())


def tell(story: Story, timeout_ms: int = TIMEOUT_MS, name: str = "") -> Result:
    """What the loop makes of a check that does as the story says."""

    async def scenario() -> Result:
        async with checking() as checker:
            return await checker.loop.look(TELLING, Told(story), timeout_ms, name)

    return asyncio.run(scenario())


async def at_once(_net: Net) -> Result:
    return up("At once")


async def never(_net: Net) -> Result:
    await asyncio.Event().wait()
    return up("Never")


def lasting(seconds: float) -> Story:
    async def story(_net: Net) -> Result:
        await asyncio.sleep(seconds)
        return up("At last")

    return story


def test_a_result_carries_what_was_met_on_the_way() -> None:
    async def story(net: Net) -> Result:
        net.address = "192.0.2.7"
        net.phases.enter(Step.CONNECT)
        await asyncio.sleep(0.02)
        return up("Seen", status_code=204, facts={"a": "b"})

    found = tell(story)
    assert (found.ok, found.message, found.status_code, found.facts) == (True, "Seen", 204, {"a": "b"})
    assert found.address == "192.0.2.7"
    assert found.phases is not None
    assert 20 <= found.phases.connect_ms <= found.latency_ms < 100


def test_what_the_target_did_wrong_is_a_result() -> None:
    async def story(_net: Net) -> Result:
        raise CheckFailed(Reason.PROTOCOL, "It spoke in riddles.", evidence="a riddle")

    found = tell(story)
    assert (found.reason, found.message, found.evidence) == (Reason.PROTOCOL, "It spoke in riddles.", "a riddle")


def test_a_fault_of_ours_is_logged_once_with_its_trace_and_the_name(caplog: pytest.LogCaptureFixture) -> None:
    async def story(_net: Net) -> Result:
        return up(str(1 // 0))

    found = tell(story, name="monitor 7")
    assert found.reason is Reason.INTERNAL
    assert "ZeroDivisionError" not in found.message
    [entry] = caplog.records
    assert entry.getMessage() == "The check of monitor 7 failed inside."
    assert entry.exc_info is not None
    assert entry.exc_info[0] is ZeroDivisionError


def test_a_fault_that_a_check_owns_up_to_is_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    async def story(_net: Net) -> Result:
        raise CheckFailed(Reason.INTERNAL, "Something of ours is missing.")

    assert tell(story).message == "Something of ours is missing."
    assert [entry.levelno for entry in caplog.records] == [logging.ERROR]


def test_a_fault_in_one_check_leaves_the_others_alone() -> None:
    async def fails(_net: Net) -> Result:
        raise RuntimeError

    async def scenario() -> list[Result]:
        async with checking() as checker:
            stories = [fails, lasting(0.05), fails, at_once]
            return await asyncio.gather(*(checker.loop.look(TELLING, Told(story), TIMEOUT_MS) for story in stories))

    assert [found.ok for found in asyncio.run(scenario())] == [False, True, False, True]


def test_the_deadline_ends_a_check() -> None:
    found = tell(never, 100)
    assert (found.reason, found.message) == (Reason.TIMEOUT, "There was no answer within 0.1 s.")
    assert 100 <= found.latency_ms < 110


def test_a_check_may_say_what_it_waited_for() -> None:
    async def story(net: Net) -> Result:
        net.silence, net.advice = "Nobody came", "Call again."
        return await never(net)

    assert tell(story, 100).message == "Nobody came within 0.1 s. Call again."


def test_a_limit_of_the_check_itself_is_a_timeout_too() -> None:
    async def story(_net: Net) -> Result:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(5)
        return up("In time")

    assert tell(story).reason is Reason.TIMEOUT


def test_an_engine_that_minds_the_deadline_itself_gets_a_moment_more() -> None:
    async def story(net: Net) -> Result:
        net.phases.enter(Step.ENGINE)
        await asyncio.sleep(net.remaining() + 0.01)
        return down(Reason.TIMEOUT, "Said by the engine.")

    async def stuck(net: Net) -> Result:
        net.phases.enter(Step.ENGINE)
        return await never(net)

    assert tell(story, 400).message == "Said by the engine."
    found = tell(stuck, 400)
    assert found.message == "There was no answer within 0.4 s."
    assert 420 <= found.latency_ms < 440


def test_a_check_that_takes_its_cancelling_for_an_error_still_has_a_result() -> None:
    async def story(net: Net) -> Result:
        try:
            await never(net)
        except asyncio.CancelledError:
            raise CheckFailed(Reason.CONNECT, "Gave up.") from None
        return up("Never")

    async def scenario() -> tuple[Result, int]:
        async with checking() as checker:
            found = await checker.loop.look(TELLING, Told(story), 100)
            await asyncio.sleep(0)
            task = asyncio.current_task()
            assert task is not None
            return found, task.cancelling()

    found, cancelling = asyncio.run(scenario())
    assert (found.message, cancelling) == ("Gave up.", 0)


def test_who_cancels_a_look_sees_it_cancelled() -> None:
    async def scenario() -> None:
        async with checking() as checker:
            looking = asyncio.ensure_future(checker.loop.look(TELLING, Told(never), TIMEOUT_MS))
            await asyncio.sleep(0.02)
            looking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await looking
            assert checker.loop.free == 64
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await checker.loop.look(TELLING, Told(never), TIMEOUT_MS)

    asyncio.run(scenario())


def test_closing_breaks_off_what_is_under_way() -> None:
    async def scenario() -> None:
        async with checking() as checker:
            looking = [asyncio.ensure_future(checker.loop.look(TELLING, Told(never), TIMEOUT_MS)) for _ in range(70)]
            await asyncio.sleep(0.02)
            await checker.loop.close()
            assert all(task.cancelled() for task in looking)

    asyncio.run(scenario())


def test_no_more_run_at_once_than_there_are_places() -> None:
    running, most = 0, 0

    async def story(_net: Net) -> Result:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.03)
        running -= 1
        return up("Done")

    async def scenario() -> list[int]:
        async with checking(concurrency=5) as checker:
            free = [checker.loop.free]
            looks = [asyncio.ensure_future(checker.loop.look(TELLING, Told(story), 100)) for _ in range(25)]
            await asyncio.sleep(0.01)
            free.append(checker.loop.free)
            results = await asyncio.gather(*looks)
            assert all(found.ok for found in results), "waiting for a place is not held against a check"
            assert max(found.latency_ms for found in results) < 100
            return [*free, checker.loop.free]

    assert asyncio.run(scenario()) == [5, 0, 5]
    assert most == 5


def test_targets_that_hang_do_not_delay_the_others() -> None:
    async def scenario() -> tuple[list[float], float]:
        async with port(says_nothing) as silent, serving(says(OK)) as server, checking(concurrency=128) as checker:
            tls = check_types()["tls"]
            target = tls.build({"host": "127.0.0.1", "port": silent.number})
            hanging = [asyncio.ensure_future(checker.loop.look(tls, target, 1_000)) for _ in range(60)]
            await asyncio.sleep(0.1)
            began = time.monotonic()
            healthy = [await checker.look(server.url) for _ in range(20)]
            spent = time.monotonic() - began
            assert not any(task.done() for task in hanging)
            assert all(found.ok for found in healthy)
            ended = await asyncio.gather(*hanging)
            assert {found.reason for found in ended} == {Reason.TIMEOUT}
            return [found.latency_ms for found in ended], spent

    late, spent = asyncio.run(scenario())
    assert spent < 0.8
    assert max(late) < 1_100


OF_DATABASES_AND_MORE = {"domain", "grpc", "grpc-keyword", "mqtt", "mysql", "postgres", "redis"}
"""Types with a sweep of their own, see test_optional.py."""


def descriptors() -> set[str]:
    """What this process has open."""
    found = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            found.add(f"{number} {os.readlink(f'/proc/self/fd/{number}')}")
        except FileNotFoundError:
            continue
    return found


async def hostile(stack: AsyncExitStack) -> tuple[list[tuple[str, dict[str, object]]], str]:
    """Targets of every type, each hostile in its own way, and the name server they are looked up at."""
    enter = stack.enter_async_context
    tls = good().context()
    names = await enter(name_server(lambda query, tcp: [records(query)] if query.id % 2 else []))
    plain = [says_nothing, closes, resets, drips(b"x"), begins(b"HTTP/1.1 200"), drips(b"x", start=OK[:20])]
    secret = [says_nothing, closes, drips(b"x"), begins(OK[:-2])]
    found = [await enter(port(each)) for each in plain] + [await enter(port(each, tls=tls)) for each in secret]
    targets: list[tuple[str, dict[str, object]]] = []
    for number in (*(each.number for each in found), stack.enter_context(deaf("127.0.0.1")), closed_port()):
        targets += [
            ("tcp", {"host": "127.0.0.1", "port": number}),
            ("tls", {"host": "127.0.0.1", "port": number}),
            ("http", {"url": f"http://127.0.0.1:{number}/"}),
            ("http", {"url": f"https://localhost:{number}/"}),
            ("dns", {"name": "site.test", "server": f"127.0.0.1:{number}"}),
            ("ping", {"host": "127.0.0.1", "ports": [number]}),
            ("keyword", {"url": f"http://127.0.0.1:{number}/", "keyword": "hello"}),
            ("json-query", {"url": f"http://127.0.0.1:{number}/", "expected": "hello"}),
            ("websocket", {"url": f"ws://127.0.0.1:{number}/"}),
            ("websocket", {"url": f"wss://127.0.0.1:{number}/", "close_codes": [1000]}),
            ("udp", {"host": "127.0.0.1", "port": number}),
            *((word, {"host": "127.0.0.1", "port": number}) for word in ("ssh", "smtp", "imap", "pop3")),
            *((word, {"host": "127.0.0.1", "port": number, "security": "tls"}) for word in ("smtp", "imap", "pop3")),
        ]
    targets += [(word, {"host": "lost.test", "port": 80}) for word in ("tcp", "tls", "ping")]
    targets += [("dns", {"name": "lost.test", "server": names.address, "record_type": kind}) for kind in ("A", "TXT")]
    return targets, names.address


def test_hostile_targets_of_every_type_end_on_time_and_leave_nothing_behind() -> None:
    timeout_ms = 800

    async def sweep(loop: CheckLoop, targets: list[tuple[str, dict[str, object]]]) -> list[Result]:
        kinds = check_types()
        return await asyncio.gather(
            *(loop.look(kinds[word], kinds[word].build(raw), timeout_ms) for word, raw in targets)
        )

    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            targets, resolver = await hostile(stack)
            assert {word for word, _ in targets} == set(check_types()) - OF_DATABASES_AND_MORE
            async with checking(resolvers=(resolver,), concurrency=256) as checker:
                await sweep(checker.loop, targets)
                await asyncio.sleep(0.1)
                gc.collect()
                open_before, tasks_before = descriptors(), len(asyncio.all_tasks())
                for _ in range(3):
                    began = time.monotonic()
                    results = await sweep(checker.loop, targets)
                    assert time.monotonic() - began < timeout_ms / 1000 * 1.1 + 0.5
                    assert max(found.latency_ms for found in results) < timeout_ms * 1.1
                    assert Reason.INTERNAL not in {found.reason for found in results}
                async with asyncio.timeout(2):
                    while descriptors() != open_before or len(asyncio.all_tasks()) != tasks_before:
                        await asyncio.sleep(0.02)
                        gc.collect()
            assert checker.loop.free == 256

    before, threads = descriptors(), threading.active_count()
    asyncio.run(scenario())
    gc.collect()
    assert descriptors() - before == set()
    assert threading.active_count() == threads
