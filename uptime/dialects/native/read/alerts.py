"""What is asked and said about the alerts of a service."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from uptime.dialects.native.read import Lines, Moment, OptionalBody
from uptime.dialects.native.read.services import WhichService
from uptime.domain.schedule import from_ms


class AlertsQuery(WhichService):
    """One service, and how many decisions about its changes."""

    limit: Annotated[int, Field(ge=1, le=1_000)] = 100


class ReasonBody(OptionalBody):
    """Why; shown to all who look at the service."""

    reason: Lines = ""


class SilenceBody(ReasonBody):
    """Why, and until when in milliseconds since 1970; without that until it has recovered."""

    until: Moment | None = None


def until(body: SilenceBody) -> datetime | None:
    """When a silence ends; None when it recovers."""
    return None if body.until is None else from_ms(body.until)
