"""Status pages: made, changed, ordered, published, protected; and who may see what of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from uptime.core import passwords
from uptime.core.audit import Audit
from uptime.domain.errors import Conflict, Invalid, NotFound, TooMany, Unauthenticated
from uptime.domain.monitor import Monitor
from uptime.domain.status_page import (
    FIRST_PAGE,
    FIRST_SLUG,
    Access,
    PageDraft,
    StatusPage,
    checked,
    first_page,
    said_of_site,
)
from uptime.domain.user import FIRST_ACCOUNT, LOGIN_FAILURES, LOGIN_WINDOW, PASSWORD_HIGH
from uptime.tokens import Tokens

if TYPE_CHECKING:
    from uptime.store import Store

PAGES_LIMIT = 1_000
ENTRY_LIFE = timedelta(days=30)
"""How long a reader who knew the password need not type it again."""

OPENS = "open a status page"

SECRETS = frozenset({"password_hash", "epoch"})

FIRST_STAYS = "The first page is always there. Unpublish it if nobody is to see it."


class Pages:
    """The pages of all accounts. What belongs to another account does not exist."""

    def __init__(self, store: "Store", expire: Callable[[int], None], tokens: Tokens, audit: Audit) -> None:
        self._store = store
        self._expire = expire
        self._tokens = tokens
        self._audit = audit

    def get(self, account: int, page_id: int) -> StatusPage:
        """One page. NotFound."""
        if (account, page_id) == (FIRST_ACCOUNT, FIRST_PAGE):
            return self.first()
        page = self._store.status_pages.get(account, page_id)
        if page is None:
            raise NotFound("status page")
        return page

    def first(self) -> StatusPage:
        """The page that `/` shows."""
        kept = self._store.status_pages.get(FIRST_ACCOUNT, FIRST_PAGE)
        return first_page(self._store.sites.get(FIRST_ACCOUNT), kept)

    def by_slug(self, slug: str) -> StatusPage:
        """The page of a slug in any spelling of its letters, whosever it is. NotFound."""
        lowered = slug.lower()
        if lowered == FIRST_SLUG:
            return self.first()
        return self._whole(self._store.status_pages.by_slug(lowered))

    def by_host(self, host: str) -> StatusPage:
        """The page of a host name, without its port. NotFound."""
        return self._whole(self._store.status_pages.by_host(host.lower().removesuffix(".")))

    def _whole(self, page: StatusPage | None) -> StatusPage:
        if page is None:
            raise NotFound("status page")
        return self.first() if page.id == FIRST_PAGE else page

    def add(self, account: int, draft: PageDraft, now: datetime) -> StatusPage:
        """A new page at the end of the others. Invalid, Conflict: the slug or a host name is taken."""
        draft = self._checked(account, draft, ())
        if draft.slug == FIRST_SLUG:
            raise Conflict("The slug default is that of the first page.")
        others = self.list(account)
        if len(others) >= PAGES_LIMIT:
            raise Invalid("", f"An account has at most {PAGES_LIMIT} status pages.")
        position = 1 + max((page.position for page in others), default=-1)
        made = StatusPage(
            **_said(draft),
            id=self._store.status_pages.new_id(),
            account=account,
            position=position,
            created_at=now,
            updated_at=now,
        )
        self._store.status_pages.save(account, made.id, lambda _: made)
        self._changed(None, made, now)
        return made

    def change(self, account: int, page_id: int, alter: Callable[[StatusPage], PageDraft], now: datetime) -> StatusPage:
        """Make a page what `alter` makes of it; who may read it stays. NotFound, Invalid, Conflict."""

        def apply(before: StatusPage) -> StatusPage:
            draft = self._checked(account, alter(before), before.listed)
            if before.id == FIRST_PAGE and draft.slug != FIRST_SLUG:
                raise Invalid("slug", "The slug of the first page stays default.")
            return replace(before, **_said(draft), updated_at=now)

        return self._change(account, page_id, apply, now)

    def publish(self, account: int, page_id: int, published: bool, now: datetime) -> StatusPage:
        """Show a page to its readers, or to nobody. NotFound."""
        return self.change(account, page_id, lambda page: replace(page, published=published), now)

    def protect(self, account: int, page_id: int, access: Access, password: str | None, now: datetime) -> StatusPage:
        """Say who may read a page. Everybody who was let in before is not any more. NotFound, Invalid."""
        known = passwords.hashed(_usable(password)) if password else ""

        def apply(before: StatusPage) -> StatusPage:
            kept = known or before.password_hash
            if access is Access.PASSWORD and not kept:
                raise Invalid("password", "A page with a password needs one.")
            hash_ = kept if access is Access.PASSWORD else ""
            return replace(before, access=access, password_hash=hash_, epoch=before.epoch + 1, updated_at=now)

        return self._change(account, page_id, apply, now)

    def reorder(self, account: int, ids: Sequence[int], now: datetime) -> list[StatusPage]:
        """Put the pages into this order; those that are not named follow as they were. NotFound."""
        known = [page.id for page in self.list(account)]
        if not set(ids) <= set(known):
            raise NotFound("status page")
        if FIRST_PAGE in known:
            # Its place is kept like that of every other page, and so it must be kept itself.
            self._change(FIRST_ACCOUNT, FIRST_PAGE, lambda page: page, now)
        self._store.status_pages.place(account, list(dict.fromkeys([*ids, *known])))
        return self.list(account)

    def remove(self, account: int, page_id: int, now: datetime) -> None:
        """Delete a page. NotFound; Conflict: it is the first."""
        if (account, page_id) == (FIRST_ACCOUNT, FIRST_PAGE):
            raise Conflict(FIRST_STAYS)
        self._changed(self._store.status_pages.remove(account, page_id), None, now)

    def link(self, page: StatusPage) -> str:
        """The token that opens a page to whoever holds it, until its protection is set anew."""
        return self._tokens.sign(OPENS, [page.id, page.epoch])

    def unlock(self, page: StatusPage, password: str, address: str, now: datetime) -> str:
        """A token for a reader who knows the password. Unauthenticated; TooMany after ten failures in 15 minutes."""
        counter = f"page:{page.id}:{address}"
        wait = self._store.throttles.hit(counter, LOGIN_FAILURES, LOGIN_WINDOW, now)
        if wait:
            raise TooMany("Too many failed attempts. Wait before the next one.", wait)
        if not page.password_hash or not passwords.matches(password, page.password_hash):
            raise Unauthenticated("The password is wrong.")
        self._store.throttles.clear(counter)
        return self._tokens.sign(OPENS, [page.id, page.epoch], now + ENTRY_LIFE)

    def admits(self, page: StatusPage, tokens: Iterable[str], now: datetime) -> bool:
        """Whether a reader with these tokens may read the page; one that is not published is nobody's to read."""
        return page.published and (page.open or any(self._opens(page, token, now) for token in tokens if token))

    def _opens(self, page: StatusPage, token: str, now: datetime) -> bool:
        try:
            return self._tokens.read(OPENS, token, now) == [page.id, page.epoch]
        except Unauthenticated:
            return False

    def monitors(self, page: StatusPage) -> list[Monitor]:
        """The monitors that a page shows to those who may read it, in the order of the account or the sections."""
        if not page.sections:
            found: list[Monitor | None] = list(self._store.monitors.many(page.account))
        else:
            found = self._store.monitors.by_ids(page.listed)
        return [monitor for monitor in found if monitor is not None and page.shows(monitor)]

    def public(self, account: int, monitors: Iterable[Monitor]) -> list[Monitor]:
        """Those of an account's monitors that anybody may know of: they stand on a published, open page.

        Badges, history and feeds all ask here, so that what is hidden and what does not exist look alike.
        """
        pages = [page for page in self.list(account) if page.open]
        return [monitor for monitor in monitors if any(page.shows(monitor) for page in pages)]

    def public_monitor(self, monitor_id: int) -> Monitor:
        """A monitor of any account that anybody may know of. NotFound."""
        (monitor,) = self._store.monitors.by_ids([monitor_id])
        if monitor is None or not self.public(monitor.account, [monitor]):
            raise NotFound("monitor")
        return monitor

    def _change(
        self, account: int, page_id: int, apply: Callable[[StatusPage], StatusPage], now: datetime
    ) -> StatusPage:
        is_first = (account, page_id) == (FIRST_ACCOUNT, FIRST_PAGE)
        seen: list[StatusPage] = []

        def alter(kept: StatusPage | None) -> StatusPage:
            before = first_page(self._store.sites.get(account), kept) if is_first else kept
            if before is None:
                raise NotFound("status page")
            seen[:] = [before]
            return apply(before)

        page = self._store.status_pages.save(account, page_id, alter)
        if is_first:
            self._store.sites.update(account, lambda site: said_of_site(page, site))
        self._changed(seen[0], page, now)
        return page

    def _changed(self, before: StatusPage | None, after: StatusPage | None, now: datetime) -> None:
        account = (after or before or StatusPage("", "")).account
        self._expire(account)
        self._audit.note("status page", before, after, now, account=account, hidden=SECRETS)

    def _checked(self, account: int, draft: PageDraft, before: Sequence[int]) -> PageDraft:
        """The draft in its usual spelling. Invalid also where a monitor is not the account's; gone ones may stay."""
        draft = checked(draft)
        named = {number for section in draft.sections for number in section.monitors} - set(before)
        new = sorted(named)
        for monitor_id, monitor in zip(new, self._store.monitors.by_ids(new), strict=True):
            if monitor is None or monitor.account != account:
                raise Invalid("sections", f"There is no monitor {monitor_id}.")
        return draft

    def list(self, account: int) -> list[StatusPage]:
        """The pages of an account in their order; the first account always has the first page."""
        kept = self._store.status_pages.many(account)
        if account != FIRST_ACCOUNT:
            return kept
        first = self.first()
        others = [page for page in kept if page.id != FIRST_PAGE]
        return sorted([first, *others], key=lambda page: (page.position, page.id))


def _said(draft: PageDraft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in PageDraft.__dataclass_fields__}


def _usable(password: str) -> str:
    if len(password) > PASSWORD_HIGH or any(0xD800 <= ord(char) <= 0xDFFF for char in password):
        raise Invalid("password", f"The password has more than {PASSWORD_HIGH} characters, or some no store can keep.")
    return password
