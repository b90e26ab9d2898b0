"""Subscribers as their page's owner sees them."""

from collections.abc import Iterable

from uptime.dialects.native.write import Wire, ms_or_none
from uptime.domain import subscriber as domain
from uptime.domain.subscriber import By


class Subscriber(Wire):
    """Somebody who is told of incidents. No `services` means the whole page; `confirmedAt` in milliseconds."""

    id: int
    page_id: int
    by: By
    address: str
    services: list[int]
    confirmed_at: int | None


class Subscribers(Wire):
    """All who were asked for."""

    subscribers: list[Subscriber]


def subscriber(found: domain.Subscriber) -> Subscriber:
    return Subscriber(
        id=found.id,
        page_id=found.page_id,
        by=found.by,
        address=found.address,
        services=list(found.monitors),
        confirmed_at=ms_or_none(found.confirmed_at),
    )


def subscribers(found: Iterable[domain.Subscriber]) -> Subscribers:
    return Subscribers(subscribers=[subscriber(each) for each in found])
