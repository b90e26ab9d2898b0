"""Monitors: added, changed, paused, removed, found."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from uptime.core.audit import Audit
from uptime.core.monitor_types import monitor_types
from uptime.core.places import Places, without_monitor
from uptime.core.pushes import Pushes
from uptime.domain.errors import Invalid, NotFound, Unavailable
from uptime.domain.feed import MonitorRemoved, MonitorSaved
from uptime.domain.masking import MASK, masked_url
from uptime.domain.monitor import LOCAL, JsonValue, Monitor, MonitorDraft, as_it_is, checked, monitor_of
from uptime.domain.monitor_type import MonitorType
from uptime.domain.schedule import slot_at_ms, to_ms

if TYPE_CHECKING:
    from uptime.store import Store

ATTEMPTS = 50


class Monitors:
    """The monitors of all accounts. What belongs to another account does not exist."""

    def __init__(
        self,
        store: "Store",
        expire: Callable[[int], None],
        forget: Callable[[int, int, datetime], None],
        audit: Audit,
    ) -> None:
        self._store = store
        self._audit = audit
        self._expire = expire
        self._forgotten = forget
        self._pushes = Pushes(store)
        self.places = Places(store)

    def add(
        self, account: int, draft: MonitorDraft, now: datetime, *, unique_name: bool = False, any_type: bool = False
    ) -> Monitor:
        """A new monitor, due at once. Invalid; Conflict: a name that must be free is taken.

        Where the name must be free, one that was removed with its history kept comes back with it.
        With `any_type` a type that is not there is stored too, its target as it is: unknown until it can be checked.
        """
        draft = self._validated(account, draft, None, any_type)
        monitor = monitor_of(draft, Monitor(draft.name, draft.type, {}, account=account, created_at=now), now)
        if unique_name and (before := self._removed(account, draft.name)) is not None:
            monitor = replace(monitor, id=before.id)
        if monitor.id:
            # The time without it was nobody's fault.
            self._store.heartbeats.resume(monitor.id, LOCAL)
        monitor = self._store.monitors.add(monitor, unique_name=unique_name)
        self._pushes.claim(monitor)
        self._schedule(monitor, now)
        self._saved(monitor)
        self._audit.note("monitor", None, monitor, now, hidden=_hidden(monitor))
        return monitor

    def replace(
        self,
        account: int,
        monitor_id: int,
        draft: MonitorDraft,
        now: datetime,
        *,
        unique_name: bool = False,
        any_type: bool = False,
    ) -> Monitor:
        """Make a monitor what the draft says; its history stays. Invalid, Conflict, NotFound.

        A secret given as asterisks stays what it was, and so does the token of a push monitor that is left out.
        `any_type` as for `add`.
        """

        def alter(before: Monitor) -> Monitor:
            told = replace(draft, target=_with_secrets(draft, before))
            return monitor_of(self._validated(account, told, before, any_type), before, now)

        return self._change(account, monitor_id, alter, now, unique_name=unique_name)

    def remove(self, account: int, monitor_id: int, now: datetime, *, keep_history: bool) -> None:
        """Take a monitor away; its history stays to be read, or goes with it. NotFound."""
        monitor = self._store.monitors.get(account, monitor_id)
        self._store.due.drop(monitor.id)
        self._store.monitors.remove(monitor, now, keep_history=keep_history)
        if not keep_history:
            self._store.heartbeats.purge(monitor.id)
            self._store.pushes.purge(monitor.id)
            self._store.stances.purge(monitor.id)
        self._pushes.release(monitor)
        self._forgotten(account, monitor.id, now)
        self.forget(account, lambda each: without_monitor(each, monitor_id), now)
        self._expire(account)
        self._store.feed.publish([MonitorRemoved(account, monitor.id)])
        self._audit.note("monitor", monitor, None, now, hidden=_hidden(monitor))

    def pause(self, account: int, monitor_id: int, now: datetime) -> Monitor:
        """Check no more until resumed. NotFound."""
        return self._switch(account, monitor_id, now, paused=True)

    def resume(self, account: int, monitor_id: int, now: datetime) -> Monitor:
        """Check again from now on; the pause is nobody's fault. NotFound."""
        return self._switch(account, monitor_id, now, paused=False)

    def renew_token(self, account: int, monitor_id: int, now: datetime) -> Monitor:
        """Give a push monitor a new token; the one before opens nothing from now on. NotFound; Conflict: not push."""

        def alter(before: Monitor) -> Monitor:
            return replace(before, target=self._pushes.renewed(before), updated_at=now)

        return self._change(account, monitor_id, alter, now, unique_name=False)

    def forget(self, account: int, alter: Callable[[Monitor], Monitor], now: datetime) -> None:
        """Take what is gone out of all monitors; `alter` gives them without it."""
        for each in self._store.monitors.many(account):
            if alter(each) != each:
                with suppress(NotFound):
                    self._change(account, each.id, alter, now, unique_name=False)

    def _switch(self, account: int, monitor_id: int, now: datetime, *, paused: bool) -> Monitor:
        def alter(before: Monitor) -> Monitor:
            return replace(before, paused=paused, updated_at=now)

        return self._change(account, monitor_id, alter, now, unique_name=False)

    def _change(
        self,
        account: int,
        monitor_id: int,
        alter: Callable[[Monitor], Monitor],
        now: datetime,
        *,
        unique_name: bool,
    ) -> Monitor:
        """Change a monitor without losing what somebody else changes at the same time."""
        for _ in range(ATTEMPTS):
            before = self._store.monitors.get(account, monitor_id)
            monitor = alter(before)
            if self._store.monitors.save(monitor, before, unique_name=unique_name):
                self._pushes.claim(monitor, before)
                self._reschedule(monitor, before, now)
                self._saved(monitor)
                self._audit.note("monitor", before, monitor, now, hidden=_hidden(monitor) | _hidden(before))
                return monitor
        raise Unavailable("Too many others change this monitor at this moment. Try again.", retry_after=1)

    def get(self, account: int, monitor_id: int) -> Monitor:
        """One monitor by its id. NotFound."""
        return self._store.monitors.get(account, monitor_id)

    def by_name(self, account: int, name: str) -> Monitor:
        """The monitor of a name; of several the one with the lowest id. NotFound."""
        return self._store.monitors.by_name(account, name)

    def removed(self, account: int) -> list[Monitor]:
        """Monitors that are gone but for their history."""
        return self._store.monitors.removed(account)

    def kinds(self) -> Mapping[str, MonitorType]:
        """Every type by its word: the check types, and those that run no check."""
        return monitor_types()

    def kind(self, monitor: Monitor) -> MonitorType | None:
        """The type of a monitor; None where it is not installed."""
        return monitor_types().get(monitor.type)

    def address(self, monitor: Monitor) -> str:
        """One line that says what is watched, its password masked."""
        return address_of(monitor, self.kind(monitor))

    def shown_target(self, monitor: Monitor) -> dict[str, JsonValue]:
        """The settings of the target with its secrets masked."""
        hidden = _secrets(monitor)
        shown = {name: MASK if name in hidden and value else value for name, value in monitor.target.items()}
        url = shown.get("url")
        return shown | {"url": masked_url(url)} if isinstance(url, str) else shown

    def with_secrets(self, account: int, monitor_id: int, draft: MonitorDraft) -> MonitorDraft:
        """A draft whose masked secrets are those of a monitor there is. Invalid, NotFound."""
        return replace(draft, target=_with_secrets(draft, self.get(account, monitor_id)))

    def _validated(self, account: int, draft: MonitorDraft, before: Monitor | None, any_type: bool) -> MonitorDraft:
        """The draft within its bounds, its target as its type stores it, and what it names in its place."""
        draft = checked(draft)
        kind = monitor_types().get(draft.type)
        if kind is not None:
            target = kind.dump(kind.build(draft.target))
            draft = replace(draft, target=self._pushes.with_token(draft.type, target, before))
        elif any_type:
            draft = as_it_is(draft)
        else:
            known = ", ".join(sorted(monitor_types()))
            raise Invalid("type", f"There is no check type {draft.type}. Known are {known}.")
        self.places.check(account, draft, before)
        return draft

    def _removed(self, account: int, name: str) -> Monitor | None:
        return next((gone for gone in reversed(self.removed(account)) if gone.name == name), None)

    def _schedule(self, monitor: Monitor, now: datetime) -> None:
        if not monitor.paused:
            planned_ms = slot_at_ms(monitor.id, monitor.interval, to_ms(now))
            self._store.due.put(monitor.id, LOCAL, monitor.interval, monitor.timeout_ms, planned_ms)

    def _reschedule(self, monitor: Monitor, before: Monitor, now: datetime) -> None:
        """Move the next check where the plan has changed; a mere change of words leaves it alone."""
        if monitor.paused:
            self._store.due.drop(monitor.id)
            return
        if before.paused or monitor.interval != before.interval:
            self._store.heartbeats.resume(monitor.id, LOCAL)
        elif monitor.timeout_ms == before.timeout_ms:
            return
        self._schedule(monitor, now)

    def _saved(self, monitor: Monitor) -> None:
        self._expire(monitor.account)
        self._store.feed.publish([MonitorSaved(monitor.account, monitor.id)])

    def list(self, account: int) -> list[Monitor]:
        """All monitors in their order."""
        return self._store.monitors.many(account)


