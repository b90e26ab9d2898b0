"""What heartbeats cost the store: bytes, writes a second, and the reading of long histories."""

import random
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


def bytes_per_heartbeat(home: House, heartbeats: int) -> float:
    """What the store's memory grew by, for each heartbeat: chunks, keys, index, rollups and state, all of it."""
    monitors = 100
    writer = Writer(home, monitors, datetime.now(UTC) - timedelta(minutes=heartbeats // monitors))
    ids = list(writer.states)
    home.store.heartbeats.record(writer.round(ids))
    before = _used(home)
    for _ in range(heartbeats // monitors):
        home.store.heartbeats.record(writer.round(ids))
    return (_used(home) - before) / heartbeats


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
        size = bytes_per_heartbeat(home, heartbeats)
    return [
        median_row("heartbeats recorded per second with rollups, one process", rate, "/s", (">=", 30_000), DURABLE),
        median_row(f"bytes per heartbeat with phases, {heartbeats:,} of them", [size], "bytes", ("<=", 30)),
        daily_ratios(max(3, runs)),
    ]
