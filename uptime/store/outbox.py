"""Changes that wait to be told, what people have been told, and what was decided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from uptime.domain.alerting import AlertState, Decided, Event
from uptime.domain.schedule import to_ms
from uptime.store import keys
from uptime.store.client import Client
from uptime.store.codec import decode, encode
from uptime.store.ready import ReadyIndex
from uptime.store.scripts import Argument, Script

AT_ONCE = 100
"""Changes of one monitor that are decided in one go."""

DECISIONS = 1_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """A monitor's state of alerting and the changes that nobody has decided about, as they are stored and as nouns."""

    monitor_id: int
    raw: bytes
    state: AlertState
    events: tuple[tuple[bytes, Event], ...]


@dataclass(frozen=True, slots=True)
class Commit:
    """What was decided of a monitor: the state after, and what goes on record for which stored change."""

    waiting: Waiting
    state: AlertState
    decided: tuple[tuple[Decided, bytes], ...]


class Outbox:
    """The outboxes of all monitors. Recording a heartbeat fills them; see `lua/record.lua`."""

    def __init__(self, client: Client, change_days: int) -> None:
        self._client = client
        self._seconds = change_days * 86_400
        self._commit = Script("outbox_commit")
        self.index = ReadyIndex(client, keys.outbox_ready())

    def read(self, ids: Sequence[int]) -> list[Waiting]:
        """What waits for each of these monitors."""
        pipe = self._client.pipeline(transaction=False)
        for monitor_id in ids:
            pipe.get(keys.alert_state(monitor_id))
            pipe.lrange(keys.outbox(monitor_id), 0, AT_ONCE - 1)
        answers: list[Any] = pipe.execute() if ids else []
        return [_waiting(*row) for row in zip(ids, answers[::2], answers[1::2], strict=True)]

    def commit(self, commits: Sequence[Commit]) -> list[bool]:
        """Put decisions on record; False for those whose state somebody else has changed meanwhile."""
        return [bool(answer) for answer in self._commit.run_each(self._client, map(self._call, commits))]

    def _call(self, commit: Commit) -> tuple[list[str], list[Argument]]:
        monitor_id = commit.waiting.monitor_id
        arguments: list[Argument] = [commit.waiting.raw, encode(commit.state), DECISIONS, self._seconds]
        for decided, entry in commit.decided:
            arguments += [to_ms(decided.at), encode(decided), entry]
        return [keys.alert_state(monitor_id), keys.outbox(monitor_id), keys.decisions(monitor_id)], arguments

    def drop(self, ids: Sequence[int]) -> None:
        """Forget what waits for monitors that are gone."""
        if ids:
            self._client.unlink(*map(keys.outbox, ids))

    def decisions(self, monitor_id: int, limit: int) -> list[Decided]:
        """The newest decisions about a monitor, newest first."""
        found: Any = self._client.zrevrange(keys.decisions(monitor_id), 0, limit - 1)
        return [decode(Decided, raw) for raw in found]

    def repair(self, ids: Iterable[int], now: datetime) -> int:
        """Call those with changes in their outbox: a crash may have come before their call. How many there were."""
        wanted = list(ids)
        pipe = self._client.pipeline(transaction=False)
        for monitor_id in wanted:
            pipe.exists(keys.outbox(monitor_id))
        answers: list[Any] = pipe.execute() if wanted else []
        left = [monitor_id for monitor_id, there in zip(wanted, answers, strict=True) if there]
        self.index.call(left, now)
        return len(left)


def _waiting(monitor_id: int, raw: bytes | None, entries: list[bytes]) -> Waiting:
    state = decode(AlertState, raw) if raw else AlertState()
    return Waiting(monitor_id, raw or b"", state, tuple((entry, decode(Event, entry)) for entry in entries))
