"""Tags: words with a colour that monitors carry, each with a value of its own."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from uptime.domain.errors import Invalid
from uptime.domain.monitor import Tagged, checked_name

TAGS_AN_ACCOUNT = 1_000

_COLOR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of an account; its colour is `#` and six hexadecimal digits."""

    id: int
    account: int
    name: str
    color: str
    created_at: datetime | None = None

    def carried(self, value: str = "") -> Tagged:
        """The tag as a monitor carries it."""
        return Tagged(self.id, value)


def checked_tag(tag: Tag) -> Tag:
    """The tag with its name trimmed. Invalid where name or colour is none."""
    return replace(tag, name=checked_name(tag.name), color=checked_color(tag.color))


def checked_color(color: str) -> str:
    """The colour as it was written. Invalid: it is none."""
    if not _COLOR.fullmatch(color):
        raise Invalid("color", "The colour must be # and six hexadecimal digits, such as #3b82f6.")
    return color
