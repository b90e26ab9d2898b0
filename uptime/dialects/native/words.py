"""The native wire's own names, numbers and sentences."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from uptime.domain.errors import NotFound, UptimeError
from uptime.domain.heartbeat import Status
from uptime.domain.monitor import Monitor
from uptime.domain.user import MAY, Role, Scope

Word = Literal["up", "degraded", "down", "unknown"]

STATUS: dict[Status, Word] = {
    Status.UP: "up",
    Status.DEGRADED: "degraded",
    Status.DOWN: "down",
    Status.UNKNOWN: "unknown",
}
"""A status without a word here, pending or maintenance, is told as the settled one before it."""


class Shape(StrEnum):
    """The three forms of an error body."""

    DOCUMENTED = "documented"
    """`{"error": true, "message": text, "status": number}`"""
    CODE = "code"
    """`{"error": text}`: operations that only the original's code has"""
    ADMIN = "admin"
    """`{"message": text}`: everything under `/api/admin`"""


SESSION_COOKIE, TOKEN_COOKIE = "session", "authToken"
"""Login sets both to one value. Logout clears the second only: a client that asks again hears invalid_token."""
SESSION_COOKIE_AGE = 86_400
"""Seconds."""

OWN_COOKIES = ("upspeak", "__Host-upspeak")
"""The cookies of our own pages, whose scripts call this wire too."""

NO_KEY = "Unauthorized. Send an API key as a bearer token or as X-API-Key, or log in."
NO_KEY_FOR_RUN = "Unauthorized. Missing API key for GitHub Actions request."
NO_LOGIN = "Unauthorized. This takes a login; an API key will not do."
WRONG_KEY = "Unauthorized. Invalid API key."

ROLE_NEEDED = {scope: next(role for role in reversed(Role) if scope in MAY[role]) for scope in Scope}
"""The least of the roles that may do what a scope stands for."""

CODE_HEADER = "X-OpenUptimes-Format"
CODE_QUERY = {"/api/status": ("history", "limit", "filterByVisibility"), "/api/services": ("includeDeleted",)}
"""Query parameters that only the original's code has; whoever sends one expects its shape."""

LEGACY_KEY_NAME = "GitHub Actions"
"""The name of a key that a client of the original chose itself, and of which there is one."""
LEGACY_KEY_LOW = 32
"""Characters such a key must have."""

SETTING_NAMES = {"verify_tls": "ignoreTls"}
"""Settings of a check type that are not simply the camel-case of ours; this one also says the opposite."""

RUNS_LIMIT = 1_000
"""The run log holds no more."""

RUN_SOURCE_GITHUB, RUN_SOURCE_OTHER = "github-action", "internal"

DEFAULTS = Monitor(name="", type="http", target={})
"""What a service is that says nothing."""

WITHOUT_URL = frozenset({"push", "group", "manual"})
"""Types that look at nothing outside, so that a service of one needs no URL."""

NOT_FOUND = {
    "monitor": "Service not found", "job": "Job not found", "tag": "Tag not found", "project": "Project not found",
    "maintenance": "Maintenance not found", "session": "There is no such login",
}  # fmt: skip
UNNAMED = "unnamed"
"""The name of what is tried before it has one."""

NAME_TAKEN = "Service with this name already exists"


def sentence(error: UptimeError) -> str:
    """What this wire says for an error of ours."""
    return NOT_FOUND.get(error.noun, error.message) if isinstance(error, NotFound) else error.message


RANGE = re.compile(r"(\d{1,9})([mhdw])", re.ASCII)
RANGE_UNITS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
LONGEST_RANGE = 3_660 * 86_400
"""Seconds."""

RANGE_ENTRIES = {
    "15m": 15, "30m": 30, "1h": 60, "2h": 120, "6h": 360, "12h": 720, "24h": 1_440, "7d": 1_008, "30d": 1_440,
    "90d": 129_600, "all": 129_600,
}  # fmt: skip
"""How many of the newest entries a named range reads where the wire counts instead of measuring."""
ENTRIES_OTHERWISE = 60
ENTRIES_PER_DAY = ((7, 144), (30, 48), (90, 24))
ENTRIES_PER_LONGER_DAY = 12
ENTRIES_LIMIT = 129_600
"""The most entries one answer holds, whatever was asked for."""
CUSTOM_ENTRIES_LOW, CUSTOM_ENTRIES_HIGH = 60, 43_200


def window(text: str | None) -> timedelta | None:
    """The span that a range such as `24h` names; None for anything else, which means no limit."""
    found = RANGE.fullmatch(text or "")
    if found is None:
        return None
    return timedelta(seconds=min(int(found[1]) * RANGE_UNITS[found[2]], LONGEST_RANGE))


def entries(text: str | None) -> int:
    """How many entries a range reads where the wire counts."""
    if text in RANGE_ENTRIES:
        return RANGE_ENTRIES[text]
    found = RANGE.fullmatch(text or "")
    if found is None or found[2] != "d":
        return ENTRIES_OTHERWISE
    days = int(found[1])
    per_day = next((count for limit, count in ENTRIES_PER_DAY if days <= limit), ENTRIES_PER_LONGER_DAY)
    return min(days * per_day, ENTRIES_LIMIT)


CAPITALS = {"ttl": "TTL", "css": "CSS"}


def camel(name: str) -> str:
    """Our name in the wire's spelling: `retry_interval` is `retryInterval`."""
    first, *rest = name.split("_")
    return first + "".join(CAPITALS.get(word, word.capitalize()) for word in rest)
