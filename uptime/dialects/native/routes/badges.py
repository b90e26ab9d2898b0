"""Badges: figures of what stands on an open page, as pictures."""

from typing import Any

from uptime import badges
from uptime.current import core, now
from uptime.dialects.native.read import badges as read
from uptime.dialects.native.routes.cached import kept
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.domain.badge import Badge, period
from uptime.domain.status_page import FIRST_SLUG

SVG: dict[str, Any] = {"description": "A picture", "content": {"image/svg+xml": {"schema": {"type": "string"}}}}

SECONDS = 60


@operation("GET", "/badges/<serviceId>/<kind>", tag="badges", shared=True, answers={200: SVG, 304: None})
def badge(path: read.BadgePath, query: read.BadgeQuery) -> Answer:
    """One figure of a service. What is hidden and what does not exist are `N/A` alike."""
    return _drawn(core().badges.of(path.service_id, path.kind, period(query.period), read.look(query), now()))


@operation("GET", "/badges/overall", tag="badges", shared=True, answers={200: SVG, 304: None})
def overall_badge(query: read.OverallQuery) -> Answer:
    """A whole status page in one word."""
    return _drawn(core().badges.overall(query.page or FIRST_SLUG, read.look(query), now()))


def _drawn(made: Badge) -> Answer:
    return kept(badges.svg(made), "image/svg+xml", SECONDS)
