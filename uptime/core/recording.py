"""Puts finished checks on record: judges them, writes them, sets what is due next, and tells who listens."""

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from uptime.core.rules import Rules
from uptime.core.runner import Finished, Task, slot_ms
from uptime.core.under_maintenance import UnderMaintenance
from uptime.domain.feed import Beat
from uptime.domain.group import GROUP
from uptime.domain.heartbeat import Change, Heartbeat, Slot, State, Status, Verdict, judge
from uptime.domain.monitor import Monitor
from uptime.domain.result import Certificate
from uptime.domain.schedule import missed_slots_ms, slot_after_ms, to_ms
from uptime.store.heartbeats import Outcome, Record
from uptime.store.sweeps import Finding

if TYPE_CHECKING:
    from uptime.store import Store

log = logging.getLogger(__name__)

Place = tuple[int, str]

TTL_KEPT = 5.0
"""Seconds for which the retention of an account is believed without asking."""

CERTIFICATE_KEPT = 3600.0
"""Seconds after which an unchanged certificate is written again."""

STATES_LIMIT = 50_000
ATTEMPTS = 20


class Entry:
    """A finished check on its way to the record. It remembers how far it got, so that a write may be repeated.

    `through` are the monitors whose changes led here; `until` is when what was found turns by itself.
    """

    __slots__ = ("attempt", "finished", "ours", "sent", "settled", "through", "until")

    def __init__(self, finished: Finished, through: frozenset[int] = frozenset()) -> None:
        self.finished = finished
        self.through = through
        self.until: datetime | None = None
        self.attempt: tuple[Verdict, Record] | None = None
        self.sent = False
        self.settled = False
        self.ours = False

    @property
    def place(self) -> Place:
        task = self.finished.task
        return task.monitor.id, task.location

    @property
    def change(self) -> Change | None:
        """The change that it was, if it was one."""
        return self.attempt[0].change if self.attempt else None

    @property
    def heartbeat(self) -> Heartbeat | None:
        """What it was judged to be; None as long as nobody has."""
        return self.attempt[0].heartbeat if self.attempt else None


