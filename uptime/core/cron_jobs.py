"""The built-in jobs: sweeps by cron expression, which survive restarts because they live in the store."""

import secrets
import string
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from uptime.core.audit import Audit
from uptime.core.checking import Checking
from uptime.domain.cron_job import HISTORY_LIMIT, CronJob, CronRun, JobDraft, Run, next_run
from uptime.domain.errors import Invalid, NotFound, UptimeError
from uptime.domain.monitor import DESCRIPTION_LIMIT, NAME_LIMIT, printable
from uptime.domain.schedule import to_ms

if TYPE_CHECKING:
    from uptime.store import Store

BASE36 = string.digits + string.ascii_lowercase
IMPORT_LIMIT = 200


class CronJobs:
    """The jobs of all accounts."""

    def __init__(self, store: "Store", checking: Checking, audit: Audit) -> None:
        self._store = store
        self._audit = audit
        self._checking = checking

    def make(
        self, account: int, name: str, description: str, expression: str, now: datetime, *, enabled: bool = False
    ) -> CronJob:
        """A new job. Invalid: the expression or a text is no good."""
        _check_texts(name, description)
        upcoming = next_run(expression, now, self._zone(account))
        job_id = f"job_{to_ms(now)}_" + "".join(secrets.choice(BASE36) for _ in range(7))
        job = CronJob(job_id, account, name, description, expression, enabled, now, now, upcoming if enabled else None)
        self._store.cron_jobs.add(job)
        self._audit.note("cron job", None, job, now)
        return job

    def get(self, account: int, job_id: str) -> CronJob:
        """One job. NotFound."""
        return self._store.cron_jobs.get(account, job_id)

    def change(
        self,
        account: int,
        job_id: str,
        now: datetime,
        *,
        name: str | None = None,
        description: str | None = None,
        expression: str | None = None,
        enabled: bool | None = None,
    ) -> CronJob:
        """Change what is not None. NotFound, Invalid."""
        _check_texts(name or "", description or "")
        zone = self._zone(account)
        if expression is not None:
            next_run(expression, now, zone)
        before = self.get(account, job_id)

        def alter(job: CronJob) -> CronJob:
            nonlocal before
            before = job
            changed = replace(
                job,
                name=job.name if name is None else name,
                description=job.description if description is None else description,
                expression=job.expression if expression is None else expression,
                enabled=job.enabled if enabled is None else enabled,
                updated_at=now,
            )
            upcoming = next_run(changed.expression, now, zone) if changed.enabled else None
            same = job.enabled == changed.enabled and job.expression == changed.expression
            return replace(changed, next_at=job.next_at if same else upcoming)

        after = self._store.cron_jobs.update(account, job_id, alter)
        self._audit.note("cron job", before, after, now)
        return after

    def switch(self, account: int, job_id: str, on: bool, now: datetime) -> CronJob:
        """Start or stop a job. NotFound."""
        return self.change(account, job_id, now, enabled=on)

    def remove(self, account: int, job_id: str, now: datetime) -> None:
        """Delete a job and its record. NotFound."""
        job = self.get(account, job_id)
        self._store.cron_jobs.remove(account, job_id)
        self._audit.note("cron job", job, None, now)

    def runs(self, account: int, job_id: str, limit: int = 20) -> list[CronRun]:
        """The newest executions of a job, newest first. NotFound."""
        self.get(account, job_id)
        return self._store.cron_jobs.runs(account, job_id, max(1, min(limit, HISTORY_LIMIT)))

    def import_(self, account: int, drafts: Iterable[JobDraft], now: datetime) -> int:
        """Make each job that can be made, 200 at most: how many were."""
        made = 0
        for draft in islice(drafts, IMPORT_LIMIT):
            with suppress(Invalid):
                self.make(account, draft.name, draft.description, draft.expression, now, enabled=draft.enabled)
                made += 1
        return made

    def fire_due(self, now: datetime) -> list[CronJob]:
        """The jobs whose time has come, each for one caller alone: it runs them, or they come again."""
        jobs = []
        for account, job_id in self._store.cron_jobs.claim_due(now):
            try:
                job = self.get(account, job_id)
            except NotFound:
                self._store.cron_jobs.forget((account, job_id))
                continue
            if job.enabled:
                jobs.append(job)
            else:
                self._store.cron_jobs.forget((account, job_id))
        return jobs

    def run(self, account: int, job_id: str, now: datetime) -> CronRun | None:
        """Do what a job is for: sweep, and write down how that went. None when it is gone, off, or not due."""
        try:
            job = self.get(account, job_id)
        except NotFound:
            return None
        # A job that waited in the queue beyond its lease was queued again: the first to come runs it.
        if not job.enabled or job.next_at is None or job.next_at > now:
            return None
        began, error, checked = time.monotonic(), None, 0
        try:
            swept = self._checking.sweep(account, now, source="cron-job", run_id=job_id, log_run=False)
            checked = len(swept.items)
        except UptimeError as failure:
            error = failure.message
        run = CronRun(now, round((time.monotonic() - began) * 1000), error is None, error)
        self._note(job, run, checked)
        return run

    def _note(self, job: CronJob, run: CronRun, checked: int) -> None:
        zone, refresh_ms = self._zone(job.account), self._store.sites.get(job.account).refresh_ms
        ended = run.at + timedelta(milliseconds=run.duration_ms)

        def alter(current: CronJob) -> CronJob:
            # Whatever was changed meanwhile stands: only what this run knows is written.
            return replace(
                current,
                last_at=run.at,
                last_duration_ms=run.duration_ms,
                last_ok=run.ok,
                last_error=run.error,
                next_at=next_run(current.expression, ended, zone) if current.enabled else None,
            )

        log = Run(run.at, run.duration_ms, checked, refresh_ms, "cron-job", job.id, run.error)
        self._store.runs.append(job.account, log)
        try:
            self._store.cron_jobs.update(job.account, job.id, alter)
        except NotFound:
            return
        self._store.cron_jobs.record(job.account, job.id, run)

    def _zone(self, account: int) -> str:
        return self._store.sites.get(account).zone

    def list(self, account: int) -> list[CronJob]:
        """All jobs, the oldest first."""
        return self._store.cron_jobs.many(account)


def _check_texts(name: str, description: str) -> None:
    if len(name) > NAME_LIMIT or not printable(name):
        raise Invalid("name", f"The name holds control characters or more than {NAME_LIMIT} of them.")
    if len(description) > DESCRIPTION_LIMIT or not printable(description, lines=True):
        raise Invalid("description", f"The description holds control characters or more than {DESCRIPTION_LIMIT}.")
