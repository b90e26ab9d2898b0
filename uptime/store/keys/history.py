"""Keys of what was seen, heard and said of each monitor, and of what that amounts to."""

from dataclasses import dataclass

HOUR_MS = 3_600_000
DAY_MS = 86_400_000

HOURS_A_STRING = 240
"""Hours whose counts share one string."""

DAYS_A_STRING = 128
"""Days whose counts share one string."""

HOURS_A_HASH = 24
"""Hours whose latencies share one hash: a day."""

DAYS_A_HASH = 32
"""Days whose latencies share one hash."""

COUNT_FIELDS = 6
"""Counters of 16 bits in each hour and day: up, degraded, down, maintenance, unknown, extra."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days each kind of history is kept; heartbeats have the TTL of their account instead."""

    hour_days: int = 90
    day_days: int = 400
    change_days: int = 400
    evidence_days: int = 90


# Heartbeats, one monitor and location each


def state(monitor_id: int, location: str) -> str:
    """String: the packed State, its version in the first four bytes. No expiry."""
    return f"up:{{m{monitor_id}}}:state:{location}"


def chunk(monitor_id: int, location: str, start: int, span: int) -> str:
    """Sorted set. Score: planned time in ms since start, and a half for an extra. Member: one packed heartbeat.

    Expires the TTL after its last heartbeat can have ended. `start` and `span` in seconds.
    """
    return f"up:{{m{monitor_id}}}:beats:{location}:{start}:{span}"


def chunks(monitor_id: int, location: str) -> str:
    """Sorted set: the chunks that exist. Member: `start:span`. Score: the second by which its heartbeats have ended.

    Those past the TTL leave when the next chunk opens. No expiry.
    """
    return f"up:{{m{monitor_id}}}:chunks:{location}"


def evidence(monitor_id: int, location: str) -> str:
    """Sorted set: texts of failures. Score: planned ms. Member: planned ms, reason, message, excerpt, packed.

    At most 5,000; expires evidence_days after the last.
    """
    return f"up:{{m{monitor_id}}}:evidence:{location}"


def changes(monitor_id: int, location: str) -> str:
    """Sorted set: changes of the settled status as JSON. Score: ms. Expires change_days after the last."""
    return f"up:{{m{monitor_id}}}:changes:{location}"


def outages(monitor_id: int, location: str) -> str:
    """Sorted set: packed outages. Score: start in ms. Expires change_days after the last one ended."""
    return f"up:{{m{monitor_id}}}:outages:{location}"


def tokens(monitor_id: int, location: str) -> str:
    """Sorted set: tokens of extras on record, so that a repeat is known. Score: ms. At most 1,000; expires in a day."""
    return f"up:{{m{monitor_id}}}:tokens:{location}"


def certificate(monitor_id: int, location: str) -> str:
    """String: the newest certificate as JSON. No expiry."""
    return f"up:{{m{monitor_id}}}:certificate:{location}"


def locations(monitor_id: int) -> str:
    """Set: the locations that have heartbeats on record. No expiry."""
    return f"up:{{m{monitor_id}}}:locations"


# What was heard and said of monitors that run no check


def push(monitor_id: int) -> str:
    """String: Heard as JSON: when a push monitor last reported, how, and its runs. No expiry."""
    return f"up:{{m{monitor_id}}}:push"


def push_log(monitor_id: int) -> str:
    """List: pushes as JSON, newest first. At most 100."""
    return f"up:{{m{monitor_id}}}:push:log"


def push_token(digest: str) -> str:
    """String: the monitor's id, by the SHA-256 of its token. No expiry."""
    return f"up:push:{digest}"


def listening() -> str:
    """String: ms since when pushes can have been heard: before, nobody may have been there. No expiry."""
    return "up:listening"


def stance(monitor_id: int) -> str:
    """String: the Stance of a manual monitor as JSON. No expiry."""
    return f"up:{{m{monitor_id}}}:stance"


# Rollups, one monitor and location each


def hour_counts(monitor_id: int, location: str, hour: int) -> str:
    """String: the counts of 240 hours, big-endian. `hour` since 1970. Expires hour_days after its last hour."""
    return f"up:{{m{monitor_id}}}:hours:{location}:{hour // HOURS_A_STRING}"


def day_counts(monitor_id: int, location: str, day: int) -> str:
    """String: the counts of 128 days, big-endian. `day` since 1970. Expires day_days after its last day."""
    return f"up:{{m{monitor_id}}}:days:{location}:{day // DAYS_A_STRING}"


def hour_latencies(monitor_id: int, location: str, hour: int) -> str:
    """Hash: packed latencies by hour of one day, a byte. `hour` since 1970. Expires hour_days after its day."""
    return f"up:{{m{monitor_id}}}:hourms:{location}:{hour // HOURS_A_HASH}"


def day_latencies(monitor_id: int, location: str, day: int) -> str:
    """Hash: packed latencies by day of 32 days, a byte. `day` since 1970. Expires day_days after its last day."""
    return f"up:{{m{monitor_id}}}:dayms:{location}:{day // DAYS_A_HASH}"


def rollups(monitor_id: int, location: str) -> str:
    """Sorted set: the four kinds of keys above that exist. Score: the second at which each expires. No expiry."""
    return f"up:{{m{monitor_id}}}:rollups:{location}"
