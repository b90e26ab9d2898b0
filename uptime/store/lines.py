"""Whether the witnesses of each location answered when that was told last."""

from uptime.store import keys
from uptime.store.client import Client

ANSWERING, BROKEN = b"answering", b"broken"


class Lines:
    """The lines of all locations."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def turn(self, location: str, *, answering: bool) -> bool:
        """Write down how a line is; whether that is news. A line that nobody has spoken of was in order."""
        before = self._client.getset(keys.line(location), ANSWERING if answering else BROKEN)
        return (before != BROKEN) is not answering
