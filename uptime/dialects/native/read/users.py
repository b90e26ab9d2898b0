"""Users, invitations and passwords as they are asked for."""

from typing import Annotated, Any

from pydantic import Field, field_validator

from uptime.core.members import UserDraft
from uptime.dialects.native.read import Body, Line, Moment, Query, Secret
from uptime.dialects.native.read.keys import Id
from uptime.domain.audit import Verb, Wanted
from uptime.domain.errors import Invalid
from uptime.domain.schedule import from_ms
from uptime.domain.user import Role


def _role(value: object) -> object:
    return Role(value) if isinstance(value, str) and value in set(Role) else value


class InvitationBody(Body):
    """Whom to invite, and as what."""

    email: Line
    role: Role = Role.VIEWER
    first_name: Line = ""
    last_name: Line = ""

    @field_validator("role", mode="before")
    @classmethod
    def _word(cls, value: object) -> object:
        return _role(value)


class AcceptBody(Body):
    """The token of the link, and what its owner wants to be called; without `name` that is the e-mail address."""

    token: Secret
    password: Secret
    name: Line = ""
    first_name: Line | None = None
    last_name: Line | None = None


class UserBody(Body):
    """What is to change about a user."""

    name: Line | None = None
    email: Line | None = None
    first_name: Line | None = None
    last_name: Line | None = None
    role: Role | None = None

    @field_validator("role", mode="before")
    @classmethod
    def _word(cls, value: object) -> object:
        return _role(value)


class MeBody(Body):
    """What is to change about oneself; a new `email`, which could take the account over, needs the `password`."""

    name: Line | None = None
    email: Line | None = None
    first_name: Line | None = None
    last_name: Line | None = None
    password: Secret | None = None


class WhichUser(Query):
    """A user by the id."""

    id: Id


class WhichInvitation(Query):
    """An invitation by its id."""

    id: Id


class WhichSession(Query):
    """A login by its id; without one, all but the present one."""

    id: Annotated[str, Field(max_length=64)] | None = None


class ForgotBody(Body):
    """Where the link is to go."""

    email: Line


class ResetBody(Body):
    """The token of the link, and the new password."""

    token: Secret
    password: Secret


class RegisterBody(Body):
    """A new account's owner; without `name` that is called by the e-mail address."""

    email: Line
    password: Secret
    name: Line = ""
    first_name: Line = ""
    last_name: Line = ""


class EnableBody(Body):
    """The password, and a code that shows that the secret has arrived."""

    password: Secret
    code: Line


class ProofBody(Body):
    """The password once more."""

    password: Secret


class AuditQuery(Query):
    """Entries older than the one of the id `before`; `since` and `until` in milliseconds since 1970."""

    before: Id | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    noun: Annotated[str, Field(max_length=100)] | None = None
    verb: Annotated[str, Field(max_length=100)] | None = None
    user: Id | None = None
    object: Annotated[str, Field(max_length=100)] | None = None
    since: Moment | None = None
    until: Moment | None = None


def invited(body: InvitationBody) -> UserDraft:
    """Whoever is to be invited."""
    return UserDraft(body.email, body.role, "", body.first_name, body.last_name)


def registered(body: RegisterBody) -> UserDraft:
    """Whoever is to own the new account."""
    return UserDraft(body.email, Role.OWNER, body.name, body.first_name, body.last_name)


def names(body: UserBody | MeBody) -> dict[str, Any]:
    """What changes about somebody, but for the role."""
    return body.model_dump(include={"name", "email", "first_name", "last_name"})


def wanted(query: AuditQuery) -> Wanted:
    """Which entries are asked for. Invalid: there is no such verb."""
    if query.verb is not None and query.verb not in set(Verb):
        raise Invalid("verb", f"verb must be one of {', '.join(Verb)}")
    return Wanted(
        query.noun,
        None if query.verb is None else Verb(query.verb),
        query.user,
        query.object,
        None if query.since is None else from_ms(query.since),
        None if query.until is None else from_ms(query.until),
    )
