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


def run_letters(letters: str, tolerance: Tolerance, state: State = UNCHECKED) -> list[Verdict]:
    """Judge a result a minute; the upper-case letters are results during a maintenance."""
    verdicts = []
    for index, letter in enumerate(letters):
        result, at = SEEN[letter.lower()], START + timedelta(minutes=index)
        verdicts.append(judge(result, state, tolerance, Slot(at), at, "7-local", in_maintenance=letter.isupper()))
        state = verdicts[-1].state
    return verdicts


SEEN = {"o": OK, "s": SLOW, "f": FAIL, "i": FAULT}


def words(verdicts: list[Verdict]) -> str:
    """The heartbeats' statuses by initials, a change in capitals."""
    letters = {"up": "u", "down": "d", "pending": "p", "degraded": "g", "unknown": "n", "maintenance": "m"}
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


@pytest.mark.parametrize(
    ("letters", "tolerance", "expected"),
    [
        ("oOOo", Tolerance(), "UMmU"),
        ("oFFo", Tolerance(), "UMmU"),
        ("oFFf", Tolerance(), "UMmD"),
        ("fFFo", Tolerance(), "DMmU"),
        ("fFFf", Tolerance(), "DMmD"),
        ("OFo", Tolerance(), "MmU"),
        ("oII", Tolerance(), "UMm"),
        ("oSSs", Tolerance(slow_ms=500), "UMmG"),
        # What failed before or during it counts for nothing: the retries begin anew.
        ("offFFfff", Tolerance(retries=2), "UppMmppD"),
        ("oFFFffo", Tolerance(retries=2), "UMmmppU"),
        # The first success after it does, whatever there was before.
        ("fFo", Tolerance(success_threshold=3), "DMU"),
        ("oOif", Tolerance(), "UMnD"),
        ("oOf", Tolerance(upside_down=True), "DMU"),
    ],
)
def test_during_a_maintenance_nothing_counts(letters: str, tolerance: Tolerance, expected: str) -> None:
    assert words(run_letters(letters, tolerance)) == expected


@pytest.mark.parametrize(
    ("letters", "interrupted"),
    [("oFf", Status.UP), ("fFFf", Status.DOWN), ("fFFo", Status.DOWN), ("oFFo", Status.UP), ("Oo", Status.UNKNOWN),
     ("sOo", Status.DEGRADED)],
)  # fmt: skip
def test_the_change_after_a_maintenance_knows_what_was_before_it(letters: str, interrupted: Status) -> None:
    verdicts = run_letters(letters, Tolerance(slow_ms=500))
    first, change = verdicts[-2], verdicts[-1].change
    assert first.state.interrupted is interrupted
    assert first.state.settled is interrupted
    assert change is not None
    assert (change.before, change.interrupted) == (Status.MAINTENANCE, interrupted)
    assert verdicts[-1].state.interrupted is None
    assert verdicts[-1].state.settled is verdicts[-1].state.status
    assert all(verdict.change is None or verdict.change.interrupted is None for verdict in verdicts[:-1])


def test_what_was_before_a_maintenance_is_known_until_something_settles() -> None:
    verdicts = run_letters("fFffo", Tolerance(retries=5), run([OK, FAIL])[-1].state)
    assert words(verdicts) == "dMppU"
    assert [verdict.state.interrupted for verdict in verdicts] == [None, *[Status.DOWN] * 3, None]


def test_a_heartbeat_of_a_maintenance_has_not_failed() -> None:
    verdict = run_letters("oF", Tolerance())[-1]
    assert (verdict.heartbeat.status, verdict.heartbeat.reason) == (Status.MAINTENANCE, None)
    assert verdict.heartbeat.message == "Connection refused"
    assert verdict.trace == ("Under maintenance, so it does not count that the check said: Connection refused",)
    assert (verdict.state.failures, verdict.state.successes, verdict.state.failing_since) == (0, 0, None)


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


@given(st.text(st.sampled_from("osfiOSFI"), max_size=40), st.integers(0, 4), st.integers(1, 4))
def test_whatever_comes_a_maintenance_begins_and_ends_with_a_change(letters: str, retries: int, threshold: int) -> None:
    before = UNCHECKED
    for letter, verdict in zip(letters, run_letters(letters, Tolerance(retries, threshold)), strict=True):
        state, change = verdict.state, verdict.change
        assert (verdict.heartbeat.status is Status.MAINTENANCE) == letter.isupper()
        assert (state.interrupted is not None) == (state.status is Status.MAINTENANCE)
        assert state.settled is not Status.MAINTENANCE
        assert (change is not None) == (state.status is not before.status)
        if state.status is before.status is Status.MAINTENANCE:
            assert state.interrupted is before.interrupted
        if change is not None:
            assert change.interrupted is before.interrupted
        before = state


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
