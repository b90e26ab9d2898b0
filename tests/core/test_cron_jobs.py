"""Jobs fire when they must, once, and a run that ends undoes nothing."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import NOW
from tests.core.conftest import at_once
from uptime.core import Core
from uptime.domain.cron_job import CronJob, CronRun, JobDraft
from uptime.domain.errors import Invalid, NotFound
from uptime.store import Store, keys

MINUTE = timedelta(minutes=1)
DUE = NOW + MINUTE


def make(core: Core, name: str = "job", expression: str = "* * * * *", *, enabled: bool = True) -> CronJob:
    return core.cron_jobs.make(1, name, "", expression, NOW, enabled=enabled)


def fired(core: Core, at: datetime) -> list[str]:
    return [job.id for job in core.cron_jobs.fire_due(at)]


def test_a_job_has_an_id_of_its_form_and_its_next_time(core: Core) -> None:
    job = make(core)
    assert re.fullmatch(r"job_1772445600000_[0-9a-z]{7}", job.id)
    assert job.next_at == NOW + MINUTE
    assert core.cron_jobs.get(1, job.id) == job
    assert make(core, enabled=False).next_at is None
    assert [found.enabled for found in core.cron_jobs.list(1)].count(True) == 1


@pytest.mark.parametrize("wrong", ["", "x", "* * * *", "61 * * * *", "* " * 200])
def test_an_expression_that_is_none_is_refused(core: Core, wrong: str) -> None:
    with pytest.raises(Invalid):
        make(core, expression=wrong)
    job = make(core)
    with pytest.raises(Invalid):
        core.cron_jobs.change(1, job.id, NOW, expression=wrong)
    assert core.cron_jobs.list(1) == [job]


def test_the_fields_are_read_in_the_time_zone_of_the_site(core: Core) -> None:
    core.sites.update(1, lambda site: replace(site, timezone="Asia/Tokyo"))
    assert make(core, expression="0 9 * * *").next_at == datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
    core.sites.update(1, lambda site: replace(site, timezone="Middle-earth/Shire"))
    assert make(core, expression="0 9 * * *").next_at == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def test_what_is_another_accounts_does_not_exist(core: Core) -> None:
    job = make(core)
    assert core.cron_jobs.list(2) == []
    for reach in (
        lambda: core.cron_jobs.get(2, job.id),
        lambda: core.cron_jobs.runs(2, job.id),
        lambda: core.cron_jobs.switch(2, job.id, False, NOW),
        lambda: core.cron_jobs.remove(2, job.id, NOW),
    ):
        with pytest.raises(NotFound):
            reach()


def test_it_fires_when_due_and_not_before(core: Core) -> None:
    job = make(core)
    make(core, "off", enabled=False)
    assert fired(core, DUE - timedelta(seconds=1)) == []
    assert fired(core, DUE) == [job.id]


def test_one_of_many_schedulers_fires_it(cores: list[Core]) -> None:
    ids = sorted(make(cores[0], f"j{n}").id for n in range(5))
    results = at_once(*(lambda c=c: fired(c, DUE) for c in cores))
    assert sorted(job_id for found in results for job_id in found) == ids


def test_one_whose_runner_died_fires_again(core: Core) -> None:
    job = make(core)
    assert fired(core, DUE) == [job.id]
    assert fired(core, DUE + MINUTE) == []
    assert fired(core, DUE + 3 * MINUTE) == [job.id]


def test_a_run_is_on_record_and_sets_the_next_time(core: Core) -> None:
    job = make(core)
    fired(core, DUE)
    run = core.cron_jobs.run(1, job.id, DUE)
    assert run is not None
    assert run.ok
    assert core.cron_jobs.runs(1, job.id) == [run]
    after = core.cron_jobs.get(1, job.id)
    assert (after.last_at, after.last_ok, after.last_error, after.next_at) == (DUE, True, None, DUE + MINUTE)
    [logged] = core.runs.recent(1)
    assert (logged.source, logged.run_id, logged.checked) == ("cron-job", job.id, 0)
    assert fired(core, DUE) == []
    assert fired(core, DUE + MINUTE) == [job.id]


def test_a_job_that_was_queued_twice_runs_once(core: Core) -> None:
    job = make(core)
    fired(core, DUE)
    assert core.cron_jobs.run(1, job.id, DUE) is not None
    assert core.cron_jobs.run(1, job.id, DUE + timedelta(seconds=1)) is None
    assert len(core.cron_jobs.runs(1, job.id)) == 1


def test_one_that_was_switched_off_or_removed_meanwhile_does_not_run(core: Core) -> None:
    off, gone = make(core, "off"), make(core, "gone")
    fired(core, DUE)
    core.cron_jobs.switch(1, off.id, False, DUE)
    core.cron_jobs.remove(1, gone.id, NOW)
    assert core.cron_jobs.run(1, off.id, DUE) is None
    assert core.cron_jobs.run(1, gone.id, DUE) is None
    assert fired(core, DUE + timedelta(days=1)) == []


def test_a_run_that_ends_does_not_undo_a_stop(core: Core, store: Store) -> None:
    job = make(core)
    fired(core, DUE)
    core.cron_jobs.switch(1, job.id, False, DUE)
    core.cron_jobs._note(job, CronRun(DUE, 5, True), 0)
    after = core.cron_jobs.get(1, job.id)
    assert (after.enabled, after.next_at, after.last_at) == (False, None, DUE)
    assert fired(core, DUE + timedelta(days=1)) == []
    core.cron_jobs.remove(1, job.id, NOW)
    core.cron_jobs._note(job, CronRun(DUE, 5, True), 0)
    assert core.cron_jobs.list(1) == []
    assert not store.client.exists(keys.cron_runs(1, job.id))


def test_starts_and_stops_at_the_same_moment_leave_one_truth(cores: list[Core], store: Store) -> None:
    job = make(cores[0])
    for _ in range(10):
        at_once(*(lambda c=c, on=n % 2 == 0: c.cron_jobs.switch(1, job.id, on, NOW) for n, c in enumerate(cores)))
        is_due = store.client.zscore(keys.cron_due(), f"1:{job.id}") is not None
        assert is_due == cores[0].cron_jobs.get(1, job.id).enabled


def test_an_edit_keeps_the_next_time_unless_the_expression_changes(core: Core) -> None:
    job = make(core)
    at = NOW + timedelta(seconds=30)
    assert core.cron_jobs.change(1, job.id, at, name="new").next_at == job.next_at
    assert core.cron_jobs.change(1, job.id, at, expression="0 0 * * *").next_at == datetime(2026, 3, 3, tzinfo=UTC)
    stopped = core.cron_jobs.switch(1, job.id, False, at)
    assert (stopped.enabled, stopped.next_at, stopped.name) == (False, None, "new")


def test_jobs_outlive_every_process(core: Core, store: Store) -> None:
    job = make(core)
    store.client.delete(keys.cron_due())
    store.cron_jobs.repair()
    assert fired(core, DUE) == [job.id]
    store.cron_jobs.repair()
    assert fired(core, DUE) == []


def test_an_import_takes_what_can_be_taken(core: Core) -> None:
    good = JobDraft("a", "d", "*/5 * * * *", enabled=True)
    unreadable, nameless = replace(good, expression="x"), replace(good, name="\x00")
    assert core.cron_jobs.import_(1, [good, unreadable, nameless], NOW) == 1
    [job] = core.cron_jobs.list(1)
    assert (job.name, job.description, job.expression, job.enabled) == ("a", "d", "*/5 * * * *", True)


def test_no_more_than_a_hundred_executions_are_kept(core: Core, store: Store) -> None:
    job = make(core)
    for second in range(120):
        store.cron_jobs.record(1, job.id, CronRun(NOW + timedelta(seconds=second), 1, True))
    runs = core.cron_jobs.runs(1, job.id, 1_000)
    assert len(runs) == 100
    assert runs[0].at == NOW + timedelta(seconds=119)
    assert len(core.cron_jobs.runs(1, job.id)) == 20
