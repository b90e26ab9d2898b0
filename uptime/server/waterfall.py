"""What one look found, for a terminal: the status, the phases as bars one after the other, and the facts."""

from collections.abc import Iterator
from datetime import datetime

import click

from uptime.core.trying import Look
from uptime.domain.heartbeat import Status
from uptime.domain.result import Certificate, Phases
from uptime.domain.template import PHASES
from uptime.domain.wording import REASON

LABEL, NUMBER, NARROWEST = 14, 11, 10
COLOURS = {Status.UP: "green", Status.DEGRADED: "yellow", Status.DOWN: "red"}
FEW_NAMES = 5


def lines(look: Look, encoding: str | None, columns: int) -> Iterator[str]:
    """The lines, at most so many columns wide where they hold bars."""
    result = look.result
    status = click.style(f"{look.status.value:<{LABEL}}", fg=COLOURS.get(look.status), bold=True)
    yield f"{status}{_clean(result.message)}" + (f" ({REASON[result.reason]})" if result.reason else "")
    yield _fact("address", look.address + (f" at {result.address}" if result.address else ""))
    for number, hop in enumerate(result.facts.get("redirects", "").splitlines()):
        yield _fact("redirects" if not number else "", hop)
    if result.phases is not None and result.latency_ms:
        yield ""
        yield from _bars(result.phases, _block(encoding), max(NARROWEST, columns - LABEL - NUMBER - 2))
        yield f"{'in all':<{LABEL}}{result.latency_ms:>{NUMBER - 3},.1f} ms"
    yield from _facts(look)


def _facts(look: Look) -> Iterator[str]:
    result = look.result
    facts = {name: value for name, value in result.facts.items() if name != "redirects"}
    if result.certificate or facts or result.evidence:
        yield ""
    if result.certificate:
        yield from _certificate(result.certificate, look.at)
    for name, value in facts.items():
        yield from _several(name, value)
    if result.evidence:
        yield from _several("seen", result.evidence)


def _several(name: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines()):
        yield _fact("" if number else name, line)


def _bars(phases: Phases, block: str, width: int) -> Iterator[str]:
    parts = [(word, getattr(phases, name)) for name, word in PHASES.items()]
    total = sum(ms for _, ms in parts)
    before = 0.0
    for word, ms in parts:
        if ms > 0:
            first = min(int(width * before / total), width - 1)
            last = max(first + 1, round(width * (before + ms) / total))
            yield f"{word:<{LABEL}}{ms:>{NUMBER - 3},.1f} ms  {' ' * first}{block * (last - first)}"
        before += ms


def _certificate(certificate: Certificate, now: datetime) -> Iterator[str]:
    left = (certificate.not_after - now).days
    lasts = f"ends {certificate.not_after:%Y-%m-%d}, in {left} days"
    if left < 0:
        lasts = f"ended {certificate.not_after:%Y-%m-%d}, {-left} days ago"
    yield _fact("certificate", f"{certificate.subject}, {lasts}")
    yield _fact("", f"issued by {certificate.issuer}")
    more = len(certificate.names) - FEW_NAMES
    names = ", ".join(certificate.names[:FEW_NAMES]) + (f" and {more} more" if more > 0 else "")
    if names:
        yield _fact("", f"for {names}")


def _fact(label: str, text: str) -> str:
    return f"{label:<{LABEL}}{_clean(text)}"


def _clean(text: str) -> str:
    # What a target sends must not reach the terminal as commands.
    return "".join(char if char.isprintable() else " " for char in text)


def _block(encoding: str | None) -> str:
    try:
        "\u2588".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return "#"
    return "\u2588"
