"""What an account says about its site."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from uptime.core.audit import Audit
from uptime.domain.settings import Site

if TYPE_CHECKING:
    from uptime.store import Store


class Sites:
    """The sites of all accounts."""

    def __init__(
        self, store: "Store", expire: Callable[[int], None], title: Callable[[str], str | None], audit: Audit
    ) -> None:
        self._store = store
        self._audit = audit
        self._expire = expire
        self._title = title

    def get(self, account: int) -> Site:
        """The site as it is; the defaults where nothing was said yet."""
        return self._store.sites.get(account)

    def update(self, account: int, alter: Callable[[Site], Site]) -> Site:
        """Change a site without losing what somebody else changes at the same time; returns it as it is now.

        A change that sets `modified_at` was made by somebody, and is written down.
        """
        before, after = self._store.sites.update(account, alter)
        self._expire(account)
        if after.modified_at is not None and after.modified_at != before.modified_at:
            self._audit.note("site", before, after, after.modified_at, account=account)
        return after

    def title(self, url: str) -> str | None:
        """The title of a web page, for a link to it; None where it has none. Invalid, or DeliveryFailed."""
        return self._title(url)
