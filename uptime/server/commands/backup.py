"""`backup` and `restore`: everything into one file, and back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from uptime.config import Settings
from uptime.domain.user import FIRST_ACCOUNT
from uptime.domain.wording import counted
from uptime.server.command_line import AS_JSON, QUIET, begin, command, main, print_json, progress

if TYPE_CHECKING:
    from uptime.server.archive import Header
    from uptime.store import Store

FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@command(main, "backup")
@FILE
@AS_JSON
@QUIET
def backup(file: Path, as_json: bool, quiet: bool) -> None:
    """Write everything into FILE, while the system runs or is at rest. Keep it safe: it holds your secrets."""
    from uptime.server import backup as work

    with work.store_of(begin("backup"), new=False) as store:
        header = work.back_up(store, file, datetime.now(UTC), progress)
    size = file.stat().st_size
    if as_json:
        print_json({"file": str(file), "bytes": size, **header.plain()})
    elif not quiet:
        click.echo(f"{file}: {_contents(header)}, {size:,} bytes.")


@command(main, "restore")
@FILE
@click.option("--replace", is_flag=True, help="Empty a store that holds something first.")
@click.option("--yes", is_flag=True, help="Do not ask before that.")
@AS_JSON
@QUIET
def restore(file: Path, replace: bool, yes: bool, as_json: bool, quiet: bool) -> None:
    """Read everything back from FILE, into an empty store. The file is looked through before anything is written."""
    from uptime.server import backup as work

    settings = begin("restore")
    header = work.verified(file, progress)
    with work.store_of(settings, new=True) as store:
        replaced = work.in_the_way(store, datetime.now(UTC))
        if replaced and not replace:
            raise click.ClickException(
                f"This store is not empty: it holds {counted(replaced, 'key')}. Add --replace to lose them and have "
                f"what is in {file} instead."
            )
        if replaced and not yes:
            _ask(store, settings, replaced)
        written = work.restore(store, settings, file, header.keys, progress)
    if as_json:
        facts = {"file": str(file), **header.plain(), "written": written, "expired": header.keys - written}
        print_json(facts | {"replaced": replaced})
    elif not quiet:
        click.echo(f"Restored {_contents(header)}, as of {header.at:%Y-%m-%d %H:%M:%S} UTC.")


def _ask(store: "Store", settings: Settings, keys: int) -> None:
    """Have the name of the site typed before it is lost. Abort: it was another one."""
    name = store.sites.get(FIRST_ACCOUNT).name
    click.echo(f"{counted(keys, 'key')} of Upspeak in this store will be lost.", err=True)
    if click.prompt(f"Type the name of the site, {name}, to go on", err=True) != name:
        raise click.ClickException("That is another name. Nothing was changed.")


def _contents(header: "Header") -> str:
    counts = header.counts
    told = (counts["monitors"], "monitor"), (counts["heartbeats"], "heartbeat"), (header.keys, "key")
    return ", ".join(counted(*one) for one in told)
