"""The feed: what happens, told to every process that listens."""

import json
from collections.abc import Iterator, Sequence

from uptime.domain.feed import (
    AccessChanged,
    Beat,
    Event,
    LineChanged,
    MaintenanceChanged,
    MonitorRemoved,
    MonitorSaved,
)
from uptime.store import keys
from uptime.store.client import Client, plainly
from uptime.store.codec import made, plain

KINDS: dict[str, type[Event]] = {
    "beat": Beat,
    "saved": MonitorSaved,
    "removed": MonitorRemoved,
    "access": AccessChanged,
    "maintenance": MaintenanceChanged,
    "line": LineChanged,
}
WORDS = {kind: word for word, kind in KINDS.items()}


class Feed:
    """Publishes and listens. Nothing is kept: who does not listen does not hear."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def publish(self, events: Sequence[Event]) -> None:
        """Tell all events in one message."""
        if events:
            parts = [[WORDS[type(event)], plain(event)] for event in events]
            text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
            self._client.publish(keys.FEED, text.encode("utf-8", "surrogatepass"))

    def listen(self, pause: float = 1.0) -> Iterator[list[Event]]:
        """Events as they come, an empty list after each `pause` seconds without. Unavailable: listen anew."""
        with plainly(), self._client.pubsub(ignore_subscribe_messages=True) as heard:  # type: ignore[no-untyped-call]
            heard.subscribe(keys.FEED)
            while True:
                message = heard.get_message(timeout=pause)
                yield [] if message is None else _events(message["data"])


def _events(raw: bytes) -> list[Event]:
    parts = json.loads(raw)
    return [made(KINDS[word], values) for word, values in parts if word in KINDS]
