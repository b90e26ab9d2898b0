"""What a look at something found that is no service, or not yet."""

from typing import Any, Literal

from pydantic import Field

from uptime.core.trying import Look
from uptime.dialects.native.words import Word
from uptime.dialects.native.write import Wire, iso, ms
from uptime.dialects.native.write.history import word
from uptime.domain.heartbeat import ANSWERING
from uptime.domain.result import Certificate as DomainCertificate
from uptime.domain.result import Phases as DomainPhases
from uptime.domain.result import Reason


class Phases(Wire):
    """Where the time went, in milliseconds; with redirects each is the sum over all hops."""

    name: float
    connect: float
    tls: float
    first_byte: float
    transfer: float


class Certificate(Wire):
    """The certificate that was shown, valid or not; `chain` are the subjects from the leaf on."""

    subject: str
    issuer: str
    names: list[str]
    not_before: str
    not_after: str
    fingerprint: str
    chain: list[str]


class Found(Wire):
    """What was found. `error` and `errorClass` say why it failed, `evidence` is an excerpt of the answer.

    `facts` are small findings of the check type; `redirects` are the hops, each with the status that led there.
    """

    type: str
    url: str
    status: Word
    timestamp: int
    response_time: float
    message: str
    error: str = ""
    error_class: Reason = Reason.INTERNAL
    status_code: int = 0
    address: str = ""
    phases: Phases | None = None
    certificate: Certificate | None = None
    evidence: str = ""
    redirects: list[str] = Field(default_factory=list)
    facts: dict[str, str] = Field(default_factory=dict)
    trace: list[str]


class Tried(Wire):
    """The answer to a look at what is not stored."""

    success: Literal[True]
    found: Found


def tried(look: Look) -> Tried:
    """A look as this wire tells it; what was not met on the way is left out."""
    result = look.result
    facts, failed = dict(result.facts), look.status not in ANSWERING
    known: dict[str, Any] = {
        "status_code": result.status_code,
        "address": result.address,
        "phases": _phases(result.phases) if result.phases else None,
        "certificate": _certificate(result.certificate) if result.certificate else None,
        "error": result.message if failed else None,
        "error_class": result.reason if failed else None,
        "evidence": result.evidence,
        "redirects": facts.pop("redirects", "").splitlines(),
        "facts": facts,
    }
    found = Found(
        type=look.type,
        url=look.address,
        status=word(look.status),
        timestamp=ms(look.at),
        response_time=round(result.latency_ms, 1),
        message=result.message,
        trace=list(look.trace),
        **{name: value for name, value in known.items() if value},
    )
    return Tried(success=True, found=found)


def _phases(phases: DomainPhases) -> Phases:
    return Phases(
        name=round(phases.name_ms, 1),
        connect=round(phases.connect_ms, 1),
        tls=round(phases.tls_ms, 1),
        first_byte=round(phases.wait_ms, 1),
        transfer=round(phases.receive_ms, 1),
    )


def _certificate(certificate: DomainCertificate) -> Certificate:
    return Certificate(
        subject=certificate.subject,
        issuer=certificate.issuer,
        names=list(certificate.names),
        not_before=iso(certificate.not_before) or "",
        not_after=iso(certificate.not_after) or "",
        fingerprint=certificate.fingerprint,
        chain=list(certificate.chain),
    )
