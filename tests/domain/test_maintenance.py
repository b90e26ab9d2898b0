"""Maintenance: tables of what the clock shows in a zone and when windows are, and what holds for all of them."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uptime.domain.errors import Invalid
from uptime.domain.maintenance import (
    LONGEST_WINDOW,
    Maintenance,
    MaintenanceDraft,
    Standing,
    Strategy,
    Window,
    checked,
    moment,
    next_edge,
    running,
    standing,
    upcoming,
    windows,
)

BERLIN = "Europe/Berlin"
NEW_YORK = "America/New_York"
MADE = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def made(strategy: str, zone: str = BERLIN, **fields: Any) -> Maintenance:
    for name in ("start", "end"):
        if isinstance(fields.get(name), str):
            fields[name] = wall(fields[name])
    if isinstance(fields.get("at"), str):
        fields["time_of_day"] = time.fromisoformat(fields.pop("at"))
    return Maintenance("Work", Strategy(strategy), zone=zone, created_at=MADE, **fields)


def shown(window: Window | None, zone: str = BERLIN) -> str | None:
    """A window as a clock in the zone shows it, its offsets included where they differ."""
    if window is None:
        return None
    start, end = (at and at.astimezone(ZoneInfo(zone)) for at in (window.start, window.end))
    assert start is not None
    if end is None:
        return f"{start:%Y-%m-%d %H:%M} until ended"
    day = "" if start.date() == end.date() else f"{end:%Y-%m-%d} "
    change = "" if start.utcoffset() == end.utcoffset() else f" {start:%z} {end:%z}"
    return f"{start:%Y-%m-%d %H:%M} - {day}{end:%H:%M}{change}"


def first(maintenance: Maintenance, since: str, count: int, zone: str = BERLIN) -> list[str | None]:
    """The first windows from a moment in UTC on."""
    found = windows(maintenance, utc(since), utc("2200-01-01"))
    return [shown(window, zone) for window in islice(found, count)]


@pytest.mark.parametrize(
    ("maintenance", "expected"),
    [
        (made("manual"), ["2026-01-05 13:00 until ended"]),
        (made("manual", activated_at=utc("2026-02-01 08:00")), ["2026-02-01 09:00 until ended"]),
        (made("manual", ended_at=utc("2026-01-05 13:00")), []),
        (made("manual", ended_at=utc("2026-03-02 13:00")), ["2026-01-05 13:00 - 2026-03-02 14:00"]),
        (made("manual", active=False), []),
        (made("single", start="2026-03-05 22:00", end="2026-03-06 01:30"), ["2026-03-05 22:00 - 2026-03-06 01:30"]),
        (made("single", start="2026-02-05 22:00", end="2026-02-06 01:30"), []),
        (made("interval", at="02:00", interval_days=1, duration=1800), ["2026-03-02 02:00 - 02:30",
                                                                        "2026-03-03 02:00 - 02:30",
                                                                        "2026-03-04 02:00 - 02:30"]),
        # Made at 13:00 on the fifth of January, so it begins on the sixth.
        (made("interval", at="02:00", interval_days=7), ["2026-03-03 02:00 - 03:00", "2026-03-10 02:00 - 03:00",
                                                         "2026-03-17 02:00 - 03:00"]),
        (made("interval", at="02:00", interval_days=3, start="2026-03-10 02:00"), ["2026-03-10 02:00 - 03:00",
                                                                                   "2026-03-13 02:00 - 03:00",
                                                                                   "2026-03-16 02:00 - 03:00"]),
        (made("interval", at="02:00", interval_days=3, start="2026-03-10 02:01", end="2026-03-14 02:30"),
         ["2026-03-11 02:00 - 03:00", "2026-03-14 02:00 - 02:30"]),
        (made("weekday", at="22:30", weekdays=(1, 0)), ["2026-03-02 22:30 - 23:30", "2026-03-08 22:30 - 23:30",
                                                        "2026-03-09 22:30 - 23:30"]),
        # The window of the evening before reaches into the first night.
        (made("weekday", at="23:30", weekdays=(0,), duration=7200), ["2026-03-01 23:30 - 2026-03-02 01:30",
                                                                     "2026-03-08 23:30 - 2026-03-09 01:30",
                                                                     "2026-03-15 23:30 - 2026-03-16 01:30"]),
        (made("weekday", at="00:00", weekdays=(0, 1, 2, 3, 4, 5, 6), duration=86_400, end="2026-03-03 12:00"),
         ["2026-03-02 00:00 - 2026-03-03 00:00", "2026-03-03 00:00 - 12:00"]),
        # Longer than the time between them: each ends where the next begins.
        (made("weekday", at="06:00", weekdays=(1, 3), duration=5 * 86_400),
         ["2026-02-25 06:00 - 2026-03-02 06:00", "2026-03-02 06:00 - 2026-03-04 06:00",
          "2026-03-04 06:00 - 2026-03-09 06:00"]),
        (made("cron", cron="0 4 * * 1-5", duration=600), ["2026-03-02 04:00 - 04:10", "2026-03-03 04:00 - 04:10",
                                                          "2026-03-04 04:00 - 04:10"]),
        (made("cron", cron="30 0 4 * * 7", duration=600), ["2026-03-08 04:00 - 04:10", "2026-03-15 04:00 - 04:10",
                                                           "2026-03-22 04:00 - 04:10"]),
        (made("cron", cron="0 */12 * * *", duration=50_000, start="2026-03-02 11:00"),
         ["2026-03-02 12:00 - 2026-03-03 00:00", "2026-03-03 00:00 - 12:00", "2026-03-03 12:00 - 2026-03-04 00:00"]),
    ],
)  # fmt: skip
def test_windows_of_each_strategy(maintenance: Maintenance, expected: list[str]) -> None:
    assert first(maintenance, "2026-03-01 23:00", 3) == expected


@pytest.mark.parametrize(
    ("days", "since", "expected"),
    [
        ((31,), "2026-01-01", ["01-31", "03-31", "05-31", "07-31", "08-31"]),
        ((30,), "2026-01-01", ["01-30", "03-30", "04-30"]),
        ((29,), "2026-02-01", ["03-29", "04-29"]),
        ((29,), "2028-02-01", ["02-29", "03-29"]),
        ((-1,), "2026-01-15", ["01-31", "02-28", "03-31", "04-30"]),
        ((-1,), "2028-02-01", ["02-29", "03-31"]),
        ((-2, -1), "2026-02-01", ["02-27", "02-28", "03-30"]),
        ((31, -1), "2026-01-15", ["01-31", "02-28", "03-31"]),
        ((1, 15), "2026-12-20", ["01-01", "01-15", "02-01"]),
        ((-31,), "2026-01-15", ["03-01", "05-01", "07-01"]),
    ],
)
def test_days_of_the_month(days: tuple[int, ...], since: str, expected: list[str]) -> None:
    maintenance = made("day_of_month", "UTC", at="03:00", days=days)
    found = first(maintenance, since, len(expected), "UTC")
    assert [window and window[5:10] for window in found] == expected


@pytest.mark.parametrize("cron", ["0 3 L * *", "0 3 29 2 *", "0 3 31 * *"])
def test_cron_knows_month_ends_and_leap_days(cron: str) -> None:
    found = first(made("cron", "UTC", cron=cron), "2027-12-31 12:00", 3, "UTC")
    assert [window and window[:10] for window in found] == {
        "0 3 L * *": ["2028-01-31", "2028-02-29", "2028-03-31"],
        "0 3 29 2 *": ["2028-02-29", "2032-02-29", "2036-02-29"],
        "0 3 31 * *": ["2028-01-31", "2028-03-31", "2028-05-31"],
    }[cron]


DAILY = ["interval", "weekday", "cron"]
"""Three ways to say the same: every day at some time."""


def daily(strategy: str, at: str, zone: str, duration: int = 3600) -> Maintenance:
    hour, minute = at.split(":")
    cron = f"{int(minute)} {int(hour)} * * *"
    return made(strategy, zone, at=at, weekdays=(0, 1, 2, 3, 4, 5, 6), cron=cron, duration=duration)


@pytest.mark.parametrize("strategy", DAILY)
@pytest.mark.parametrize(
    ("zone", "at", "duration", "since", "expected"),
    [
        # Spring: from 02:00 the clock goes to 03:00. What would begin in between begins with the hour that exists.
        (BERLIN, "02:30", 3600, "2026-03-28 12:00", ["2026-03-29 03:00 - 04:00", "2026-03-30 02:30 - 03:30"]),
        (BERLIN, "02:00", 3600, "2026-03-28 12:00", ["2026-03-29 03:00 - 04:00", "2026-03-30 02:00 - 03:00"]),
        (BERLIN, "03:00", 3600, "2026-03-28 12:00", ["2026-03-29 03:00 - 04:00", "2026-03-30 03:00 - 04:00"]),
        (NEW_YORK, "02:15", 1800, "2026-03-07 12:00", ["2026-03-08 03:00 - 03:30", "2026-03-09 02:15 - 02:45"]),
        # Half an hour is skipped there.
        ("Australia/Lord_Howe", "02:10", 600, "2026-10-03 12:00", ["2026-10-04 02:30 - 02:40",
                                                                   "2026-10-05 02:10 - 02:20"]),
        # A window across the change keeps its length.
        (BERLIN, "01:30", 7200, "2026-03-28 12:00", ["2026-03-29 01:30 - 04:30 +0100 +0200",
                                                     "2026-03-30 01:30 - 03:30"]),
        # Midnight does not exist.
        ("Africa/Cairo", "00:00", 3600, "2026-04-23 12:00", ["2026-04-24 01:00 - 02:00", "2026-04-25 00:00 - 01:00"]),
        # A whole day does not exist: its window begins with the next, which ends it there and then.
        ("Pacific/Apia", "00:00", 3600, "2011-12-29 02:00", ["2011-12-29 00:00 - 01:00" , "2011-12-31 00:00 - 01:00"]),
        # Autumn: from 03:00 back to 02:00. What begins in the hour that comes twice begins the first time.
        (BERLIN, "02:30", 1800, "2026-10-24 12:00", ["2026-10-25 02:30 - 02:00 +0200 +0100",
                                                     "2026-10-26 02:30 - 03:00"]),
        (BERLIN, "02:00", 3600, "2026-10-24 12:00", ["2026-10-25 02:00 - 02:00 +0200 +0100",
                                                     "2026-10-26 02:00 - 03:00"]),
        (BERLIN, "03:00", 3600, "2026-10-24 12:00", ["2026-10-25 03:00 - 04:00", "2026-10-26 03:00 - 04:00"]),
        (BERLIN, "01:00", 3 * 3600, "2026-10-24 12:00", ["2026-10-25 01:00 - 03:00 +0200 +0100",
                                                         "2026-10-26 01:00 - 04:00"]),
    ],
)  # fmt: skip
def test_clock_changes(strategy: str, zone: str, at: str, duration: int, since: str, expected: list[str]) -> None:
    maintenance = replace(daily(strategy, at, zone, duration), created_at=utc("2011-12-01"))
    assert first(maintenance, since, 2, zone) == expected


@pytest.mark.parametrize("strategy", DAILY)
@pytest.mark.parametrize("at", ["2026-10-25 00:31", "2026-10-25 00:59", "2026-10-25 01:10", "2026-10-25 01:29"])
def test_in_the_hour_that_comes_twice_a_window_of_the_first_time_still_runs(strategy: str, at: str) -> None:
    window = running(daily(strategy, "02:30", BERLIN), utc(at))
    assert window == Window(utc("2026-10-25 00:30"), utc("2026-10-25 01:30"))
    following = upcoming(daily(strategy, "02:30", BERLIN), utc(at))
    assert following is not None
    assert following.start == utc("2026-10-26 01:30")


def test_an_hourly_window_comes_in_both_of_them() -> None:
    maintenance = made("cron", cron="30 * * * *", duration=600)
    starts = [window.start for window in windows(maintenance, utc("2026-10-25 00:00"), utc("2026-10-25 03:00"))]
    assert starts == [utc("2026-10-25 00:30"), utc("2026-10-25 01:30"), utc("2026-10-25 02:30")]


def test_a_single_window_keeps_what_the_clock_shows() -> None:
    maintenance = made("single", start="2026-03-29 01:00", end="2026-03-29 04:00")
    assert running(maintenance, utc("2026-03-29 00:30")) == Window(utc("2026-03-29 00:00"), utc("2026-03-29 02:00"))


def test_a_single_window_of_time_that_does_not_exist_never_comes() -> None:
    maintenance = made("single", start="2026-03-29 02:10", end="2026-03-29 02:50")
    assert standing(maintenance, MADE) is Standing.ENDED


@pytest.mark.parametrize(
    ("maintenance", "now", "expected", "edge"),
    [
        (made("manual"), "2026-03-02", "under_maintenance", None),
        (made("manual", active=False), "2026-03-02", "inactive", None),
        (made("manual", ended_at=utc("2026-03-01")), "2026-03-02", "ended", None),
        (made("single", "UTC", start="2026-03-02", end="2026-03-03"), "2026-03-01", "scheduled", "2026-03-02"),
        (made("single", "UTC", start="2026-03-02", end="2026-03-03"), "2026-03-02", "under_maintenance", "2026-03-03"),
        (made("single", "UTC", start="2026-03-02", end="2026-03-03"), "2026-03-03", "ended", None),
        (made("single", "UTC", start="2026-03-02", end="2026-03-03", ended_at=utc("2026-03-02 08:00")),
         "2026-03-02 07:00", "under_maintenance", "2026-03-02 08:00"),
        (made("single", "UTC", start="2026-03-02", end="2026-03-03", ended_at=utc("2026-03-02 08:00")),
         "2026-03-02 08:00", "ended", None),
        (made("weekday", "UTC", weekdays=(1,)), "2026-03-02 00:59", "under_maintenance", "2026-03-02 01:00"),
        (made("weekday", "UTC", weekdays=(1,)), "2026-03-02 01:00", "scheduled", "2026-03-09"),
        (made("weekday", "UTC", weekdays=(1,), ended_at=utc("2026-03-02 00:20")), "2026-03-02 00:30", "scheduled",
         "2026-03-09"),
        (made("weekday", "UTC", weekdays=(1,), end="2026-03-05"), "2026-03-02 01:00", "ended", None),
        (made("weekday", "UTC", weekdays=(1,), end="2026-03-05", active=False), "2026-03-02 01:00", "inactive", None),
        (made("weekday", "UTC", weekdays=(1,), start="2099-01-01"), "2026-03-02", "scheduled", "2099-01-05"),
        (made("weekday", "UTC", weekdays=(1,), start="0001-01-01", end="9999-12-31 23:59:59"), "2026-03-02",
         "under_maintenance", "2026-03-02 01:00"),
        (made("interval", interval_days=3650, start="9999-12-31"), "2026-03-02", "ended", None),
        (made("cron", "UTC", cron="* * * * * *", start="2050-01-01"), "2026-03-02", "scheduled", "2050-01-01"),
    ],
)  # fmt: skip
def test_where_a_maintenance_stands(maintenance: Maintenance, now: str, expected: str, edge: str | None) -> None:
    assert standing(maintenance, utc(now)) == expected
    assert next_edge(maintenance, utc(now)) == (utc(edge) if edge else None)


def test_the_zone_of_the_site_counts_where_none_is_named() -> None:
    maintenance = replace(made("weekday", weekdays=(1,)), zone=None, site_zone="Asia/Tokyo")
    window = running(maintenance, utc("2026-03-01 15:30"))
    assert window is not None
    assert window.start == utc("2026-03-01 15:00")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 256}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"description": "a\0b"}, "description"),
        ({"zone": "Mars/Base"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"strategy": Strategy.SINGLE, "end": wall("2026-01-01")}, "start"),
        ({"strategy": Strategy.SINGLE, "start": wall("2026-01-01")}, "end"),
        ({"strategy": Strategy.SINGLE, "start": wall("2026-01-01"), "end": wall("2026-01-01")}, "end"),
        ({"strategy": Strategy.WEEKDAY, "weekdays": (1,), "start": utc("2026-01-01")}, "start"),
        ({"strategy": Strategy.WEEKDAY}, "weekdays"),
        ({"strategy": Strategy.WEEKDAY, "weekdays": (7,)}, "weekdays"),
        ({"strategy": Strategy.DAY_OF_MONTH}, "days"),
        ({"strategy": Strategy.DAY_OF_MONTH, "days": (0,)}, "days"),
        ({"strategy": Strategy.DAY_OF_MONTH, "days": (32,)}, "days"),
        ({"strategy": Strategy.INTERVAL, "interval_days": 0}, "interval_days"),
        ({"strategy": Strategy.CRON}, "cron"),
        ({"strategy": Strategy.CRON, "cron": "61 * * * *"}, "cron"),
        ({"strategy": Strategy.CRON, "cron": "0 0 30 2 *"}, "cron"),
        ({"strategy": Strategy.CRON, "cron": "0," * 100 + "0 * * * *"}, "cron"),
        ({"duration": 0}, "duration"),
        ({"duration": LONGEST_WINDOW + 1}, "duration"),
        ({"time_of_day": time(1, tzinfo=UTC)}, "time_of_day"),
        ({"monitors": tuple(range(10_001))}, "monitors"),
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, Any], field: str) -> None:
    draft = replace(MaintenanceDraft("Work", Strategy.MANUAL), **fields)
    with pytest.raises(Invalid) as refused:
        checked(draft)
    assert refused.value.field == field


def test_a_draft_is_trimmed_and_keeps_its_order() -> None:
    draft = MaintenanceDraft(" Work ", Strategy.CRON, cron=" 0  3 * * * ", weekdays=(3, 1, 3), monitors=(5, 2, 5))
    assert checked(draft) == MaintenanceDraft("Work", Strategy.CRON, cron="0 3 * * *", weekdays=(3, 1), monitors=(5, 2))


ZONES = ["UTC", BERLIN, NEW_YORK, "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia", "Asia/Kathmandu",
         "America/St_Johns", "Atlantic/Azores", "Africa/Casablanca"]  # fmt: skip
MOMENTS = st.datetimes(wall("2026-01-01"), wall("2029-12-31"), timezones=st.just(UTC)) | st.sampled_from(
    [utc("2026-03-29 01:00"), utc("2026-10-25 00:30"), utc("2026-10-25 01:15"), utc("2026-11-01 05:30"),
     utc("2026-04-04 15:15"), utc("2028-02-29 12:00")]
)  # fmt: skip
CRONS = st.sampled_from(
    ["0 3 * * *", "30 2 * * *", "15,45 2 * * *", "*/20 * * * *", "30 * * * *", "0 */6 * * *", "0 0 L * *",
     "0 2 29 2 *", "0 0 * * 0,3", "15 2 * * 7 ", "0 0 2 * * *", "*/30 0 1-3 * * *", "59 23 31 12 *", "0 1-3 * 3,10 *"]
)  # fmt: skip


@st.composite
def maintenances(draw: st.DrawFn) -> Maintenance:
    strategy = draw(st.sampled_from(list(Strategy)))
    start = draw(st.none() | st.datetimes(wall("2025-01-01"), wall("2029-01-01")))
    end = draw(st.none() | st.datetimes(wall("2026-01-01"), wall("2030-01-01")))
    if strategy is Strategy.SINGLE:
        start, end = start or wall("2026-06-01"), end or wall("2027-06-01")
    return Maintenance(
        "Work",
        strategy,
        zone=draw(st.sampled_from(ZONES)),
        start=start,
        end=end if end is None or start is None or end > start else start + timedelta(hours=5),
        time_of_day=draw(st.times()),
        duration=draw(st.sampled_from([1, 600, 3600, 7200, 86_400, 3 * 86_400]) | st.integers(1, 10 * 86_400)),
        interval_days=draw(st.integers(1, 40)),
        weekdays=tuple(draw(st.sets(st.integers(0, 6), min_size=1))),
        days=tuple(draw(st.sets(st.integers(1, 31) | st.integers(-4, -1), min_size=1, max_size=4))),
        cron=draw(CRONS),
        created_at=MADE,
        activated_at=draw(st.none() | MOMENTS),
        ended_at=draw(st.none() | MOMENTS),
        active=draw(st.sampled_from([True, True, True, False])),
    )


@settings(max_examples=100, deadline=None)
@given(maintenances(), MOMENTS)
def test_windows_are_in_order_and_never_overlap(maintenance: Maintenance, since: datetime) -> None:
    found = list(islice(windows(maintenance, since, since + timedelta(days=400)), 30))
    assert all(window.end is None or window.start < window.end for window in found)
    assert all(window.end is None or window.end > since for window in found)
    assert all(earlier.end is not None and earlier.end <= later.start for earlier, later in pairwise(found))


@settings(max_examples=100, deadline=None)
@given(maintenances(), MOMENTS, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_what_runs_is_the_window_that_is_listed(maintenance: Maintenance, since: datetime, later: timedelta) -> None:
    now = since + later
    listed = [window for window in windows(maintenance, since, now + timedelta.resolution) if window.holds(now)]
    assert [running(maintenance, now)] == (listed or [None])


@settings(max_examples=100, deadline=None)
@given(maintenances(), MOMENTS)
def test_what_comes_next_comes_after_now_and_nothing_lies_between(maintenance: Maintenance, now: datetime) -> None:
    following = upcoming(maintenance, now)
    running_now = running(maintenance, now)
    until = now + timedelta(days=800) if following is None else following.start
    between = [window for window in windows(maintenance, now, until) if window != running_now]
    assert between == []
    if following is not None:
        assert following.start > now
        assert running(maintenance, following.start) == following


@settings(max_examples=100, deadline=None)
@given(maintenances(), MOMENTS)
def test_it_stands_as_its_windows_say(maintenance: Maintenance, now: datetime) -> None:
    found = standing(maintenance, now)
    edge = next_edge(maintenance, now)
    assert (found is Standing.UNDER_MAINTENANCE) == (running(maintenance, now) is not None)
    assert edge is None or edge > now
    if found in (Standing.INACTIVE, Standing.ENDED):
        assert edge is None
    if edge is not None and found is Standing.SCHEDULED:
        assert standing(maintenance, edge) is Standing.UNDER_MAINTENANCE


@settings(max_examples=100, deadline=None)
@given(st.datetimes(wall("1990-01-01"), wall("2035-01-01")), st.sampled_from(ZONES), st.timedeltas(timedelta(0)))
def test_a_later_time_on_the_clock_is_never_an_earlier_moment(at: datetime, zone: str, later: timedelta) -> None:
    clock = ZoneInfo(zone)
    assert moment(at, clock) <= moment(at + min(later, timedelta(days=2)), clock)
    local = moment(at, clock).astimezone(clock).replace(tzinfo=None)
    assert local == at or local > at.replace(second=0, microsecond=0)
