"""The request at hand: the core that answers it, and its moment."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from flask import current_app, g

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
