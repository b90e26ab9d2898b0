"""A status page in the shape that the common `/api/v2` clients read."""

from collections.abc import Callable
from typing import Any

from flask import request
from pydantic import BaseModel

from uptime.current import core, now
from uptime.dialects.native import encode
from uptime.dialects.native.read.summary import PageQuery
from uptime.dialects.native.routes.cached import kept
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.write import summary as write
from uptime.domain.status_page import FIRST_SLUG

SECONDS = 5
REFUSES = (401, 404)


def shaped(query: PageQuery, part: Callable[[write.Shape], BaseModel]) -> Answer:
    """A part of a page. NotFound: it is not there or not published. Unauthenticated: it is protected."""
    slug = query.page or core().status_pages.slug_at(request.host) or FIRST_SLUG
    snapshot = core().status_pages.read(slug, [query.token or ""], now())
    page, private = snapshot.view.page, not core().status_pages.page(slug).open
    base = (core().settings.public_url or request.host_url).rstrip("/")
    url = f"{base}/" if page.slug == FIRST_SLUG else f"{base}/status/{page.slug}"
    body = encode.body(part(write.Shape(snapshot.view, url)))
    return kept(body, "application/json", SECONDS, private=private, stale_s=snapshot.stale_s)


def _answers(model: type[BaseModel]) -> dict[int, Any]:
    return {200: model, 304: None}


@operation("GET", "/v2/summary.json", tag="summary", shared=True, refuses=REFUSES, answers=_answers(write.Summary))
def summary(query: PageQuery) -> Answer:
    """The page in a word, its services, what is open now, and what is planned."""
    return shaped(query, write.Shape.summary)


@operation(
    "GET", "/v2/status.json", tag="summary", shared=True, refuses=REFUSES, answers=_answers(write.SummaryPageStatus)
)
def page_status(query: PageQuery) -> Answer:
    """The page in a word."""
    return shaped(query, write.Shape.status)


@operation(
    "GET", "/v2/components.json", tag="summary", shared=True, refuses=REFUSES, answers=_answers(write.SummaryComponents)
)
def components(query: PageQuery) -> Answer:
    """The services of the page."""
    return shaped(query, write.Shape.components)


@operation(
    "GET", "/v2/incidents.json", tag="summary", shared=True, refuses=REFUSES, answers=_answers(write.SummaryIncidents)
)
def recent_incidents(query: PageQuery) -> Answer:
    """The incidents that the page shows, over or not."""
    return shaped(query, write.Shape.incidents)


@operation(
    "GET",
    "/v2/incidents/unresolved.json",
    tag="summary",
    shared=True,
    refuses=REFUSES,
    answers=_answers(write.SummaryIncidents),
)
def unresolved_incidents(query: PageQuery) -> Answer:
    """The incidents that go on."""
    return shaped(query, write.Shape.unresolved)


@operation(
    "GET",
    "/v2/scheduled-maintenances.json",
    tag="summary",
    shared=True,
    refuses=REFUSES,
    answers=_answers(write.SummaryScheduledMaintenances),
)
def scheduled_maintenances(query: PageQuery) -> Answer:
    """Planned work that runs or is to come."""
    return shaped(query, write.Shape.maintenances)
