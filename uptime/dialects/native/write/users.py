"""Users, invitations, logins and the audit log, without any secret but those told once."""

from collections.abc import Iterable
from typing import Any, Literal

from uptime.core.audit import AuditPage
from uptime.core.invitations import Invited
from uptime.core.second_factor import Prepared
from uptime.dialects.native.write import Wire, ms, ms_or_none
from uptime.domain.audit import Entry
from uptime.domain.user import Invitation, Role, SecondFactor, Session, User

SESSION_NAME = 16


class Person(Wire):
    """A user; `secondFactor` says whether the login takes a code. Times are milliseconds since 1970."""

    id: int
    name: str
    email: str
    first_name: str
    last_name: str
    role: Role
    active: bool
    second_factor: bool
    created_at: int
    last_login_at: int | None


class People(Wire):
    """All users of the account."""

    users: list[Person]


class PersonSaved(Wire):
    """A user as it is now."""

    success: Literal[True]
    user: Person


class Place(Wire):
    """An invitation that waits."""

    id: int
    email: str
    role: Role
    first_name: str
    last_name: str
    invited_by: str
    created_at: int
    expires_at: int


class Places(Wire):
    """All invitations that wait."""

    invitations: list[Place]


class PersonInvited(Wire):
    """The invitation went out by mail; or, `mailed` false, here is its `link`, and `problem` says why."""

    success: Literal[True]
    invitation: Place
    mailed: bool
    link: str | None = None
    problem: str | None = None


class Login(Wire):
    """A login; `current` is the one that asks."""

    id: str
    address: str
    created_at: int
    seen_at: int
    current: bool


class Logins(Wire):
    """One's own logins, the one seen last first."""

    sessions: list[Login]


class Factor(Wire):
    """Whether the second factor is on, and how many recovery codes are left."""

    enabled: bool
    recovery_codes_left: int


class FactorPrepared(Wire):
    """A secret to be put into an app, as text and as the address behind a QR code."""

    secret: str
    uri: str


class RecoveryCodes(Wire):
    """Codes for a lost device, each good once; they are shown this once."""

    success: Literal[True]
    recovery_codes: list[str]


class Deed(Wire):
    """One field before and after; null where there was nothing. Secrets are asterisks."""

    field: str
    before: Any
    after: Any


class Line(Wire):
    """One entry of the audit log."""

    id: int
    at: int
    actor: str
    user_id: int | None
    key_id: int | None
    address: str
    verb: str
    noun: str
    object_id: str
    object_name: str
    changes: list[Deed]


class Log(Wire):
    """Entries, newest first; `following` is the `before` of the next page, null at the end."""

    entries: list[Line]
    following: int | None


def person(user: User) -> Person:
    return Person(
        id=user.id,
        name=user.name,
        email=user.email,
        first_name=user.first_name,
        last_name=user.last_name,
        role=user.role,
        active=user.active,
        second_factor=user.second_factor.on,
        created_at=ms(user.created_at),
        last_login_at=ms_or_none(user.last_login_at),
    )


def people(found: Iterable[User]) -> People:
    return People(users=[person(user) for user in found])


def saved(user: User) -> PersonSaved:
    return PersonSaved(success=True, user=person(user))


def place(invitation: Invitation) -> Place:
    return Place(
        id=invitation.id,
        email=invitation.email,
        role=invitation.role,
        first_name=invitation.first_name,
        last_name=invitation.last_name,
        invited_by=invitation.invited_by,
        created_at=ms(invitation.created_at),
        expires_at=ms(invitation.expires_at),
    )


def places(found: Iterable[Invitation]) -> Places:
    return Places(invitations=[place(invitation) for invitation in found])


def invited(made: Invited) -> PersonInvited:
    told = PersonInvited(success=True, invitation=place(made.invitation), mailed=made.link is None)
    if made.link is not None:
        told.link, told.problem = made.link, made.problem
    return told


def logins(found: Iterable[Session], current: Session) -> Logins:
    return Logins(
        sessions=[
            Login(
                id=session.digest[:SESSION_NAME],
                address=session.address,
                created_at=ms(session.created_at),
                seen_at=ms(session.seen_at),
                current=session.digest == current.digest,
            )
            for session in found
        ]
    )


def factor(found: SecondFactor) -> Factor:
    return Factor(enabled=found.on, recovery_codes_left=len(found.recovery))


def prepared(made: Prepared) -> FactorPrepared:
    return FactorPrepared(secret=made.secret, uri=made.uri)


def codes(made: Iterable[str]) -> RecoveryCodes:
    return RecoveryCodes(success=True, recovery_codes=list(made))


def log(page: AuditPage) -> Log:
    return Log(entries=[line(entry) for entry in page.entries], following=page.following)


def line(entry: Entry) -> Line:
    return Line(
        id=entry.id,
        at=ms(entry.at),
        actor=entry.actor.name,
        user_id=entry.actor.user_id,
        key_id=entry.actor.key_id,
        address=entry.actor.address,
        verb=entry.verb,
        noun=entry.noun,
        object_id=entry.object_id,
        object_name=entry.object_name,
        changes=[Deed(field=one.field, before=one.before, after=one.after) for one in entry.changes],
    )
