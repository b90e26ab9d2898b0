"""The notifier: chores are done beside the checks, and a stop does not wait for them."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.worker.making import add, settings
from tests.worker.processes import Processes, Target, end, until
from uptime.core import Core
from uptime.domain.incident import IncidentDraft, IncidentStatus
from uptime.domain.monitor import LOCAL
from uptime.domain.subscriber import By
from uptime.store import Store
from uptime.worker.tick import Scheduler


def now() -> datetime:
    return datetime.now(UTC)


def test_a_cron_job_sweeps_once_however_many_schedulers_there_are(
    store: Store, target: Target, processes: Processes, redis_url: str
) -> None:
    monitor = add(store, f"{target.url}/cron", interval=3600)
    core = Core(store, settings(redis_url))
    job = core.cron_jobs.make(1, "Hourly", "", "0 * * * *", now() - timedelta(hours=2), enabled=True)
    for name in ("a", "b"):
        Scheduler(name, core, store).tick(now(), 0.0)
    processes.start("notifier")
    until(lambda: core.cron_jobs.runs(1, job.id), 20)
    assert [run.ok for run in core.cron_jobs.runs(1, job.id)] == [True]
    assert len(store.heartbeats.recent(monitor.id, LOCAL, now(), 0)) == 1
    assert [(run.source, run.run_id) for run in store.runs.recent(1, 10)] == [("cron-job", job.id)]
    assert core.cron_jobs.get(1, job.id).next_at > now()  # type: ignore[operator]


def test_subscribers_are_told_of_an_incident_once(
    store: Store, target: Target, processes: Processes, redis_url: str
) -> None:
    core = Core(store, settings(redis_url))
    core.subscribers.add(1, 1, By.WEBHOOK, f"{target.url}/told", (), now())
    core.incidents.begin(1, IncidentDraft("Slow"), IncidentStatus.INVESTIGATING, "Looking", "alice", now())
    processes.start("notifier")
    for name in ("a", "b"):
        Scheduler(name, core, store).tick(now(), 0.0)
    until(lambda: target.asked("/told"), 20)
    until(lambda: not core.announcing.is_due(now() + timedelta(days=1)), 20)
    assert len(target.asked("/told")) == 1


@pytest.mark.long
def test_a_stop_cuts_a_long_chore_short(store: Store, target: Target, processes: Processes, redis_url: str) -> None:
    add(store, f"{target.url}/slow/30/chore", timeout_ms=40_000, interval=3600)
    core = Core(store, settings(redis_url))
    job = core.cron_jobs.make(1, "Long", "", "0 * * * *", now() - timedelta(hours=2), enabled=True)
    store.queue.enqueue_chore("run_cron_job", [1, job.id])
    notifier = processes.start("notifier")
    until(lambda: target.asked("/slow/30/chore"), 20)
    assert store.workers.alive("notifier", now()) == 1
    seconds, code = end(notifier)
    assert (code, seconds < 10) == (0, True)
