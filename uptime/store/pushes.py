"""Pushes: which monitor a token means, what was heard of it, and the last of what was sent."""

from collections.abc import Callable, Sequence
from datetime import datetime

from uptime.domain.push import LOG_LIMIT, Heard, Hearing, Push
from uptime.domain.schedule import EPOCH, from_ms, to_ms
from uptime.store import keys
from uptime.store.changing import change, read
from uptime.store.client import Client, Commands
from uptime.store.codec import decode, encode


class Pushes:
    """The tokens, by their digests, and what was heard of every push monitor."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def monitor_of(self, digest: str) -> int | None:
        """The monitor that a token was given to. It may have another token by now, or be gone."""
        found = self._client.get(keys.push_token(digest))
        return None if found is None else int(found)

    def give(self, digest: str, monitor_id: int) -> None:
        """Make a token lead to a monitor."""
        self._client.set(keys.push_token(digest), monitor_id)

    def give_missing(self, digests: Sequence[tuple[str, int]]) -> None:
        """Make tokens lead to their monitors where they lead nowhere: a crash may have come before."""
        pipe = self._client.pipeline(transaction=False)
        for digest, monitor_id in digests:
            pipe.set(keys.push_token(digest), monitor_id, nx=True)
        pipe.execute()

    def take_back(self, digest: str) -> None:
        """Make a token lead nowhere."""
        self._client.delete(keys.push_token(digest))

    def heard(self, monitor_id: int) -> tuple[Heard, datetime]:
        """What was heard of a monitor, and since when anything could be heard at all."""
        heard = self._client.get(keys.push(monitor_id))
        since = self._client.get(keys.listening())
        return Heard() if heard is None else decode(Heard, heard), EPOCH if since is None else from_ms(int(since))

    def hear(self, monitor_id: int, push: Push, turn: Callable[[Heard], Hearing]) -> Hearing:
        """Take a push in, whoever else does so at the same time; a repeat leaves no trace."""

        def attempt(pipe: Commands) -> Hearing:
            raw = read(pipe, "GET", keys.push(monitor_id))
            hearing = turn(Heard() if raw is None else decode(Heard, raw))
            pipe.multi()
            if not hearing.repeated:
                pipe.set(keys.push(monitor_id), encode(hearing.heard))
                pipe.lpush(keys.push_log(monitor_id), encode(push))
                pipe.ltrim(keys.push_log(monitor_id), 0, LOG_LIMIT - 1)
            return hearing

        return change(self._client, keys.push(monitor_id), attempt)

    def log(self, monitor_id: int, limit: int) -> list[Push]:
        """The last pushes, the newest first."""
        return [decode(Push, raw) for raw in self._client.lrange(keys.push_log(monitor_id), 0, limit - 1)]

    def listen(self, now: datetime) -> None:
        """From now on pushes can be heard; what was sent before may have been lost."""
        self._client.set(keys.listening(), to_ms(now))

    def purge(self, monitor_id: int) -> None:
        """Forget what was heard of a monitor."""
        self._client.delete(keys.push(monitor_id), keys.push_log(monitor_id))
