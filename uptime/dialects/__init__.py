"""The wires we speak: each folder reads one, calls the core, and writes it."""

from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:
    from uptime.core import Core


def core() -> "Core":
    """The core that the application was built around."""
    return cast("Core", current_app.extensions["core"])