def address_of(monitor: Monitor, kind: MonitorType | None) -> str:
    """One line that says what is watched, its password masked."""
    try:
        return masked_url(kind.address(kind.build(monitor.target))) if kind else f"{monitor.type}:"
    except Invalid:
        # Another version of the type has stored it.
        return f"{monitor.type}:"


def _secrets(monitor: Monitor) -> frozenset[str]:
    """The settings of the target that hold secrets: all of them where its type is not installed."""
    kind = monitor_types().get(monitor.type)
    return kind.secrets() if kind else frozenset(monitor.target)


def _hidden(monitor: Monitor) -> frozenset[str]:
    """The same by the names of the monitor's fields."""
    return frozenset(f"target.{name}" for name in _secrets(monitor))


def _with_secrets(draft: MonitorDraft, before: Monitor) -> dict[str, Any]:
    """The draft's target, with what comes back masked replaced by what it was.

    Invalid where the place has changed: a secret goes nowhere but where its owner sent it.
    """
    kind = monitor_types().get(draft.type)
    target = dict(draft.target)
    if draft.type != before.type:
        return target
    if kind is None:
        return _all_or_nothing(target, before.target)
    for name in kind.secrets():
        if target.get(name) == MASK:
            if _place(target) != _place(before.target):
                raise Invalid(name, "The address has changed: type the secret again, it is not sent elsewhere unasked.")
            target[name] = before.target.get(name, "")
    url, known = target.get("url"), before.target.get("url")
    if isinstance(url, str) and isinstance(known, str) and f":{MASK}@" in url and masked_url(known) == masked_url(url):
        target["url"] = known
    return target


def _all_or_nothing(target: dict[str, Any], before: Mapping[str, JsonValue]) -> dict[str, Any]:
    """The target of a type that is not there: nobody knows which setting is the place, so all count as such."""
    kept = {name: before.get(name, value) if value == MASK else value for name, value in target.items()}
    if MASK in target.values() and kept != before:
        raise Invalid("target", "A setting has changed: type the masked ones again, they go nowhere else unasked.")
    return kept


def _place(target: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """Where a target's secrets are sent to, and whether over TLS."""
    try:
        parts = urlsplit(str(target.get("url", "")))
    except ValueError:
        return ()
    host = parts.netloc.rpartition("@")[2].lower()
    return parts.scheme.lower(), host, *(str(target.get(name) or "") for name in ("host", "port", "tls"))
