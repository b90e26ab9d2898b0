"""`ping`: check everything now."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from uptime.domain.heartbeat import Status
from uptime.domain.user import FIRST_ACCOUNT
from uptime.server.command_line import AS_JSON, QUIET, command, main, opened, print_json

if TYPE_CHECKING:
    from uptime.core import Core
    from uptime.core.sweeping import Sweep


@command(main, "ping")
@AS_JSON
@QUIET
def ping(as_json: bool, quiet: bool) -> int:
    """Check every active monitor now and say what was found. Exit code 1 where something is down."""
    with opened() as core:
        sweep = core.checking.sweep(FIRST_ACCOUNT, datetime.now(UTC))
        if as_json:
            _print_json(core, sweep)
        elif not quiet:
            _print(sweep)
        return int(any(item.heartbeat.status is Status.DOWN for item in sweep.items))


def _print(sweep: "Sweep") -> None:
    for item in sweep.items:
        beat = item.heartbeat
        click.echo(f"{beat.status:<11} {item.monitor.name}  {beat.message}".rstrip())
    click.echo(f"{len(sweep.items)} checked in {sweep.duration_ms} ms ({sweep.via}), {sweep.left} left")


def _print_json(core: "Core", sweep: "Sweep") -> None:
    from uptime.dialects.native.write import ping as write

    states = core.history.states([item.monitor for item in sweep.items])
    items = [
        write.checked(
            item.monitor, core.monitors.address(item.monitor), item.heartbeat, states[item.monitor.id].settled
        )
        for item in sweep.items
    ]
    site = core.sites.get(FIRST_ACCOUNT)
    facts = write.ping(sweep.at, sweep.duration_ms, items, site, via=sweep.via, skipped=sweep.skipped, left=sweep.left)
    print_json(facts)