class Recording:
    """The way from results to the store. Belongs to one thread at a time."""

    def __init__(self, store: "Store", states: Mapping[Place, State] | None = None) -> None:
        self._store = store
        self._rules = Rules(store)
        self._states = dict(states or {})
        self._ttls: dict[int, tuple[float, int]] = {}
        self._certificates: dict[Place, tuple[str, float]] = {}
        self._under_maintenance = UnderMaintenance(store)

    def write(self, entries: Sequence[Entry]) -> None:
        """Put entries on record, in their order. Unavailable: call again with the same entries.

        However often that happens, a heartbeat is on record once.
        """
        open_entries = [entry for entry in entries if not entry.settled]
        for _ in range(ATTEMPTS):
            if not open_entries:
                break
            open_entries = self._record(open_entries)
        for entry in open_entries:
            log.error(
                "Monitor %d: another writer was faster %d times; its result is dropped.", entry.place[0], ATTEMPTS
            )
        claims = [(entry.finished.task.claim, next_planned_ms(entry)) for entry in entries]
        self._store.due.finish([(claim, next_ms) for claim, next_ms in claims if claim is not None])
        self._call([entry for entry in entries if entry.ours])
        self._tell([entry for entry in entries if entry.ours])
        self._answer(entries)
        self._follow([entry for entry in entries if entry.ours and entry.change is not None])

    def _follow(self, changed: Sequence[Entry]) -> None:
        """Have the groups around monitors that changed judged at once; a group is judged once for all of them."""
        followers: dict[int, Entry] = {}
        around = self._rules.around(entry.finished.task.monitor for entry in changed) if changed else {}
        for entry in changed:
            through = entry.through | {entry.place[0]}
            for monitor, target in around.get(entry.place[0], ()):
                if entry.change is not None and monitor.id not in through:
                    slot = Slot(entry.finished.at, entry.change.id)
                    task = Task(monitor, GROUP, target, slot)
                    followers[monitor.id] = Entry(Finished(task, None, entry.finished.at), through)
        if followers:
            self.write(list(followers.values()))

    def _record(self, entries: list[Entry]) -> list[Entry]:
        """Judge and write; return those that another writer overtook."""
        self._know_states(entry.place for entry in entries if entry.attempt is None)
        attempts = [entry.attempt or self._judge(entry) for entry in entries]
        sent_before = [entry.sent for entry in entries]
        for entry in entries:
            entry.sent = True
        outcomes = self._store.heartbeats.record([record for _, record in attempts])
        for entry, before, outcome in zip(entries, sent_before, outcomes, strict=True):
            self._note(entry, outcome, before)
        return [entry for entry in entries if not entry.settled]

    def _note(self, entry: Entry, outcome: Outcome, sent_before: bool) -> None:
        if outcome is not Outcome.WRITTEN:
            self._states.pop(entry.place, None)
        if outcome is Outcome.CONFLICT:
            entry.attempt, entry.sent = None, False
            return
        # A repeat of a write whose answer was lost is ours; any other repeat means that the slot had its heartbeat.
        entry.settled, entry.ours = True, outcome is Outcome.WRITTEN or sent_before
        certificate = entry.attempt[1].certificate if entry.attempt else None
        if entry.ours and certificate is not None:
            self._certificates[entry.place] = certificate.fingerprint, time.monotonic()

    def _know_states(self, places: Iterable[Place]) -> None:
        unknown = list({place for place in places if place not in self._states})
        if len(self._states) > STATES_LIMIT:
            self._states.clear()
        if unknown:
            self._states.update(zip(unknown, self._store.heartbeats.states(unknown), strict=True))

    def _judge(self, entry: Entry) -> tuple[Verdict, Record]:
        finished, place = entry.finished, entry.place
        task, monitor = finished.task, finished.task.monitor
        before, result, name = self._states[place], finished.result, f"{place[0]}-{place[1]}"
        if result is None:
            found = self._rules.look(task, finished.at)
            result, entry.until = found.result, found.until
        in_maintenance = self._under_maintenance.covers(monitor, finished.at, result.latency_ms)
        verdict = judge(result, before, monitor.tolerance, task.slot, finished.at, name, in_maintenance)
        self._states[place] = verdict.state
        record = Record(
            monitor_id=monitor.id,
            location=task.location,
            interval=monitor.interval,
            ttl=self._ttl(monitor.account),
            verdict=verdict,
            before_version=before.version,
            settled_before=before.status,
            missed_ms=() if task.slot.token is not None else _missed(monitor, before, slot_ms(task)),
            certificate=self._certificate(place, result.certificate),
            evidence=result.evidence,
        )
        entry.attempt = verdict, record
        return verdict, record

    def _ttl(self, account: int) -> int:
        asked, ttl = self._ttls.get(account, (0.0, 0))
        now = time.monotonic()
        if not asked or now - asked > TTL_KEPT:
            ttl = self._store.sites.get(account).ttl
            self._ttls[account] = now, ttl
        return ttl

    def _certificate(self, place: Place, seen: Certificate | None) -> Certificate | None:
        if seen is None:
            return None
        fingerprint, written = self._certificates.get(place, ("", 0.0))
        known = fingerprint == seen.fingerprint and time.monotonic() - written < CERTIFICATE_KEPT
        return None if known else seen

    def _call(self, entries: Sequence[Entry]) -> None:
        """Have those who tell people look at what has changed; its event is on record already."""
        changed = {entry.place[0] for entry in entries if entry.heartbeat and entry.heartbeat.changed}
        if changed:
            self._store.outbox.index.call(changed, max(entry.finished.at for entry in entries))
            self._store.queue.enqueue_notify()

    def _tell(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        self._store.feed.publish([_beat(entry.finished, entry.heartbeat) for entry in entries if entry.heartbeat])
        for account in {entry.finished.task.monitor.account for entry in entries}:
            self._store.snapshots.mark_dirty(account)

    def _answer(self, entries: Sequence[Entry]) -> None:
        findings: dict[tuple[int, str], list[Finding]] = defaultdict(list)
        for entry in entries:
            task = entry.finished.task
            if task.sweep is not None:
                findings[task.monitor.account, task.sweep].append(Finding(task.monitor.id, entry.heartbeat))
        if findings:
            self._store.sweeps.push(findings)


def next_planned_ms(entry: Entry) -> int:
    """When the monitor is due again: a retry counts from the planned time, all else lies on the grid.

    But what turns by itself is looked at as it turns, and once in each interval at least.
    """
    finished, monitor = entry.finished, entry.finished.task.monitor
    planned_ms, ended_ms = slot_ms(finished.task), to_ms(finished.at)
    pending = entry.heartbeat is not None and entry.heartbeat.status is Status.PENDING
    if pending and monitor.retry_interval is not None:
        return max(planned_ms + min(monitor.retry_interval, monitor.interval) * 1000, ended_ms)
    if entry.until is not None:
        # The first whole millisecond at which it has turned: a slot of that very time could be looked at too soon.
        return min(to_ms(entry.until) + 1, max(planned_ms, ended_ms) + monitor.interval * 1000)
    return slot_after_ms(monitor.id, monitor.interval, max(planned_ms, ended_ms))


def _missed(monitor: Monitor, before: State, planned_ms: int) -> Sequence[int]:
    """The slots in which nothing was measured; what lies before the monitor's last change is nobody's fault."""
    if before.planned is None:
        return ()
    # A retry, or a check that takes longer than the interval, steps over slots of the grid: time that was measured.
    stride_ms = max(monitor.interval * 1000, (monitor.retry_interval or 0) * 1000, monitor.timeout_ms + 1000)
    if planned_ms - to_ms(before.planned) <= stride_ms:
        return ()
    since_ms = to_ms(max(before.planned, monitor.updated_at or before.planned))
    return missed_slots_ms(monitor.id, monitor.interval, since_ms, planned_ms)


def _beat(finished: Finished, heartbeat: Heartbeat) -> Beat:
    monitor = finished.task.monitor
    return Beat(
        account=monitor.account,
        monitor_id=monitor.id,
        location=finished.task.location,
        at=heartbeat.at,
        status=heartbeat.status,
        latency_ms=heartbeat.latency_ms,
        message=heartbeat.message,
        changed=heartbeat.changed,
    )
