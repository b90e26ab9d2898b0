"""The wording of notifications: templates with named fields, and the title and text of each occasion.

`{name}` stands for what a field holds and `{{` for a brace. Nothing else is replaced: what a field holds is never
looked into again, and there is no way from a field to anything inside it. A line whose fields all hold nothing is left
out.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import cache
from types import MappingProxyType

from uptime.domain.errors import Invalid
from uptime.domain.heartbeat import Status
from uptime.domain.monitor import printable
from uptime.domain.notification import Line, Notification, Occasion
from uptime.domain.result import Phases
from uptime.domain.wording import REASON, duration, milliseconds, one_line, time

TEMPLATE_LIMIT = 8_192
TITLE_LIMIT = 200
TEXT_LIMIT = 60_000
NAME_LIMIT = 100
"""In a title, so that a long name leaves room for what happened to it."""
LINES_IN_FULL = 50
"""Of more changes told together only name and status are said."""
CHANGES_LIMIT = 20_000
"""Characters after which the rest of the changes is counted only."""
VALUE_LIMIT = 4_096
FEW = 6
"""So many monitors are named in a title."""

PHASES = {
    "name_ms": "name look-up",
    "connect_ms": "connect",
    "tls_ms": "TLS",
    "wait_ms": "first byte",
    "receive_ms": "transfer",
}

Field = Callable[[Notification, tzinfo], str]


def checked(template: str, field: str = "template") -> str:
    """The template. Invalid, for that field of ours, where it names a field that there is not."""
    if len(template) > TEMPLATE_LIMIT:
        raise Invalid(field, f"The template is longer than {TEMPLATE_LIMIT} characters.")
    if not printable(template, lines=True):
        raise Invalid(field, "The template holds control characters.")
    for found in re.finditer(r"\{\{|\{([^{}\n]{0,40}\}?)", template):
        named = found[1]
        if named is not None and (not named.endswith("}") or named[:-1] not in FIELDS):
            known = ", ".join(f"{{{name}}}" for name in FIELDS)
            raise Invalid(field, f"There is no field {{{named}. The fields are {known}; a brace is written {{{{.")
    return template


def rendered(template: str, notification: Notification, zone: tzinfo) -> str:
    """The template with its fields filled in, times in that zone."""
    lines, length = [], 0
    for line in _lines(template, cache(lambda name: FIELDS[name](notification, zone))):
        lines.append(line)
        length += len(line) + 1
        if length > TEXT_LIMIT:
            break
    return "\n".join(lines)[:TEXT_LIMIT]


def titled(notification: Notification, zone: tzinfo, template: str = "") -> str:
    """One line for a notification: from the template, or what is said on its occasion."""
    if template and (own := one_line(rendered(template, notification, zone), TITLE_LIMIT)):
        return own
    brief = _with_short_name(notification)
    values = {name: FIELDS[name](brief, zone) for name in FIELDS}
    titles = _wording(notification).titles
    fitting = (title for title in titles if all(values[name] for name in _named(title)))
    return one_line(next(fitting, titles[-1]).format_map(values), TITLE_LIMIT)


def worded(notification: Notification, zone: tzinfo, *, title: str = "", text: str = "") -> Notification:
    """The notification with title and text, each from a template or, without one, as its occasion is usually told."""
    said = rendered(text or _wording(notification).text, notification, zone).strip("\n")
    return replace(notification, title=titled(notification, zone, title), text=said)


def _lines(template: str, value: Callable[[str], str]) -> Iterator[str]:
    """The lines with their fields filled in. One that goes takes a blank line along if it stood between two."""
    gone, blank = False, True
    for line in template.replace("\r\n", "\n").split("\n"):
        values = {name: value(name) for name in _named(line)}
        gone_now = bool(values) and not any(values.values())
        if gone_now or (gone and blank and not line):
            gone = True
            continue
        filled = _filled(line, values)
        gone, blank = False, not line
        yield filled.rstrip(" ") if values else filled


def _named(template: str) -> list[str]:
    return [found[1] for found in _TOKEN.finditer(template) if found[1] in FIELDS]


def _filled(line: str, values: Mapping[str, str]) -> str:
    def put(found: re.Match[str]) -> str:
        return "{" if found[1] is None else values.get(found[1], found[0])

    return _TOKEN.sub(put, line)


def _with_short_name(notification: Notification) -> Notification:
    if notification.subject is None:
        return notification
    return replace(
        notification, subject=replace(notification.subject, name=one_line(notification.subject.name, NAME_LIMIT))
    )


def _subject(name: str) -> Field:
    return lambda notification, _: _line(getattr(notification.subject, name)) if notification.subject else ""


def _message(notification: Notification, _: tzinfo) -> str:
    return _line(notification.seen.message) if notification.seen else ""


def _why(notification: Notification, zone: tzinfo) -> str:
    return _clause(_message(notification, zone))


def _reason(notification: Notification, _: tzinfo) -> str:
    return REASON[notification.seen.reason] if notification.seen and notification.seen.reason else ""


def _status_code(notification: Notification, _: tzinfo) -> str:
    return str(notification.seen.status_code or "") if notification.seen else ""


def _latency(notification: Notification, _: tzinfo) -> str:
    seen = notification.seen
    return milliseconds(seen.latency_ms) if seen and seen.latency_ms is not None else ""


def _phases(notification: Notification, _: tzinfo) -> str:
    return phases_in_words(notification.seen.phases) if notification.seen and notification.seen.phases else ""


def _excerpt(notification: Notification, _: tzinfo) -> str:
    lines = notification.seen.excerpt.splitlines() if notification.seen else []
    return "\n".join(_line(line) for line in lines).strip("\n")


def _since(notification: Notification, zone: tzinfo) -> str:
    return time(notification.since, zone) if notification.since else ""


def _duration(notification: Notification, _: tzinfo) -> str:
    return "" if notification.duration is None else duration(notification.duration)


def _changes(notification: Notification, zone: tzinfo) -> str:
    told, room = [], CHANGES_LIMIT
    for line in notification.lines:
        told.append(_change(line, zone, len(notification.lines) <= LINES_IN_FULL))
        room -= len(told[-1])
        if room < 0:
            break
    more = len(notification.lines) - len(told)
    return "\n".join(told) + (f"\nand {more} more" if more else "")


def _change(line: Line, zone: tzinfo, in_full: bool) -> str:
    told = f"{_line(line.name)} is {line.status.value}"
    if not in_full:
        return told
    return f"{time(line.at, zone)}: {told}" + (f": {_clause(_line(line.message))}" if line.message else "")


def _summary(notification: Notification, _: tzinfo) -> str:
    counts = [(sum(line.status is status for line in notification.lines), status.value) for status in Status]
    return ", ".join(f"{count} {word}" for count, word in sorted(counts, key=lambda each: -each[0]) if count)


def _names(notification: Notification, _: tzinfo) -> str:
    names = list(dict.fromkeys(_line(line.name) for line in notification.lines))
    more = len(names) - FEW
    return ", ".join(names[:FEW]) + (f" and {more} more" if more > 0 else "")


def _line(text: str) -> str:
    return one_line(text, VALUE_LIMIT)


def _clause(sentence: str) -> str:
    """A sentence as it stands after a colon: `Answered 503.` is `answered 503`, while `DNS` stays what it is."""
    bare = sentence.removesuffix(".")
    return bare[0].lower() + bare[1:] if re.match(r"[A-Z]([a-z]+)?[ ,]", bare) else bare


def phases_in_words(phases: Phases) -> str:
    """`name look-up 12 ms, connect 3 ms, first byte 30 ms`: the phases that took any time."""
    taken = ((word, getattr(phases, name)) for name, word in PHASES.items())
    return ", ".join(f"{word} {milliseconds(ms)}" for word, ms in taken if ms > 0)


FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        "name": _subject("name"),
        "type": _subject("type"),
        "address": _subject("address"),
        "link": _subject("link"),
        "status": lambda notification, _: notification.status.value if notification.status else "",
        "before": lambda notification, _: notification.before.value if notification.before else "",
        "since": _since,
        "duration": _duration,
        "reason": _reason,
        "message": _message,
        "why": _why,
        "status_code": _status_code,
        "latency": _latency,
        "phases": _phases,
        "excerpt": _excerpt,
        "event": lambda notification, _: _line(notification.id),
        "occasion": lambda notification, _: notification.occasion.value,
        "time": lambda notification, zone: time(notification.at, zone),
        "count": lambda notification, _: str(len(notification.lines) or ""),
        "summary": _summary,
        "names": _names,
        "changes": _changes,
    }
)
"""What each field stands for; nothing where the notification does not hold it."""

_TOKEN = re.compile(r"\{\{|\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Wording:
    """How an occasion is told: the first title all of whose fields hold something, and the text."""

    titles: tuple[str, ...]
    text: str


_EVIDENCE = """
Reason: {reason}
Status code: {status_code}
Response time: {latency}
Phases: {phases}
Seen: {excerpt}

