"""The runner: checks begin at their planned times, as many at once as there are places, and end in time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from uptime.checks._kind import CheckType, up
from uptime.checks._loop import EngineSettings
from uptime.core.runner import Finished, Runner, Task
from uptime.domain.heartbeat import Slot
from uptime.domain.monitor import Monitor
from uptime.domain.result import Reason, Result
from uptime.domain.schedule import from_ms


@dataclass(frozen=True, slots=True)
class Nap:
    """A target that takes a while."""

    seconds: float


BEGAN: list[float] = []


async def nap(target: Nap, net: object) -> Result:
    BEGAN.append(time.time())
    await asyncio.sleep(target.seconds)
    return up("Awake")


NAPPING = CheckType("nap", "Nap", Nap, nap, str, lambda url: {}, ())


def task(seconds: float, *, in_ms: float = 0, timeout_ms: int = 2_000, number: int = 1, extra: bool = False) -> Task:
    slot = Slot(from_ms(int(time.time() * 1000 + in_ms)), f"token:{number}" if extra else None)
    return Task(Monitor("Nap", "nap", {}, id=number, timeout_ms=timeout_ms), NAPPING, Nap(seconds), slot)


def run(
    story: Callable[[Runner], Awaitable[object]], *, places: int = 10, budget: float | None = None
) -> list[Finished]:
    """What finished while a story was played on a runner."""
    BEGAN.clear()
    done: list[Finished] = []

    async def played() -> None:
        runner = Runner(EngineSettings(concurrency=places), done.append, budget=budget)
        await runner.start()
        await story(runner)
        await runner.stop(0)

    asyncio.run(played())
    return done


def test_a_check_begins_at_its_planned_time_and_not_earlier() -> None:
    planned = task(0, in_ms=150)

    async def story(runner: Runner) -> None:
        runner.submit([planned])
        await runner.wait(2)

    done = run(story)
    late = BEGAN[0] - planned.slot.planned.timestamp()
    assert 0 <= late < 0.1
    assert done[0].result.ok


def test_an_extra_does_not_wait_for_its_time() -> None:
    async def story(runner: Runner) -> None:
        runner.submit([task(0, in_ms=1_000, extra=True)])
        await runner.wait(0.5)

    assert len(run(story)) == 1


def test_a_planned_time_far_ahead_is_taken_for_a_jump_of_the_clock() -> None:
    async def story(runner: Runner) -> None:
        runner.submit([task(0, in_ms=3_600_000)])
        await runner.wait(3)

    assert len(run(story)) == 1


def test_no_more_checks_run_at_once_than_there_are_places() -> None:
    async def story(runner: Runner) -> None:
        runner.submit([task(0.1, number=number) for number in range(4)])
        await runner.wait(2)

    done = run(story, places=2)
    assert len(done) == 4
    assert BEGAN[2] - BEGAN[0] >= 0.09
    assert BEGAN[1] - BEGAN[0] < 0.09


def test_a_check_that_takes_too_long_is_a_timeout() -> None:
    async def story(runner: Runner) -> None:
        runner.submit([task(5, timeout_ms=100)])
        await runner.wait(2)

    assert [finished.result.reason for finished in run(story)] == [Reason.TIMEOUT]


def test_within_a_budget_nothing_begins_that_may_end_too_late() -> None:
    async def story(runner: Runner) -> None:
        runner.submit([task(1.5, number=1, timeout_ms=4_000), task(0, number=2, timeout_ms=4_000)])
        await runner.wait(4)
        assert [left.monitor.id for left in await runner.stop(0)] == [2]

    assert [finished.task.monitor.id for finished in run(story, places=1, budget=5)] == [1]


def test_a_timeout_longer_than_the_budget_is_cut_short() -> None:
    async def story(runner: Runner) -> None:
        runner.submit([task(15, timeout_ms=60_000)])
        await runner.wait(8)

    assert [finished.result.reason for finished in run(story, budget=2.5)] == [Reason.TIMEOUT]


def test_a_stop_lets_running_checks_end_and_returns_the_others() -> None:
    async def story(runner: Runner) -> None:
        runner.submit([task(0.2, number=1), task(9, number=2), task(0, number=3), task(0, in_ms=900, number=4)])
        await asyncio.sleep(0.05)
        unmade = await runner.stop(0.5)
        assert {left.monitor.id for left in unmade} == {2, 3, 4}
        assert runner.load == 0

    assert [finished.task.monitor.id for finished in run(story, places=2)] == [1]


def test_what_comes_after_the_stop_is_not_begun() -> None:
    async def story(runner: Runner) -> None:
        runner.hold()
        late = task(0)
        runner.submit([late])
        await asyncio.sleep(0.05)
        assert await runner.stop(0) == [late]

    assert run(story) == []


@pytest.mark.parametrize("begun", [True, False])
def test_only_checks_that_have_not_begun_can_be_dropped(begun: bool) -> None:
    async def story(runner: Runner) -> None:
        dropped = task(0.1, in_ms=0 if begun else 200)
        runner.submit([dropped])
        await asyncio.sleep(0.02)
        runner.drop([dropped])
        await runner.wait(1)

    assert len(run(story)) == begun
