"""Microsoft Teams: an Adaptive Card to the webhook of a workflow."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from uptime.channels import _address
from uptime.channels._facts import OPEN, body, headline, link, octets
from uptime.channels._kind import ChannelType, setting
from uptime.channels._posting import Message, deliver
from uptime.channels._severity import Severity, severity
from uptime.domain.notification import GOOD, Notification
from uptime.outbound import Outbound

HEADLINE_LIMIT = 512
BODY_LIMIT = 24 * 1024
"""Bytes of the lines as JSON; the whole message may have 28 KB."""

COLOUR = {
    Severity.CRITICAL: "attention",
    Severity.ERROR: "attention",
    Severity.WARNING: "warning",
    Severity.INFO: "default",
}


@dataclass(frozen=True, slots=True)
class Teams:
    """The webhook of a workflow that posts into a chat or a channel."""

    url: str = setting(
        "Webhook address",
        secret=True,
        check=_address.hook,
        help="Workflows: Post to a channel when a webhook request is received",
    )


def compose(settings: Teams, notification: Notification) -> dict[str, Any]:
    """Every text is a run of its own, in which no markup is read; a line is a block, since a run has no line ends."""
    colour = "good" if notification.occasion in GOOD else COLOUR[severity(notification)]
    title = headline(notification, HEADLINE_LIMIT)
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": title,
        "msteams": {"width": "Full"},
        "body": [
            _line(title, size="large", weight="bolder", color=colour),
            *_lines(body(notification, BODY_LIMIT, _written)),
            _line(f"Event {notification.id}", size="small", isSubtle=True),
        ],
    }
    if address := link(notification):
        card["actions"] = [{"type": "Action.OpenUrl", "title": OPEN, "url": address}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def send(settings: Teams, notification: Notification, out: Outbound) -> None:
    deliver(Message("Teams", settings.url, compose(settings, notification), notification.id), settings, out)


def place(settings: Teams) -> str:
    workflow = re.search(r"/workflows/([0-9A-Za-z-]+)", urlsplit(settings.url).path)
    named = [f"workflow {_address.hint(workflow[1])}"] if workflow else []
    return ", ".join([_address.host(settings.url), *named])


def _line(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "RichTextBlock", "spacing": "small", "inlines": [{"type": "TextRun", "text": text, **style}]}


def _lines(text: str) -> list[dict[str, Any]]:
    return [_line(line) for line in text.split("\n") if line.strip()]


def _written(text: str) -> int:
    return octets(json.dumps(_lines(text), ensure_ascii=False))


CHANNEL = ChannelType("teams", "Microsoft Teams", Teams, send, place)
