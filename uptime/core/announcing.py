"""Tells subscribers: asks whether a wish was meant, and passes on what people say about incidents."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from uptime.channels._posting import Message, deliver
from uptime.channels.webhook import WebhookSettings
from uptime.core.subscribers import Subscribers
from uptime.domain.errors import DeliveryFailed, NotFound
from uptime.domain.incident import Incident, IncidentStatus, Update
from uptime.domain.status_page import FIRST_PAGE, FIRST_SLUG
from uptime.domain.subscriber import By, Posting, Subscriber
from uptime.outbound import Outbound

if TYPE_CHECKING:
    from uptime.core.pages import Pages
    from uptime.store import Store

AT_ONCE = 50

LOCK, LOCK_SECONDS = "announce", 120.0

WORDS = {
    IncidentStatus.INVESTIGATING: "Investigating",
    IncidentStatus.IDENTIFIED: "Identified",
    IncidentStatus.MONITORING: "Monitoring",
    IncidentStatus.RESOLVED: "Resolved",
}


class Mail(Protocol):
    """What sends mail."""

    def send(
        self,
        to: str,
        subject: str,
        text: str,
        html: str | None = None,
        *,
        event_id: str,
        unsubscribe: str | None = None,
    ) -> None:
        """Hand over one mail. DeliveryFailed: it was not accepted."""


class Announcing:
    """The way out to subscribers. What was not sent stays and is tried again; a repeat has the same event id."""

    def __init__(
        self,
        store: "Store",
        pages: "Pages",
        subscribers: Subscribers,
        mail: Mail,
        outbound: Callable[[], Outbound],
        public_url: str | None,
    ) -> None:
        self._store = store
        self._pages = pages
        self._subscribers = subscribers
        self._mail = mail
        self._outbound = outbound
        self._public_url = public_url or ""

    def is_due(self, now: datetime) -> bool:
        """Whether there is anything to tell. Unavailable."""
        untold = any(self._store.incidents.untold(account) for account in self._store.incidents.accounts())
        return untold or self._store.subscribers.is_due(now)

    def drain(self, now: datetime, seconds: float) -> int:
        """Send what may go now, for at most so many seconds; how many messages left. Unavailable."""
        token = self._store.locks.take(LOCK, LOCK_SECONDS)
        if token is None:
            return 0
        try:
            return self._drain(now, time.monotonic() + min(seconds, LOCK_SECONDS / 2))
        finally:
            self._store.locks.release(LOCK, token)

    def _drain(self, now: datetime, end: float) -> int:
        for account in self._store.incidents.accounts():
            for incident_id, update_id in self._store.incidents.untold(account):
                self._spread(account, incident_id, update_id, now)
        sent = 0
        while time.monotonic() < end:
            postings = self._store.subscribers.claim(now, AT_ONCE)
            for place, posting in enumerate(postings):
                if time.monotonic() >= end:
                    # Given back at once, or they would wait for the end of the lease.
                    for left in postings[place:]:
                        self._store.subscribers.again(left, now)
                    return sent
                sent += self._try(posting, now)
            if len(postings) < AT_ONCE:
                break
        return sent

    def _spread(self, account: int, incident_id: int, update_id: int, now: datetime) -> None:
        """Put an update on its way to each of those who want it; twice is once."""
        try:
            incident = self._store.incidents.get(account, incident_id)
        except NotFound:
            self._store.incidents.told(account, incident_id, update_id)
            return
        wanted = [each for each in self._subscribers.of(account) if each.wants(incident)]
        self._store.subscribers.post([_posting(subscriber, incident_id, update_id, now) for subscriber in wanted], now)
        self._store.incidents.told(account, incident_id, update_id)

    def _try(self, posting: Posting, now: datetime) -> bool:
        try:
            self._send(posting, now)
        except NotFound:
            # The page, the incident, the update or the subscriber is gone: there is nothing to tell any more.
            self._store.subscribers.done(posting)
            return False
        except DeliveryFailed as failure:
            at = None if failure.permanent else posting.next_at(now, failure.retry_after)
            if at is None:
                self._store.subscribers.done(posting)
            else:
                self._store.subscribers.again(replace(posting, failures=posting.failures + 1), at)
            return False
        self._store.subscribers.done(posting)
        return True

    def _send(self, posting: Posting, now: datetime) -> None:
        page = self._pages.get(posting.wish.account, posting.wish.page_id)
        if not page.published:
            raise NotFound("status page")
        if not posting.incident_id:
            link = self._subscribers.confirmation(posting.wish, now)
            subject = f"Confirm: updates of {page.title}"
            text = (
                f"Somebody, hopefully you, wants to be told about incidents of {page.title}.\n\n"
                f"If that is so, open this page and confirm it within a week:\n\n{link}\n\nIf not, do nothing."
            )
            self._deliver(posting, subject, text, {"type": "confirm", "confirmUrl": link}, None)
            return
        account = posting.wish.account
        subscriber = self._store.subscribers.get(account, posting.subscriber_id)
        incident = self._store.incidents.get(account, posting.incident_id)
        said = next((each for each in incident.updates if each.id == posting.update_id), None)
        if said is None or not subscriber.wants(incident):
            raise NotFound("update")
        ending = self._subscribers.ending(account, subscriber.id)
        place = f"{self._public_url}{'/' if page.id == FIRST_PAGE else f'/status/{page.slug}'}"
        subject = f"{WORDS[said.status]}: {incident.title} ({page.title})"
        link = f"{place}#incident-{incident.id}"
        text = f"{said.body or WORDS[said.status]}\n\n{link}\n\nNo more of these:\n\n{ending}"
        body = _told(page.title, page.slug or FIRST_SLUG, incident, said) | {"url": link, "unsubscribeUrl": ending}
        self._deliver(posting, subject, text, body, ending)

    def _deliver(self, posting: Posting, subject: str, text: str, body: dict[str, Any], ending: str | None) -> None:
        wish = posting.wish
        if wish.by is By.EMAIL:
            self._mail.send(wish.address, subject, text, event_id=posting.id, unsubscribe=ending)
            return
        content = json.dumps({"event": posting.id, **body}, ensure_ascii=False).encode("utf-8", "replace")
        message = Message("The webhook", wish.address, content, posting.id)
        deliver(message, WebhookSettings(wish.address), self._outbound())


def _posting(subscriber: Subscriber, incident_id: int, update_id: int, now: datetime) -> Posting:
    name = f"incident-{incident_id}-{update_id}-{subscriber.id}"
    return Posting(name, subscriber, now, subscriber.id, incident_id, update_id)


def _told(title: str, slug: str, incident: Incident, said: Update) -> dict[str, Any]:
    return {
        "type": "incident",
        "page": {"slug": slug, "title": title},
        "incident": {
            "id": incident.id,
            "title": incident.title,
            "status": incident.status.value,
            "impact": incident.impact.value,
        },
        "update": {
            "id": said.id,
            "at": said.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "status": said.status.value,
            "text": said.body,
        },
    }
