"""`keys`: what lets programs in."""

from datetime import UTC, datetime

import click

from uptime.domain.user import FIRST_ACCOUNT, KEY_SCOPES, KeyShape, Scope
from uptime.server.command_line import AS_JSON, command, main, opened, print_json


@main.group("keys")
def keys() -> None:
    """API keys."""


@command(keys, "create")
@click.argument("name")
@click.option(
    "--scope", type=click.Choice([scope.value for scope in KEY_SCOPES]), default=Scope.READ.value, show_default=True
)
@click.option("--monitor", type=int, help="Id of the only monitor that the key shall open.")
@click.option(
    "--shape",
    type=click.Choice([shape.value for shape in KeyShape]),
    default=KeyShape.UPSPEAK.value,
    show_default=True,
    help="How the key looks; any shape opens every wire.",
)
def create_key(name: str, scope: str, monitor: int | None, shape: str) -> None:
    """Make a key; its secret is the last word printed, and is not shown again."""
    with opened() as core:
        if monitor is not None:
            core.monitors.get(FIRST_ACCOUNT, monitor)
        key, secret = core.api_keys.make(
            FIRST_ACCOUNT, name, Scope(scope), datetime.now(UTC), monitor_id=monitor, shape=KeyShape(shape)
        )
        click.echo(f"Key {key.id} with the scope {key.scope}, shown only this once: {secret}")


@command(keys, "list")
@AS_JSON
def list_keys(as_json: bool) -> None:
    """Every key without its secret."""
    with opened() as core:
        found = core.api_keys.list(FIRST_ACCOUNT)
        if as_json:
            from uptime.dialects.native.write import keys as write

            print_json(write.keys(found))
            return
        for key in found:
            used = f"{key.last_used_at:%Y-%m-%d %H:%M} UTC" if key.last_used_at else "never"
            bound = f" monitor {key.monitor_id}" if key.monitor_id is not None else ""
            click.echo(f"{key.id:>4}  {key.scope:<6} {key.hint:<14} last used {used:<20} {key.name}{bound}")


@command(keys, "revoke")
@click.argument("key_id", type=int)
def revoke_key(key_id: int) -> None:
    """End a key."""
    with opened() as core:
        key = core.api_keys.revoke(FIRST_ACCOUNT, key_id, datetime.now(UTC))
        click.echo(f"Key {key.id} ({key.name}) opens nothing any more.")
