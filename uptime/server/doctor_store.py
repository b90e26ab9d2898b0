"""What can be wrong with the store: the server behind it, how large it becomes, and who is at work on it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from uptime.config import Settings
from uptime.domain.errors import Unavailable
from uptime.domain.monitor import Monitor
from uptime.domain.schedule import from_ms
from uptime.domain.wording import counted, duration
from uptime.server.doctor_nouns import of_channels, of_monitors, of_zones
from uptime.server.findings import Finding
from uptime.server.forecast import USUAL_HEARTBEAT, forecast
from uptime.store import Patience, Store
from uptime.store.keys import Retention
from uptime.store.measures import Server
from uptime.worker.embedded import CannotRun, answers, binary
from uptime.worker.process import open_store

OLDEST_STORE = (6, 2)
CLOCKS_APART = 1.0
"""Seconds by which the clock of the store may differ from ours."""
LATE = timedelta(seconds=10)
"""How long a job may wait for a worker, and a check be overdue."""
TIGHT = 0.8
"""The part of the memory that is no cause for worry."""

PARTS = {"checks": "worker", "scheduler": "scheduler", "notifier": "notifier"}
"""What marks its presence, by the command that starts it."""


def of_store(settings: Settings) -> Iterator[Finding]:
    """Everything about the store and what is in it, as far as it answers."""
    if settings.redis_url is None and not answers(settings.socket):
        yield _at_rest(settings)
        return
    store = open_store(settings, Patience.WORKER)
    try:
        yield Finding("store", f"answers within {store.ping():.1f} ms")
        yield from _contents(store, settings, datetime.now(UTC))
    except Unavailable as error:
        yield Finding("store", error.message, broken=True)
    finally:
        store.close()


def _at_rest(settings: Settings) -> Finding:
    where = settings.data_dir.absolute()
    try:
        return Finding("store", f"nothing runs in {where}; `run` would start {binary()}", doubtful=True)
    except CannotRun as error:
        return Finding("store", str(error), broken=True)


def _contents(store: Store, settings: Settings, now: datetime) -> Iterator[Finding]:
    server, monitors = store.measures.server(), store.monitors.all_active()
    yield _version(server)
    yield _eviction(server.eviction)
    yield _persistence(server)
    yield _clock(store)
    yield _memory(server)
    yield _size(store, server, monitors, settings, now)
    yield _whole(store)
    yield from _parts(store, now)
    yield _queue(store, now)
    yield _schedule(store, now)
    yield from of_monitors(store, monitors)
    yield from of_channels(store, settings, now)
    yield of_zones(store)


def _version(server: Server) -> Finding:
    old = tuple(int(part) for part in server.version.split(".")[:2]) < OLDEST_STORE
    return Finding("version", f"{server.version}" + ("; at least 6.2 is needed" if old else ""), broken=old)


def _eviction(policy: str) -> Finding:
    if policy in ("noeviction", ""):
        return Finding("eviction", "the store never throws data away")
    return Finding(
        "eviction", f"maxmemory-policy is {policy}: a full store loses history. Set noeviction.", broken=True
    )


def _persistence(server: Server) -> Finding:
    if not server.appends:
        return Finding(
            "persistence", "no append-only file: a crash loses what is new. Set appendonly yes.", doubtful=True
        )
    said = f"append-only file, last write {server.last_write}"
    if server.last_write == "ok":
        return Finding("persistence", said)
    return Finding("persistence", f"{said}: look at the store's disk and its log.", broken=True)


def _clock(store: Store) -> Finding:
    before = time.time()
    there = store.measures.clock().timestamp()
    apart = abs(there - (before + time.time()) / 2)
    said = f"{apart:.1f} s apart from the store's"
    if apart <= CLOCKS_APART:
        return Finding("clock", said)
    return Finding("clock", f"{said}: have both machines set theirs by NTP.", broken=True)


def _memory(server: Server) -> Finding:
    room = server.limit or server.machine
    said = f"{_bytes(server.used)} used" + (f" of {_bytes(room)}" if room else "")
    if room and server.used > TIGHT * room:
        return Finding("memory", f"{said}: give the store more, or shorten what is kept.", doubtful=True)
    return Finding("memory", said)


def _size(store: Store, server: Server, monitors: list[Monitor], settings: Settings, now: datetime) -> Finding:
    """What there will be once all histories are as long as they are kept."""
    ttls = {account: store.sites.get(account).ttl for account in {monitor.account for monitor in monitors}}
    measured = store.measures.heartbeat_bytes([monitor.id for monitor in monitors])
    retention = Retention(settings.hour_days, settings.day_days, settings.change_days, settings.evidence_days)
    kept = [(monitor, ttls[monitor.account]) for monitor in monitors]
    found = forecast(kept, retention, measured or USUAL_HEARTBEAT, now)
    full, room = server.used + found.to_come, server.limit or server.machine
    by = f"{measured:.0f} bytes a heartbeat" if measured else f"{USUAL_HEARTBEAT:.0f} bytes a heartbeat, unmeasured"
    said = f"grows to {_bytes(full)} in time ({by})"
    if found.every_day:
        said = f"grows by {_bytes(found.every_day)} a day without end, since heartbeats have no TTL ({by})"
    if room and full > TIGHT * room:
        return Finding("size", f"{said}, and has {_bytes(room)}: give it more, or shorten the TTL.", doubtful=True)
    return Finding("size", said)


def _whole(store: Store) -> Finding:
    began = store.backups.interrupted()
    if began is None:
        return Finding("restore", "none was broken off")
    at = f"{began:%Y-%m-%d %H:%M} UTC"
    return Finding("restore", f"one that began at {at} has not ended: `restore FILE --replace` again.", broken=True)


def _parts(store: Store, now: datetime) -> Iterator[Finding]:
    for kind, command in PARTS.items():
        count = store.workers.alive(kind, now)
        lacking = "" if count else f"; start it: python -m uptime {command}"
        yield Finding(f"part {kind}", f"{count} running{lacking}", doubtful=not count)


def _queue(store: Store, now: datetime) -> Finding:
    since = store.queue.waits_since()
    waited = now - since if since is not None else timedelta(0)
    if waited > LATE:
        said = f"a batch of checks has waited for {duration(waited)}: start more workers."
        return Finding("queue", said, doubtful=True)
    return Finding("queue", f"{counted(store.queue.waiting(), 'batch')} waiting, none for longer than {LATE.seconds} s")


def _schedule(store: Store, now: datetime) -> Finding:
    total, overdue, oldest_ms = store.due.size(now)
    late = timedelta(0) if oldest_ms is None else now - from_ms(oldest_ms)
    if late > LATE:
        said = f"{overdue} of {total} checks are overdue, the first for {duration(late)}: see to scheduler and workers."
        return Finding("schedule", said, doubtful=True)
    return Finding("schedule", f"{counted(total, 'monitor')}, nothing overdue")


def _bytes(size: float) -> str:
    for unit, power in (("GiB", 30), ("MiB", 20)):
        if size >= 1 << power:
            return f"{size / (1 << power):.1f} {unit}"
    return f"{size / 1024:.0f} KiB"
