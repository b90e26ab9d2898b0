"""`check`: look once at an address, and show where the time went."""

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from uptime.config import Settings
from uptime.domain.errors import Invalid
from uptime.domain.heartbeat import ANSWERING
from uptime.server import logs
from uptime.server.command_line import AS_JSON, QUIET, command, main, print_json

if TYPE_CHECKING:
    from uptime.core.trying import Look
    from uptime.domain.monitor import MonitorDraft

FIELDS = {
    "keyword": ("keyword", "--keyword"),
    "method": ("method", "--method"),
    "headers": ("headers", "--header"),
    "expected_status": ("expectedStatus", "--expected-status"),
}
"""Settings of check types, by what a service's body calls them and the option that gives them."""


@command(main, "check")
@click.argument("url")
@click.option("--type", "kind", metavar="TYPE", help="Check type; otherwise the URL's scheme says it.")
@click.option("--timeout", metavar="SECONDS", type=click.FloatRange(0.1, 120), default=10.0, show_default=True)
@click.option("--keyword", metavar="TEXT", help="Text that the answer must hold.")
@click.option("--method", metavar="METHOD", help="HTTP method.")
@click.option("--header", "headers", metavar="'NAME: VALUE'", multiple=True, help="Header to send; may be repeated.")
@click.option("--expected-status", metavar="STATUS", help="Statuses that are right: 200, 200-299, 2xx, with commas.")
@AS_JSON
@QUIET
def check(
    url: str,
    kind: str | None,
    timeout: float,
    keyword: str | None,
    method: str | None,
    headers: tuple[str, ...],
    expected_status: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Look once at URL, store nothing, show the phases. Exit code 0 when it is up, 1 when not, 2 for wrong usage."""
    from uptime.core.trying import Trying

    said = {
        "url": url, "type": kind, "timeout": round(timeout * 1000), "keyword": keyword, "method": method,
        "headers": _headers(headers) or None, "expectedStatus": expected_status,
    }  # fmt: skip
    try:
        look = Trying(_settings()).look(_draft(said))
    except Invalid as error:
        raise click.UsageError(error.message) from None
    if as_json:
        from uptime.dialects.native.write import trying as write

        print_json(write.tried(look))
    elif not quiet:
        _print(look)
    return int(look.status not in ANSWERING)


def _settings() -> Settings:
    """The settings, whose secret is not needed: none is made, so that nothing is left behind."""
    secret = {} if os.environ.get("SECRET_KEY") or os.environ.get("SECRET_KEY_FILE") else {"SECRET_KEY": "unused"}
    settings = Settings.from_environment({**os.environ, **secret})
    logs.to_stderr("check", settings.log_level)
    return settings


def _headers(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for header in given:
        name, colon, value = header.partition(":")
        if not colon:
            raise click.UsageError(f"A header is written 'Name: value', and not {header!r}.")
        found[name.strip()] = value.strip()
    return found


def _draft(said: Mapping[str, Any]) -> "MonitorDraft":
    """The draft of a service that says this. Invalid."""
    from uptime.core.monitor_types import monitor_types
    from uptime.dialects.native.read import services as read
    from uptime.dialects.native.words import UNNAMED
    from uptime.domain.fields import fields

    named = {name: value for name, value in said.items() if value is not None}
    kinds = monitor_types()
    draft = read.draft(read.ServiceBody.model_validate({"name": UNNAMED, **named}), kinds)
    taken = {field.name for field, _ in fields(kinds[draft.type].target)}
    for setting, (said_as, option) in FIELDS.items():
        if said_as in named and setting not in taken:
            raise Invalid(setting, f"{option} says nothing to a check of the type {draft.type}.")
    return draft


def _print(look: "Look") -> None:
    from uptime.server.waterfall import lines

    for line in lines(look, sys.stdout.encoding, _columns()):
        click.echo(line)


def _columns() -> int:
    from shutil import get_terminal_size

    return min(get_terminal_size().columns, 110)
