"""Maintenance: plan, list, pause, end; begin one at once that ends by itself."""

from collections.abc import Sequence

from uptime.current import core, now
from uptime.dialects.native.read import maintenance as read
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.write import Done
from uptime.dialects.native.write import maintenance as write
from uptime.domain.errors import Invalid
from uptime.domain.user import Caller, Scope


def _ids(account: int, services: Sequence[int | str]) -> list[int]:
    """The monitors that services are, each named by its id or its name. NotFound."""
    return [each if isinstance(each, int) else core().monitors.by_name(account, each).id for each in services]


@operation(
    "GET",
    "/maintenance",
    tag="maintenance",
    needs=Scope.READ,
    whole=True,
    refuses=(404,),
    answers={200: write.Maintenances},
)
def list_maintenance(caller: Caller, query: read.MaintenanceQuery) -> Answer:
    """All maintenances with their windows, or the one that is named."""
    if query.id is not None:
        return write.maintenances([core().maintenances.get(caller.account, query.id)], now())
    return write.maintenances(core().maintenances.list(caller.account), now())


@operation(
    "POST",
    "/maintenance",
    tag="maintenance",
    needs=Scope.RESPOND,
    whole=True,
    refuses=(404, 409),
    answers={201: write.MaintenanceSaved},
)
def plan_maintenance(caller: Caller, body: read.MaintenanceBody) -> Answer:
    """Plans a maintenance; a window that is open by now begins at once."""
    draft = read.draft(body, _ids(caller.account, body.services))
    return write.saved(core().maintenances.add(caller.account, draft, now()), now()), 201


@operation(
    "PUT",
    "/maintenance",
    tag="maintenance",
    needs=Scope.RESPOND,
    whole=True,
    refuses=(404,),
    answers={200: write.MaintenanceSaved},
)
def replace_maintenance(caller: Caller, query: read.WhichMaintenance, body: read.MaintenanceBody) -> Answer:
    """Replaces a maintenance whole: what is left out goes back to its default."""
    draft = read.draft(body, _ids(caller.account, body.services))
    return write.saved(core().maintenances.replace(caller.account, query.id, draft, now()), now())


@operation(
    "DELETE", "/maintenance", tag="maintenance", needs=Scope.RESPOND, whole=True, refuses=(404,), answers={200: Done}
)
def delete_maintenance(caller: Caller, query: read.WhichMaintenance) -> Answer:
    """Deletes a maintenance; a window that runs is over. What was recorded during it stays."""
    core().maintenances.remove(caller.account, query.id, now())
    return Done(success=True, message="Maintenance deleted")


@operation(
    "POST",
    "/maintenance/pause",
    tag="maintenance",
    needs=Scope.RESPOND,
    whole=True,
    refuses=(404,),
    answers={200: write.MaintenanceSaved},
)
def pause_maintenance(caller: Caller, query: read.WhichMaintenance) -> Answer:
    """No windows until it is resumed; one that runs is over."""
    return write.saved(core().maintenances.pause(caller.account, query.id, now()), now())


@operation(
    "POST",
    "/maintenance/resume",
    tag="maintenance",
    needs=Scope.RESPOND,
    whole=True,
    refuses=(404,),
    answers={200: write.MaintenanceSaved},
)
def resume_maintenance(caller: Caller, query: read.WhichMaintenance) -> Answer:
    """Lets it have its windows again, one that was ended early too."""
    return write.saved(core().maintenances.resume(caller.account, query.id, now()), now())


@operation(
    "POST",
    "/maintenance/end",
    tag="maintenance",
    needs=Scope.RESPOND,
    whole=True,
    refuses=(404,),
    answers={200: write.MaintenanceSaved},
)
def end_maintenance(caller: Caller, query: read.WhichMaintenance) -> Answer:
    """Ends the window that runs, if one does; later ones come as planned."""
    return write.saved(core().maintenances.end(caller.account, query.id, now()), now())


@operation(
    "POST",
    "/maintenance/start",
    tag="maintenance",
    needs=Scope.RESPOND,
    whole=True,
    refuses=(404, 409),
    answers={201: write.MaintenanceSaved},
)
def start_maintenance(caller: Caller, body: read.StartBody) -> Answer:
    """Begins a maintenance now, which ends by itself."""
    if not body.services and not body.all_services:
        raise Invalid("services", "Name the services it is for, or say allServices.")
    started = core().maintenances.start(
        caller.account,
        body.duration,
        now(),
        title=body.title,
        monitors=_ids(caller.account, body.services),
        all_monitors=body.all_services,
        pause_checks=body.pause_checks,
    )
    return write.saved(started, now()), 201
