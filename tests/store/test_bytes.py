"""A heartbeat costs at most 30 bytes, keys and index included, on every kind of server."""

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

import pytest

from uptime.domain.heartbeat import Heartbeat, Slot, State, Status, Verdict
from uptime.domain.result import Phases
from uptime.domain.schedule import from_ms, slot_at_ms, to_ms
from uptime.store.client import Client
from uptime.store.heartbeats import Heartbeats, Record

NOW_MS = to_ms(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
MEASURED = (b"beats", b"chunks")


def records(monitors: int, each: int) -> Iterator[Record]:
    """Heartbeats of healthy monitors a minute apart, with phases and a status code."""
    random = Random(7)
    for number in range(each):
        for monitor_id in range(1, monitors + 1):
            planned_ms = slot_at_ms(monitor_id, 60, NOW_MS + number * 60_000)
            latency = random.lognormvariate(4, 0.5)
            phases = Phases(*(latency * part for part in (0.02, 0.2, 0.3, 0.4, 0.08)))
            beat = Heartbeat(
                Slot(from_ms(planned_ms)), from_ms(planned_ms + int(latency)), Status.UP, latency, 200, phases=phases
            )
            state = State(number + 1, Status.UP, planned=beat.slot.planned, last=beat)
            yield Record(monitor_id, "local", 60, 86_400 * 30, Verdict(beat, state, None, ()), number, Status.UP)


def bytes_a_heartbeat(client: Client, monitors: int, each: int) -> float:
    """What chunks and their index cost: what is freed when they alone are deleted."""
    heartbeats, batch = Heartbeats(client), list[Record]()
    for record in records(monitors, each):
        batch.append(record)
        if len(batch) == 500:
            heartbeats.record(batch)
            batch.clear()
    heartbeats.record(batch)
    doomed = [key for key in client.scan_iter(count=5_000) if key.split(b":")[2] in MEASURED]
    before = used(client)
    for first in range(0, len(doomed), 1_000):
        client.delete(*doomed[first : first + 1_000])
    return (before - used(client)) / (monitors * each)


def used(client: Client) -> int:
    return int(client.info("memory")["used_memory"])


def test_twenty_thousand_heartbeats_cost_thirty_bytes_each(any_client: Client) -> None:
    assert bytes_a_heartbeat(any_client, monitors=50, each=400) <= 30


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_million_heartbeats_cost_thirty_bytes_each(any_client: Client) -> None:
    assert bytes_a_heartbeat(any_client, monitors=1_000, each=1_000) <= 30
