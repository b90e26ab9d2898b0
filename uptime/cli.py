"""The commands: `python -m uptime …`, and the same under `flask --app wsgi …`."""

import json
import logging
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from uptime import __version__
from uptime.config import ConfigError, Settings
from uptime.domain.audit import Actor
from uptime.domain.errors import UptimeError
from uptime.domain.user import FIRST_ACCOUNT, KEY_SCOPES, Caller, KeyShape, Role, Scope, User
from uptime.server import logs

if TYPE_CHECKING:
    from uptime.core import Core

P = ParamSpec("P")


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


@command(main, "run")
@click.option("--reload", is_flag=True, help="Start anew when a file of the program changes.")
@click.option("--demo", is_flag=True, help="Add three monitors, of something up, down and flapping, and their targets.")
def run(reload: bool, demo: bool) -> int:
    """Start everything: store, web, check worker, notifier, scheduler."""
    from uptime.server.running import run_everything

    return run_everything(begin("run"), reload=reload, demo=demo)


@command(main, "web")
def web() -> int:
    """Answer requests: pages and API."""
    from uptime.server.serving import listener, serve

    settings = begin("web")
    code = serve(settings, listener(settings))
    sys.stderr.flush()
    # Open event streams hold threads, for which Python would wait.
    os._exit(code)


@command(main, "worker")
def worker() -> int:
    """Make checks."""
    from uptime.worker import run_check_worker

    return run_check_worker(begin("worker"))


@command(main, "notifier")
def notifier() -> int:
    """Send notifications and do chores."""
    from uptime.worker import run_notifier

    return run_notifier(begin("notifier"))


@command(main, "scheduler")
def scheduler() -> int:
    """Hand out the checks that are due."""
    from uptime.worker import run_scheduler

    return run_scheduler(begin("scheduler"))


@command(main, "ping")
def ping() -> int:
    """Check every active monitor now and say what was found. Exit code 1 where something is down."""
    with opened() as core:
        sweep = core.checking.sweep(FIRST_ACCOUNT, _now())
        found = [item.heartbeat for item in sweep.items]
        for item in sweep.items:
            beat = item.heartbeat
            click.echo(f"{beat.status:<11} {item.monitor.name}  {beat.message}".rstrip())
        click.echo(f"{len(found)} checked in {sweep.duration_ms} ms ({sweep.via}), {sweep.left} left")
        return int(any(beat.status == "down" for beat in found))


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
            FIRST_ACCOUNT, name, Scope(scope), _now(), monitor_id=monitor, shape=KeyShape(shape)
        )
        click.echo(f"Key {key.id} with the scope {key.scope}, shown only this once: {secret}")


@command(keys, "list")
def list_keys() -> None:
    """Every key without its secret."""
    with opened() as core:
        for key in core.api_keys.list(FIRST_ACCOUNT):
            used = f"{key.last_used_at:%Y-%m-%d %H:%M} UTC" if key.last_used_at else "never"
            bound = f" monitor {key.monitor_id}" if key.monitor_id is not None else ""
            click.echo(f"{key.id:>4}  {key.scope:<6} {key.hint:<14} last used {used:<20} {key.name}{bound}")


@command(keys, "revoke")
@click.argument("key_id", type=int)
def revoke_key(key_id: int) -> None:
    """End a key."""
    with opened() as core:
        key = core.api_keys.revoke(FIRST_ACCOUNT, key_id, _now())
        click.echo(f"Key {key.id} ({key.name}) opens nothing any more.")


@main.group("users")
def users() -> None:
    """People who may log in."""


AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _told(user: User) -> dict[str, Any]:
    """A user as JSON."""
    seen = user.last_login_at.isoformat() if user.last_login_at else None
    return {
        "id": user.id, "account": user.account, "name": user.name, "email": user.email, "role": user.role,
        "active": user.active, "secondFactor": user.second_factor.on, "lastLoginAt": seen,
    }  # fmt: skip


def _say(sentence: str, facts: Any, as_json: bool) -> None:
    """Print what was done, as a sentence or as JSON."""
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else sentence)


def _in_charge(account: int) -> Caller:
    """Whoever may use the command line may do everything."""
    return Caller(account, Scope.OWN, COMMAND_LINE.name, role=Role.OWNER)


