"""Locks: for what one process at a time does. They end by themselves, and nobody's work rests on them alone."""

from secrets import token_hex

from uptime.store import keys
from uptime.store.client import Client
from uptime.store.scripts import Script


class Locks:
    """Each lock has a name. A lock is held by whoever has its token."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._renew = Script("lock_renew")
        self._end = Script("lock_end")

    def take(self, name: str, seconds: float) -> str | None:
        """A token where nobody held the lock, which ends after so many seconds unless renewed; else None."""
        token = token_hex(16)
        return token if self._client.set(keys.lock(name), token, nx=True, px=int(seconds * 1000)) else None

    def renew(self, name: str, token: str, seconds: float) -> bool:
        """Hold it for so many seconds from now; False where it is another's by now."""
        return bool(self._renew.run(self._client, [keys.lock(name)], [token, int(seconds * 1000)]))

    def release(self, name: str, token: str) -> None:
        """Let go of it, if it is still held."""
        self._end.run(self._client, [keys.lock(name)], [token])
