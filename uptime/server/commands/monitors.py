"""`monitors`: what is watched."""

from datetime import datetime
from typing import Any

import click

from uptime.domain.heartbeat import State
from uptime.domain.monitor import Monitor
from uptime.domain.user import FIRST_ACCOUNT
from uptime.server.command_line import AS_JSON, command, main, opened, print_json


@main.group("monitors")
def monitors() -> None:
    """What is watched."""


@command(monitors, "list")
@AS_JSON
def list_monitors(as_json: bool) -> None:
    """Every monitor, where it stands, and when it was checked last."""
    with opened() as core:
        found = core.monitors.list(FIRST_ACCOUNT)
        states = core.history.states(found)
        if not as_json:
            for monitor in found:
                click.echo(_line(monitor, core.monitors.address(monitor), states[monitor.id]))
            return
        from uptime.dialects.native.write import services as write

        listed = []
        for monitor in found:
            service: dict[str, Any] = write.service(monitor, core.monitors).model_dump(
                mode="json", by_alias=True, exclude_unset=True
            )
            state = states[monitor.id]
            listed.append(service | {"status": state.status.value, "lastChecked": _iso(_checked(state))})
        print_json({"services": listed})


def _line(monitor: Monitor, address: str, state: State) -> str:
    status = "paused" if monitor.paused else state.status.value
    at = _checked(state)
    checked = f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "never"
    return f"{monitor.id:>6}  {status:<11} {monitor.type:<10} checked {checked:<24} {monitor.name}  {address}"


def _checked(state: State) -> datetime | None:
    return state.last.at if state.last is not None else None


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None
