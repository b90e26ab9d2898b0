"""Badges as they are asked for."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from uptime.dialects.native.read import LARGEST_NUMBER, Line, Query
from uptime.dialects.native.words import camel
from uptime.domain.badge import Kind, Wishes, wishes


class BadgePath(BaseModel):
    """A service by its id, and what the badge is about."""

    model_config = ConfigDict(alias_generator=camel)

    service_id: Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
    kind: Kind


class LookQuery(Query):
    """How a badge looks. Colours are names or hexadecimal; words and colours of a status go by its name."""

    style: Line | None = None
    label: Line | None = None
    label_prefix: Line | None = None
    label_suffix: Line | None = None
    label_color: Line | None = None
    color: Line | None = None
    up_label: Line | None = None
    down_label: Line | None = None
    pending_label: Line | None = None
    maintenance_label: Line | None = None
    degraded_label: Line | None = None
    partial_label: Line | None = None
    up_color: Line | None = None
    down_color: Line | None = None
    pending_color: Line | None = None
    maintenance_color: Line | None = None
    degraded_color: Line | None = None
    partial_color: Line | None = None


class BadgeQuery(LookQuery):
    """`period` such as `24h`, `7d`, `30d`, `90d`; the value stands between `prefix` and `suffix`."""

    period: Line | None = None
    prefix: Line | None = None
    suffix: Line | None = None
    warn_color: Line | None = None
    warn_days: Line | None = None
    down_days: Line | None = None


class OverallQuery(LookQuery):
    """The page by its slug; without one the first."""

    page: Line | None = None


def look(query: LookQuery) -> Wishes:
    """What the reader wants different. Invalid: there is no such style."""
    return wishes(query.model_dump(by_alias=True, exclude_none=True))
