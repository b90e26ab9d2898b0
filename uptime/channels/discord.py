"""Discord: a headline and an embed to a channel's webhook."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from uptime.channels import _address
from uptime.channels._facts import OPEN, body, headline, link, units
from uptime.channels._kind import ChannelType, setting
from uptime.channels._posting import Message, deliver
from uptime.channels._severity import Severity, severity
from uptime.domain.notification import GOOD, Notification
from uptime.outbound import Outbound

CONTENT_LIMIT, DESCRIPTION_LIMIT = 2_000, 4_096

COLOUR = {Severity.CRITICAL: 0xC62828, Severity.ERROR: 0xC62828, Severity.WARNING: 0xF9A825, Severity.INFO: 0x546E7A}
GREEN = 0x2E7D32

ADDRESS = re.compile(r"(https?://[^\s<>]+)")
MARKUP = re.compile(r"([\\`*_~|<>\[\]()#@-])")


def _thread(given: str) -> str:
    if given and not re.fullmatch(r"[0-9]{1,20}", given.strip()):
        raise ValueError("The id of a thread is a number; copy it with the developer mode of Discord.")
    return given.strip()


@dataclass(frozen=True, slots=True)
class Discord:
    """The webhook of a channel."""

    url: str = setting("Webhook address", secret=True, check=_address.hook, help="Channel settings, Integrations")
    thread_id: str = setting("Thread", default="", check=_thread, help="The id of a thread in that channel")


def compose(settings: Discord, notification: Notification) -> dict[str, Any]:
    """Markup in the text of others is taken off its meaning, and mentions are switched off."""
    embed = {
        "description": _escaped(body(notification, DESCRIPTION_LIMIT, _escaped_units)),
        "color": GREEN if notification.occasion in GOOD else COLOUR[severity(notification)],
        "timestamp": notification.at.isoformat(),
        "footer": {"text": f"Event {notification.id}"},
    }
    if address := link(notification):
        embed |= {"title": OPEN, "url": address}
    return {
        "content": _escaped(headline(notification, CONTENT_LIMIT, _escaped_units)),
        "embeds": [embed],
        "allowed_mentions": {"parse": []},
    }


def send(settings: Discord, notification: Notification, out: Outbound) -> None:
    deliver(Message("Discord", _url(settings), compose(settings, notification), notification.id), settings, out)


def place(settings: Discord) -> str:
    webhook = re.search(r"/webhooks/([0-9]+)", urlsplit(settings.url).path)
    named = [f"webhook {webhook[1]}"] if webhook else []
    thread = [f"thread {settings.thread_id}"] if settings.thread_id else []
    return ", ".join([_address.host(settings.url), *named, *thread])


def _url(settings: Discord) -> str:
    if not settings.thread_id:
        return settings.url
    return f"{settings.url}{'&' if '?' in settings.url else '?'}thread_id={settings.thread_id}"


def _escaped(text: str) -> str:
    """Markup made literal; an address is set in angle brackets, since no backslash may stand in it."""
    parts = ADDRESS.split(text)
    return "".join(f"<{part}>" if ADDRESS.fullmatch(part) else MARKUP.sub(r"\\\1", part) for part in parts)


def _escaped_units(text: str) -> int:
    return units(_escaped(text))


CHANNEL = ChannelType("discord", "Discord", Discord, send, place)
