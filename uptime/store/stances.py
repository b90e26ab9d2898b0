"""What people have said of manual monitors."""

from uptime.domain.manual import Stance
from uptime.store import keys
from uptime.store.client import Client
from uptime.store.codec import decode, encode


class Stances:
    """The last word on every manual monitor."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def get(self, monitor_id: int) -> Stance:
        found = self._client.get(keys.stance(monitor_id))
        return Stance() if found is None else decode(Stance, found)

    def put(self, monitor_id: int, stance: Stance) -> None:
        self._client.set(keys.stance(monitor_id), encode(stance))

    def purge(self, monitor_id: int) -> None:
        """Forget what was said of a monitor."""
        self._client.delete(keys.stance(monitor_id))
