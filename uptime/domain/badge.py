"""What a badge says: the label, the message and the colours that follow from a figure and from a reader's wishes."""

import colorsys
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from uptime.domain.errors import Invalid
from uptime.domain.heartbeat import ANSWERING, Status

UP, DOWN, WARN, PENDING, MAINTENANCE = "#66c20a", "#c2290a", "#eed202", "#f8a306", "#1747f5"
PARTIAL, IDLE = "#f6be00", "#808080"
GREY, BLUE, DARK = "#999", "#007ec6", "#555"

NAMES = {
    "brightgreen": "#4c1", "green": "#97ca00", "yellow": "#dfb317", "yellowgreen": "#a4a61d", "orange": "#fe7d37",
    "red": "#e05d44", "blue": BLUE, "grey": DARK, "gray": DARK, "lightgrey": "#9f9f9f", "lightgray": "#9f9f9f",
    "critical": "#e05d44", "important": "#fe7d37", "success": "#4c1", "informational": BLUE, "inactive": "#9f9f9f",
}  # fmt: skip

HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})")
WARN_DAYS, DOWN_DAYS = 14, 7


class Style(StrEnum):
    """How a badge is drawn."""

    PLASTIC = "plastic"
    FLAT = "flat"
    FLAT_SQUARE = "flat-square"
    FOR_THE_BADGE = "for-the-badge"
    SOCIAL = "social"


class Kind(StrEnum):
    """What a badge of a monitor is about."""

    STATUS = "status"
    UPTIME = "uptime"
    PING = "ping"
    AVG_RESPONSE = "avg-response"
    RESPONSE = "response"
    CERT_EXP = "cert-exp"


@dataclass(frozen=True, slots=True)
class Badge:
    """What a badge says. Colours are in hexadecimal; without a label only the message is drawn."""

    label: str
    message: str
    colour: str
    label_colour: str = DARK
    style: Style = Style.FLAT


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a reader wants different; None leaves a thing as it is. `words` and `colours` are by status."""

    style: Style = Style.FLAT
    label: str | None = None
    label_prefix: str = ""
    label_suffix: str | None = None
    prefix: str = ""
    suffix: str | None = None
    colour: str | None = None
    label_colour: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    colours: Mapping[str, str] = field(default_factory=dict)
    warn_days: int = WARN_DAYS
    down_days: int = DOWN_DAYS


KINDS = ("up", "down", "pending", "maintenance", "warn", "partial", "degraded")


def wishes(asked: Mapping[str, str]) -> Wishes:
    """The wishes in the query of a badge's address. Invalid: there is no such style."""
    style = asked.get("style") or Style.FLAT
    if style not in set(Style):
        raise Invalid("style", f"Field `style` must be one of ({','.join(Style)})")
    return Wishes(
        style=Style(style),
        label=asked.get("label"),
        label_prefix=asked.get("labelPrefix", ""),
        label_suffix=asked.get("labelSuffix"),
        prefix=asked.get("prefix", ""),
        suffix=asked.get("suffix"),
        colour=asked.get("color"),
        label_colour=asked.get("labelColor"),
        words={kind: asked[f"{kind}Label"] for kind in KINDS if f"{kind}Label" in asked},
        colours={kind: asked[f"{kind}Color"] for kind in KINDS if f"{kind}Color" in asked},
        warn_days=_days(asked.get("warnDays"), WARN_DAYS),
        down_days=_days(asked.get("downDays"), DOWN_DAYS),
    )


def colour(wanted: str | None, otherwise: str) -> str:
    """A colour by name or in hexadecimal, with or without its `#`; anything else is the other one."""
    text = (wanted or "").strip().lower()
    if text in NAMES:
        return NAMES[text]
    found = HEX.fullmatch(text)
    return f"#{found[1]}" if found else otherwise


