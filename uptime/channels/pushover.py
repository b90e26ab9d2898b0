"""Pushover: a message to the devices of a user or a group."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from uptime.channels import _address
from uptime.channels._alerts import Action, action, key
from uptime.channels._facts import OPEN, body, headline, link
from uptime.channels._kind import ChannelType, setting
from uptime.channels._posting import Message, deliver, read, refused
from uptime.channels._severity import Severity, severity
from uptime.domain.notification import Notification
from uptime.outbound import Outbound

MESSAGE_LIMIT, TITLE_LIMIT, URL_LIMIT = 1_024, 250, 512
USUAL, EMERGENCY = 0, 2
RETRY, EXPIRE = 60, 3_600
"""An emergency rings again after so many seconds, for so many seconds."""


def _key(given: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z]{30}", given.strip()):
        raise ValueError("Keys and tokens of Pushover have 30 letters and digits; copy it again.")
    return given.strip()


@dataclass(frozen=True, slots=True)
class Pushover:
    """Whose devices ring, and how."""

    token: str = setting("Token of the application", secret=True, check=_key)
    user: str = setting("Key of the user or group", secret=True, check=_key)
    device: str = setting("Device", default="", limit=255, help="Empty: all of them")
    sound: str = setting("Sound", default="", limit=64, help="Empty: the one chosen on the device")
    priority: int = setting(
        "Priority of outages",
        default=1,
        low=-2,
        high=EMERGENCY,
        help="2 rings every minute until confirmed, for an hour",
    )
    base_url: str = setting("Address of the service", default="https://api.pushover.net", check=_address.base)


def compose(settings: Pushover, notification: Notification) -> dict[str, Any]:
    priority = _priority(settings, notification)
    content = {
        "token": settings.token,
        "user": settings.user,
        "title": headline(notification, TITLE_LIMIT),
        "message": body(notification, MESSAGE_LIMIT),
        "timestamp": int(notification.at.timestamp()),
        "priority": priority,
    }
    content |= {name: value for name in ("device", "sound") if (value := getattr(settings, name))}
    if priority == EMERGENCY:
        content |= {"retry": RETRY, "expire": EXPIRE, "tags": _tag(notification)}
    address = link(notification)
    return content | ({"url": address, "url_title": OPEN} if 0 < len(address) <= URL_LIMIT else {})


def send(settings: Pushover, notification: Notification, out: Outbound) -> None:
    if settings.priority == EMERGENCY and action(notification) is not Action.TRIGGER:
        tag = quote(_tag(notification), safe="")
        _ask(settings, notification, f"receipts/cancel_by_tag/{tag}", {"token": settings.token}, out)
    _ask(settings, notification, "messages", compose(settings, notification), out)


def place(settings: Pushover) -> str:
    device = f", device {settings.device}" if settings.device else ""
    return f"{_address.host(settings.base_url)}, user {_address.hint(settings.user)}{device}"


def _ask(settings: Pushover, notification: Notification, what: str, content: dict[str, Any], out: Outbound) -> None:
    url = f"{settings.base_url}/1/{what}.json"
    message = Message("Pushover", url, content, notification.id, form=True)
    answer = deliver(message, settings, out)
    if read(answer).get("status") != 1:
        raise refused(message, settings, answer, answer.status)


def _priority(settings: Pushover, notification: Notification) -> int:
    return settings.priority if severity(notification) is Severity.CRITICAL else min(settings.priority, USUAL)


def _tag(notification: Notification) -> str:
    """By it the end of an outage silences what its beginning made ring."""
    return key("upspeak", notification)


CHANNEL = ChannelType("pushover", "Pushover", Pushover, send, place)
