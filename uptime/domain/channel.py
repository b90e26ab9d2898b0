"""Ways to reach people, the rules by which each is used, and which of them a monitor uses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from uptime.domain.errors import Invalid
from uptime.domain.monitor import JsonValue, checked_name
from uptime.domain.notification import Occasion
from uptime.domain.route import Route

LONGEST_WAIT = 7 * 86_400
TEMPLATE_LIMIT = 4_000
MEMBERS_LIMIT = 100


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A part of each day in which nothing is sent; it may pass midnight. `zone` is an IANA name."""

    begin: str = "22:00"
    end: str = "07:00"
    zone: str = "UTC"

    def over(self, now: datetime) -> datetime | None:
        """When the quiet hours that are on now end; None while there are none."""
        local = now.astimezone(ZoneInfo(self.zone))
        begin, end = time.fromisoformat(self.begin), time.fromisoformat(self.end)
        clock = local.time().replace(tzinfo=None)
        if not (begin <= clock < end if begin < end else clock >= begin or clock < end):
            return None
        day = local.date() if clock < end else local.date() + timedelta(days=1)
        return datetime.combine(day, end, local.tzinfo).astimezone(now.tzinfo)


@dataclass(frozen=True, slots=True)
class Rules:
    """When a channel tells what. `delay` and `repeat` in seconds; `repeat` 0 never reminds of what is still down.

    `occasions` are those that are sent; a recovery is sent where the trouble was.
    """

    delay: int = 0
    repeat: int = 0
    quiet: QuietHours | None = None
    occasions: tuple[Occasion, ...] = tuple(Occasion)
    title: str = ""
    text: str = ""
    """Templates of the message; empty for ours."""


@dataclass(frozen=True, slots=True)
class ChannelDraft:
    """What somebody wants a channel to be. `standard`: monitors that name no channels of their own use it."""

    name: str
    type: str
    settings: Mapping[str, JsonValue]
    enabled: bool = True
    standard: bool = True
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True, slots=True)
class Channel(ChannelDraft):
    """A channel as it is stored."""

    id: int = 0
    account: int = 1
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """What somebody wants a contact to be: a name for several channels."""

    name: str
    channels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact(ContactDraft):
    """A contact as it is stored."""

    id: int = 0
    account: int = 1


def routed(
    routes: Iterable[Route] | None, channels: Mapping[int, Channel], contacts: Mapping[int, Contact]
) -> list[Channel]:
    """The channels a monitor uses, each once, with the delays its routes ask for; None means the standard ones."""
    if routes is None:
        return [channel for channel in channels.values() if channel.enabled and channel.standard]
    found: dict[int, Channel] = {}
    for route in routes:
        contact = contacts.get(route.contact)
        for channel_id in (route.channel, *(contact.channels if contact else ())):
            channel = channels.get(channel_id)
            if channel is not None and channel.enabled and channel_id not in found:
                found[channel_id] = _altered(channel, route)
    return list(found.values())


def _altered(channel: Channel, route: Route) -> Channel:
    rules = channel.rules
    delay = rules.delay if route.delay is None else route.delay
    repeat = rules.repeat if route.repeat is None else route.repeat
    return replace(channel, rules=replace(rules, delay=delay, repeat=repeat))


def checked(draft: ChannelDraft) -> ChannelDraft:
    """The draft with its name trimmed. Invalid, with our field's name, where a value is out of bounds."""
    rules = draft.rules
    for name, value in (("delay", rules.delay), ("repeat", rules.repeat)):
        if not 0 <= value <= LONGEST_WAIT:
            raise Invalid(name, f"{name} must be from 0 to {LONGEST_WAIT} seconds.")
    if 0 < rules.repeat < 60:
        raise Invalid("repeat", "repeat must be 0 or at least 60 seconds.")
    if rules.quiet is not None:
        _checked_quiet(rules.quiet)
    if max(len(rules.title), len(rules.text)) > TEMPLATE_LIMIT:
        raise Invalid("text", f"A template has at most {TEMPLATE_LIMIT} characters.")
    return replace(draft, name=checked_name(draft.name))


def _checked_quiet(quiet: QuietHours) -> None:
    try:
        begin, end = time.fromisoformat(quiet.begin), time.fromisoformat(quiet.end)
    except ValueError:
        raise Invalid("quiet", "Quiet hours begin and end at times such as 22:00.") from None
    if begin == end or begin.tzinfo or end.tzinfo:
        raise Invalid("quiet", "Quiet hours must begin and end at two different times such as 22:00 and 07:00.")
    try:
        ZoneInfo(quiet.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid("quiet", f"There is no time zone {quiet.zone[:64]!r}.") from None


def checked_contact(draft: ContactDraft) -> ContactDraft:
    """The draft with its name trimmed and each channel once. Invalid."""
    if len(draft.channels) > MEMBERS_LIMIT:
        raise Invalid("channels", f"A contact has at most {MEMBERS_LIMIT} channels.")
    return replace(draft, name=checked_name(draft.name), channels=tuple(dict.fromkeys(draft.channels)))
