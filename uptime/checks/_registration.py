"""What a registry says about a domain."""

from dataclasses import dataclass
from datetime import UTC, datetime

from uptime.checks._kind import CheckFailed
from uptime.checks._text import said
from uptime.domain.result import Reason

FORMATS = (
    "%d-%b-%Y", "%Y.%m.%d", "%d.%m.%Y", "%Y/%m/%d", "%d/%m/%Y", "%Y%m%d", "%d-%m-%Y", "%B %d %Y", "%d %B %Y",
    "%a %b %d %Y", "%Y. %m. %d.",
)  # fmt: skip
"""How registries write days, beside the way of ISO 8601."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A domain that is registered. `states` are the registry's words for how it stands."""

    expires: datetime
    source: str
    registrar: str = ""
    states: tuple[str, ...] = ()


def unregistered(domain: str) -> CheckFailed:
    """What to say when a registry does not know a domain."""
    return CheckFailed(
        Reason.CONTENT, f"The registry does not know {said(domain, 80)}: it is not registered, or no domain of its own."
    )


def moment(text: str) -> datetime | None:
    """The moment that a registry means, in UTC unless it says otherwise; None: it is none."""
    trimmed = text[:60].strip()
    for candidate in (trimmed, trimmed.partition(" ")[0], trimmed.replace(" ", "T", 1).rstrip("ZUTC ")):
        try:
            return _aware(datetime.fromisoformat(candidate))
        except ValueError:
            continue
    words = trimmed.replace(",", " ").split()
    for day in (" ".join(words[:3]), words[0] if words else "", " ".join([*words[:3], *words[-1:]])):
        for form in FORMATS:
            try:
                return _aware(datetime.strptime(day, form))  # noqa: DTZ007 - made aware at once
            except ValueError:
                continue
    return None


def _aware(found: datetime) -> datetime:
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
