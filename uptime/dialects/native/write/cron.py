"""The built-in jobs and what they did."""

from collections.abc import Iterable
from typing import Literal

from pydantic import RootModel

from uptime.dialects.native.write import Success, Wire, ms, ms_or_none
from uptime.domain.cron_job import CronJob, CronRun

JobStatus = Literal["running", "stopped", "error"]
Outcome = Literal["success", "failure"]


class JobSummary(Wire):
    """Where a job stands. Times in milliseconds since 1970."""

    id: str
    name: str
    status: JobStatus
    enabled: bool
    last_run: int = 0
    next_run: int = 0
    last_run_status: Outcome = "success"
    last_run_duration: int = 0
    last_run_error: str = ""


class Job(JobSummary):
    """A job. Keys of what has not happened are absent."""

    description: str
    cron_expression: str
    created_at: int
    updated_at: int


class Jobs(RootModel[list[Job]]):
    """All jobs."""


class JobRun(Wire):
    """One execution; `duration` in milliseconds."""

    timestamp: int
    duration: int
    status: Outcome
    error: str = ""


class JobHistory(Wire):
    """Executions, newest first."""

    history: list[JobRun]


class AnyJobs(RootModel[Jobs | JobHistory | Job]):
    """All jobs, one, or what one did."""


class AnyJobSaved(RootModel[Job | Success]):
    """The job as it is now, or whether it could be switched."""


class Imported(Wire):
    """How many of the jobs sent were taken."""

    success: int
    total: int


class NextRun(Wire):
    """When an expression matches next, in milliseconds since 1970; null where it never does."""

    next_run: int | None


def summary(job: CronJob) -> JobSummary:
    """What `/cron/status` tells."""
    return JobSummary.model_validate(_standing(job))


def job(job: CronJob, *, status: JobStatus | None = None) -> Job:
    """A job; `status` where the wire wants another word than the true one."""
    made = Job.model_validate(
        _standing(job)
        | {
            "description": job.description,
            "cron_expression": job.expression,
            "created_at": ms(job.created_at),
            "updated_at": ms(job.updated_at),
        }
    )
    if status is not None:
        made.status = status
    return made


def _standing(job: CronJob) -> dict[str, object]:
    told = {
        "id": job.id,
        "name": job.name,
        "status": "running" if job.enabled else "stopped",
        "enabled": job.enabled,
        "last_run": ms_or_none(job.last_at),
        "next_run": ms_or_none(job.next_at),
        "last_run_status": None if job.last_ok is None else _outcome(job.last_ok),
        "last_run_duration": job.last_duration_ms,
        "last_run_error": job.last_error,
    }
    return {name: value for name, value in told.items() if value is not None}


def _outcome(ok: bool) -> Outcome:
    return "success" if ok else "failure"


def history(runs: Iterable[CronRun]) -> JobHistory:
    """Executions in the order given."""
    return JobHistory(history=[_run(run) for run in runs])


def _run(run: CronRun) -> JobRun:
    made = JobRun(timestamp=ms(run.at), duration=run.duration_ms, status=_outcome(run.ok))
    if run.error is not None:
        made.error = run.error
    return made
