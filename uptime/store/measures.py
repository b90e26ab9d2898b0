"""What the store itself says: its version, its memory, how it keeps data, and what a heartbeat takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis.exceptions import ResponseError

from uptime.domain.monitor import LOCAL
from uptime.domain.schedule import from_ms
from uptime.store import keys
from uptime.store.client import Client

SAMPLE = 50
"""Monitors whose two oldest chunks are measured: they are full, as nearly all are."""

ENOUGH = 60
"""Heartbeats of which one is a fair sample: a chunk that has just begun is mostly its key."""


@dataclass(frozen=True, slots=True)
class Server:
    """The server behind the store. Sizes in bytes; `limit` is what it may use, None where it was not told."""

    version: str
    eviction: str
    appends: bool
    last_write: str
    used: int
    limit: int | None
    machine: int | None
    """The memory of the machine it runs on, where it says that."""


class Measures:
    """Looks at the store from outside."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def server(self) -> Server:
        """What it says of itself."""
        info: dict[str, Any] = self._client.info()
        return Server(
            version=str(info.get("valkey_version") or info.get("redis_version", "0.0")),
            eviction=str(info.get("maxmemory_policy", "")),
            appends=bool(info.get("aof_enabled")),
            last_write=str(info.get("aof_last_write_status", "ok")),
            used=int(info.get("used_memory", 0)),
            limit=int(info.get("maxmemory", 0)) or None,
            machine=int(info.get("total_system_memory", 0)) or None,
        )

    def clock(self) -> datetime:
        """What time it is there."""
        seconds, micros = self._client.time()
        return from_ms(seconds * 1000 + micros / 1000)

    def heartbeat_bytes(self, ids: Sequence[int]) -> float | None:
        """What one heartbeat takes, keys included; None where there are too few, or the server does not say."""
        taken, beats = 0, 0
        for monitor_id in ids[:SAMPLE]:
            names: list[Any] = self._client.zrange(keys.chunks(monitor_id, LOCAL), 0, 1)
            for name in names:
                start, span = map(int, name.split(b":"))
                key = keys.chunk(monitor_id, LOCAL, start, span)
                try:
                    taken += int(self._client.memory_usage(key, samples=0) or 0)
                except ResponseError:
                    # Some managed services do not answer that.
                    return None
                beats += int(self._client.zcard(key))
        return taken / beats if beats >= ENOUGH else None
