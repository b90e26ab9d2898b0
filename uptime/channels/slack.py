"""Slack: a message with blocks to an incoming webhook; services that speak the same form take it too."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from uptime.channels import _address
from uptime.channels._facts import OPEN, body, headline, link, units
from uptime.channels._kind import ChannelType, setting
from uptime.channels._posting import Message, deliver, refused
from uptime.domain.notification import Notification
from uptime.outbound import Outbound

HEADER_LIMIT, SECTION_LIMIT = 150, 3_000


@dataclass(frozen=True, slots=True)
class Slack:
    """The incoming webhook of a channel."""

    url: str = setting("Webhook address", secret=True, check=_address.hook, help="Slack: Apps, Incoming Webhooks")


def compose(settings: Slack, notification: Notification) -> dict[str, Any]:
    """Plain text blocks: nothing in them is read as markup, and nobody is called."""
    return {
        "text": _escaped(headline(notification, SECTION_LIMIT, _escaped_units)),
        "blocks": [
            {"type": "header", "text": _plain(headline(notification, HEADER_LIMIT, _escaped_units))},
            {"type": "section", "text": _plain(body(notification, SECTION_LIMIT, _escaped_units))},
            {"type": "context", "elements": [*_linked(notification), _plain(f"Event {notification.id}")]},
        ],
    }


def send(settings: Slack, notification: Notification, out: Outbound) -> None:
    message = Message("Slack", settings.url, compose(settings, notification), notification.id)
    answer = deliver(message, settings, out)
    if answer.text.strip() != "ok":
        raise refused(message, settings, answer, answer.status)


def place(settings: Slack) -> str:
    team = urlsplit(settings.url).path.split("/")[2:3]
    return ", ".join([_address.host(settings.url), *(f"team {_address.hint(name)}" for name in team if name)])


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": _escaped(text), "emoji": False}


def _linked(notification: Notification) -> list[dict[str, Any]]:
    address = link(notification).replace("|", "%7C")
    return [{"type": "mrkdwn", "text": f"<{_escaped(address)}|{OPEN}>", "verbatim": True}] if address else []


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escaped_units(text: str) -> int:
    return units(_escaped(text))


CHANNEL = ChannelType("slack", "Slack", Slack, send, place)
