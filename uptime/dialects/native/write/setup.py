"""Setting up, logging in, and what the server says about itself."""

from typing import Literal

from uptime.dialects.native.write import Wire


class SetupStatus(Wire):
    """Whether there is an administrator; both keys say the same."""

    completed: bool
    setup_complete: bool


class WasReset(Wire):
    """Everything of ours is gone; `keysDeleted` counts it."""

    success: Literal[True]
    message: str
    keys_deleted: int


class RuntimeInfo(Wire):
    """What runs this."""

    node_version: str
    platform: str
    env: str


class Environment(Wire):
    """Whether this runs without processes of its own."""

    is_edge_runtime: bool
    is_vercel: bool
    runtime_info: RuntimeInfo


class StoreReached(Wire):
    """The store answers; both forms at once."""

    connected: Literal[True]
    ping: Literal["PONG"]
    success: Literal[True]
    message: str
    ping_result: Literal["PONG"]


class StoreAway(Wire):
    """The store does not answer."""

    connected: Literal[False]
    success: Literal[False]
    error: Literal[True]
    message: str
    status: int


class Valid(Wire):
    """The credentials are good."""

    valid: Literal[True]


class NotValid(Wire):
    """The credentials are not good, or could not be looked at."""

    valid: Literal[False]
    reason: Literal["no_token", "invalid_token", "server_error"]


class StoreAddress(Wire):
    """The store's address with its password masked."""

    message: str
    redis_url: str


class Title(Wire):
    """The title of a page, null where it has none."""

    title: str | None


class Ttl(Wire):
    """How long checks are kept, in seconds; 0 is without limit."""

    ttl: int
    unlimited: bool


class TtlSaved(Wire):
    """How long checks are kept from now on."""

    success: Literal[True]
    ttl: int
    unlimited: bool
    message: str


STORE_REACHED = StoreReached(
    connected=True, ping="PONG", success=True, message="Redis connection successful", ping_result="PONG"
)


def store_away(message: str) -> StoreAway:
    return StoreAway(connected=False, success=False, error=True, message=message, status=500)


def setup_status(complete: bool) -> SetupStatus:
    return SetupStatus(completed=complete, setup_complete=complete)


def ttl(seconds: int) -> Ttl:
    return Ttl(ttl=seconds, unlimited=seconds == 0)


def ttl_saved(seconds: int) -> TtlSaved:
    return TtlSaved(success=True, ttl=seconds, unlimited=seconds == 0, message=ttl_message(seconds))


def ttl_message(seconds: int) -> str:
    """The exact sentence."""
    return f"History TTL set to {f'{seconds} seconds' if seconds else 'unlimited'}"
