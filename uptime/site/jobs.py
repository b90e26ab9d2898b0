"""Private pages of cron jobs, which ask for a check of everything by a cron expression."""

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from uptime.current import core, now
from uptime.domain.errors import Conflict, Invalid
from uptime.site import forms
from uptime.site.access import owner
from uptime.site.admin import admin, back, show
from uptime.site.forms import Field, Widget

FIELDS = (
    Field("name", "Name", required=True, limit=255),
    Field("description", "Description", limit=4_000),
    Field("expression", "When", value="*/5 * * * *", required=True, limit=200,
          help="Minute, hour, day, month, weekday: */5 * * * * is every five minutes. Six fields begin with seconds."),
    Field("enabled", "Switched on", Widget.CHECK, "on"),
)  # fmt: skip

NAMED_BY_CORE = {"cron_expression": "expression", "cronExpression": "expression"}


@admin.get("/jobs")
def jobs() -> Response:
    return show("jobs.html", jobs=core().cron_jobs.list(owner().account), fields=list(FIELDS))


@admin.post("/jobs")
def make_job() -> AnyResponse:
    account = owner().account
    values, errors = forms.read(FIELDS, request.form)
    if not errors:
        try:
            core().cron_jobs.make(
                account,
                str(values["name"]),
                str(values["description"]),
                str(values["expression"]),
                now(),
                enabled=bool(values["enabled"]),
            )
        except Invalid as error:
            errors[NAMED_BY_CORE.get(error.field, error.field) or "name"] = error.message
        except Conflict as error:
            errors["name"] = error.message
        else:
            return back("jobs", "made")
    refilled = forms.filled(FIELDS, forms.typed(FIELDS, request.form), errors)
    return show("jobs.html", 400, jobs=core().cron_jobs.list(account), fields=refilled)


@admin.get("/jobs/<job_id>")
def job(job_id: str) -> Response:
    found = core().cron_jobs.get(owner().account, job_id)
    return show("job.html", job=found, runs=core().cron_jobs.runs(owner().account, job_id))


@admin.post("/jobs/<job_id>/switch")
def switch_job(job_id: str) -> AnyResponse:
    on = request.form.get("on") == "1"
    core().cron_jobs.switch(owner().account, job_id, on, now())
    return back("jobs", "on" if on else "off")


@admin.post("/jobs/<job_id>/delete")
def remove_job(job_id: str) -> AnyResponse:
    core().cron_jobs.remove(owner().account, job_id, now())
    return back("jobs", "removed")
