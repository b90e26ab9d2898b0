"""Who may do what, and with which credentials."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FIRST_ACCOUNT = 1

PASSWORD_LOW, PASSWORD_HIGH = 8, 1_024
SESSION_IDLE = timedelta(days=7)
SESSION_LIFE = timedelta(days=30)
LOGIN_FAILURES, LOGIN_WINDOW = 10, timedelta(minutes=15)


class Scope(StrEnum):
    """What a key opens. `admin` holds `write`, which holds `read` and `ping`; the last two stand alone."""

    READ = "read"
    PING = "ping"
    WRITE = "write"
    ADMIN = "admin"


HOLDS = {
    Scope.READ: frozenset({Scope.READ}),
    Scope.PING: frozenset({Scope.PING}),
    Scope.WRITE: frozenset({Scope.READ, Scope.PING, Scope.WRITE}),
    Scope.ADMIN: frozenset(Scope),
}


class KeyShape(StrEnum):
    """How a key's secret looks, for clients that judge keys by their looks; any shape opens every wire."""

    UPSPEAK = "upspeak"
    UPTIMEROBOT = "uptimerobot"
    KUMA = "kuma"
    UPTIMECOM = "uptimecom"


@dataclass(frozen=True, slots=True)
class User:
    """A person. `password_hash` is an argon2id string and never leaves the core."""

    id: int
    account: int
    name: str
    email: str
    password_hash: str
    created_at: datetime
    password_changed_at: datetime


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


@dataclass(frozen=True, slots=True)
class Session:
    """A login. `digest` is the SHA-256 of the token the browser holds; `anti_forgery` goes into forms."""

    digest: str
    user_id: int
    account: int
    created_at: datetime
    seen_at: datetime
    anti_forgery: str

    def alive(self, now: datetime) -> bool:
        return now - self.seen_at < SESSION_IDLE and now - self.created_at < SESSION_LIFE


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever made a request, once the credentials have been looked at.

    A session may do everything its user may; a key what its scope holds. `name` is for logs.
    """

    account: int
    scope: Scope
    name: str
    session: Session | None = None
    monitor_id: int | None = None

    def may(self, scope: Scope) -> bool:
        return scope in HOLDS[self.scope]

    def sees(self, monitor_id: int) -> bool:
        """Whether a key bound to one monitor covers this one."""
        return self.monitor_id is None or self.monitor_id == monitor_id
