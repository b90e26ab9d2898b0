"""Subscribers: asked for by anybody, confirmed by whoever reads at the address, ended by one click."""

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from uptime.config import Settings
from uptime.core.audit import Audit
from uptime.core.links import Links
from uptime.core.pages import Pages
from uptime.domain.errors import Conflict, Invalid, NotFound, TooMany
from uptime.domain.monitor import JsonValue
from uptime.domain.status_page import StatusPage
from uptime.domain.subscriber import By, Posting, Subscriber, Wish, checked

if TYPE_CHECKING:
    from uptime.store import Store

CONFIRM, END = "subscriptions/confirm", "subscriptions/end"
"""The pages that the links of subscribers lead to, and so what they are for."""

CONFIRM_WITHIN = timedelta(days=7)

PER_ASKER, PER_ADDRESS = 20, 3
"""How often one network address may ask within an hour, and how often one mailbox or URL is asked within a day."""

NO_ADDRESS = "This site cannot send links yet: its owner has to set PUBLIC_URL."
NO_MAIL = "This site sends no mail: its owner has to set SMTP_URL and MAIL_FROM."


class Subscribers:
    """The subscribers of all accounts."""

    def __init__(self, store: "Store", settings: Settings, pages: Pages, links: Links, audit: Audit) -> None:
        self._store = store
        self._settings = settings
        self._pages = pages
        self._links = links
        self._audit = audit

    def ask(self, page: StatusPage, by: By, address: str, monitors: tuple[int, ...], asker: str, now: datetime) -> None:
        """Somebody wishes to be told; whoever reads at the address is asked whether that is so.

        Nobody learns whether an address is subscribed already. Invalid; Conflict: this site can send nothing; TooMany.
        """
        wish = self._wish(page, by, address, monitors)
        self._check_ways(by)
        for counter, limit, window in (
            (f"subscribe:from:{asker}", PER_ASKER, timedelta(hours=1)),
            (f"subscribe:to:{_digest(wish.address)}", PER_ADDRESS, timedelta(days=1)),
        ):
            wait = self._store.throttles.hit(counter, limit, window, now)
            if wait:
                raise TooMany("That was asked for too often. Wait before the next time.", wait)
        known = self._store.subscribers.at(wish)
        if known is None or known.monitors != wish.monitors:
            name = f"confirm-{_digest(f'{wish}')[:16]}-{int(now.timestamp())}"
            self._store.subscribers.post([Posting(name, wish, now)], now)

    def add(
        self, account: int, page_id: int, by: By, address: str, monitors: tuple[int, ...], now: datetime
    ) -> Subscriber:
        """Add somebody who has agreed elsewhere. NotFound, Invalid."""
        added = self._put(self._wish(self._pages.get(account, page_id), by, address, monitors), now)
        self._audit.note("subscriber", None, added, now)
        return added

    def confirm(self, token: str, now: datetime) -> Subscriber:
        """A wish was meant: it holds from now on. Invalid: the token is none, or a week old. NotFound."""
        account, page_id, by, address, monitors = _wished(self._links.read(CONFIRM, token, now))
        wish = Wish(account, page_id, By(by), address, tuple(monitors))
        self._pages.get(wish.account, wish.page_id)
        return self._put(wish, now)

    def unsubscribe(self, token: str, now: datetime) -> None:
        """Tell somebody nothing more. Once is enough. Invalid: the token is none."""
        account, subscriber_id = _numbers(self._links.read(END, token, now))
        try:
            self._store.subscribers.remove(account, subscriber_id)
        except NotFound:
            return

    def remove(self, account: int, subscriber_id: int, now: datetime) -> None:
        """Delete a subscriber. NotFound."""
        gone = self._store.subscribers.remove(account, subscriber_id)
        self._audit.note("subscriber", gone, None, now)

    def of(self, account: int, *, page_id: int | None = None, monitor_id: int | None = None) -> list[Subscriber]:
        """Those who are told about a page, or about a monitor; without either all of an account."""
        return [
            each
            for each in self._store.subscribers.many(account)
            if (page_id is None or each.page_id == page_id)
            and (monitor_id is None or not each.monitors or monitor_id in each.monitors)
        ]

    def confirmation(self, wish: Wish, now: datetime) -> str:
        """The address that confirms a wish."""
        value: JsonValue = [wish.account, wish.page_id, wish.by.value, wish.address, [*wish.monitors]]
        return self._links.make(CONFIRM, value, now + CONFIRM_WITHIN)

    def ending(self, account: int, subscriber_id: int) -> str:
        """The address that ends a subscription when it is posted to."""
        return self._links.make(END, [account, subscriber_id])

    def _check_ways(self, by: By) -> None:
        if self._settings.public_url is None:
            raise Conflict(NO_ADDRESS)
        if by is By.EMAIL and (self._settings.smtp_url is None or self._settings.mail_from is None):
            raise Conflict(NO_MAIL)

    def _wish(self, page: StatusPage, by: By, address: str, monitors: tuple[int, ...]) -> Wish:
        wish = checked(Wish(page.account, page.id, by, address, monitors))
        shown = {monitor.id for monitor in self._pages.monitors(page)} if monitors else set()
        missing = next((monitor_id for monitor_id in wish.monitors if monitor_id not in shown), None)
        if missing is not None:
            raise Invalid("monitors", f"There is no monitor {missing} on this page.")
        return wish

    def _put(self, wish: Wish, now: datetime) -> Subscriber:
        return self._store.subscribers.put(
            Subscriber(wish.account, wish.page_id, wish.by, wish.address, wish.monitors, confirmed_at=now)
        )


def _wished(value: Any) -> tuple[int, int, str, str, list[int]]:
    if not isinstance(value, list) or len(value) != 5:
        raise Invalid("token", "This link is not valid.")
    account, page_id, by, address, monitors = value
    return account, page_id, by, address, monitors


def _numbers(value: Any) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise Invalid("token", "This link is not valid.")
    return value[0], value[1]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
