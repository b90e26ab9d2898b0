"""Private pages of one monitor: add, edit, pause, check now, remove, and its history."""

from datetime import timedelta
from typing import Any

from flask import Response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from uptime.current import core, now
from uptime.domain.errors import Conflict, Invalid, NotFound
from uptime.domain.heartbeat import Heartbeat, Status
from uptime.domain.monitor import Monitor
from uptime.domain.schedule import from_ms, to_ms
from uptime.domain.status_page import ServiceLine
from uptime.site import bars, board, drafts, forms
from uptime.site.access import owner
from uptime.site.admin import admin, back, label, show

PAGE = 50
LISTED = 20
WINDOWS = (("24 hours", timedelta(days=1)), ("7 days", timedelta(days=7)), ("30 days", timedelta(days=30)))


def kind_of(word: str) -> Any:
    """The check type of that word. NotFound: no such type is installed."""
    kind = core().monitors.kinds().get(word)
    if kind is None:
        raise NotFound("check type")
    return kind


@admin.get("/monitors/new")
def new_monitor() -> Response:
    kind = kind_of(request.args.get("type", "http"))
    return form_page(drafts.blank(kind), None)


@admin.post("/monitors/new")
def add_monitor() -> AnyResponse:
    kind = kind_of(request.form.get("type", "http"))
    form, draft = sent(kind, None)
    if draft is None:
        return form_page(form, None, 400)
    try:
        made = core().monitors.add(owner().account, draft, now(), unique_name=True)
    except (Invalid, Conflict) as error:
        return form_page(drafts.refused(kind, typed(kind), drafts.complaint(kind, error)), None, 400)
    return back("monitor", "added", monitor_id=made.id)


@admin.get("/monitors/<int:monitor_id>/edit")
def edit_monitor(monitor_id: int) -> Response:
    monitor = core().monitors.get(owner().account, monitor_id)
    kind = kind_of(request.args.get("type", monitor.type))
    target = core().monitors.shown_target(monitor) if kind.word == monitor.type else {}
    return form_page(drafts.of_monitor(kind, monitor, target), monitor)


@admin.post("/monitors/<int:monitor_id>/edit")
def save_monitor(monitor_id: int) -> AnyResponse:
    account = owner().account
    monitor = core().monitors.get(account, monitor_id)
    kind = kind_of(request.form.get("type", monitor.type))
    form, draft = sent(kind, monitor)
    if draft is None:
        return form_page(form, monitor, 400)
    try:
        unique = draft.name != monitor.name
        core().monitors.replace(account, monitor_id, draft, now(), unique_name=unique)
    except (Invalid, Conflict) as error:
        return form_page(drafts.refused(kind, typed(kind), drafts.complaint(kind, error)), monitor, 400)
    return back("monitor", "saved", monitor_id=monitor_id)


def typed(kind: Any) -> dict[str, str]:
    return forms.typed(drafts.form_fields(kind), request.form)


def sent(kind: Any, before: Monitor | None) -> tuple[drafts.MonitorForm, Any]:
    """The form as it was sent and the draft it means; None when a field cannot be read."""
    values, errors = forms.read(drafts.form_fields(kind), request.form)
    draft = None if errors else drafts.draft(kind, values, before)
    if draft is not None:
        errors = drafts.target_errors(kind, draft, before)
    return drafts.refused(kind, typed(kind), errors), None if errors else draft


def form_page(form: drafts.MonitorForm, monitor: Monitor | None, status: int = 200) -> Response:
    kinds = sorted(core().monitors.kinds().values(), key=lambda kind: str(kind.label))
    return show("monitor_form.html", status, form=form, monitor=monitor, kinds=kinds)


@admin.post("/monitors/<int:monitor_id>/pause")
def pause_monitor(monitor_id: int) -> AnyResponse:
    core().monitors.pause(owner().account, monitor_id, now())
    return back("monitor", "paused", monitor_id=monitor_id)


@admin.post("/monitors/<int:monitor_id>/resume")
def resume_monitor(monitor_id: int) -> AnyResponse:
    core().monitors.resume(owner().account, monitor_id, now())
    return back("monitor", "resumed", monitor_id=monitor_id)


@admin.post("/monitors/<int:monitor_id>/check")
def check_monitor(monitor_id: int) -> AnyResponse:
    core().checking.check_now(owner().account, monitor_id, now())
    return back("monitor", "checked", monitor_id=monitor_id)


@admin.get("/monitors/<int:monitor_id>/delete")
def ask_to_remove(monitor_id: int) -> Response:
    return show("monitor_delete.html", monitor=core().monitors.get(owner().account, monitor_id), error="")


@admin.post("/monitors/<int:monitor_id>/delete")
def remove_monitor(monitor_id: int) -> AnyResponse:
    monitor = core().monitors.get(owner().account, monitor_id)
    if request.form.get("name", "").strip() != monitor.name:
        error = f"Type the name exactly as it is written above: {monitor.name}"
        return show("monitor_delete.html", 400, monitor=monitor, error=error)
    keep = "keep_history" in request.form
    core().monitors.remove(owner().account, monitor_id, now(), keep_history=keep)
    return back("overview", "removed-kept" if keep else "removed")


@admin.get("/monitors/<int:monitor_id>")
def monitor(monitor_id: int) -> Response:
    """Everything on record about a monitor, the newest heartbeats a page at a time."""
    found = core().monitors.get(owner().account, monitor_id)
    history, at = core().history, now()
    newest = history.recent(found, at, limit=bars.SLOTS)
    line = line_of(found, newest[0] if newest else None)
    beats, older = page_of(found)
    windows = [(name, history.uptime([found], at, span)[found.id].counts) for name, span in WINDOWS]
    return show(
        "monitor.html",
        monitor=found,
        line=line,
        address=line.url,
        type_label=label(found),
        day_bar=board.day_row(line, history.days([found], at, count=bars.SLOTS).get(found.id, [])),
        slot_bar=board.slot_row(line, newest),
        windows=windows,
        beats=beats,
        older=older,
        first_page="before" not in request.args,
        changes=history.changes(found, limit=LISTED),
        outages=history.outages(found, limit=LISTED),
        certificate=history.certificate(found),
    )


def line_of(monitor: Monitor, last: Heartbeat | None) -> ServiceLine:
    """The monitor as a bar describes it."""
    known = Status.UNKNOWN if last is None else last.status
    latency = None if last is None else round(last.latency_ms)
    address = core().monitors.address(monitor)
    return ServiceLine(
        monitor.id, monitor.name, monitor.description, address, known, last.at if last else None, latency
    )


def page_of(monitor: Monitor) -> tuple[list[Heartbeat], str]:
    """One page of heartbeats, newest first, and the address of the page after it, "" on the last."""
    before = request.args.get("before", "")
    until = from_ms(int(before)) if before.isdecimal() and len(before) < 15 else None
    found = core().history.recent(monitor, now(), limit=PAGE + 1, until=until)
    if len(found) <= PAGE:
        return found, ""
    return found[:PAGE], url_for("admin.monitor", monitor_id=monitor.id, before=to_ms(found[PAGE].at), _anchor="beats")
