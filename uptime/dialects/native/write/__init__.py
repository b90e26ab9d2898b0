"""Domain to wire: a model for every body, so that the document and the answers cannot differ."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from uptime.dialects.native.words import camel
from uptime.domain.schedule import to_ms


class Wire(BaseModel):
    """A body or a part of one. What was never set is left out: absent is not null on this wire."""

    model_config = ConfigDict(alias_generator=camel, populate_by_name=True)


class Done(Wire):
    """It was done; `message` says what."""

    success: bool
    message: str


class Success(Wire):
    """It was done, or, where `success` is false, there was nothing to do."""

    success: bool


class Message(Wire):
    """A sentence, as everything under `/api/admin` answers."""

    message: str


def ms(at: datetime) -> int:
    """A moment as this wire writes it: milliseconds since 1970."""
    return to_ms(at)


def ms_or_none(at: datetime | None) -> int | None:
    """The same where there may be no moment."""
    return None if at is None else to_ms(at)


def iso(at: datetime | None) -> str | None:
    """A moment in ISO 8601, in UTC, to the millisecond."""
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
