"""Matrix: a message into a room, which the server takes once however often it is sent."""

from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

from uptime.channels import _address
from uptime.channels._facts import OPEN, body, headline, link, octets
from uptime.channels._kind import ChannelType, setting
from uptime.channels._posting import Message, deliver
from uptime.domain.notification import Notification
from uptime.outbound import Outbound

BODY_LIMIT, HEADLINE_LIMIT = 16_384, 512
"""Bytes; the text stands in the event twice, and an event may have 65,536."""


def _room(given: str) -> str:
    trimmed = given.strip()
    if not trimmed.startswith("!") or len(trimmed) < 2 or any(char.isspace() for char in trimmed):
        raise ValueError("The id of a room begins with !; it stands in the room's advanced settings.")
    return trimmed


@dataclass(frozen=True, slots=True)
class Matrix:
    """Who writes into which room."""

    base_url: str = setting("Address of the home server", check=_address.base)
    token: str = setting("Access token", secret=True, check=_address.token)
    room: str = setting("Room", limit=255, check=_room, help="Its id, which begins with !")


def compose(settings: Matrix, notification: Notification) -> dict[str, Any]:
    """The text twice, plain and as HTML in which nothing of others is markup; it mentions nobody."""
    head = headline(notification, HEADLINE_LIMIT, _escaped_octets)
    told = body(notification, BODY_LIMIT, _escaped_octets)
    address = link(notification)
    return {
        "msgtype": "m.text",
        "body": "\n".join(part for part in (head, told, address) if part),
        "format": "org.matrix.custom.html",
        "formatted_body": f"<strong>{_escaped(head)}</strong><br>{_escaped(told)}"
        + (f'<br><a href="{escape(address)}">{OPEN}</a>' if address else ""),
        "m.mentions": {},
        "upspeak.event": notification.id,
    }


def send(settings: Matrix, notification: Notification, out: Outbound) -> None:
    room, transaction = quote(settings.room, safe=""), quote(f"upspeak-{notification.id}", safe="")
    deliver(
        Message(
            "Matrix",
            f"{settings.base_url}/_matrix/client/v3/rooms/{room}/send/m.room.message/{transaction}",
            compose(settings, notification),
            notification.id,
            method="PUT",
            headers={"Authorization": f"Bearer {settings.token}"},
        ),
        settings,
        out,
    )


def place(settings: Matrix) -> str:
    return f"{_address.host(settings.base_url)}, room {settings.room}"


def _escaped(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _escaped_octets(text: str) -> int:
    return octets(_escaped(text))


CHANNEL = ChannelType("matrix", "Matrix", Matrix, send, place)
