"""What each account says about its site."""

from collections.abc import Callable

from uptime.domain.settings import Site
from uptime.store import keys
from uptime.store.changing import change, read
from uptime.store.client import Client, Commands
from uptime.store.codec import decode, encode


class Sites:
    """The sites of all accounts; one that was never saved is the default."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def get(self, account: int) -> Site:
        raw = self._client.get(keys.site(account))
        return decode(Site, raw) if raw else Site()

    def update(self, account: int, alter: Callable[[Site], Site]) -> tuple[Site, Site]:
        """Change a site, whoever else does so at the same time; as it was and as it is now."""

        def attempt(pipe: Commands) -> tuple[Site, Site]:
            raw = read(pipe, "GET", keys.site(account))
            before = decode(Site, raw) if raw else Site()
            after = alter(before)
            pipe.multi()
            pipe.set(keys.site(account), encode(after))
            return before, after

        return change(self._client, keys.site(account), attempt)
