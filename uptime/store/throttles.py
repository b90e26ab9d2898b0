"""Limits of what is tried too often: the attempts of the last while, whoever made them."""

import secrets
from datetime import datetime, timedelta

from uptime.domain.schedule import to_ms
from uptime.store import keys
from uptime.store.client import Client
from uptime.store.scripts import Argument, Script


class Throttles:
    """Counts attempts within windows that move with the time."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._hit = Script("throttle_hit")

    def hit(self, name: str, limit: int, window: timedelta, now: datetime) -> int:
        """Count an attempt and return 0; or the seconds to wait where there were `limit` within the window."""
        arguments: list[Argument] = [to_ms(now), window // timedelta(milliseconds=1), limit, secrets.token_hex(8)]
        wait_ms = int(self._hit.run(self._client, [keys.throttle(name)], arguments))
        return -(-wait_ms // 1000)

    def clear(self, name: str) -> None:
        """Forget the attempts: the last one was good."""
        self._client.delete(keys.throttle(name))
