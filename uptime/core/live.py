"""What happens, the moment it happens."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from uptime.domain.feed import Event

if TYPE_CHECKING:
    from uptime.store import Store


class Live:
    """The feed that every process can write to and listen to."""

    def __init__(self, store: "Store") -> None:
        self._store = store

    def publish(self, events: Sequence[Event]) -> None:
        """Tell everybody who listens."""
        self._store.feed.publish(events)

    def listen(self) -> Iterator[list[Event]]:
        """Events as they come; an empty list after each second without. Unavailable: listen anew."""
        return self._store.feed.listen()