@command(users, "list")
@AS_JSON
def list_users(as_json: bool) -> None:
    """Everybody who may log in, of all accounts."""
    with opened() as core:
        found = core.users.everybody()
        if as_json:
            click.echo(json.dumps([_told(user) for user in found], ensure_ascii=False))
            return
        for user in found:
            seen = f"{user.last_login_at:%Y-%m-%d %H:%M} UTC" if user.last_login_at else "never"
            state = "" if user.active else "  deactivated"
            factor = "  second factor" if user.second_factor.on else ""
            said = f"{user.id:>4}  {user.role:<9}  {user.name}  {user.email}  account {user.account}"
            click.echo(f"{said}  last login {seen}{factor}{state}")


@command(users, "invite")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.VIEWER.value, show_default=True)
@click.option("--account", type=int, default=FIRST_ACCOUNT, show_default=True, help="Id of the account.")
@AS_JSON
def invite_user(email: str, role: str, account: int, as_json: bool) -> None:
    """Invite somebody by mail; where no mail can be sent the link is the last word printed."""
    with opened() as core:
        if not core.members.list(account):
            raise click.ClickException(f"There is no account {account}.")
        from uptime.core.members import UserDraft

        made = core.invitations.invite(_in_charge(account), UserDraft(email, Role(role)), _now())
        sentence = f"{email} is invited as {role}."
        if made.link is not None:
            sentence += f" {made.problem} It is good once, for seven days: {made.link}"
        facts = {"id": made.invitation.id, "email": made.invitation.email, "role": role, "mailed": made.link is None}
        _say(sentence, facts | ({"link": made.link, "problem": made.problem} if made.link else {}), as_json)


@command(users, "role")
@click.argument("name")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@AS_JSON
def give_role(name: str, role: str, as_json: bool) -> None:
    """Let somebody do more or less, which ends their sessions."""
    with opened() as core:
        user = core.users.named(name)
        user = core.members.give_role(_in_charge(user.account), user.id, Role(role), _now())
        _say(f"{user.name} is {user.role} now.", _told(user), as_json)


@command(users, "deactivate")
@click.argument("name")
@AS_JSON
def deactivate_user(name: str, as_json: bool) -> None:
    """Let somebody in no more: their sessions end and their keys open nothing."""
    with opened() as core:
        user = core.users.named(name)
        user = core.members.deactivate(_in_charge(user.account), user.id, _now())
        _say(f"{user.name} may not come in any more.", _told(user), as_json)


@command(users, "reactivate")
@click.argument("name")
@AS_JSON
def reactivate_user(name: str, as_json: bool) -> None:
    """Let somebody in again."""
    with opened() as core:
        user = core.users.named(name)
        user = core.members.reactivate(_in_charge(user.account), user.id, _now())
        _say(f"{user.name} may come in again.", _told(user), as_json)


@command(users, "password")
@click.argument("name")
@click.option("--generate", is_flag=True, help="Make one up; it is the last word printed.")
@AS_JSON
def reset_password(name: str, generate: bool, as_json: bool) -> None:
    """Set somebody's password, which ends all their sessions. It is asked for, or read from the input."""
    with opened() as core:
        user = core.users.named(name)
        if generate:
            password = secrets.token_urlsafe(15)
        elif sys.stdin.isatty():
            password = click.prompt("New password", hide_input=True, confirmation_prompt=True)
        else:
            password = sys.stdin.readline().rstrip("\r\n")
        core.users.set_password(user, password, _now())
        facts = _told(user) | ({"password": password} if generate else {})
        _say(f"{user.name} has a new password" + (f": {password}" if generate else "."), facts, as_json)


@users.group("second-factor")
def second_factor() -> None:
    """The second factor of a login."""


@command(second_factor, "off")
@click.argument("name")
@AS_JSON
def drop_second_factor(name: str, as_json: bool) -> None:
    """Switch somebody's second factor off, for a lost device. It ends all their sessions."""
    with opened() as core:
        user = core.users.named(name)
        core.second_factors.drop(user.id, _now())
        _say(f"{user.name} logs in with the password alone.", _told(core.users.named(name)), as_json)


@command(main, "doctor")
def doctor() -> int:
    """Look whether everything is in order here; exit code 1 where something is broken."""
    from uptime.server.doctor import examine

    settings = begin("doctor")
    broken = 0
    for finding in examine(settings):
        click.echo(f"{finding.mark:<5} {finding.what}: {finding.sentence}")
        broken += finding.broken
    return int(broken > 0)


def _now() -> datetime:
    return datetime.now(UTC)
