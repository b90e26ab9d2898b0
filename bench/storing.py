"""What heartbeats cost the store: bytes, writes a second, and the reading of long histories."""

import random
import statistics
import time
from datetime import UTC, datetime, timedelta

from bench.house import House, house
from bench.report import Row, median_row
from uptime.domain.heartbeat import UNCHECKED, Slot, State, Tolerance, judge
from uptime.domain.result import Phases, Reason, Result
from uptime.domain.schedule import from_ms, slot_after_ms, to_ms
from uptime.store.heartbeats import Record

LOCATION = "local"
BATCH = 500
MONITORS, A_DAY = 100, 1_440
"""Of the long history: how many monitors, and how many heartbeats of each make a day."""
DURABLE = f"in batches of {BATCH}; the store syncs its append-only file before it answers"


def result(chance: random.Random) -> Result:
    """What a check of an ordinary site sees; one in 500 fails."""
    parts = [chance.lognormvariate(mu, 0.4) for mu in (0.5, 2.0, 2.5, 3.5, 0.8)]
    total = sum(parts)
    if chance.random() < 0.002:
        return Result(False, "Expected 200, got 503", total, Reason.STATUS, 503, Phases(*parts))
    return Result(True, "200 OK", total, None, 200, Phases(*parts))


class Writer:
    """Makes the records of monitors that have been watched every minute."""

    def __init__(self, home: House, monitors: int, begin: datetime, interval: int = 60) -> None:
        self.store, self.interval, self.chance = home.store, interval, random.Random(7)
        self.states: dict[int, State] = dict.fromkeys(range(1, monitors + 1), UNCHECKED)
        self.planned = {i: slot_after_ms(i, interval, to_ms(begin)) for i in self.states}

    def round(self, ids: list[int]) -> list[Record]:
        """The next heartbeat of each of these."""
        return [self._record(monitor_id) for monitor_id in ids]

    def _record(self, monitor_id: int) -> Record:
        planned, before = self.planned[monitor_id], self.states[monitor_id]
        seen = result(self.chance)
        at = from_ms(planned + 3 + int(seen.latency_ms))
        verdict = judge(seen, before, Tolerance(), Slot(from_ms(planned)), at, f"{monitor_id}-local")
        self.states[monitor_id] = verdict.state
        self.planned[monitor_id] = planned + self.interval * 1000
        return Record(monitor_id, LOCATION, self.interval, 0, verdict, before.version, before.status)


def many_heartbeats(home: House, heartbeats: int) -> list[Row]:
    """What the store's memory grew by for each heartbeat, and what as many do to those who read the page.

    All is counted: chunks, keys, index, rollups and state. The page is timed after a day of heartbeats and at the end.
    """
    ids = home.fill([f"http://127.0.0.1:9/{index}" for index in range(MONITORS)], 60)
    rounds = heartbeats // MONITORS
    end = datetime.now(UTC)
    writer = Writer(home, MONITORS, end - timedelta(minutes=rounds))
    home.store.heartbeats.record(writer.round(ids))
    before, page_before = _used(home), 0.0
    for number in range(rounds):
        home.store.heartbeats.record(writer.round(ids))
        if number == min(A_DAY, rounds // 2):
            page_before = _page_ms(home, from_ms(writer.planned[ids[0]]))
    size, page_after = (_used(home) - before) / (rounds * MONITORS), _page_ms(home, end)
    page = f"{page_before:.1f} ms after {MONITORS * A_DAY:,} and {page_after:.1f} ms after {heartbeats:,}"
    what = "building the public status of 100 monitors and their bars, after against before"
    return [
        median_row(f"bytes per heartbeat with phases, {heartbeats:,} of them", [size], "bytes", ("<=", 30)),
        median_row(what, [page_after / page_before], "times", ("<=", 1.25), page),
    ]


def _page_ms(home: House, now: datetime) -> float:
    """How long the status and 90 days of bars take, as a median."""
    ids, samples = [monitor.id for monitor in home.core.monitors.list(1)], []
    for _ in range(31):
        began = time.perf_counter()
        home.core.status_pages.view(1, now)
        home.store.rollups.days(ids, LOCATION, (now - timedelta(days=89)).date(), 90)
        samples.append((time.perf_counter() - began) * 1000)
    return statistics.median(samples)


def _used(home: House) -> int:
    return int(home.store.client.info("memory")["used_memory"])


def records_per_second(home: House, seconds: float = 5.0) -> float:
    """Batches as the recorder of a busy worker writes them, with rollups; judging is not counted."""
    writer = Writer(home, 2_000, datetime.now(UTC) - timedelta(days=2))
    ids = list(writer.states)
    batches = [writer.round(ids[i : i + BATCH]) for _ in range(20) for i in range(0, 2_000, BATCH)]
    done, spent = 0, 0.0
    while batches and spent < seconds:
        batch = batches.pop(0)
        began = time.perf_counter()
        home.store.heartbeats.record(batch)
        spent += time.perf_counter() - began
        done += len(batch)
    return done / spent


def daily_ratios(runs: int) -> Row:
    """90 daily ratios of each of 1,000 monitors, read and computed."""
    with house() as home:
        today = datetime.now(UTC)
        writer = Writer(home, 1_000, today - timedelta(days=90), interval=86_400)
        for _ in range(90):
            home.store.heartbeats.record(writer.round(list(writer.states)))
        first = (today - timedelta(days=89)).date()
        samples = []
        for _ in range(runs):
            began = time.perf_counter()
            days = home.store.rollups.days(list(writer.states), LOCATION, first, 90)
            ratios = [count.ratio for counts in days.values() for count in counts]
            samples.append((time.perf_counter() - began) * 1000)
            assert len(ratios) == 90_000
    return median_row("90 daily ratios of each of 1,000 monitors", samples, "ms", ("<=", 100))


def rows(heartbeats: int, runs: int) -> list[Row]:
    """The store's rows."""
    rate = []
    for _ in range(runs):
        with house() as home:
            rate.append(records_per_second(home))
    with house() as home:
        many = many_heartbeats(home, heartbeats)
    return [
        median_row("heartbeats recorded per second with rollups, one process", rate, "/s", (">=", 30_000), DURABLE),
        *many,
        daily_ratios(max(3, runs)),
    ]
