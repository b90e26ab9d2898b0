"""Pushes: what is heard, how long silence is forgiven, and what a look at the record finds."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOW
from uptime.domain.errors import Invalid
from uptime.domain.fields import build
from uptime.domain.push import (
    RUNS_LIMIT,
    SILENCE,
    WAITING,
    Finding,
    Heard,
    Push,
    PushTarget,
    Signal,
    checked_push,
    first_limit,
    hear,
    look,
    outcome,
)
from uptime.domain.result import Reason

PLAIN = PushTarget()
LONG_AGO = NOW - timedelta(days=9)
INTERVAL = 60


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def heard(*pushes: Push, target: PushTarget = PLAIN) -> Heard:
    known = Heard()
    for push in pushes:
        known = hear(known, push, target).heard
    return known


def found(known: Heard, seconds: float, target: PushTarget = PLAIN, since: datetime = LONG_AGO) -> Finding:
    return look(known, target, INTERVAL, since, after(seconds))


def test_a_success_feeds_the_window_until_interval_and_grace_are_over() -> None:
    known = heard(Push(Signal.SUCCESS, NOW, message="done"))
    finding = found(known, 89.999)
    assert (finding.result.ok, finding.result.message) == (True, "done")
    assert finding.until == after(90)
    assert found(known, 90).result.reason is Reason.TIMEOUT
    assert found(known, 90).result.message == SILENCE


def test_a_failure_stands_until_a_success_is_heard() -> None:
    failed = Push(Signal.FAIL, NOW, message="disk full")
    ended = hear(Heard(), failed, PLAIN).ended
    assert ended is not None
    result = outcome(ended, "all the output")
    assert (result.ok, result.reason, result.message) == (False, Reason.STATUS, "disk full")
    assert result.evidence == "all the output"
    assert not found(heard(failed), 30).result.ok
    assert found(heard(failed, Push(Signal.SUCCESS, after(40))), 50).result.ok


@pytest.mark.parametrize(("code", "message"), [(0, "OK"), (3, "Exit code 3")])
def test_an_exit_code_is_said(code: int, message: str) -> None:
    push = Push(Signal.FAIL if code else Signal.SUCCESS, NOW, exit_code=code or None)
    ended = hear(Heard(), push, PLAIN).ended
    assert ended is not None
    assert (ended.ok, ended.message) == (code == 0, message)


def test_the_time_from_start_to_success_is_the_latency() -> None:
    known = heard(Push(Signal.START, NOW))
    ended = hear(known, Push(Signal.SUCCESS, after(12.5)), PLAIN).ended
    assert ended is not None
    assert ended.latency_ms == 12_500


def test_a_latency_that_is_told_wins() -> None:
    ended = hear(heard(Push(Signal.START, NOW)), Push(Signal.SUCCESS, after(9), latency_ms=7.5), PLAIN).ended
    assert ended is not None
    assert ended.latency_ms == 7.5


def test_a_start_and_a_log_feed_nothing() -> None:
    known = heard(Push(Signal.START, NOW), Push(Signal.LOG, after(1), body="still here"))
    assert known.at is None
    assert found(known, 91, since=NOW).result.message == SILENCE


def test_runs_side_by_side_are_told_apart_by_their_names() -> None:
    known = heard(Push(Signal.START, NOW, "a"), Push(Signal.START, after(5), "b"))
    first = hear(known, Push(Signal.SUCCESS, after(20), "b"), PLAIN)
    second = hear(first.heard, Push(Signal.SUCCESS, after(30), "a"), PLAIN)
    assert first.ended is not None
    assert second.ended is not None
    assert (first.ended.latency_ms, second.ended.latency_ms) == (15_000, 30_000)


def test_the_end_of_a_named_run_is_heard_once() -> None:
    first = hear(Heard(), Push(Signal.SUCCESS, NOW, "a", "done"), PLAIN)
    again = hear(first.heard, Push(Signal.FAIL, after(50), "a"), PLAIN)
    assert (again.repeated, again.heard, again.ended) == (True, first.heard, first.ended)


def test_a_named_run_may_start_anew() -> None:
    known = heard(Push(Signal.SUCCESS, NOW, "a"), Push(Signal.START, after(10), "a"))
    again = hear(known, Push(Signal.SUCCESS, after(15), "a"), PLAIN)
    assert not again.repeated
    assert again.heard.at == after(15)


def test_only_so_many_runs_are_kept_and_those_under_way_longest() -> None:
    known = heard(Push(Signal.START, NOW, "open"))
    for number in range(RUNS_LIMIT + 5):
        known = hear(known, Push(Signal.SUCCESS, after(number), f"r{number}"), PLAIN).heard
    assert len(known.runs) == RUNS_LIMIT
    assert {"open", f"r{RUNS_LIMIT + 4}"} <= {run.id for run in known.runs}


LIMITED = PushTarget(run_limit=30)


def test_a_run_that_does_not_end_in_time_fails_at_its_limit() -> None:
    known = heard(Push(Signal.SUCCESS, after(-1)), Push(Signal.START, NOW), target=LIMITED)
    assert first_limit(known, LIMITED) == after(30)
    assert found(known, 29, LIMITED).until == after(30)
    assert found(known, 30, LIMITED).result.reason is Reason.TIMEOUT


def test_a_success_that_took_too_long_is_a_failure() -> None:
    known = heard(Push(Signal.START, NOW), target=LIMITED)
    ended = hear(known, Push(Signal.SUCCESS, after(31)), LIMITED).ended
    assert ended is not None
    assert not ended.ok
    assert "31 s" in ended.message


def test_the_next_run_does_not_hide_one_that_never_ended() -> None:
    known = heard(
        Push(Signal.SUCCESS, after(-1)), Push(Signal.START, NOW), Push(Signal.START, after(40)), target=LIMITED
    )
    assert not found(known, 41, LIMITED).result.ok
    known = hear(known, Push(Signal.SUCCESS, after(50)), LIMITED).heard
    assert found(known, 51, LIMITED).result.ok


def test_a_run_that_began_in_time_and_may_still_take_a_while_is_no_silence() -> None:
    slow = PushTarget(run_limit=600)
    known = heard(Push(Signal.SUCCESS, NOW), Push(Signal.START, after(80)), target=slow)
    assert found(known, 100, slow).result.ok
    assert found(known, 100, slow).until == after(680)
    assert not found(known, 680, slow).result.ok
    late = heard(Push(Signal.SUCCESS, NOW), Push(Signal.START, after(91)), target=slow)
    assert found(late, 100, slow).result.message == SILENCE


def test_before_the_first_push_a_whole_window_is_waited() -> None:
    finding = found(Heard(), 89, since=NOW)
    assert (finding.result.message, finding.result.reason) == (WAITING, Reason.INTERNAL)
    assert finding.until == after(90)
    assert found(Heard(), 90, since=NOW).result.message == SILENCE


@pytest.mark.parametrize(
    ("back", "at", "message"), [(29, 100, SILENCE), (31, 100, WAITING), (200, 280, WAITING), (200, 290, SILENCE)]
)
def test_a_push_that_may_have_been_lost_while_nobody_listened_is_not_held_against_the_job(
    back: float, at: float, message: str
) -> None:
    known = heard(Push(Signal.SUCCESS, NOW))
    assert found(known, at, since=after(back)).result.message == message


BACKUP = PushTarget(cron="0 2 * * *", timezone="Europe/Berlin", grace=1_800)


@pytest.mark.parametrize(
    ("last", "at", "fine"),
    [
        ("2026-03-02T02:10+01:00", "2026-03-03T02:29+01:00", True),
        ("2026-03-02T02:10+01:00", "2026-03-03T02:30+01:00", False),
        ("2026-03-02T01:00+01:00", "2026-03-02T02:30+01:00", False),
        ("2026-03-28T02:10+01:00", "2026-03-29T03:29+02:00", True),
        ("2026-03-28T02:10+01:00", "2026-03-29T03:30+02:00", False),
        ("2026-10-24T02:10+02:00", "2026-10-25T02:30+01:00", False),
    ],
)
def test_a_cron_expression_says_when_a_push_is_due_in_its_own_zone(last: str, at: str, fine: bool) -> None:
    known = heard(Push(Signal.SUCCESS, datetime.fromisoformat(last)), target=BACKUP)
    assert look(known, BACKUP, 60, LONG_AGO, datetime.fromisoformat(at).astimezone(UTC)).result.ok is fine


@pytest.mark.parametrize(
    ("name", "value"),
    [("cron", "61 * * * *"), ("cron", "x"), ("timezone", "Nowhere/At-All"), ("timezone", "../../etc/passwd"),
     ("token", "short"), ("token", "with a space in it"), ("grace", -1), ("run_limit", 0)],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(name: str, value: object) -> None:
    with pytest.raises(Invalid) as refusal:
        build(PushTarget, {name: value})  # type: ignore[dict-item]
    assert refusal.value.field == name


@pytest.mark.parametrize(
    "push",
    [
        Push(Signal.SUCCESS, NOW, "a b"), Push(Signal.SUCCESS, NOW, "x" * 65), Push(Signal.SUCCESS, NOW, latency_ms=-1),
        Push(Signal.SUCCESS, NOW, latency_ms=float("nan")), Push(Signal.FAIL, NOW, exit_code=256),
    ],
)  # fmt: skip
def test_a_push_that_makes_no_sense_is_refused(push: Push) -> None:
    with pytest.raises(Invalid):
        checked_push(push)


def test_a_message_is_one_line_of_bounded_length() -> None:
    assert checked_push(Push(Signal.SUCCESS, NOW, message=" a\r\n\x00 b ")).message == "a b"
    assert len(checked_push(Push(Signal.SUCCESS, NOW, message="x" * 500)).message) == 200


@given(
    gaps=st.lists(st.floats(0.001, 89.9), min_size=1, max_size=20),
    silence=st.floats(0, 500),
    share=st.floats(0, 0.999),
)
def test_fed_in_time_it_never_fails_and_silent_beyond_the_window_it_always_does(
    gaps: list[float], silence: float, share: float
) -> None:
    known, at = heard(Push(Signal.SUCCESS, NOW)), 0.0
    for gap in gaps:
        assert found(known, at + gap * share).result.ok
        at += gap
        known = hear(known, Push(Signal.SUCCESS, after(at)), PLAIN).heard
    finding = found(known, at + silence)
    # Moments are kept to the microsecond.
    if abs(silence - 90) > 0.001:
        assert finding.result.ok is (silence < 90)
    assert (finding.until is None) is not finding.result.ok


SIGNALS = st.sampled_from(list(Signal))
STEPS = st.lists(st.tuples(SIGNALS, st.sampled_from(["", "a", "b"]), st.integers(0, 200)), max_size=30)


@given(steps=STEPS, limit=st.sampled_from([None, 10, 100]))
def test_whatever_is_heard_a_finding_turns_only_after_the_look(
    steps: list[tuple[Signal, str, int]], limit: int | None
) -> None:
    target, known, at = PushTarget(run_limit=limit), Heard(), 0
    for signal, run, gap in steps:
        at += gap
        known = hear(known, Push(signal, after(at), run), target).heard
        finding = found(known, at, target, since=NOW)
        if finding.until is None:
            assert finding.result.reason is Reason.TIMEOUT
        else:
            assert finding.until > after(at)
            turned = look(known, target, INTERVAL, NOW, finding.until)
            assert turned.result.reason is Reason.TIMEOUT
