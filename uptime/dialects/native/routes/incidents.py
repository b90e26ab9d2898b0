"""Incidents: written, updated, resolved, explained, and drafted from outages."""

from uptime.current import core, now
from uptime.dialects.native.read import incidents as read
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.write import Done
from uptime.dialects.native.write import incidents as write
from uptime.domain.incident import IncidentDraft
from uptime.domain.schedule import from_ms
from uptime.domain.user import Caller, Scope

ONE, SAID = "/incidents/<incidentId>", "/incidents/<incidentId>/updates/<updateId>"


def _author(caller: Caller) -> str:
    """Who says it, for those who manage the page; readers never learn."""
    return caller.user_name or caller.name


@operation("GET", "/incidents", tag="incidents", needs=Scope.READ, whole=True, answers={200: write.Incidents})
def list_incidents(caller: Caller, query: read.IncidentsQuery) -> Answer:
    """Incidents, the newest first; drafts too, unless they are filtered out."""
    found, total = core().incidents.find(caller.account, read.wanted(query), offset=query.offset, limit=query.limit)
    return write.incidents(found, total)


@operation("POST", "/incidents", tag="incidents", needs=Scope.RESPOND, whole=True, answers={201: write.Incident})
def begin_incident(caller: Caller, body: read.IncidentBody) -> Answer:
    """Begins an incident with its first update."""
    started_at = None if body.started_at is None else from_ms(body.started_at)
    made = core().incidents.begin(
        caller.account,
        read.draft(body, IncidentDraft("")),
        body.status,
        body.text,
        _author(caller),
        now(),
        started_at=started_at,
        tell=body.notify,
    )
    return write.incident(made), 201


@operation(
    "POST",
    "/incidents/draft",
    tag="incidents",
    needs=Scope.RESPOND,
    whole=True,
    refuses=(404,),
    answers={200: write.Incident},
)
def draft_incident(caller: Caller, body: read.OutageBody) -> Answer:
    """A draft that says what was seen of an outage; the same outage gives the same incident."""
    start = None if body.start is None else from_ms(body.start)
    return write.incident(core().incidents.draft(caller.account, body.service_id, start, _author(caller), now()))


@operation("GET", ONE, tag="incidents", needs=Scope.READ, whole=True, refuses=(400, 404), answers={200: write.Incident})
def get_incident(caller: Caller, path: read.IncidentPath) -> Answer:
    """One incident."""
    return write.incident(core().incidents.get(caller.account, path.incident_id))


@operation("PUT", ONE, tag="incidents", needs=Scope.RESPOND, whole=True, refuses=(404,), answers={200: write.Incident})
def change_incident(caller: Caller, path: read.IncidentPath, body: read.IncidentChangeBody) -> Answer:
    """Changes what is named; `draft` false publishes it."""
    return write.incident(
        core().incidents.change(caller.account, path.incident_id, lambda before: read.draft(body, before), now())
    )


@operation("DELETE", ONE, tag="incidents", needs=Scope.RESPOND, whole=True, refuses=(400, 404), answers={200: Done})
def delete_incident(caller: Caller, path: read.IncidentPath) -> Answer:
    """Deletes an incident with everything that was said."""
    core().incidents.remove(caller.account, path.incident_id, now())
    return Done(success=True, message="Incident deleted")


@operation(
    "POST",
    f"{ONE}/updates",
    tag="incidents",
    needs=Scope.RESPOND,
    whole=True,
    refuses=(404,),
    answers={201: write.Incident},
)
def update_incident(caller: Caller, path: read.IncidentPath, body: read.UpdateBody) -> Answer:
    """Says something more, which may resolve the incident or open it again."""
    components = None if body.services is None else read.components(body.services)
    after = core().incidents.update(
        caller.account,
        path.incident_id,
        body.status,
        body.text,
        _author(caller),
        now(),
        components=components,
        tell=body.notify,
    )
    return write.incident(after), 201


@operation("PUT", SAID, tag="incidents", needs=Scope.RESPOND, whole=True, refuses=(404,), answers={200: write.Incident})
def correct_update(caller: Caller, path: read.UpdatePath, body: read.SaidBody) -> Answer:
    """Corrects an update; when it was said stays."""
    return write.incident(
        core().incidents.rewrite(caller.account, path.incident_id, path.update_id, body.status, body.text, now())
    )


@operation(
    "DELETE", SAID, tag="incidents", needs=Scope.RESPOND, whole=True, refuses=(400, 404), answers={200: write.Incident}
)
def delete_update(caller: Caller, path: read.UpdatePath) -> Answer:
    """Takes an update away; the only one stays."""
    return write.incident(core().incidents.unsay(caller.account, path.incident_id, path.update_id, now()))


@operation(
    "POST",
    f"{ONE}/resolve",
    tag="incidents",
    needs=Scope.RESPOND,
    whole=True,
    refuses=(404,),
    answers={200: write.Incident},
)
def resolve_incident(caller: Caller, path: read.IncidentPath, body: read.TextBody) -> Answer:
    """Says that it is over; once is enough."""
    return write.incident(core().incidents.resolve(caller.account, path.incident_id, body.text, _author(caller), now()))


@operation(
    "POST",
    f"{ONE}/reopen",
    tag="incidents",
    needs=Scope.RESPOND,
    whole=True,
    refuses=(404,),
    answers={200: write.Incident},
)
def reopen_incident(caller: Caller, path: read.IncidentPath, body: read.TextBody) -> Answer:
    """Says that it is not over after all."""
    return write.incident(core().incidents.reopen(caller.account, path.incident_id, body.text, _author(caller), now()))


@operation(
    "PUT",
    f"{ONE}/postmortem",
    tag="incidents",
    needs=Scope.RESPOND,
    whole=True,
    refuses=(404,),
    answers={200: write.Incident},
)
def explain_incident(caller: Caller, path: read.IncidentPath, body: read.TextBody) -> Answer:
    """Says what was learned; an empty text takes it back."""
    return write.incident(core().incidents.explain(caller.account, path.incident_id, body.text, now()))
