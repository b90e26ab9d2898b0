"""What a check saw, before anybody judges it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Reason(StrEnum):
    """Why a check failed: the same ten words in every room."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    REDIRECT = "redirect"
    STATUS = "status"
    CONTENT = "content"
    BLOCKED = "blocked"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Phases:
    """Where the time went, each a duration in milliseconds; their sum is the latency.

    With redirects each phase is the sum over all hops.
    """

    name_ms: float = 0.0
    connect_ms: float = 0.0
    tls_ms: float = 0.0
    wait_ms: float = 0.0
    receive_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Certificate:
    """Facts of the certificate a target showed, whether or not it could be verified."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    fingerprint: str
    """SHA-256 of the leaf in lower-case hexadecimal."""
    chain: tuple[str, ...] = ()
    """Subjects from the leaf to the last certificate that was sent."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one look at a target found.

    `message` is a sentence for a person, at most 200 characters and without secrets.
    `evidence` is a short excerpt of the response, kept only for failures.
    `facts` are small findings of a check type, such as DNS records.
    `degraded`: good, but less than it should be.
    """

    ok: bool
    message: str
    latency_ms: float
    reason: Reason | None = None
    status_code: int | None = None
    phases: Phases | None = None
    certificate: Certificate | None = None
    address: str | None = None
    evidence: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    degraded: bool = False


MESSAGE_LIMIT = 200
EVIDENCE_LIMIT = 1_000
