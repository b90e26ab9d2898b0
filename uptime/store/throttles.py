"""Counters of what is tried too often."""

from datetime import timedelta

from uptime.store import keys
from uptime.store.client import Client
from uptime.store.scripts import Script


class Throttles:
    """Counts within windows that begin with the first attempt."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._hit = Script("throttle_hit")

    def hit(self, name: str, window: timedelta) -> tuple[int, int]:
        """Count one attempt: how many there are within the window, and the seconds until it ends."""
        count, left_ms = self._hit.run(self._client, [keys.throttle(name)], [int(window.total_seconds() * 1000)])
        return int(count), max(1, -(-int(left_ms) // 1000))

    def clear(self, name: str) -> None:
        self._client.delete(keys.throttle(name))
