"""Whoever wants to be told of a page's incidents, and what waits to be told to them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from uptime.domain.errors import Invalid
from uptime.domain.incident import Incident
from uptime.domain.mail import address_of
from uptime.domain.monitor import printable

URL_LIMIT = 2_048
MONITORS_LIMIT = 100

PAUSE_LOW, PAUSE_HIGH = timedelta(seconds=5), timedelta(minutes=5)
"""How long until what failed is tried again: at first, and at most."""

GIVE_UP = timedelta(hours=24)


class By(StrEnum):
    """How a subscriber is reached."""

    EMAIL = "email"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: to be told about a page, or about some of its monitors. `address` is a mailbox or URL."""

    account: int
    page_id: int
    by: By
    address: str
    monitors: tuple[int, ...] = ()

    def wants(self, incident: Incident) -> bool:
        """Whether it is about what they asked for."""
        about = not self.monitors or any(incident.affects(monitor_id) for monitor_id in self.monitors)
        return incident.on_page(self.page_id) and about


@dataclass(frozen=True, slots=True)
class Subscriber(Wish):
    """Somebody whose wish was confirmed by whoever reads at the address."""

    id: int = 0
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """One message that waits: the question whether a wish is meant (`incident_id` 0), or an update for a subscriber.

    `id` is the same however often it is put there.
    """

    id: str
    wish: Wish
    since: datetime
    subscriber_id: int = 0
    incident_id: int = 0
    update_id: int = 0
    failures: int = 0

    def next_at(self, now: datetime, asked: float | None) -> datetime | None:
        """When to try again after one more failure; None: not any more. `asked`: the seconds the other side wants."""
        if now - self.since > GIVE_UP:
            return None
        wait = min(PAUSE_LOW * (1 << min(self.failures, 10)), PAUSE_HIGH)
        return now + max(wait, timedelta(seconds=min(asked or 0.0, 3_600.0)))


def checked(wish: Wish) -> Wish:
    """The wish with its address in its usual spelling. Invalid."""
    if len(wish.monitors) > MONITORS_LIMIT:
        raise Invalid("monitors", f"There are more than {MONITORS_LIMIT} monitors.")
    address = _mailbox(wish.address) if wish.by is By.EMAIL else _url(wish.address)
    return Wish(wish.account, wish.page_id, wish.by, address, tuple(dict.fromkeys(wish.monitors)))


def _mailbox(text: str) -> str:
    try:
        local, _, domain = address_of(text).rpartition("@")
    except ValueError as error:
        raise Invalid("address", str(error)) from None
    return f"{local}@{domain.lower()}"


def _url(text: str) -> str:
    url = text.strip()
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or len(url) > URL_LIMIT or not printable(url) or any(char.isspace() or char == "\\" for char in url):
        raise Invalid("address", f"A webhook is a URL of http or https with at most {URL_LIMIT} characters.")
    return url


def untold(before: Incident | None, after: Incident) -> tuple[int, ...]:
    """The updates that readers can see now and could not before; of what was a draft only the last."""
    if after.draft or not after.updates:
        return ()
    if before is None or before.draft:
        return (after.updates[-1].id,)
    known = {said.id for said in before.updates}
    return tuple(said.id for said in after.updates if said.id not in known)
