"""Sweeps: one at a time per account, and what each of them has found so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from uptime.domain.heartbeat import Heartbeat
from uptime.store import keys
from uptime.store.client import Client
from uptime.store.codec import decode, encode
from uptime.store.scripts import Script

LEASE_MS = 10_000
"""A sweep whose owner has not renewed it for so long is over."""

KEPT = 300
"""Seconds for which the findings of a sweep can be read."""


Via = Literal["worker", "inline"]
"""Who made the checks of a sweep: a worker, or the process that was asked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a sweep got for one monitor; None when there was nothing to check any more."""

    monitor_id: int
    heartbeat: Heartbeat | None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a sweep ended: its start, its length, who ran it, and how many monitors it did not reach."""

    at_ms: int
    duration_ms: int
    via: Via
    left: int


@dataclass(frozen=True, slots=True)
class Findings:
    """The next findings of a sweep, and its ending once there are no more."""

    found: tuple[Finding, ...]
    ending: Ending | None


class Sweeps:
    """The sweep that runs for each account, and the findings of all that ran lately."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._renew = Script("lock_renew")
        self._end = Script("lock_end")

    def begin(self, account: int, sweep: str) -> str | None:
        """None when this sweep is now the one that runs, else the one that runs already."""
        while not self._client.set(keys.sweep(account), sweep, nx=True, px=LEASE_MS):
            running = self.running(account)
            if running is not None:
                return running
        return None

    def running(self, account: int) -> str | None:
        """The sweep that runs, if any."""
        found: Any = self._client.get(keys.sweep(account))
        return None if found is None else str(found.decode())

    def renew(self, account: int, sweep: str) -> bool:
        """Keep the place of the running sweep; False when it was lost."""
        return bool(self._renew.run(self._client, [keys.sweep(account)], [sweep, LEASE_MS]))

    def finish(self, account: int, sweep: str, ending: Ending | None) -> None:
        """Make way for the next sweep; with an ending, tell those who joined that there are no more findings."""
        if ending is not None:
            self._append(account, sweep, [b"e" + encode(ending)])
        self._end.run(self._client, [keys.sweep(account)], [sweep])

    def push(self, findings: Mapping[tuple[int, str], Sequence[Finding]]) -> None:
        """Add findings, given by account and sweep."""
        for (account, sweep), found in findings.items():
            self._append(account, sweep, [b"f" + encode(finding) for finding in found])

    def read(self, account: int, sweep: str, start: int = 0) -> Findings:
        """The findings from position `start` on."""
        raw = self._client.lrange(keys.findings(account, sweep), start, -1)
        found = tuple(decode(Finding, entry[1:]) for entry in raw if entry[:1] == b"f")
        endings = [decode(Ending, entry[1:]) for entry in raw if entry[:1] == b"e"]
        return Findings(found, endings[0] if endings else None)

    def _append(self, account: int, sweep: str, entries: Sequence[bytes]) -> None:
        with self._client.pipeline(transaction=False) as pipeline:
            pipeline.rpush(keys.findings(account, sweep), *entries)
            pipeline.expire(keys.findings(account, sweep), KEPT)
            pipeline.execute()
