"""The title of a web page somebody links to."""

from collections.abc import Callable
from html.parser import HTMLParser

from uptime.config import Settings
from uptime.outbound import Outbound

TIMEOUT = 3.0
ENOUGH = 262_144
"""Bytes of a page within which its title must come."""


def title_reader(settings: Settings) -> Callable[[str], str | None]:
    """What reads the title of a page at a URL: None where it has none. DeliveryFailed: it cannot be fetched."""
    outbound = Outbound(settings)

    def title(url: str) -> str | None:
        answer = outbound.get(url, timeout=TIMEOUT, limit=ENOUGH)
        if not answer.content_type.startswith("text/html"):
            return None
        reader = _Title()
        reader.feed(answer.text)
        return " ".join(reader.text.split()) or None

    return title


class _Title(HTMLParser):
    """Collects what stands in the first title element."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._inside, self._done = False, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "title" and not self._done

    def handle_endtag(self, tag: str) -> None:
        if tag == "title" and self._inside:
            self._inside, self._done = False, True

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.text += data
