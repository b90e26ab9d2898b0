"""Webhook: the whole event as JSON to a URL, signed so that the receiver knows who sent it and when."""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from uptime.channels import _address
from uptime.channels._kind import ChannelType, setting
from uptime.channels._posting import Message, deliver
from uptime.domain.notification import Line, Notification, Seen, Subject
from uptime.domain.result import Phases
from uptime.outbound import Outbound

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
OURS = ("host", "content-length", "transfer-encoding", "connection", "expect")
PREFIX = "x-upspeak-"


def _url(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or re.search(r"[\s\\]", url.strip()):
        raise ValueError("The URL must begin with http:// or https:// and name a host.")
    return url.strip()


def _headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not TOKEN.fullmatch(name):
            raise ValueError(f'"{name[:40]}" is not the name of a header.')
        if name.lower() in OURS or name.lower().startswith(PREFIX):
            raise ValueError(f"The header {name[:40]} is set by Upspeak itself.")
        if not value.isascii() or not value.isprintable() or value != value.strip():
            raise ValueError(f"The value of the header {name[:40]} must be printable ASCII without spaces around it.")
    return headers


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Where to send to, and under which secret."""

    url: str = setting("URL", secret=True, check=_url)
    secret: str = setting("Secret", default="", limit=1_024, secret=True, help="What signatures are made with")
    method: str = setting("Method", default="POST", choices=("POST", "PUT"))
    headers: dict[str, str] = setting("Headers", default={}, secret=True, check=_headers)  # noqa: RUF009 - a field of its own


def compose(notification: Notification) -> bytes:
    """The body: the same bytes each time the notification is sent."""
    content = {
        "version": 1,
        "event": notification.id,
        "occasion": notification.occasion.value,
        "title": notification.title,
        "text": notification.text,
        "at": _moment(notification.at),
        "monitor": _monitor(notification.subject) if notification.subject else None,
        "status": notification.status.value if notification.status else None,
        "before": notification.before.value if notification.before else None,
        "since": _moment(notification.since),
        "duration": notification.duration,
        "reason": notification.seen.reason.value if notification.seen and notification.seen.reason else None,
        "message": notification.seen.message if notification.seen else None,
        "link": notification.subject.link or None if notification.subject else None,
        "evidence": _evidence(notification.seen) if notification.seen else None,
        "lines": [_line(line) for line in notification.lines],
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def signed(body: bytes, secret: str, timestamp: int) -> str:
    """The signature of a body that is sent at that time, in seconds since 1970."""
    return "v1=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def send(settings: WebhookSettings, notification: Notification, out: Outbound) -> None:
    """Send it, stamped with this moment: a repeat is a new message about the same event."""
    body, timestamp = compose(notification), int(time.time())
    headers = {**settings.headers, "X-Upspeak-Timestamp": str(timestamp)}
    if settings.secret:
        headers["X-Upspeak-Signature"] = signed(body, settings.secret, timestamp)
    message = Message(place(settings), settings.url, body, notification.id, settings.method, headers)
    deliver(message, settings, out)


def place(settings: WebhookSettings) -> str:
    """The host: a path may be a secret."""
    return _address.host(settings.url)


def _monitor(subject: Subject) -> dict[str, Any]:
    return {"id": subject.id, "name": subject.name, "type": subject.type, "address": subject.address}


def _evidence(seen: Seen) -> dict[str, Any]:
    return {
        "statusCode": seen.status_code,
        "latencyMs": seen.latency_ms,
        "phases": _phases(seen.phases) if seen.phases else None,
        "excerpt": seen.excerpt or None,
    }


def _phases(phases: Phases) -> Mapping[str, float]:
    return {
        "nameMs": phases.name_ms,
        "connectMs": phases.connect_ms,
        "tlsMs": phases.tls_ms,
        "waitMs": phases.wait_ms,
        "receiveMs": phases.receive_ms,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "event": line.event_id,
        "name": line.name,
        "status": line.status.value,
        "at": _moment(line.at),
        "message": line.message,
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


CHANNEL = ChannelType("webhook", "Webhook", WebhookSettings, send, place)
