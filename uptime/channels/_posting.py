"""Handing a message to a web service: one request, and whether its answer means that it was accepted."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

from uptime.channels._facts import clean, cut
from uptime.domain import fields
from uptime.domain.errors import DeliveryFailed, Invalid
from uptime.domain.masking import MASK
from uptime.outbound import Answer, Outbound

EVENT = "X-Upspeak-Event"
"""The header that holds the event's id."""

PASSING = frozenset({408, 425, 429})
"""The refusals among 4xx that another time may not meet."""

MOVED = frozenset({301, 308})
"""The redirects that are there to stay."""

LONGEST_PAUSE = 86_400.0
EXPLANATION_LIMIT = 200
SECRET_PART = 6
"""Parts of a secret address that are shorter are words such as `api`."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to a service: its name for people, where, and what; bytes as they are, fields as JSON or `form`."""

    service: str
    url: str
    content: Mapping[str, Any] | bytes
    event: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    form: bool = False


def deliver(message: Message, settings: Any, out: Outbound) -> Answer:
    """Send it. DeliveryFailed: it was not accepted; the sentence holds nothing that is secret in the settings."""
    try:
        answer = out.send(message.method, message.url, headers=_headers(message), body=_written(message))
    except Invalid:
        raise DeliveryFailed(f"The address of {message.service} cannot be used.", permanent=True) from None
    if 300 <= answer.status < 400:
        raise _redirected(message, answer)
    if not 200 <= answer.status < 300:
        raise refused(message, settings, answer, answer.status)
    return answer


def refused(message: Message, settings: Any, answer: Answer, status: int) -> DeliveryFailed:
    """The failure that an answer means, with what the service says about it. `status` as in HTTP."""
    passing = status in PASSING or status >= 500
    said = explained(answer)
    for secret in sorted(_secrets(message, settings), key=len, reverse=True):
        said = said.replace(secret, MASK)
    told = cut(said, EXPLANATION_LIMIT).rstrip(".")
    sentence = f"{message.service} did not accept the message ({status})"
    return DeliveryFailed(
        f"{sentence}: {told}." if told else f"{sentence}.",
        permanent=not passing,
        retry_after=pause(answer) if passing else None,
    )


def read(answer: Answer) -> dict[str, Any]:
    """The object that an answer holds as JSON, empty where it holds none."""
    try:
        found = json.loads(answer.text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def explained(answer: Answer) -> str:
    """What the service says about its answer, in one line: from its JSON, or the whole of a short plain text."""
    found = read(answer)
    for key in ("errors", "errorDescription", "description", "message", "error"):
        if told := _sentence(found.get(key)):
            return told
    plain = answer.text if "html" not in answer.content_type and len(answer.body) <= EXPLANATION_LIMIT else ""
    return "" if found or "<" in plain else _sentence(plain)


def pause(answer: Answer) -> float | None:
    """The seconds that the service asks to be left alone, in whichever of their ways it says so."""
    found = read(answer)
    parameters = found.get("parameters")
    told = [
        found.get("retry_after"),
        parameters.get("retry_after") if isinstance(parameters, dict) else None,
        _seconds(found.get("retry_after_ms"), 1000),
        _in_header(answer),
    ]
    return next((seconds for value in told if (seconds := _seconds(value)) is not None), None)


def _sentence(value: Any) -> str:
    """One line of what stands in an answer: a text, or the texts in a list or an object."""
    if isinstance(value, dict):
        value = [f"{key}: {told}" for key, told in value.items() if isinstance(told, str)]
    if isinstance(value, list):
        value = "; ".join(one for one in value if isinstance(one, str))
    return " ".join(clean(value).split()) if isinstance(value, str) else ""


def _headers(message: Message) -> dict[str, str]:
    kind = "application/x-www-form-urlencoded" if message.form else "application/json"
    return {"Content-Type": kind, EVENT: message.event, **message.headers}


def _written(message: Message) -> bytes:
    if isinstance(message.content, bytes):
        return message.content
    if message.form:
        return urlencode(message.content, errors="replace").encode()
    return json.dumps(message.content, ensure_ascii=False).encode("utf-8", "replace")


def _redirected(message: Message, answer: Answer) -> DeliveryFailed:
    try:
        where = urlsplit(urljoin(message.url, answer.headers.get("location", ""))).hostname or ""
    except ValueError:
        where = ""
    to = f" to {where[:253]}" if where else ""
    return DeliveryFailed(
        f"{message.service} answered with a redirect{to} ({answer.status}), which is not followed. Set the address "
        "it leads to.",
        permanent=answer.status in MOVED,
    )


def _secrets(message: Message, settings: Any) -> Iterator[str]:
    """What must not be repeated: every secret setting, the parts of one that is an address, what headers held."""
    for name in fields.secrets(type(settings)):
        yield from _parts(str(getattr(settings, name)))
    for value in message.headers.values():
        yield from _parts(value.rpartition(" ")[2])


def _parts(secret: str) -> Iterator[str]:
    if not secret:
        return
    yield from (secret, quote(secret, safe=""))
    if "://" in secret:
        place = urlsplit(secret)
        for part in re.split(r"[/?&=]", f"{place.path}?{place.query}"):
            if len(part) >= SECRET_PART:
                yield from (part, unquote(part))


def _in_header(answer: Answer) -> float | None:
    value = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", value):
        return float(value)
    until, from_ = _moment(value), _moment(answer.headers.get("date", "")) or datetime.now(UTC)
    return max((until - from_).total_seconds(), 0) if until else None


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _seconds(value: Any, share: float = 1) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        return None
    return min(value, LONGEST_PAUSE * share) / share
