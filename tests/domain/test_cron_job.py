"""Cron expressions are read by a real parser, in a named time zone."""

from datetime import UTC, datetime

import pytest

from uptime.domain.cron_job import next_run
from uptime.domain.errors import Invalid

AT = datetime(2026, 3, 2, 10, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("* * * * *", "2026-03-02T10:01:00+00:00"),
        ("*/5 * * * *", "2026-03-02T10:05:00+00:00"),
        ("0 12 * * MON-FRI", "2026-03-02T12:00:00+00:00"),
        ("0 0 * * 7", "2026-03-08T00:00:00+00:00"),
        ("1-30/10 11 * * *", "2026-03-02T11:01:00+00:00"),
        ("0 0 1 JAN *", "2027-01-01T00:00:00+00:00"),
        ("*/15 * * * * *", "2026-03-02T10:00:45+00:00"),
    ],
)
def test_the_next_run_of(expression: str, expected: str) -> None:
    following = next_run(expression, AT)
    assert following is not None
    assert following.astimezone(UTC).isoformat() == expected


@pytest.mark.parametrize("expression", ["", "x", "* * * *", "61 * * * *", "* * * * * * *", "0 0 31 2 *" * 50])
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(Invalid) as refusal:
        next_run(expression, AT)
    assert refusal.value.field == "cron_expression"


def test_an_expression_is_read_in_its_zone_across_a_clock_change() -> None:
    before_change = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    first = next_run("30 9 * * *", before_change, "Europe/Berlin")
    assert first is not None
    assert first.astimezone(UTC) == datetime(2026, 3, 29, 7, 30, tzinfo=UTC)


def test_a_day_that_never_comes_is_refused() -> None:
    with pytest.raises(Invalid):
        next_run("0 0 31 2 *", AT)
