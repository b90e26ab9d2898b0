"""Judging: tables of what was seen, what was tolerated, and what went on record."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.domain.heartbeat import UNCHECKED, Slot, State, Status, Tolerance, Verdict, judge
from uptime.domain.result import Reason, Result

START = datetime(2026, 3, 2, 10, 0, 0, tzinfo=UTC)
OK = Result(True, "200 OK", 12.0, status_code=200)
SLOW = Result(True, "200 OK", 900.0, status_code=200)
FAIL = Result(False, "Connection refused", 3.0, Reason.CONNECT)
FAULT = Result(False, "A fault of ours", 1.0, Reason.INTERNAL)
BLOCKED = Result(False, "That address is denied", 1.0, Reason.BLOCKED)


def run(results: list[Result], tolerance: Tolerance = Tolerance(), state: State = UNCHECKED) -> list[Verdict]:  # noqa: B008
    """Judge one result a minute."""
    verdicts = []
    for index, result in enumerate(results):
        planned = START + timedelta(minutes=index)
        verdicts.append(judge(result, state, tolerance, Slot(planned), planned + timedelta(milliseconds=50), "7-local"))
        state = verdicts[-1].state
    return verdicts


def words(verdicts: list[Verdict]) -> str:
    """The heartbeats' statuses by initials, a change in capitals."""
    letters = {"up": "u", "down": "d", "pending": "p", "degraded": "g", "unknown": "n"}
    return "".join(letters[v.heartbeat.status].upper() if v.change else letters[v.heartbeat.status] for v in verdicts)


@pytest.mark.parametrize(
    ("results", "tolerance", "expected"),
    [
        ("+++", Tolerance(), "Uuu"),
        ("+-+", Tolerance(), "UDU"),
        ("-", Tolerance(), "D"),
        ("+--+", Tolerance(retries=1), "UpDU"),
        ("+-+-+", Tolerance(retries=1), "Upupu"),
        ("--", Tolerance(retries=1), "pD"),
        ("+---+", Tolerance(retries=2), "UppDU"),
        ("-++", Tolerance(success_threshold=2), "DdU"),
        ("-+-++", Tolerance(success_threshold=2), "DdddU"),
        ("+s+", Tolerance(slow_ms=500), "UGU"),
        ("s", Tolerance(slow_ms=500), "G"),
        ("s", Tolerance(), "U"),
        ("-+-", Tolerance(upside_down=True), "UDU"),
        ("b", Tolerance(upside_down=True), "D"),
        ("+!+", Tolerance(), "Unu"),
        ("!", Tolerance(), "n"),
        ("-!-", Tolerance(retries=1), "pnD"),
        ("-!+", Tolerance(), "DnU"),
    ],
)
def test_a_run_of_results_becomes(results: str, tolerance: Tolerance, expected: str) -> None:
    seen = {"+": OK, "-": FAIL, "s": SLOW, "!": FAULT, "b": BLOCKED}
    assert words(run([seen[letter] for letter in results], tolerance)) == expected


def test_an_outage_begins_at_its_first_failed_check() -> None:
    verdicts = run([OK, FAIL, FAIL, FAIL], Tolerance(retries=2))
    first_failure = START + timedelta(minutes=1, milliseconds=50 - 3)
    assert verdicts[-1].state.status is Status.DOWN
    assert verdicts[-1].state.since == first_failure


def test_a_hiccup_is_no_change_and_keeps_the_beginning() -> None:
    verdicts = run([OK, FAIL, OK], Tolerance(retries=1))
    assert [v.change is not None for v in verdicts] == [True, False, False]
    assert verdicts[-1].state.since == verdicts[0].state.since


def test_a_change_carries_its_reasons() -> None:
    change = run([OK, FAIL], Tolerance())[-1].change
    assert change is not None
    assert (change.before, change.after, change.reason) == (Status.UP, Status.DOWN, Reason.CONNECT)
    assert change.trace == ("Failure 1 in a row, 0 retries allowed: down.",)


def test_changes_of_one_monitor_have_different_ids() -> None:
    ids = [v.change.id for v in run([OK, FAIL, OK, FAIL]) if v.change]
    assert len(set(ids)) == 4


def test_an_extra_heartbeat_is_not_a_scheduled_one() -> None:
    extra = judge(OK, UNCHECKED, Tolerance(), Slot(START, "sweep-1"), START, "7-local")
    assert extra.state.planned is None
    assert extra.state.status is Status.UP


def test_a_late_heartbeat_does_not_become_the_newest() -> None:
    newest = run([OK, OK])[-1].state
    late = judge(OK, newest, Tolerance(), Slot(START - timedelta(hours=1)), START - timedelta(hours=1), "7-local")
    assert late.state.last == newest.last
    assert late.state.planned == newest.planned


@given(st.lists(st.sampled_from([OK, FAIL, SLOW, FAULT]), max_size=40), st.integers(0, 4), st.integers(1, 4))
def test_whatever_comes_the_state_stays_sound(results: list[Result], retries: int, threshold: int) -> None:
    tolerance = Tolerance(retries=retries, success_threshold=threshold, slow_ms=500)
    before = UNCHECKED
    for verdict in run(results, tolerance):
        state = verdict.state
        assert state.status in (Status.UP, Status.DEGRADED, Status.DOWN, Status.UNKNOWN)
        assert (verdict.change is not None) == (state.status is not before.status)
        assert state.version == before.version + 1
        assert not (state.failures and state.successes)
        if verdict.change and state.status is Status.DOWN:
            assert state.failures == retries + 1
        if verdict.change and before.status is Status.DOWN:
            assert state.successes == threshold
        before = state
