"""The built-in jobs that check everything by a cron expression."""

from typing import Any

from uptime.current import core, now
from uptime.dialects.native.read import cron as read
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.words import Shape
from uptime.dialects.native.write import Success, ms_or_none
from uptime.dialects.native.write import cron as write
from uptime.domain.cron_job import next_run
from uptime.domain.errors import Invalid, NotFound
from uptime.domain.user import Caller, Scope


@operation(
    "GET",
    "/ping/cron",
    tag="cron",
    shape=Shape.CODE,
    needs=Scope.READ,
    refuses=(404,),
    answers={200: write.AnyJobs},
    aliases=("/ping/cron/list",),
)
def jobs(caller: Caller, query: read.JobsQuery) -> Answer:
    """All jobs, one by its id, or with `history` what it did."""
    if not query.id:
        return write.Jobs([write.job(job) for job in core().cron_jobs.list(caller.account)])
    if query.history:
        return write.history(_runs(caller, query))
    return write.job(core().cron_jobs.get(caller.account, query.id))


def _runs(caller: Caller, query: read.JobsQuery) -> list[Any]:
    """What a job did; a job that is not there did nothing."""
    try:
        return list(core().cron_jobs.runs(caller.account, query.id or "", query.limit))
    except NotFound:
        return []


@operation(
    "GET",
    "/ping/cron/status",
    tag="cron",
    shape=Shape.CODE,
    needs=Scope.READ,
    refuses=(404,),
    answers={200: write.JobSummary},
)
def job_status(caller: Caller, query: read.WhichJob) -> Answer:
    """Where one job stands."""
    return write.summary(core().cron_jobs.get(caller.account, read.job_id(query.id)))


@operation(
    "POST",
    "/ping/cron",
    tag="cron",
    shape=Shape.CODE,
    needs=Scope.WRITE,
    whole=True,
    answers={200: write.Imported, 201: write.Job},
)
def make_job(caller: Caller, body: read.JobBody) -> Answer:
    """Makes a job, or takes the jobs of an export one by one."""
    if body.jobs is not None:
        taken = core().cron_jobs.import_(caller.account, read.job_drafts(body.jobs), now())
        return write.Imported(success=taken, total=len(body.jobs))
    return _made(caller, body)


@operation(
    "POST", "/ping/cron/create", tag="cron", shape=Shape.CODE, needs=Scope.WRITE, whole=True, answers={201: write.Job}
)
def create_job(caller: Caller, body: read.JobBody) -> Answer:
    """Makes a job, which must have a name."""
    if not body.name or not body.cron_expression:
        raise Invalid("name", "Name and cron expression are required")
    return _made(caller, body)


def _made(caller: Caller, body: read.JobBody) -> Answer:
    if not body.cron_expression:
        raise Invalid("cronExpression", "Failed to create job: cronExpression is missing")
    job = core().cron_jobs.make(
        caller.account,
        body.name or "",
        body.description or "",
        body.cron_expression,
        now(),
        enabled=bool(body.enabled),
    )
    # The original answers before it starts the job, and so says "stopped" whatever was asked for.
    return write.job(job, status="stopped"), 201


@operation(
    "PUT",
    "/ping/cron",
    tag="cron",
    shape=Shape.CODE,
    needs=Scope.WRITE,
    whole=True,
    refuses=(404,),
    answers={200: write.AnyJobSaved},
)
def change_job(caller: Caller, body: read.JobChangeBody) -> Answer:
    """Changes what is named, or with `action` starts or stops the job."""
    job_id = read.job_id(body.id)
    if body.action is None:
        return write.job(core().cron_jobs.change(caller.account, job_id, now(), **read.job_changes(body)))
    if body.action not in ("start", "stop"):
        raise Invalid("action", "Invalid action")
    try:
        core().cron_jobs.switch(caller.account, job_id, body.action == "start", now())
    except NotFound:
        return Success(success=False)
    return Success(success=True)


@operation(
    "PUT",
    "/ping/cron/update",
    tag="cron",
    shape=Shape.CODE,
    needs=Scope.WRITE,
    whole=True,
    refuses=(404,),
    answers={200: write.AnyJobSaved},
)
def update_job(caller: Caller, body: read.JobChangeBody) -> Answer:
    """The same, but refuses an empty name."""
    if body.name == "":
        raise Invalid("name", "Name cannot be empty")
    return change_job(caller, body)


@operation(
    "DELETE",
    "/ping/cron",
    tag="cron",
    shape=Shape.CODE,
    needs=Scope.WRITE,
    whole=True,
    refuses=(404,),
    answers={200: Success},
    aliases=("/ping/cron/delete",),
)
def delete_job(caller: Caller, query: read.WhichJob) -> Answer:
    """Removes a job and the record of what it did."""
    core().cron_jobs.remove(caller.account, read.job_id(query.id), now())
    return Success(success=True)


@operation(
    "POST",
    "/ping/cron/delete",
    tag="cron",
    shape=Shape.CODE,
    needs=Scope.WRITE,
    whole=True,
    refuses=(404,),
    answers={200: Success},
)
def delete_job_by_post(caller: Caller, query: read.WhichJob) -> Answer:
    """The same for clients that only post."""
    return delete_job(caller, query)


@operation("POST", "/ping/cron/next-run", tag="cron", shape=Shape.CODE, needs=Scope.READ, answers={200: write.NextRun})
def preview(caller: Caller, body: read.ExpressionBody) -> Answer:
    """When an expression matches next."""
    if not body.cron_expression:
        raise Invalid("cronExpression", "Cron expression is required")
    zone = core().sites.get(caller.account).zone
    try:
        following = next_run(body.cron_expression, now(), zone)
    except Invalid:
        raise Invalid("cronExpression", "Invalid cron expression") from None
    return write.NextRun(next_run=ms_or_none(following))
