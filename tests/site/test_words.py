"""How pages say numbers, spans and times."""

from datetime import UTC, datetime, timedelta

import pytest

from uptime.domain.heartbeat import Status
from uptime.site import words


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (None, "–"), (1.0, "100.00 %"), (0.99999999999, "99.99 %"), (0.999949, "99.99 %"), (0.57, "57.00 %"),
        (0.999, "99.90 %"), (2 / 3, "66.66 %"), (0.0, "0.00 %"), (1439 / 1440, "99.93 %"),
    ],
)  # fmt: skip
def test_uptime_has_two_decimals_and_is_never_rounded_up(ratio, expected):
    assert words.percent(ratio) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (200, "3 min 20 s"), (3_600, "1 h"), (90_061, "1 d 1 h"),
     (86_401, "1 d"), (-5, "0 s")],
)  # fmt: skip
def test_a_duration_has_its_two_largest_units(seconds, expected):
    assert words.duration(seconds) == expected
    assert words.duration(timedelta(seconds=seconds)) == expected


@pytest.mark.parametrize(("ms", "expected"), [(None, "–"), (0.4, "0 ms"), (1234.4, "1 234 ms"), (12_340, "12.34 s")])
def test_response_times_are_whole_milliseconds(ms, expected):
    assert words.milliseconds(ms) == expected


@pytest.mark.parametrize(
    ("overall", "statuses", "expected"),
    [
        (Status.UP, [Status.UP], "All systems operational"),
        (Status.DOWN, [Status.UP, Status.DOWN], "Partial outage"),
        (Status.DOWN, [Status.DOWN, Status.DOWN], "Major outage"),
        (Status.DEGRADED, [Status.UP], "Degraded performance"),
        (Status.UNKNOWN, [], "Status unknown"),
        (Status.MAINTENANCE, [Status.MAINTENANCE], "Under maintenance"),
    ],
)
def test_the_banner_names_the_worst_state(overall, statuses, expected):
    assert words.banner(overall, statuses) == expected


def test_times_name_their_zone():
    at = datetime(2026, 7, 2, 8, 5, 9, tzinfo=UTC)
    assert words.time(at, words.zone_of("Europe/Berlin")) == "2 Jul 2026, 10:05:09 CEST"
    assert words.time(at, words.zone_of("no/such")) == "2 Jul 2026, 08:05:09 UTC"
