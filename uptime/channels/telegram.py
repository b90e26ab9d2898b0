"""Telegram: a message of a bot to a chat."""

import re
from dataclasses import dataclass
from html import escape
from typing import Any

from uptime.channels import _address
from uptime.channels._facts import OPEN, body, headline, link, units
from uptime.channels._kind import ChannelType, setting
from uptime.channels._posting import Message, deliver, read, refused
from uptime.domain.notification import GOOD, Notification
from uptime.outbound import Outbound

TEXT_LIMIT, HEADLINE_LIMIT = 4_096, 512
MENTION = re.compile(r"(?<![\w/])@(?=\w)")
WORD_JOINER = "\u2060"


def _token(given: str) -> str:
    if not re.fullmatch(r"[0-9]{1,20}:[0-9A-Za-z_-]{10,100}", given.strip()):
        raise ValueError("The token of a bot is a number, a colon and letters, as BotFather gives it.")
    return given.strip()


def _chat(given: str) -> str:
    if not re.fullmatch(r"-?[0-9]{1,20}|@[0-9A-Za-z_]{1,64}", given.strip()):
        raise ValueError("A chat is a number, with a minus before it for groups, or the @name of a public channel.")
    return given.strip()


@dataclass(frozen=True, slots=True)
class Telegram:
    """Which bot writes into which chat."""

    token: str = setting("Token of the bot", secret=True, check=_token, help="From @BotFather")
    chat_id: str = setting("Chat", check=_chat, help="The id of a chat, or the @name of a public channel")
    thread_id: int | None = setting("Topic", default=None, low=1, help="The id of a topic of the group")
    silent: bool = setting("Recoveries without a sound", default=False)
    base_url: str = setting("Address of the service", default="https://api.telegram.org", check=_address.base)


def compose(settings: Telegram, notification: Notification) -> dict[str, Any]:
    head = f"<b>{_escaped(headline(notification, HEADLINE_LIMIT, _escaped_units))}</b>\n"
    address = link(notification)
    foot = f'\n<a href="{escape(address)}">{OPEN}</a>' if address else ""
    left = TEXT_LIMIT - units(head) - units(foot)
    content = {
        "chat_id": settings.chat_id,
        "text": f"{head}{_escaped(body(notification, left, _escaped_units))}{foot}",
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "disable_notification": settings.silent and notification.occasion in GOOD,
    }
    return content if settings.thread_id is None else content | {"message_thread_id": settings.thread_id}


def send(settings: Telegram, notification: Notification, out: Outbound) -> None:
    url = f"{settings.base_url}/bot{settings.token}/sendMessage"
    message = Message("Telegram", url, compose(settings, notification), notification.id)
    answer = deliver(message, settings, out)
    found = read(answer)
    if found.get("ok") is not True:
        code = found.get("error_code")
        raise refused(message, settings, answer, code if isinstance(code, int) else answer.status)


def place(settings: Telegram) -> str:
    return f"{_address.host(settings.base_url)}, chat {settings.chat_id}"


def _escaped(text: str) -> str:
    """No markup, and no @name that would call somebody: those are found in plain text too."""
    return escape(MENTION.sub(f"@{WORD_JOINER}", text), quote=False)


def _escaped_units(text: str) -> int:
    return units(_escaped(text))


CHANNEL = ChannelType("telegram", "Telegram", Telegram, send, place)
