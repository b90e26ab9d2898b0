"""What of a channel's messages may go now, what waits, what has become pointless."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import NOW
from uptime.domain.channel import QuietHours, Rules
from uptime.domain.delivery import GIVE_UP, Delivery, Plan, failed, plan, reminder
from uptime.domain.notification import Notification, Occasion
from uptime.domain.schedule import to_ms

DOWN, RECOVERED, STILL_DOWN = Occasion.DOWN, Occasion.RECOVERED, Occasion.STILL_DOWN
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def message(occasion: Occasion, monitor: int = 1, after: timedelta = timedelta(0), **fields: object) -> Delivery:
    at = NOW + after
    event = f"{monitor}-{to_ms(at)}"
    made = Delivery(f"{event}@1", monitor, to_ms(at), Notification(event, occasion, "", "", at), at)
    return replace(made, **fields)  # type: ignore[arg-type]


def told(found: Plan) -> list[list[tuple[int, Occasion]]]:
    return [[(one.monitor_id, one.occasion) for one in unit] for unit in found.units]


def test_messages_go_in_the_order_of_their_events() -> None:
    pending = [message(RECOVERED, 1, MINUTE), message(DOWN, 2, SECOND), message(DOWN, 1)]
    assert told(plan(pending, Rules(), NOW + MINUTE)) == [[(1, DOWN)], [(2, DOWN)], [(1, RECOVERED)]]


def test_what_failed_holds_back_its_monitor_alone() -> None:
    stuck = message(DOWN, 1, next_at=NOW + MINUTE, attempts=1, first_tried_at=NOW)
    pending = [stuck, message(RECOVERED, 1, SECOND), message(DOWN, 2)]
    found = plan(pending, Rules(), NOW + 2 * SECOND)
    assert told(found) == [[(2, DOWN)]]
    assert found.wake_at == NOW + MINUTE
    assert told(plan(pending, Rules(), NOW + MINUTE))[0] == [(1, DOWN)]


def test_trouble_that_ends_before_it_is_time_to_tell_is_never_told() -> None:
    pending = [message(DOWN, not_before=NOW + 5 * MINUTE), message(RECOVERED, after=MINUTE)]
    found = plan(pending, Rules(), NOW + MINUTE)
    assert (found.units, found.wake_at) == ((), None)
    assert [one.delivery.occasion for one in found.dropped] == [DOWN, RECOVERED]
    assert {one.why for one in found.dropped} == {"It recovered before it was time to tell."}


def test_trouble_that_was_tried_is_told_even_when_it_has_ended() -> None:
    tried = message(DOWN, attempts=1, next_at=NOW + MINUTE, first_tried_at=NOW)
    pending = [tried, message(RECOVERED, after=SECOND)]
    assert plan(pending, Rules(), NOW + 2 * SECOND).dropped == ()
    assert told(plan(pending, Rules(), NOW + MINUTE)) == [[(1, DOWN)], [(1, RECOVERED)]]


def test_a_reminder_of_what_has_ended_is_dropped() -> None:
    down = message(DOWN, repeat=600)
    again = reminder(down, NOW)
    assert again is not None
    found = plan([again, message(RECOVERED, after=MINUTE)], Rules(), NOW + MINUTE)
    assert told(found) == [[(1, RECOVERED)]]
    assert [one.delivery.occasion for one in found.dropped] == [STILL_DOWN]


def test_reminders_are_numbered_and_tell_of_the_same_event() -> None:
    first = reminder(message(DOWN, repeat=600), NOW)
    assert first is not None
    second = reminder(first, NOW + 10 * MINUTE)
    assert second is not None
    assert [one.id.partition("#")[2] for one in (first, second)] == ["1", "2"]
    assert first.notification.id == second.notification.id
    assert (second.occasion, second.not_before) == (STILL_DOWN, NOW + 20 * MINUTE)


@pytest.mark.parametrize("made", [message(DOWN), message(RECOVERED, repeat=600)])
def test_a_channel_without_repeats_and_a_recovery_have_no_reminder(made: Delivery) -> None:
    assert reminder(made, NOW) is None


NIGHT = Rules(quiet=QuietHours("22:00", "07:00", "Europe/Berlin"))
MIDNIGHT = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
MORNING = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)


def test_quiet_hours_put_messages_off_until_they_end() -> None:
    pending = [message(DOWN, not_before=MIDNIGHT)]
    found = plan(pending, NIGHT, MIDNIGHT)
    assert (found.units, found.wake_at) == ((), MORNING)
    assert told(plan(pending, NIGHT, MORNING)) == [[(1, DOWN)]]


def test_what_came_and_went_in_the_quiet_hours_is_not_told() -> None:
    pending = [message(DOWN, not_before=MIDNIGHT), message(RECOVERED, after=SECOND, not_before=MIDNIGHT)]
    assert len(plan(pending, NIGHT, MIDNIGHT).dropped) == 2


@pytest.mark.parametrize(
    ("begin", "end", "local", "ends"),
    [
        ("22:00", "07:00", "21:59", None),
        ("22:00", "07:00", "22:00", "2026-03-03T07:00"),
        ("22:00", "07:00", "06:59", "2026-03-02T07:00"),
        ("22:00", "07:00", "07:00", None),
        ("09:00", "17:00", "12:00", "2026-03-02T17:00"),
        ("09:00", "17:00", "18:00", None),
    ],
)
def test_quiet_hours_may_pass_midnight(begin: str, end: str, local: str, ends: str | None) -> None:
    now = datetime.fromisoformat(f"2026-03-02T{local}").replace(tzinfo=UTC)
    expected = datetime.fromisoformat(ends).replace(tzinfo=UTC) if ends else None
    assert QuietHours(begin, end, "UTC").over(now) == expected


def test_quiet_hours_end_by_the_clock_on_the_wall_when_the_clocks_change() -> None:
    saturday_night = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    assert NIGHT.quiet is not None
    assert NIGHT.quiet.over(saturday_night) == datetime(2026, 3, 29, 5, 0, tzinfo=UTC)


def test_a_test_message_is_never_put_off() -> None:
    assert told(plan([message(Occasion.TEST, not_before=MIDNIGHT)], NIGHT, MIDNIGHT)) == [[(1, Occasion.TEST)]]


def test_up_to_twenty_go_alone_and_more_go_together() -> None:
    twenty = [message(DOWN, monitor) for monitor in range(20)]
    assert len(plan(twenty, Rules(), NOW).units) == 20
    found = plan([*twenty, message(DOWN, 20)], Rules(), NOW)
    assert [len(unit) for unit in found.units] == [21]


def test_after_twenty_the_rest_is_gathered_for_a_while() -> None:
    sent = [NOW] * 20
    pending = [message(DOWN, monitor, SECOND) for monitor in range(3)]
    waits = plan(pending, Rules(), NOW + SECOND, sent)
    assert (waits.units, waits.wake_at) == ((), NOW + 10 * SECOND)
    assert [len(unit) for unit in plan(pending, Rules(), NOW + 10 * SECOND, sent).units] == [3]
    assert [len(unit) for unit in plan(pending, Rules(), NOW + 30 * SECOND, sent).units] == [1, 1, 1]


def test_pauses_grow_up_to_five_minutes() -> None:
    delivery, pauses = message(DOWN), []
    for _ in range(12):
        delivery = failed(delivery, "no answer", None, 0.5, NOW)
        assert delivery.next_at is not None
        pauses.append((delivery.next_at - NOW).total_seconds())
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    spread = {failed(message(DOWN), "", None, chance, NOW).next_at for chance in (0, 1)}
    assert spread == {NOW + timedelta(seconds=0.8), NOW + timedelta(seconds=1.2)}


@pytest.mark.parametrize(("asked", "expected"), [(30.0, 30), (0.0, 1), (-5.0, 1), (1e9, 3_600)])
def test_the_pause_that_the_other_side_asks_for_is_kept(asked: float, expected: float) -> None:
    assert failed(message(DOWN), "429", asked, 0.5, NOW).next_at == NOW + timedelta(seconds=expected)


def test_after_a_day_of_attempts_a_message_is_given_up_and_the_next_has_its_turn() -> None:
    old = message(DOWN, attempts=99, first_tried_at=NOW, next_at=NOW, problem="No answer.")
    pending = [old, message(RECOVERED, after=MINUTE)]
    assert plan(pending, Rules(), NOW + GIVE_UP - SECOND).dropped == ()
    found = plan(pending, Rules(), NOW + GIVE_UP)
    assert [(one.failed, one.why) for one in found.dropped] == [(True, "It was tried for a day. No answer.")]
    assert told(found) == [[(1, RECOVERED)]]
