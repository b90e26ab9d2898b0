"""What all commands share: the group they stand in, their store, how they fail, and how they print."""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from uptime import __version__
from uptime.config import ConfigError, Settings
from uptime.domain.audit import Actor
from uptime.domain.errors import UptimeError
from uptime.server import logs

if TYPE_CHECKING:
    from uptime.core import Core

P = ParamSpec("P")

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
STEPS = 500
"""How often a bar is drawn anew, at most."""

QUIET = click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")


@click.group()
@click.version_option(__version__, prog_name="Upspeak")
def main() -> None:
    """Upspeak watches things and shows how they are. Settings come from the environment: see docs/configuration.md."""


def command(group: click.Group, name: str) -> Callable[[Callable[P, int | None]], click.Command]:
    """A command whose failures are a sentence and the exit code 1; what it returns is its exit code."""

    def declare(body: Callable[P, int | None]) -> click.Command:
        @wraps(body)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                code = body(*args, **kwargs)
            except (ConfigError, UptimeError) as error:
                raise click.ClickException(str(error)) from None
            if code:
                sys.exit(code)

        return group.command(name)(run)

    return declare


def begin(part: str) -> Settings:
    """The settings, with the log set up. ConfigError."""
    settings = Settings.from_environment(os.environ)
    logs.to_stderr(part, settings.log_level)
    return settings


COMMAND_LINE = Actor("command line")


@contextmanager
def opened() -> Iterator["Core"]:
    """A core for one command. Unavailable where the store does not answer."""
    from uptime.core import Core
    from uptime.worker.process import open_store

    settings = begin("command")
    # What a command does stands in the audit log, and the command says it itself.
    logging.getLogger("uptime.core.audit").setLevel(logging.WARNING)
    require_store(settings)
    from uptime.store import Patience

    store = open_store(settings, Patience.WORKER)
    try:
        yield Core(store, settings, lambda: COMMAND_LINE)
    finally:
        store.close()


def require_store(settings: Settings) -> None:
    """ClickException while the embedded store of the data folder does not run."""
    from uptime.worker.embedded import answers

    if settings.redis_url is None and not answers(settings.socket):
        raise click.ClickException(
            f"Nothing runs in the data folder {settings.data_dir.absolute()}. Start it with `make run`, set DATA_DIR "
            "to the folder it was started with, or set REDIS_URL where you have a store of your own."
        )


def print_json(facts: Any) -> None:
    """Print what programs read; of a model of the native wire what the API would answer."""
    from pydantic import BaseModel

    if isinstance(facts, BaseModel):
        click.echo(facts.model_dump_json(by_alias=True, exclude_unset=True, indent=2))
    else:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """A bar with rate and time left, where errors go to a terminal; what it gives is told of every step."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    began = time.monotonic()

    def rate(_: object) -> str:
        return f"{bar.pos / max(time.monotonic() - began, 0.001):,.0f}/s"

    bar = click.progressbar(
        length=length,
        label=label,
        file=sys.stderr,
        show_pos=True,
        item_show_func=rate,
        update_min_steps=max(1, length // STEPS),
    )
    with bar:
        yield bar.update
