"""Where monitors stand among each other: parents, groups, projects and tags, all of one account and in no circle."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from uptime.core.monitor_types import built
from uptime.domain.errors import Invalid, NotFound
from uptime.domain.group import GROUP, GroupTarget, in_circle
from uptime.domain.monitor import Monitor, MonitorDraft

if TYPE_CHECKING:
    from uptime.store import Store


class Places:
    """Looks after what monitors say of other things."""

    def __init__(self, store: "Store") -> None:
        self._store = store

    def check(self, account: int, draft: MonitorDraft, before: Monitor | None) -> None:
        """Invalid where a draft names something that is not there, or would stand above itself."""
        self._check_labels(account, draft)
        if draft.routes:
            self._check_routes(account, draft)
        if draft.parent is None and draft.type != GROUP.word:
            return
        monitor_id = 0 if before is None else before.id
        monitors = {each.id: each for each in self._store.monitors.many(account)}
        if draft.parent is not None and draft.parent not in monitors:
            raise Invalid("parent", "There is no monitor with the id that parent names.")
        fields = {name: getattr(draft, name) for name in MonitorDraft.__dataclass_fields__}
        monitor = replace(monitors.get(monitor_id, Monitor("", "", {}, account=account)), **fields, id=monitor_id)
        missing = [each for each in _members(monitor) if each not in monitors]
        if missing:
            raise Invalid("members", f"There is no monitor with the id {missing[0]}.")
        monitors[monitor_id] = monitor
        if in_circle(monitor_id, _above(monitors.values())):
            raise Invalid("parent" if draft.parent is not None else "members", "The monitor would stand above itself.")

    def _check_routes(self, account: int, draft: MonitorDraft) -> None:
        """Invalid where a draft names a channel or a contact that is not there."""
        channels, contacts = {route.channel for route in draft.routes or ()}, {r.contact for r in draft.routes or ()}
        if channels - {0} - {channel.id for channel in self._store.channels.many(account)}:
            raise Invalid("channels", "There is no channel with one of these ids.")
        if contacts - {0} - {contact.id for contact in self._store.contacts.many(account)}:
            raise Invalid("channels", "There is no contact with one of these ids.")

    def _check_labels(self, account: int, draft: MonitorDraft) -> None:
        """Invalid where a draft names a tag or a project that is not there."""
        target = built(Monitor(draft.name, draft.type, draft.target))[1]
        wanted = {each.tag for each in draft.tags}
        wanted |= set(target.member_tags) if isinstance(target, GroupTarget) else set()
        if wanted and not wanted <= {tag.id for tag in self._store.tags.many(account)}:
            raise Invalid("tags", "There is no tag with one of these ids.")
        if draft.project is not None:
            known = {project.id for project in self._store.projects.many(account)}
            if draft.project not in known:
                raise Invalid("project", "There is no project with this id.")

    def ancestors(self, monitor: Monitor) -> list[Monitor]:
        """The parents of a monitor, the nearest first; one that is met again ends the row."""
        found: list[Monitor] = []
        met = {monitor.id}
        while monitor.parent is not None and monitor.parent not in met:
            met.add(monitor.parent)
            try:
                monitor = self._store.monitors.get(monitor.account, monitor.parent)
            except NotFound:
                break
            found.append(monitor)
        return found

    def children(self, monitor: Monitor) -> list[Monitor]:
        """The monitors that hang on this one."""
        return [each for each in self._store.monitors.many(monitor.account) if each.parent == monitor.id]


def without_monitor(monitor: Monitor, gone: int) -> Monitor:
    """A monitor that says nothing of one that is gone."""
    parent = None if monitor.parent == gone else monitor.parent
    _, target = built(monitor)
    settings = monitor.target
    if isinstance(target, GroupTarget) and (gone in target.members or str(gone) in target.weights):
        members = tuple(each for each in target.members if each != gone)
        weights = {name: weight for name, weight in target.weights.items() if name != str(gone)}
        settings = GROUP.dump(replace(target, members=members, weights=weights))
    return replace(monitor, parent=parent, target=settings)


def without_tag(monitor: Monitor, gone: int) -> Monitor:
    """A monitor that says nothing of a tag that is gone."""
    _, target = built(monitor)
    settings = monitor.target
    if isinstance(target, GroupTarget) and gone in target.member_tags:
        settings = GROUP.dump(replace(target, member_tags=tuple(each for each in target.member_tags if each != gone)))
    return replace(monitor, tags=tuple(each for each in monitor.tags if each.tag != gone), target=settings)


def without_project(monitor: Monitor, gone: int) -> Monitor:
    """A monitor that says nothing of a project that is gone."""
    return replace(monitor, project=None) if monitor.project == gone else monitor


def _members(monitor: Monitor) -> tuple[int, ...]:
    _, target = built(monitor)
    return target.members if isinstance(target, GroupTarget) else ()


def _above(monitors: Iterable[Monitor]) -> dict[int, list[int]]:
    """What stands above each monitor: its parent, and the groups that name it."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for each in monitors:
        if each.parent is not None:
            found[each.id].append(each.parent)
        for member in _members(each):
            found[member].append(each.id)
    return found
