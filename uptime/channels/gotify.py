"""Gotify: a message to an application of one's own server."""

from dataclasses import dataclass
from typing import Any

from uptime.channels import _address
from uptime.channels._facts import body, headline, link
from uptime.channels._kind import ChannelType, setting
from uptime.channels._posting import Message, deliver
from uptime.channels._severity import Severity, severity
from uptime.domain.notification import Notification
from uptime.outbound import Outbound

TITLE_LIMIT, MESSAGE_LIMIT = 250, 16_384
USUAL = 5


@dataclass(frozen=True, slots=True)
class Gotify:
    """Which application of which server."""

    base_url: str = setting("Address of the server", check=_address.base)
    token: str = setting("Token of the application", secret=True, check=_address.token)
    priority: int = setting("Priority of outages", default=8, low=0, high=10)


def compose(settings: Gotify, notification: Notification) -> dict[str, Any]:
    extras: dict[str, Any] = {
        "client::display": {"contentType": "text/plain"},
        "upspeak::event": {"id": notification.id},
    }
    if address := link(notification):
        extras["client::notification"] = {"click": {"url": address}}
    critical = severity(notification) is Severity.CRITICAL
    return {
        "title": headline(notification, TITLE_LIMIT),
        "message": body(notification, MESSAGE_LIMIT),
        "priority": settings.priority if critical else min(settings.priority, USUAL),
        "extras": extras,
    }


def send(settings: Gotify, notification: Notification, out: Outbound) -> None:
    url, headers = f"{settings.base_url}/message", {"X-Gotify-Key": settings.token}
    deliver(Message("Gotify", url, compose(settings, notification), notification.id, headers=headers), settings, out)


def place(settings: Gotify) -> str:
    return _address.host(settings.base_url)


CHANNEL = ChannelType("gotify", "Gotify", Gotify, send, place)
