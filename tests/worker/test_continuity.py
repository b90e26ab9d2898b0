"""Going on without the store: every slot of the grid once, and nobody who was not met lately."""

from tests.conftest import NOW
from tests.worker.making import TYPE
from uptime.core.runner import Task
from uptime.domain.heartbeat import Slot
from uptime.domain.monitor import Monitor
from uptime.domain.schedule import from_ms, slot_at_ms, to_ms
from uptime.worker.continuity import Continuity

MONITOR = Monitor("a", "http", {}, id=7, interval=10)
LAST = slot_at_ms(7, 10, to_ms(NOW))


def known() -> Continuity:
    continuity = Continuity()
    continuity.remember([Task(MONITOR, TYPE, None, Slot(from_ms(LAST)))])
    return continuity


def planned(tasks: list[Task]) -> list[int]:
    return [to_ms(task.slot.planned) - LAST for task in tasks]


def test_each_slot_comes_once_and_a_second_ahead() -> None:
    continuity = known()
    assert planned(continuity.due(LAST, LAST + 8_900)) == []
    assert planned(continuity.due(LAST, LAST + 9_000)) == [10_000]
    assert planned(continuity.due(LAST, LAST + 10_000)) == []
    assert planned(continuity.due(LAST, LAST + 19_500)) == [20_000]


def test_slots_that_passed_unnoticed_are_made_up_for() -> None:
    assert planned(known().due(LAST + 9_000, LAST + 31_000)) == [10_000, 20_000, 30_000]


def test_slots_before_the_store_went_away_were_the_business_of_others() -> None:
    assert planned(known().due(LAST + 45_000, LAST + 51_000)) == [40_000, 50_000]


def test_a_jump_of_the_clock_floods_nobody() -> None:
    assert len(known().due(LAST, LAST + 3_600_000)) <= 8


def test_what_was_not_met_for_long_is_forgotten() -> None:
    continuity = known()
    continuity.forget(LAST + 60_000)
    assert len(continuity.due(LAST, LAST + 9_000)) == 1
    continuity.forget(LAST + 600_000)
    assert continuity.due(LAST, LAST + 700_000) == []


def test_an_extra_is_not_repeated() -> None:
    continuity = Continuity()
    continuity.remember([Task(MONITOR, TYPE, None, Slot(from_ms(LAST), "sweep:7"))])
    assert continuity.due(LAST, LAST + 60_000) == []


def test_the_check_has_no_claim_and_no_sweep() -> None:
    continuity = Continuity()
    continuity.remember([Task(MONITOR, TYPE, None, Slot(from_ms(LAST)), sweep="abc")])
    [task] = continuity.due(LAST, LAST + 9_000)
    assert (task.claim, task.sweep) == (None, None)


BACK = LAST + 12_000
LEASE = MONITOR.timeout_ms + 15_000


def test_after_the_return_only_what_nobody_handed_out_in_time_is_made_up_for() -> None:
    continuity = known()
    continuity.due(LAST, LAST + 19_000)
    assert planned(continuity.overdue(BACK, LAST + 31_900)) == []
    assert planned(continuity.overdue(BACK, LAST + 32_000)) == [30_000]
    assert planned(continuity.overdue(BACK, LAST + 33_000)) == []


def test_what_was_handed_out_after_the_return_is_left_to_its_holder() -> None:
    continuity = known()
    continuity.remember([Task(MONITOR, TYPE, None, Slot(from_ms(LAST + 10_000)))])
    assert continuity.overdue(BACK, LAST + 21_900) == []


def test_once_every_lease_has_ended_nothing_is_looked_for() -> None:
    assert known().overdue(BACK, BACK + LEASE + 2_001) == []
    assert len(known().overdue(BACK, BACK + LEASE + 2_000)) == 1
