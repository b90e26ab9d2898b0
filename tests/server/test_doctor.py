"""The doctor finds what is wrong, says what to do, and leaves alone what is right."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dns.message
import pytest

from tests.servers.dns import name_server
from tests.worker.making import bad, entry
from uptime.config import Settings
from uptime.core import Core
from uptime.core.recording import Recording
from uptime.domain.channel import Channel, ChannelDraft
from uptime.domain.delivery import LogEntry, Outcome
from uptime.domain.monitor import LOCAL, Monitor, MonitorDraft
from uptime.domain.notification import Notification, Occasion
from uptime.domain.result import Reason, Result
from uptime.domain.schedule import to_ms
from uptime.server.doctor import examine
from uptime.server.doctor_store import of_store
from uptime.server.findings import Finding
from uptime.server.forecast import DAY, HOUR, forecast
from uptime.store import Store
from uptime.store.due import Claim
from uptime.store.keys import Retention

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def store(redis_url: str) -> Iterator[Store]:
    made = Store(redis_url)
    yield made
    made.close()


@pytest.fixture
def core(store: Store) -> Core:
    return Core(store, Settings(secret_key="x" * 32))


@pytest.fixture
def found(redis_url: str) -> Any:
    """What the doctor finds in the store now, by what it looked at."""
    settings = Settings(secret_key="x" * 32, redis_url=redis_url)

    def look(**more: Any) -> dict[str, Finding]:
        return {finding.what: finding for finding in of_store(replace(settings, **more))}

    return look


def test_a_store_that_is_away_is_wrong(found: Any) -> None:
    (finding,) = found(redis_url="redis://127.0.0.1:1/0").values()
    assert (finding.what, finding.mark) == ("store", "wrong")


def test_a_sound_store_is_all_right_but_for_who_does_not_work(found: Any, core: Core, store: Store) -> None:
    core.channels.add(1, ChannelDraft("hook", "webhook", {"url": "http://127.0.0.1:9/"}), datetime.now(UTC))
    marks = {what: finding.mark for what, finding in found().items()}
    assert [what for what, mark in marks.items() if mark == "wrong"] == []
    assert marks["part scheduler"] == "warning"
    assert {marks[what] for what in ("store", "version", "eviction", "clock", "memory", "size", "queue")} == {"ok"}
    for kind in ("checks", "scheduler", "notifier"):
        store.workers.seen(kind, "me", datetime.now(UTC))
    assert found()["part scheduler"].sentence == "1 running"


def test_memory_that_does_not_suffice_is_told_before_it_is_full(found: Any, core: Core, store: Store) -> None:
    core.monitors.add(1, MonitorDraft("Shop", "http", {"url": "http://127.0.0.1:9/"}, interval=5), datetime.now(UTC))
    core.history.set_ttl(1, 30 * 86_400, datetime.now(UTC))
    used = store.measures.server().used
    store.client.config_set("maxmemory", used + 8 * 2**20)
    try:
        finding = found()["size"]
    finally:
        store.client.config_set("maxmemory", 0)
    assert finding.mark == "warning"
    assert "shorten the TTL" in finding.sentence


def test_the_forecast_counts_what_is_still_to_come() -> None:
    retention = Retention(hour_days=10, day_days=20)
    monitor = Monitor("a", "http", {}, interval=60, created_at=NOW)
    rollups = HOUR * 240 + DAY * 20
    assert forecast([(monitor, 86_400)], retention, 30.0, NOW).to_come == 1_440 * 30 + rollups
    later = forecast([(monitor, 86_400)], retention, 30.0, NOW + timedelta(days=10))
    assert (later.to_come, later.every_day) == (DAY * 10, 0.0)
    endless = forecast([(monitor, 0)], retention, 30.0, NOW)
    assert (endless.to_come, endless.every_day) == (rollups, 1_440 * 30)


def test_what_a_heartbeat_takes_is_measured(store: Store, core: Core) -> None:
    monitor = core.monitors.add(1, MonitorDraft("Shop", "http", {"url": "http://127.0.0.1:9/"}), NOW)
    assert store.measures.heartbeat_bytes([monitor.id]) is None
    for minute in range(200):
        at_ms = to_ms(NOW + timedelta(minutes=minute))
        Recording(store).write([entry(monitor, at_ms, Result(True, "200 OK", 10.0))])
    measured = store.measures.heartbeat_bytes([monitor.id])
    assert measured
    assert 15 < measured < 60


def test_heartbeats_without_ttl_grow_without_end(found: Any, core: Core) -> None:
    core.monitors.add(1, MonitorDraft("Shop", "http", {"url": "http://127.0.0.1:9/"}), datetime.now(UTC))
    core.history.set_ttl(1, 0, datetime.now(UTC))
    assert "a day without end" in found()["size"].sentence


def test_a_restore_that_was_broken_off_is_wrong(found: Any, store: Store) -> None:
    assert found()["restore"].mark == "ok"
    store.backups.begin(datetime.now(UTC))
    assert found()["restore"].mark == "wrong"


def test_a_queue_that_nobody_takes_from_is_told(found: Any, store: Store) -> None:
    assert store.queue.waits_since() is None
    store.queue.enqueue_batch([Claim(1, LOCAL, 0, 1, 1_000)])
    since = store.queue.waits_since()
    assert since
    assert timedelta(0) <= datetime.now(UTC) - since < timedelta(seconds=10)
    assert found()["queue"].sentence.startswith("1 batch waiting")
    (job_id,) = store.queue._queues["checks"].get_job_ids()
    stored = f"rq:job:{job_id}"
    store.client.hset(stored, "enqueued_at", (since - timedelta(minutes=3)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    finding = found()["queue"]
    assert finding.mark == "warning"
    assert "has waited for 3 min" in finding.sentence


def test_checks_that_are_overdue_are_told(found: Any, core: Core) -> None:
    core.monitors.add(
        1, MonitorDraft("Shop", "http", {"url": "http://127.0.0.1:9/"}), datetime.now(UTC) - timedelta(minutes=5)
    )
    finding = found()["schedule"]
    assert finding.mark == "warning"
    assert finding.sentence.startswith("1 of 1 checks are overdue, the first for ")


def test_monitors_that_cannot_be_checked_are_named_with_what_to_do(found: Any, core: Core, store: Store) -> None:
    now = datetime.now(UTC)
    monitor = core.monitors.add(1, MonitorDraft("Orders", "http", {"url": "http://127.0.0.1:9/"}), now)
    other = core.monitors.add(1, MonitorDraft("Shop", "http", {"url": "http://127.0.0.1:9/"}), now)
    why = "Not checked: a library is missing. Where the worker runs: pip install something"
    Recording(store).write([entry(monitor, to_ms(now), Result(False, why, 0.0, Reason.INTERNAL))])
    Recording(store).write([entry(other, to_ms(now), bad())])
    findings = found()
    assert (findings["monitor Orders"].mark, findings["monitor Orders"].sentence) == ("warning", why)
    assert "monitor Shop" not in findings


def logged(store: Store, channel: Channel, outcome: Outcome, at: datetime) -> None:
    notification = Notification(f"e-{to_ms(at)}", Occasion.TEST, "a", "b", at)
    log = LogEntry(f"e-{to_ms(at)}", at, outcome, notification, 1, "refused with 403" if outcome != "sent" else "Sent.")
    store.deliveries.done(channel.id, [], [log], at)


def test_a_channel_is_judged_by_what_arrived(found: Any, core: Core, store: Store) -> None:
    now = datetime.now(UTC)
    assert "nobody is told" in found()["channels"].sentence
    channel = core.channels.add(1, ChannelDraft("hook", "webhook", {"url": "http://127.0.0.1:9/"}), now)
    assert found()["channel hook"].sentence == "no message has ever arrived; send a test to see whether it works."
    logged(store, channel, Outcome.SENT, now - timedelta(days=9))
    finding = found()["channel hook"]
    assert (finding.mark, finding.sentence.startswith("the last message arrived 9 d ago")) == ("warning", True)
    logged(store, channel, Outcome.FAILED, now - timedelta(days=1))
    finding = found()["channel hook"]
    assert (finding.mark, finding.sentence.endswith("and the newest failed: refused with 403")) == ("wrong", True)
    logged(store, channel, Outcome.SENT, now - timedelta(hours=2))
    assert found()["channel hook"].mark == "ok"
    logged(store, channel, Outcome.RETRY, now - timedelta(hours=1))
    assert found()["channel hook"].mark == "warning"


def test_a_channel_of_a_type_that_is_not_there_is_wrong(found: Any, store: Store) -> None:
    store.channels.add(Channel("pigeon", "pigeon", {}))
    assert found()["channel pigeon"].mark == "wrong"


def test_a_time_zone_without_rules_is_wrong(found: Any, core: Core) -> None:
    assert found()["time zones"].sentence == "rules for UTC"
    core.sites.update(1, lambda site: replace(site, timezone="Mars/Olympus"))
    finding = found()["time zones"]
    assert finding.mark == "wrong"
    assert "tzdata" in finding.sentence


@contextmanager
def resolving() -> Iterator[str]:
    """The address of a name server that knows no name, in a thread of its own."""
    ready, addresses = threading.Event(), list[str]()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        async with name_server(lambda query, tcp: [_no_such_name(query)]) as server:
            addresses.append(server.address)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait(10)
    yield addresses[0]
    loop.call_soon_threadsafe(over.set)
    thread.join()
    loop.close()


def _no_such_name(query: dns.message.Message) -> bytes:
    answer = dns.message.make_response(query)
    answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer.to_wire()


def test_every_name_server_is_asked() -> None:
    with resolving() as address:
        settings = Settings(secret_key="x" * 32, redis_url="redis://127.0.0.1:1/0", check_resolvers=(address,))
        found = {finding.what: finding for finding in examine(settings)}
        assert found["DNS"].sentence == f"{address} of CHECK_RESOLVERS answers"
        silent = replace(settings, check_resolvers=(address, "127.0.0.1:1"))
        found = {finding.what: finding for finding in examine(silent)}
    assert (found["DNS"].mark, found["DNS"].sentence) == (
        "warning", "no answer from 127.0.0.1:1; correct CHECK_RESOLVERS.",
    )  # fmt: skip