def of_ratio(ratio: float) -> str:
    """The colour of a ratio from 0 to 1: from red over yellow to green."""
    parts = colorsys.hls_to_rgb((80 * ratio + 10) / 360, 0.4, 0.9)
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time as it was asked for: `7d` is 7 and `d`."""

    number: int
    unit: str

    @property
    def length(self) -> timedelta:
        return self.number * UNITS[self.unit]


UNITS = {
    "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1),
    "w": timedelta(days=7), "M": timedelta(days=30), "y": timedelta(days=365),
}  # fmt: skip
LIMITS = {
    "m": ("minutes", timedelta(minutes=1_440)), "h": ("hours", timedelta(hours=720)), "d": ("days", timedelta(days=365))
}  # fmt: skip
PERIOD = re.compile(r"(\d{1,9})([^\W\d_]?)", re.ASCII)
LAST_DAY = Period(24, "h")


def period(text: str | None) -> Period:
    """The span that a text names; a bare number counts hours, and without a text it is a day. Invalid."""
    if not text:
        return LAST_DAY
    found = PERIOD.fullmatch(text)
    if found is None or not int(found[1]):
        raise Invalid("duration", f"Invalid duration: {text}")
    unit = found[2] or "h"
    if unit not in UNITS:
        raise Invalid("duration", f"Unsupported unit ({unit}) for badge duration {text}")
    made = Period(int(found[1]), unit)
    counted = unit if unit in LIMITS else "d"
    name, longest = LIMITS[counted]
    # Compared before it is multiplied: a large number of years is no span that Python can hold.
    if made.number > longest // UNITS[unit]:
        raise Invalid("duration", f"The maximum number of {name} is {longest // UNITS[counted]}")
    return made


def unavailable(wish: Wishes) -> Badge:
    """What is said of a monitor that readers may not see, of one that does not exist, and where nothing is known."""
    return Badge("", "N/A", GREY, style=wish.style)


STATUS_WORDS = {
    Status.UP: ("up", "Up", UP),
    Status.DEGRADED: ("up", "Up", UP),
    Status.DOWN: ("down", "Down", DOWN),
    Status.PENDING: ("pending", "Pending", PENDING),
    Status.MAINTENANCE: ("maintenance", "Maintenance", MAINTENANCE),
}


def of_status(status: Status, wish: Wishes) -> Badge:
    """Where a monitor stands. A slow answer is one, unless the reader has a word for it."""
    if status not in STATUS_WORDS:
        return unavailable(wish)
    kind, word, shade = STATUS_WORDS[status]
    if status is Status.DEGRADED and "degraded" in wish.words.keys() | wish.colours.keys():
        kind, word, shade = "degraded", "Degraded", PARTIAL
    return _badge(_label("Status", wish), wish.words.get(kind, word), colour(wish.colours.get(kind), shade), wish)


def of_overall(statuses: Iterable[Status], wish: Wishes) -> Badge:
    """Several monitors in one word; pending ones and those nobody has checked do not count."""
    found = set(statuses) - {Status.PENDING, Status.UNKNOWN}
    if not found:
        return unavailable(wish)
    if Status.MAINTENANCE in found:
        kind, word, shade = "maintenance", "Maintenance", IDLE
    elif Status.DOWN not in found:
        kind, word, shade = ("partial", "Degraded", PARTIAL) if Status.DEGRADED in found else ("up", "Up", UP)
    elif found & ANSWERING:
        kind, word, shade = "partial", "Degraded", PARTIAL
    else:
        kind, word, shade = "down", "Down", DOWN
    label = _label("", wish)
    return _badge(label, wish.words.get(kind, word), colour(wish.colours.get(kind), shade), wish)


def of_uptime(ratio: float | None, span: Period, wish: Wishes) -> Badge:
    """A share of time in per cent with four digits; what is not all is never rounded up to all."""
    if ratio is None:
        return unavailable(wish)
    percent = min(100 * ratio, 99.99) if ratio < 1 else 100.0
    return _figure("Uptime", f"{percent:#.4g}", "%", span, colour(wish.colour, of_ratio(ratio)), wish)


def of_ping(mean_ms: float | None, span: Period, wish: Wishes, name: str = "Avg. Ping") -> Badge:
    """The mean response time of a span."""
    if mean_ms is None:
        return unavailable(wish)
    return _figure(name, str(int(mean_ms)), "ms", span, colour(wish.colour, BLUE), wish)


def of_response(latency_ms: float | None, wish: Wishes) -> Badge:
    """The newest response time."""
    if latency_ms is None:
        return unavailable(wish)
    label = _label("Response", wish) + (wish.label_suffix or "")
    return _badge(label, _value(str(int(latency_ms)), "ms", wish), colour(wish.colour, BLUE), wish)


def of_certificate(days: int | None, valid: bool, wish: Wishes, until: str | None = None) -> Badge:
    """How long a certificate is still good. `days` None: none was seen; with `until` the date is told instead."""
    label = _label("Cert Exp.", wish)
    down = colour(wish.colours.get("down"), DOWN)
    if days is None:
        return _badge(label, "No/Bad Cert", GREY, wish)
    if not valid:
        return _badge(label, "Bad Cert", down, wish)
    shade = down
    if days > wish.warn_days:
        shade = colour(wish.colours.get("up"), UP)
    elif days > wish.down_days:
        shade = colour(wish.colours.get("warn"), WARN)
    message = _value(str(days), " days", wish) if until is None else _value(until, "", wish)
    return _badge(label, message, shade, wish)


def _figure(name: str, value: str, unit: str, span: Period, shade: str, wish: Wishes) -> Badge:
    suffix = span.unit if wish.label_suffix is None else wish.label_suffix
    return _badge(_label(f"{name} ({span.number}{suffix})", wish), _value(value, unit, wish), shade, wish)


def _label(otherwise: str, wish: Wishes) -> str:
    return wish.label_prefix + (otherwise if wish.label is None else wish.label)


def _value(value: str, unit: str, wish: Wishes) -> str:
    return wish.prefix + value + (unit if wish.suffix is None else wish.suffix)


def _badge(label: str, message: str, shade: str, wish: Wishes) -> Badge:
    return Badge(label, message, shade, colour(wish.label_colour, DARK), wish.style)


def _days(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,5}", text) else otherwise
