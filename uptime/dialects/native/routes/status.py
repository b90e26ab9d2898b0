"""The public status."""

from flask import request
from werkzeug.wrappers import Response

from uptime.current import core, now
from uptime.dialects.native import auth, encode
from uptime.dialects.native.read import history as read
from uptime.dialects.native.read import wants_code
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.words import ENTRIES_LIMIT
from uptime.dialects.native.write import history as write_history
from uptime.dialects.native.write import services as write_services
from uptime.dialects.native.write import status as write
from uptime.domain.user import Caller


@operation("GET", "/status", tag="status", shared=True, answers={200: write.AnyStatus, 304: None})
def status(caller: Caller | None, query: read.StatusQuery) -> Answer:
    """All visible services and what they amount to."""
    return _code(query, caller) if wants_code() else documented()


def documented() -> Response:
    """The snapshot with its entity tag; where the reader has it, 304."""
    snapshot = core().status_pages.snapshot(now())
    body, tag = encode.status_bytes(snapshot)
    response = Response(body, mimetype="application/json", headers=encode.status_headers(snapshot, tag))
    return response.make_conditional(request)


def _code(query: read.StatusQuery, caller: Caller | None) -> Answer:
    found = auth.readable(core().monitors.list(auth.account(caller)), caller)
    if query.filter_by_visibility != "false":
        found = [monitor for monitor in found if monitor.shown]
    shown = (query.limit or ENTRIES_LIMIT) if query.history == "true" else 0
    limit = max(1, min(shown, ENTRIES_LIMIT))
    recent = core().history.recent_many(found, now(), limit=limit)
    statuses = []
    for monitor in found:
        service = write_services.service(monitor, core().monitors)
        statuses.append(write.code_status(service, write_history.entries(recent.get(monitor.id, [])), shown))
    return write.CodeStatuses(statuses)
