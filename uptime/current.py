"""The request at hand: the core that answers it, its moment, and who acts in it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from flask import current_app, g, has_request_context, request

from uptime.domain.audit import SYSTEM, Actor, actor_of
from uptime.domain.user import Caller

if TYPE_CHECKING:
    from uptime.core import Core


def core() -> "Core":
    """The core that the application was built around."""
    return cast("Core", current_app.extensions["core"])


def now() -> datetime:
    """The moment of this request."""
    if "now" not in g:
        g.now = datetime.now(UTC)
    return cast(datetime, g.now)


def known(caller: Caller | None) -> Caller | None:
    """Remember who calls, once a wire or a page has found out; returned as it is."""
    g.known_caller = caller
    return caller


def actor() -> Actor:
    """Who acts at this moment: whoever calls, or the system outside of every request."""
    if not has_request_context():
        return SYSTEM
    return actor_of(g.get("known_caller"), request.remote_addr or "")
