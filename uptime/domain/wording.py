"""How reasons, numbers, durations and times are said to people, on pages and in messages alike."""

from datetime import datetime, timedelta, tzinfo

from uptime.domain.result import Reason

REASON = {
    Reason.DNS: "Name not found",
    Reason.CONNECT: "Could not connect",
    Reason.TLS: "TLS or certificate",
    Reason.TIMEOUT: "Too slow",
    Reason.PROTOCOL: "Broken answer",
    Reason.REDIRECT: "Redirect",
    Reason.STATUS: "Unexpected status",
    Reason.CONTENT: "Unexpected content",
    Reason.BLOCKED: "Address not allowed",
    Reason.INTERNAL: "Fault of the monitor itself",
}


def milliseconds(value: float | None) -> str:
    """A response time: whole milliseconds, seconds with two decimals from ten seconds on."""
    if value is None:
        return "–"
    return f"{value / 1000:.2f} s" if value >= 10_000 else f"{value:,.0f} ms".replace(",", " ")


def duration(span: timedelta | float) -> str:
    """The two largest units of a span of time (a number is seconds): `3 min 20 s`."""
    left = int(span.total_seconds() if isinstance(span, timedelta) else span)
    if left < 1:
        return "0 s"
    parts = []
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        number, left = divmod(left, seconds)
        parts.append((number, unit))
    first = next(index for index, (number, _) in enumerate(parts) if number)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number)


def counted(number: int, noun: str) -> str:
    """`1 key`, `1,200 keys`: so many of something, whose plural ends in s (after ch in es)."""
    plural = "es" if noun.endswith("ch") else "s"
    return f"{number:,} {noun}{'' if number == 1 else plural}"


def time(at: datetime, zone: tzinfo) -> str:
    """`2 Mar 2026, 10:00:05 UTC`: a moment in a zone that is named, by its offset where it has no letters."""
    local = at.astimezone(zone)
    named = local.tzname() or "UTC"
    return f"{local.day} {local:%b %Y, %H:%M:%S} {'UTC' if named[0] in '+-' else ''}{named}"


def one_line(text: str, limit: int) -> str:
    """The text on one line of at most so many characters, without control characters."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"
