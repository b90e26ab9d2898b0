"""What the public may know at a glance."""

from collections.abc import Sequence

from pydantic import RootModel

from uptime.dialects.native.words import Word
from uptime.dialects.native.write import Wire, ms_or_none
from uptime.dialects.native.write.history import Entry, word
from uptime.dialects.native.write.services import ExpectedStatus, Service
from uptime.domain.status_page import ServiceLine, StatusView


class StatusLine(Wire):
    """One visible service; nulls where it was never checked. `lastChecked` in milliseconds since 1970."""

    name: str
    description: str
    status: Word
    last_checked: int | None
    response_time: int | None


class Status(Wire):
    """All visible services and what they amount to. `updated` is the newest check, null where there is none."""

    overall: Word
    updated: int | None
    services: list[StatusLine]


class CodeConfig(Wire):
    """The part of a service's configuration that the status repeats."""

    visible: bool = True
    expected_status: ExpectedStatus = 200


class CodeStatus(Wire):
    """One service in the form of the original's code."""

    name: str
    url: str
    description: str = ""
    config: CodeConfig
    current_status: Entry | None
    history: list[Entry]


class CodeStatuses(RootModel[list[CodeStatus]]):
    """All services in the form of the original's code."""


class AnyStatus(RootModel[Status | CodeStatuses]):
    """The documented form, or the other where it is asked for."""


def status(view: StatusView) -> Status:
    """The documented form of a view."""
    return Status(
        overall=word(view.overall, view.settled),
        updated=ms_or_none(view.updated_at),
        services=[_line(line) for line in view.lines],
    )


def _line(line: ServiceLine) -> StatusLine:
    return StatusLine(
        name=line.name,
        description=line.description,
        status=word(line.status, line.settled),
        last_checked=ms_or_none(line.checked_at),
        response_time=line.latency_ms,
    )


def code_status(service: Service, entries: Sequence[Entry], shown: int) -> CodeStatus:
    """The form of the original's code: the newest entry, and the first `shown` of them as history."""
    config = CodeConfig(expected_status=service.expected_status)
    if "visible" in service.model_fields_set:
        config.visible = service.visible
    made = CodeStatus(
        name=service.name,
        url=service.url,
        config=config,
        current_status=entries[0] if entries else None,
        history=list(entries[:shown]),
    )
    if service.description:
        made.description = service.description
    return made
