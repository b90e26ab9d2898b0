"""`users`: the people who may log in."""

import secrets
import sys
from datetime import UTC, datetime
from typing import Any

import click

from uptime.domain.user import FIRST_ACCOUNT, Caller, Role, Scope, User
from uptime.server.command_line import AS_JSON, COMMAND_LINE, command, main, opened, print_json


@main.group("users")
def users() -> None:
    """People who may log in."""


def _told(user: User) -> dict[str, Any]:
    """A user as JSON."""
    seen = user.last_login_at.isoformat() if user.last_login_at else None
    return {
        "id": user.id, "account": user.account, "name": user.name, "email": user.email, "role": user.role,
        "active": user.active, "secondFactor": user.second_factor.on, "lastLoginAt": seen,
    }  # fmt: skip


def _say(sentence: str, facts: Any, as_json: bool) -> None:
    """Print what was done, as a sentence or as JSON."""
    if as_json:
        print_json(facts)
    else:
        click.echo(sentence)


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
            print_json([_told(user) for user in found])
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

        made = core.invitations.invite(_in_charge(account), UserDraft(email, Role(role)), datetime.now(UTC))
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
        user = core.members.give_role(_in_charge(user.account), user.id, Role(role), datetime.now(UTC))
        _say(f"{user.name} is {user.role} now.", _told(user), as_json)


@command(users, "deactivate")
@click.argument("name")
@AS_JSON
def deactivate_user(name: str, as_json: bool) -> None:
    """Let somebody in no more: their sessions end and their keys open nothing."""
    with opened() as core:
        user = core.users.named(name)
        user = core.members.deactivate(_in_charge(user.account), user.id, datetime.now(UTC))
        _say(f"{user.name} may not come in any more.", _told(user), as_json)


@command(users, "reactivate")
@click.argument("name")
@AS_JSON
def reactivate_user(name: str, as_json: bool) -> None:
    """Let somebody in again."""
    with opened() as core:
        user = core.users.named(name)
        user = core.members.reactivate(_in_charge(user.account), user.id, datetime.now(UTC))
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
        core.users.set_password(user, password, datetime.now(UTC))
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
        core.second_factors.drop(user.id, datetime.now(UTC))
        _say(f"{user.name} logs in with the password alone.", _told(core.users.named(name)), as_json)
