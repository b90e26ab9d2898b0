"""ntfy: a message to a topic, at ntfy.sh or a server of one's own."""

import json
import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from uptime.channels import _address
from uptime.channels._facts import body, headline, link, octets
from uptime.channels._kind import ChannelType, setting
from uptime.channels._posting import Message, deliver
from uptime.channels._severity import Severity, severity
from uptime.domain.notification import Notification
from uptime.outbound import Outbound

MESSAGE_LIMIT, TITLE_LIMIT = 4_096, 250
"""Bytes, and units: a longer message would become a file."""

USUAL = 3
SEQUENCE = re.compile(r"[0-9A-Za-z_-]{1,64}")


def _topic(given: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,64}", given.strip()):
        raise ValueError("A topic is made of 1 to 64 letters, digits, _ and -.")
    return given.strip()


@dataclass(frozen=True, slots=True)
class Ntfy:
    """Which topic of which server."""

    topic: str = setting("Topic", secret=True, check=_topic, help="Who knows it can read along, so make it long")
    base_url: str = setting("Address of the server", default="https://ntfy.sh", check=_address.base)
    token: str = setting("Access token", default="", secret=True, check=_address.token)
    username: str = setting("User", default="", limit=255)
    password: str = setting("Password", default="", secret=True, limit=255)
    priority: int = setting("Priority of outages", default=4, low=1, high=5)


def compose(settings: Ntfy, notification: Notification) -> dict[str, Any]:
    content = {
        "topic": settings.topic,
        "title": headline(notification, TITLE_LIMIT),
        "message": body(notification, MESSAGE_LIMIT, _written),
        "priority": _priority(settings, notification),
    }
    if address := link(notification):
        content["click"] = address
    if SEQUENCE.fullmatch(notification.id):
        # A server that knows sequences shows a repeat in the place of the first.
        content["sequence_id"] = notification.id
    return content


def send(settings: Ntfy, notification: Notification, out: Outbound) -> None:
    content = compose(settings, notification)
    deliver(Message("ntfy", f"{settings.base_url}/", content, notification.id, headers=_login(settings)), settings, out)


def place(settings: Ntfy) -> str:
    return f"{_address.host(settings.base_url)}, topic {_address.hint(settings.topic)}"


def _priority(settings: Ntfy, notification: Notification) -> int:
    return settings.priority if severity(notification) is Severity.CRITICAL else min(settings.priority, USUAL)


def _login(settings: Ntfy) -> dict[str, str]:
    if settings.token:
        return {"Authorization": f"Bearer {settings.token}"}
    if settings.username:
        pair = b64encode(f"{settings.username}:{settings.password}".encode())
        return {"Authorization": f"Basic {pair.decode()}"}
    return {}


def _written(text: str) -> int:
    """Bytes as JSON: the server limits those of the whole request too."""
    return octets(json.dumps(text, ensure_ascii=False))


CHANNEL = ChannelType("ntfy", "ntfy", Ntfy, send, place)
