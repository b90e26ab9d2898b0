"""Jobs as they are asked for."""

from typing import Annotated, Any

from pydantic import Field

from uptime.dialects.native.read import Body, Line, Lines, Query
from uptime.domain.cron_job import JobDraft
from uptime.domain.errors import Invalid


class JobsQuery(Query):
    """All jobs, one by `id`, or with `history` what it did."""

    id: str | None = None
    history: str | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class WhichJob(Query):
    """A job by its id."""

    id: str | None = None


class JobBody(Body):
    """A job; or an export, whose `jobs` are taken one by one."""

    name: Line | None = None
    description: Lines | None = None
    cron_expression: Line | None = None
    enabled: bool | None = None
    version: Any = None
    jobs: Annotated[list[Any], Field(max_length=1_000)] | None = None


class JobChangeBody(Body):
    """Changes of a job, or `action`: `start` or `stop`."""

    id: Line | None = None
    action: Line | None = None
    name: Line | None = None
    description: Lines | None = None
    cron_expression: Line | None = None
    enabled: bool | None = None


class ExpressionBody(Body):
    """A cron expression of five fields, or six with leading seconds."""

    cron_expression: Line | None = None


def job_id(given: str | None) -> str:
    """The id of the job that is meant. Invalid: none was given."""
    if not given:
        raise Invalid("id", "Job ID is required")
    return given


def job_changes(body: JobChangeBody) -> dict[str, Any]:
    """What a body changes about a job, in our words."""
    names = {"name": "name", "description": "description", "cron_expression": "expression", "enabled": "enabled"}
    return {ours: getattr(body, wire) for wire, ours in names.items() if getattr(body, wire) is not None}


def job_drafts(exported: list[Any] | None) -> list[JobDraft]:
    """The jobs of an export; what is no job becomes one that nobody can make, so that it is counted."""
    return [_job_draft(entry if isinstance(entry, dict) else {}) for entry in exported or []]


def _job_draft(entry: dict[str, Any]) -> JobDraft:
    name, description, expression = (entry.get(key) for key in ("name", "description", "cronExpression"))
    return JobDraft(_text(name), _text(description), _text(expression), entry.get("enabled") is True)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
