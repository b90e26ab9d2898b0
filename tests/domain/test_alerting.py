"""What is told of a change depends on what people believe, and on what keeps it back."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOW
from uptime.domain.alerting import (
    FLAPPING_CHANGES,
    FLAPPING_EVERY,
    AlertState,
    Decision,
    Event,
    Facts,
    Mark,
    look_again,
    weigh,
)
from uptime.domain.heartbeat import Change, Status
from uptime.domain.notification import Occasion, Seen

UP, DOWN, DEGRADED, MAINTENANCE, UNKNOWN = (
    Status.UP,
    Status.DOWN,
    Status.DEGRADED,
    Status.MAINTENANCE,
    Status.UNKNOWN,
)
FACTS = Facts(interval=60)
SILENCE = Mark("alice", "being rebuilt", NOW)


def event(after: Status, at: datetime = NOW, before: Status = UP, number: int = 1) -> Event:
    change = Change(f"7-local-{number}", at, before, after, None, None, "", ("Failure 1 in a row.",))
    return Event(7, "local", change, at, Seen("Answered 503."))


@pytest.mark.parametrize(
    ("believed", "after", "occasion"),
    [
        (UP, DOWN, Occasion.DOWN),
        (UP, DEGRADED, Occasion.DEGRADED),
        (UP, UP, None),
        (DEGRADED, DOWN, Occasion.DOWN),
        (DEGRADED, UP, Occasion.RECOVERED),
        (DEGRADED, DEGRADED, None),
        (DOWN, UP, Occasion.RECOVERED),
        (DOWN, DEGRADED, Occasion.RECOVERED),
        (DOWN, DOWN, None),
        (UP, MAINTENANCE, None),
        (DOWN, MAINTENANCE, None),
        (DOWN, UNKNOWN, None),
        (UP, UNKNOWN, None),
    ],
)
def test_what_people_believe_decides_what_they_are_told(
    believed: Status, after: Status, occasion: Occasion | None
) -> None:
    decision = weigh(AlertState(announced=believed, event="e"), event(after), FACTS, NOW)
    assert decision.occasion is occasion
    assert decision.trace[0] == "Failure 1 in a row."
    expected = after if occasion else believed
    assert decision.state.announced is expected


def test_what_was_down_before_maintenance_and_is_down_after_it_is_not_told_again() -> None:
    state = weigh(AlertState(), event(DOWN), FACTS, NOW).state
    later = NOW + timedelta(hours=1)
    state = weigh(state, event(MAINTENANCE, later, DOWN), FACTS, later).state
    decision = weigh(state, event(DOWN, later, MAINTENANCE), FACTS, later)
    assert decision.occasion is None
    assert "People believe already that it is down." in decision.trace


def test_a_recovery_knows_the_trouble_that_it_ends() -> None:
    state = weigh(AlertState(), event(DOWN, number=5), FACTS, NOW).state
    later = NOW + timedelta(minutes=3)
    decision = weigh(state, event(UP, later, DOWN, number=6), FACTS, later)
    assert (decision.trouble, decision.trouble_since) == ("7-local-5", NOW)
    assert (decision.state.event, decision.state.since) == ("", None)


@pytest.mark.parametrize(
    ("state", "facts", "why"),
    [
        (AlertState(silenced=SILENCE), FACTS, "It is silenced by alice: being rebuilt"),
        (AlertState(), Facts(60, "Router"), "Router, on which it depends, is down: that is told instead."),
    ],
)
def test_trouble_is_kept_back_and_told_when_the_reason_for_that_has_gone(
    state: AlertState, facts: Facts, why: str
) -> None:
    kept = weigh(state, event(DOWN), facts, NOW)
    assert kept.occasion is None
    assert why in kept.trace
    assert look_again(kept.state, facts, NOW) is not None
    told = look_again(replace(kept.state, silenced=None), FACTS, NOW + timedelta(minutes=5))
    assert told is not None
    assert (told.occasion, told.event.id, told.state.held) == (Occasion.DOWN, "7-local-1", None)


def test_trouble_that_was_kept_back_and_has_ended_is_never_told() -> None:
    state = weigh(AlertState(silenced=SILENCE), event(DOWN), FACTS, NOW).state
    decision = weigh(state, event(UP, before=DOWN, number=2), FACTS, NOW)
    assert decision.occasion is None
    assert (decision.state.held, decision.state.silenced) == (None, None)


def test_a_recovery_is_told_whatever_keeps_trouble_back() -> None:
    state = weigh(AlertState(), event(DOWN), FACTS, NOW).state
    silenced = replace(state, silenced=SILENCE, acknowledged=SILENCE)
    decision = weigh(silenced, event(UP, before=DOWN, number=2), Facts(60, "Router"), NOW)
    assert decision.occasion is Occasion.RECOVERED
    assert (decision.state.silenced, decision.state.acknowledged) == (None, None)


def test_a_silence_ends_at_its_time() -> None:
    until = NOW + timedelta(hours=1)
    kept = weigh(AlertState(silenced=replace(SILENCE, until=until)), event(DOWN), FACTS, NOW)
    assert kept.again_at == until
    told = look_again(kept.state, FACTS, until)
    assert told is not None
    assert (told.occasion, told.state.silenced) == (Occasion.DOWN, None)


def flip(state: AlertState, times: int, every: timedelta = timedelta(seconds=30)) -> tuple[AlertState, list[Decision]]:
    decisions = []
    for number in range(times):
        at = NOW + every * number
        after, before = (DOWN, UP) if number % 2 == 0 else (UP, DOWN)
        decisions.append(weigh(state, event(after, at, before, number), FACTS, at))
        state = decisions[-1].state
    return state, decisions


def test_many_changes_in_a_short_time_are_told_as_one_and_then_rarely() -> None:
    _, decisions = flip(AlertState(), 60)
    told = [decision.occasion for decision in decisions if decision.occasion]
    alternating = [Occasion.DOWN, Occasion.RECOVERED] * (FLAPPING_CHANGES // 2)
    assert told[:FLAPPING_CHANGES] == alternating
    assert told[FLAPPING_CHANGES:] == [Occasion.FLAPPING, Occasion.FLAPPING]
    moments = [d.event.change.at for d in decisions if d.occasion is Occasion.FLAPPING]
    assert moments[1] - moments[0] >= FLAPPING_EVERY


def test_slow_changes_are_not_flapping() -> None:
    _, decisions = flip(AlertState(), 20, timedelta(minutes=2))
    assert Occasion.FLAPPING not in [decision.occasion for decision in decisions]


@pytest.mark.parametrize(("flips", "occasion"), [(9, Occasion.DOWN), (10, Occasion.RECOVERED)])
def test_when_it_is_calm_again_people_hear_how_it_stands(flips: int, occasion: Occasion) -> None:
    state, decisions = flip(AlertState(), flips)
    again_at = decisions[-1].again_at
    assert again_at is not None
    calm = look_again(state, FACTS, again_at)
    assert calm is not None
    assert calm.occasion is occasion
    assert calm.state.flapping_told_at is None


statuses = st.sampled_from([UP, DOWN, DEGRADED, MAINTENANCE, UNKNOWN])


@given(st.lists(st.tuples(statuses, st.booleans(), st.sampled_from(["", "Router"])), max_size=40))
def test_down_and_up_alternate_whatever_happens(history: list[tuple[Status, bool, str]]) -> None:
    """Whoever believes what was told last is never told the same again, but for flapping."""
    state, believed, at = AlertState(), UP, NOW
    for number, (after, silenced, parent) in enumerate(history):
        at += timedelta(minutes=5)
        if silenced:
            state = replace(state, silenced=SILENCE)
        decision = weigh(state, event(after, at, number=number), Facts(60, parent), at)
        state = decision.state
        if decision.occasion:
            assert decision.event.change.after is not believed
            believed = decision.event.change.after
        assert state.announced is believed
        kept_back = silenced or parent
        if after is UP or (after in (DOWN, DEGRADED) and not kept_back and not state.silenced):
            assert believed is after
