"""Notifications to send, and a way out that may reach loopback."""

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network

from uptime.config import Settings
from uptime.domain.heartbeat import Status
from uptime.domain.mail import Mailbox
from uptime.domain.notification import Line, Notification, Occasion, Seen, Subject
from uptime.domain.result import Phases, Reason
from uptime.domain.template import worded
from uptime.outbound import Outbound

AT = datetime(2026, 3, 2, 10, 0, 5, tzinfo=UTC)

HERE = Settings(
    secret_key="x" * 32,
    outbound_allow=(ip_network("127.0.0.0/8"),),
    mail_from=Mailbox("status@example.org", "Upspeak"),
)

CLOSED = replace(HERE, outbound_allow=())

DOWN = worded(
    Notification(
        "m7-4",
        Occasion.DOWN,
        "",
        "",
        AT,
        Subject(7, "Shop <b>", "http", "https://shop.example/", "https://up.example/monitors/7?a=1&b=2"),
        Status.DOWN,
        Status.UP,
        AT,
        200.0,
        Seen(
            "Answered 503 Service Unavailable, but 200 was expected.",
            Reason.STATUS,
            503,
            123.4,
            Phases(1.0, 2.0, 3.0, 100.0, 0.0),
            "HTTP 503 Service Unavailable\nserver: <nginx>",
        ),
    ),
    UTC,
)

SEVERAL = worded(
    Notification(
        "a1-burst-9",
        Occasion.SEVERAL,
        "",
        "",
        AT,
        lines=(
            Line("m7-4", "Shop", Status.DOWN, AT, "Port 80 is closed."),
            Line("m8-2", "Blog", Status.UP, AT, "200 OK"),
        ),
    ),
    UTC,
)


def out(settings: Settings = HERE) -> Outbound:
    return Outbound(settings)
