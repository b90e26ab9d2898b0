"""Who is at work: each process leaves a mark every second, and a mark is worth three."""

from datetime import datetime, timedelta

from uptime.domain.schedule import to_ms
from uptime.store import keys
from uptime.store.client import Client

FRESH = timedelta(seconds=3)
"""A process whose mark is older is taken for dead."""


class Workers:
    """The marks of every kind of process: "checks", "notifier", "scheduler"."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def seen(self, kind: str, name: str, now: datetime) -> None:
        """Leave the mark of one process, and sweep up those that are a minute old."""
        with self._client.pipeline(transaction=False) as pipeline:
            pipeline.zadd(keys.workers(kind), {name: to_ms(now)})
            pipeline.zremrangebyscore(keys.workers(kind), "-inf", to_ms(now) - 60_000)
            pipeline.execute()

    def gone(self, kind: str, name: str) -> None:
        """Take the mark away: this process takes nothing more."""
        self._client.zrem(keys.workers(kind), name)

    def alive(self, kind: str, now: datetime) -> int:
        """How many processes of a kind left a fresh mark."""
        # A mark from the future is as dead as an old one: the wall clock was put back since.
        return int(self._client.zcount(keys.workers(kind), to_ms(now - FRESH), to_ms(now + FRESH)))

    def turn(self, errand: str, seconds: int) -> bool:
        """Whether the caller, and nobody else within the seconds, runs an errand of which one is enough."""
        return bool(self._client.set(keys.turn(errand), b"1", nx=True, ex=seconds))
