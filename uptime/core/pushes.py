"""Pushes: a job reports by a token, which is all it needs; what it said is on record before it is answered."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from uptime.core.monitor_types import built
from uptime.core.recording import Entry, Recording
from uptime.core.runner import Finished, Task
from uptime.domain.errors import Conflict, Invalid, NotFound, Unavailable
from uptime.domain.heartbeat import Heartbeat, Slot
from uptime.domain.monitor import LOCAL, JsonValue, Monitor
from uptime.domain.push import PUSH, Push, PushTarget, checked_push, first_limit, hear, outcome
from uptime.domain.schedule import to_ms

if TYPE_CHECKING:
    from uptime.store import Store

TOKEN_TAKEN = "There is a monitor with this token already."


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a push. `heartbeat` is None for a start, a log, and while the monitor is paused."""

    monitor: Monitor
    heartbeat: Heartbeat | None = None
    repeated: bool = False


class Pushes:
    """The push monitors of all accounts, as those see them who report."""

    def __init__(self, store: "Store") -> None:
        self._store = store

    def receive(self, token: str, push: Push) -> Received:
        """Put a push on record. NotFound: no monitor has this token. Invalid, Unavailable.

        The end of a run that its caller has named is on record once, however often it is sent.
        """
        monitor, target = self._by_token(token)
        push = checked_push(push)
        if monitor.paused:
            return Received(monitor)
        hearing = self._store.pushes.hear(monitor.id, push, lambda heard: hear(heard, push, target))
        run = hearing.ended
        if run is None:
            limit = first_limit(hearing.heard, target)
            if limit is not None:
                self._store.due.hasten(monitor.id, LOCAL, to_ms(limit) + 1)
            return Received(monitor)
        at = run.ended_at or push.at
        # A repeat is written too: the first time may have come to grief between the two.
        token = f"push:{run.id}:{to_ms(at)}" if run.id else f"push::{secrets.token_hex(8)}"
        entry = Entry(Finished(Task(monitor, PUSH, target, Slot(at, token)), outcome(run, push.body), at))
        Recording(self._store).write([entry])
        if entry.heartbeat is None:
            raise Unavailable("Too many others report of this monitor at this moment. Try again.", retry_after=1)
        return Received(monitor, entry.heartbeat, hearing.repeated)

    def token(self, monitor: Monitor) -> str:
        """The token of a push monitor, "" where it is none. For its owner alone."""
        return token_of(monitor)

    def monitor_id(self, token: str) -> int | None:
        """The monitor that a token was given to, if it was; for counting, not for access."""
        return self._store.pushes.monitor_of(_digest(token))

    def log(self, monitor: Monitor, limit: int) -> list[Push]:
        """The last pushes of a monitor, the newest first."""
        return self._store.pushes.log(monitor.id, limit)

    def listen(self, now: datetime) -> None:
        """From now on pushes can be heard; whatever was due before may have been sent to nobody."""
        self._store.pushes.listen(now)

    def claim(self, monitor: Monitor, before: Monitor | None = None) -> None:
        """Make the token of a saved monitor lead to it, and the one before lead nowhere."""
        token, old = token_of(monitor), "" if before is None else token_of(before)
        if old and old != token:
            self._store.pushes.take_back(_digest(old))
        if token and token != old:
            self._store.pushes.give(_digest(token), monitor.id)

    def claim_missing(self, monitors: Iterable[Monitor]) -> None:
        """Make good what a crash left undone between saving a monitor and `claim`."""
        self._store.pushes.give_missing([(_digest(token), each.id) for each in monitors if (token := token_of(each))])

    def release(self, monitor: Monitor) -> None:
        """Make the token of a monitor that is gone lead nowhere."""
        if token := token_of(monitor):
            self._store.pushes.take_back(_digest(token))

    def renewed(self, monitor: Monitor) -> dict[str, JsonValue]:
        """The settings of a push monitor with a new token. Conflict: it is none."""
        if monitor.type != PUSH.word:
            raise Conflict("Only a push monitor has a token.")
        return {**monitor.target, "token": _new_token()}

    def with_token(self, word: str, target: dict[str, JsonValue], before: Monitor | None) -> dict[str, JsonValue]:
        """The settings of a draft with a token: its own, else the one there was, else a new one. Invalid: taken."""
        if word != PUSH.word:
            return target
        token = target.get("token") or (token_of(before) if before is not None else "") or _new_token()
        holder = self._holder(str(token))
        if holder is not None and (before is None or holder.id != before.id):
            raise Invalid("token", TOKEN_TAKEN)
        return target | {"token": token}

    def _by_token(self, token: str) -> tuple[Monitor, PushTarget]:
        monitor = self._holder(token)
        target = built(monitor)[1] if monitor is not None else None
        if monitor is None or not isinstance(target, PushTarget):
            raise NotFound("monitor")
        return monitor, target

    def _holder(self, token: str) -> Monitor | None:
        digest = _digest(token)
        monitor_id = self._store.pushes.monitor_of(digest)
        if monitor_id is None:
            return None
        (monitor,) = self._store.monitors.by_ids([monitor_id])
        held = monitor is not None and hmac.compare_digest(digest, _digest(token_of(monitor)))
        return monitor if held else None


def token_of(monitor: Monitor) -> str:
    """The token of a push monitor, "" where it is none."""
    return str(monitor.target.get("token", "")) if monitor.type == PUSH.word else ""


def _new_token() -> str:
    return secrets.token_urlsafe(24)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
