"""Monitors, settings and results for the tests of checking."""

from datetime import UTC, datetime
from typing import Any

from uptime.checks._kind import CheckType, down, up
from uptime.config import Settings
from uptime.core.recording import Entry
from uptime.core.runner import Finished, Task
from uptime.domain.heartbeat import Slot
from uptime.domain.monitor import LOCAL, Monitor
from uptime.domain.result import Certificate, Reason, Result
from uptime.domain.schedule import from_ms, slot_at_ms, to_ms
from uptime.store import Store
from uptime.store.due import Claim

TYPE = CheckType("http", "HTTP", str, lambda target, net: None, str, lambda url: {}, ())  # type: ignore[arg-type,return-value]


def settings(url: str, **more: Any) -> Settings:
    return Settings(secret_key="x" * 32, redis_url=url, port=1, **more)


def add(store: Store, url: str = "http://127.0.0.1:9/", *, planned: datetime | None = None, **fields: Any) -> Monitor:
    """A stored monitor that is due at `planned`, or at its newest slot."""
    fields = {"interval": 60, "timeout_ms": 2_000, "name": url, **fields}
    monitor = store.monitors.add(Monitor(type="http", target={"url": url}, **fields), unique_name=False)
    if not monitor.paused:
        at_ms = (
            slot_at_ms(monitor.id, monitor.interval, to_ms(datetime.now(UTC))) if planned is None else to_ms(planned)
        )
        store.due.put(monitor.id, LOCAL, monitor.interval, monitor.timeout_ms, at_ms)
    return monitor


def entry(
    monitor: Monitor, planned_ms: int, result: Result, *, claim: Claim | None = None, token: str | None = None
) -> Entry:
    """A check that was made at its planned time and took its latency."""
    task = Task(monitor, TYPE, None, Slot(from_ms(planned_ms), token), claim, sweep=token and token.split(":")[0])
    return Entry(Finished(task, result, from_ms(planned_ms + result.latency_ms)))


def good(latency_ms: float = 12.0, certificate: Certificate | None = None) -> Result:
    return Result(True, up("200 OK").message, latency_ms, status_code=200, certificate=certificate)


def bad(message: str = "500 No", evidence: str | None = None) -> Result:
    failed = down(Reason.STATUS, message, evidence=evidence)
    return Result(False, failed.message, 20.0, Reason.STATUS, status_code=500, evidence=failed.evidence)