Address: {address}
{link}"""

_STANDING = "\n\nSince: {since}\nBefore: {before} {duration}"

USUAL: Mapping[Occasion, Wording] = MappingProxyType(
    {
        Occasion.DOWN: Wording(
            ("{name} is down: {why}", "{name} is down"), "{name} is down.\n{message}" + _STANDING + _EVIDENCE
        ),
        Occasion.RECOVERED: Wording(
            ("{name} is up again after {duration}", "{name} is up again"),
            "{name} is up again.\n{message}" + _STANDING + _EVIDENCE,
        ),
        Occasion.DEGRADED: Wording(
            ("{name} is slow: it took {latency}", "{name} is slow"),
            "{name} answers, but slower than it should.\n{message}" + _STANDING + _EVIDENCE,
        ),
        Occasion.STILL_DOWN: Wording(
            ("{name} is still down after {duration}: {why}", "{name} is still down: {why}", "{name} is still down"),
            "{name} is still down.\n{message}\n\nSince: {since}\nFor: {duration}" + _EVIDENCE,
        ),
        Occasion.ACKNOWLEDGED: Wording(
            ("{name}: {why}", "Somebody looks after {name}"),
            "Somebody looks after {name}.\n{message}\n\nNow: {status} {duration}\nSince: {since}\n\n"
            "Address: {address}\n{link}",
        ),
        Occasion.FLAPPING: Wording(
            ("{name} keeps going down and up",),
            "{name} keeps going down and up. Until it is calm, only the most important changes are told.\n{message}\n\n"
            "Now: {status}\nSince: {since}" + _EVIDENCE,
        ),
        Occasion.CERTIFICATE: Wording(
            ("{name}: {why}", "The certificate of {name} needs attention"),
            "The certificate of {name} needs attention.\n{message}\n\nAddress: {address}\n{link}",
        ),
        Occasion.SEVERAL: Wording(
            ("{count} changes, {summary}: {names}", "Several monitors changed"),
            "{count} changes within a short time: {summary}\n\n{changes}",
        ),
        Occasion.OPERATOR: Wording(
            ("Upspeak: {why}", "A message from Upspeak"), "A message from Upspeak itself.\n{message}\n\nTime: {time}"
        ),
        Occasion.TEST: Wording(
            ("Test message about {name}", "Test message from Upspeak"),
            "This is a test: messages from Upspeak arrive here.\n{message}\n\n"
            "Monitor: {name}\nAddress: {address}\n{link}",
        ),
    }
)
"""How every occasion is told where nobody wrote a template."""

FAST_AGAIN = Wording(
    ("{name} is fast again after {duration}", "{name} is fast again"),
    "{name} is fast again.\n{message}" + _STANDING + _EVIDENCE,
)
"""A recovery from slowness: the monitor was up all the time."""


def _wording(notification: Notification) -> Wording:
    if notification.occasion is Occasion.RECOVERED and notification.before is Status.DEGRADED:
        return FAST_AGAIN
    return USUAL[notification.occasion]
