"""Who may do what, and with which credentials."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from uptime.domain.errors import Invalid
from uptime.domain.mail import address_of
from uptime.domain.monitor import JsonValue, checked_name, printable

FIRST_ACCOUNT = 1
FIRST_USER = 1

PASSWORD_LOW, PASSWORD_HIGH = 8, 1_024
SESSION_IDLE = timedelta(days=7)
SESSION_LIFE = timedelta(days=30)
LOGIN_FAILURES, LOGIN_WINDOW = 10, timedelta(minutes=15)


PERSON_LIMIT = 150


class Scope(StrEnum):
    """What an operation asks for. `read` and `ping` stand alone; of the others each holds those above it."""

    READ = "read"
    PING = "ping"
    RESPOND = "respond"
    """Acknowledge, write incidents and maintenance."""
    WRITE = "write"
    """Monitors, pages, channels."""
    ADMIN = "admin"
    """Users, keys, settings."""
    OWN = "own"
    """The account itself and its owners."""


_RESPOND = frozenset({Scope.READ, Scope.PING, Scope.RESPOND})

HOLDS = {
    Scope.READ: frozenset({Scope.READ}),
    Scope.PING: frozenset({Scope.PING}),
    Scope.RESPOND: _RESPOND,
    Scope.WRITE: _RESPOND | {Scope.WRITE},
    Scope.ADMIN: _RESPOND | {Scope.WRITE, Scope.ADMIN},
    Scope.OWN: frozenset(Scope),
}

KEY_SCOPES = (Scope.READ, Scope.PING, Scope.WRITE, Scope.ADMIN)
"""What a key can be made for: what only an owner may do takes a login."""


class Role(StrEnum):
    """What a user is in the account."""

    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    RESPONDER = "responder"
    VIEWER = "viewer"


SCOPE_OF = {
    Role.OWNER: Scope.OWN,
    Role.ADMIN: Scope.ADMIN,
    Role.EDITOR: Scope.WRITE,
    Role.RESPONDER: Scope.RESPOND,
    Role.VIEWER: Scope.READ,
}

MAY = {role: HOLDS[scope] for role, scope in SCOPE_OF.items()}
"""What each role may do."""


class KeyShape(StrEnum):
    """How a key's secret looks, for clients that judge keys by their looks; any shape opens every wire."""

    UPSPEAK = "upspeak"
    UPTIMEROBOT = "uptimerobot"
    KUMA = "kuma"
    UPTIMECOM = "uptimecom"


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """What a user has beside the password: a TOTP secret in base32, and digests of codes that work once each."""

    secret: str = ""
    on: bool = False
    last_step: int = 0
    """The newest step of 30 s whose code was accepted: neither it nor an older one is accepted again."""
    recovery: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    """A person. `password_hash` is an argon2id string and never leaves the core; both name and e-mail log in."""

    id: int
    account: int
    name: str
    email: str
    password_hash: str
    created_at: datetime
    password_changed_at: datetime
    role: Role = Role.VIEWER
    first_name: str = ""
    last_name: str = ""
    active: bool = True
    second_factor: SecondFactor = SecondFactor()
    last_login_at: datetime | None = None
    kept: Mapping[str, JsonValue] = field(default_factory=dict)
    """What a wire keeps with the user and means nothing here, by that wire's name for it."""

    @property
    def owns(self) -> bool:
        """Whether the account has an owner as long as this user is there."""
        return self.active and self.role is Role.OWNER


@dataclass(frozen=True, slots=True)
class Invitation:
    """A place in an account that is held for whoever has the link."""

    id: int
    account: int
    email: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is stored: the SHA-256 of its secret, and a hint to recognise it by."""

    id: int
    account: int
    name: str
    scope: Scope
    digest: str
    hint: str
    shape: KeyShape
    created_at: datetime
    monitor_id: int | None = None
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    user_id: int = FIRST_USER


@dataclass(frozen=True, slots=True)
class Session:
    """A login. `digest` is the SHA-256 of the token the browser holds; `anti_forgery` goes into forms."""

    digest: str
    user_id: int
    account: int
    created_at: datetime
    seen_at: datetime
    anti_forgery: str
    address: str = ""

    def alive(self, now: datetime) -> bool:
        return now - self.seen_at < SESSION_IDLE and now - self.created_at < SESSION_LIFE


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever made a request, once the credentials have been looked at.

    A session may do what its user may; a key what its scope holds and its user may. `name` is for logs,
    `user_name` for people.
    """

    account: int
    scope: Scope
    name: str
    session: Session | None = None
    monitor_id: int | None = None
    role: Role | None = None
    user_id: int | None = None
    user_name: str = ""
    key_id: int | None = None

    def may(self, scope: Scope) -> bool:
        return scope in HOLDS[self.scope] and (self.role is None or scope in MAY[self.role])

    def sees(self, monitor_id: int) -> bool:
        """Whether a key bound to one monitor covers this one."""
        return self.monitor_id is None or self.monitor_id == monitor_id

    def manages(self, role: Role) -> bool:
        """Whether the caller may make, change and remove users of this role."""
        return self.may(Scope.OWN if role is Role.OWNER else Scope.ADMIN)


def checked_email(email: str) -> str:
    """The address with its ends trimmed. Invalid where it can be none."""
    try:
        return address_of(email)
    except ValueError as error:
        raise Invalid("email", str(error)) from None


def checked_login(name: str, email: str) -> str:
    """The name that logs in, trimmed. Invalid where it is none, or looks like the address of somebody else."""
    trimmed = checked_name(name)
    if "@" in trimmed and trimmed.casefold() != email.casefold():
        raise Invalid("name", "A name with an @ must be the e-mail address of the same user.")
    return trimmed


def checked_person(field_name: str, name: str) -> str:
    """A first or last name, trimmed. Invalid, with our field's name, where it is too long to be one."""
    trimmed = name.strip()
    if len(trimmed) > PERSON_LIMIT or not printable(trimmed):
        raise Invalid(field_name, f"A name may have {PERSON_LIMIT} characters, and none that control anything.")
    return trimmed
