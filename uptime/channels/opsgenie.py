"""Opsgenie: alerts that an outage creates and its end closes."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from uptime.channels import _address
from uptime.channels._alerts import PREFIX_LIMIT, Action, action, checked_prefix, key
from uptime.channels._facts import body, cut, facts, headline, link
from uptime.channels._kind import ChannelType, setting
from uptime.channels._posting import Message, deliver
from uptime.channels._severity import Severity, severity
from uptime.domain.notification import Notification
from uptime.outbound import Outbound

MESSAGE_LIMIT, DESCRIPTION_LIMIT, NOTE_LIMIT, ENTITY_LIMIT, DETAIL_LIMIT = 130, 15_000, 25_000, 512, 500
"""Details may have 8,000 characters together; there are never more than thirteen of them."""

PRIORITIES = ("P1", "P2", "P3", "P4", "P5")
PRIORITY = {Severity.ERROR: "P2", Severity.WARNING: "P3", Severity.INFO: "P5"}
SOURCE = "Upspeak"


@dataclass(frozen=True, slots=True)
class Opsgenie:
    """The API integration of a team."""

    api_key: str = setting("API key", secret=True, check=_address.token, help="Of an API integration")
    priority: str = setting("Priority of outages", default="P1", choices=PRIORITIES)
    prefix: str = setting(
        "Beginning of the aliases", default="upspeak", limit=PREFIX_LIMIT, check=checked_prefix,
        help="Another for each Upspeak that writes to the same account",
    )  # fmt: skip
    base_url: str = setting(
        "Address of the service", default="https://api.opsgenie.com", check=_address.base,
        help="https://api.eu.opsgenie.com for accounts in the EU",
    )  # fmt: skip


def compose(settings: Opsgenie, notification: Notification) -> dict[str, Any]:
    """The body of the request that `path` names: an alert, or a note on the one that is there."""
    if action(notification) is not Action.TRIGGER:
        head = headline(notification, MESSAGE_LIMIT)
        return {"source": SOURCE, "note": f"{head}\n{body(notification, NOTE_LIMIT - MESSAGE_LIMIT - 1)}"}
    subject = notification.subject
    alert = {
        "message": headline(notification, MESSAGE_LIMIT),
        "alias": key(settings.prefix, notification),
        "description": body(notification, DESCRIPTION_LIMIT),
        "details": _details(notification),
        "source": SOURCE,
        "priority": PRIORITY.get(severity(notification), settings.priority),
    }
    return alert | ({"entity": cut(subject.name, ENTITY_LIMIT), "tags": [subject.type]} if subject else {})


def path(settings: Opsgenie, notification: Notification) -> str:
    """Where the body goes."""
    alias = quote(key(settings.prefix, notification), safe="")
    verbs = {Action.RESOLVE: "close", Action.ACKNOWLEDGE: "acknowledge"}
    verb = verbs.get(action(notification))
    return f"/v2/alerts/{alias}/{verb}?identifierType=alias" if verb else "/v2/alerts"


def send(settings: Opsgenie, notification: Notification, out: Outbound) -> None:
    deliver(
        Message(
            "Opsgenie",
            settings.base_url + path(settings, notification),
            compose(settings, notification),
            notification.id,
            headers={"Authorization": f"GenieKey {settings.api_key}"},
        ),
        settings,
        out,
    )


def place(settings: Opsgenie) -> str:
    return f"{_address.host(settings.base_url)}, key {_address.hint(settings.api_key)}"


def _details(notification: Notification) -> dict[str, str]:
    known = {fact.label: cut(fact.value, DETAIL_LIMIT) for fact in facts(notification)}
    address = {"Link": cut(link(notification), DETAIL_LIMIT)} if link(notification) else {}
    return known | address | {"Event": notification.id}


CHANNEL = ChannelType("opsgenie", "Opsgenie", Opsgenie, send, place, grouped=False)
