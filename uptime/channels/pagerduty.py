"""PagerDuty: alerts through the Events API v2, opened by an outage and resolved by its end."""

import re
from dataclasses import dataclass
from typing import Any

from uptime.channels import _address
from uptime.channels._alerts import PREFIX_LIMIT, action, checked_prefix, key
from uptime.channels._facts import OPEN, body, cut, facts, headline, link
from uptime.channels._kind import ChannelType, setting
from uptime.channels._posting import Message, deliver
from uptime.channels._severity import severity
from uptime.domain.notification import Notification
from uptime.outbound import Outbound

SUMMARY_LIMIT, NAME_LIMIT, TEXT_LIMIT = 1_024, 255, 65_536


def _routing_key(given: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z]{32}", given.strip()):
        raise ValueError("The integration key has 32 letters and digits; copy it from the service's integrations.")
    return given.strip()


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """The integration of a service."""

    routing_key: str = setting("Integration key", secret=True, check=_routing_key, help="Of an Events API v2")
    prefix: str = setting(
        "Beginning of the keys", default="upspeak", limit=PREFIX_LIMIT, check=checked_prefix,
        help="Another for each Upspeak that writes to the same service",
    )  # fmt: skip
    base_url: str = setting("Address of the service", default="https://events.pagerduty.com", check=_address.base)


def compose(settings: PagerDuty, notification: Notification) -> dict[str, Any]:
    subject = notification.subject
    payload = {
        "summary": headline(notification, SUMMARY_LIMIT),
        "source": cut(subject.address or subject.name, NAME_LIMIT) if subject else "Upspeak",
        "severity": severity(notification),
        "timestamp": notification.at.isoformat(),
        "custom_details": {
            "Text": body(notification, TEXT_LIMIT),
            "Event": notification.id,
            **{fact.label: fact.value for fact in facts(notification)},
        },
    }
    if subject:
        payload |= {"component": cut(subject.name, NAME_LIMIT), "class": subject.type}
    address = link(notification)
    return {
        "routing_key": settings.routing_key,
        "event_action": action(notification),
        "dedup_key": key(settings.prefix, notification),
        "payload": payload,
        "client": "Upspeak",
        **({"client_url": address, "links": [{"href": address, "text": OPEN}]} if address else {}),
    }


def send(settings: PagerDuty, notification: Notification, out: Outbound) -> None:
    url = f"{settings.base_url}/v2/enqueue"
    deliver(Message("PagerDuty", url, compose(settings, notification), notification.id), settings, out)


def place(settings: PagerDuty) -> str:
    return f"{_address.host(settings.base_url)}, integration {_address.hint(settings.routing_key)}"


CHANNEL = ChannelType("pagerduty", "PagerDuty", PagerDuty, send, place, grouped=False)
