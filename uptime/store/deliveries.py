"""Messages on their way out of each channel, and the log of what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from uptime.domain.delivery import TROUBLE, Delivery, LogEntry
from uptime.domain.notification import Occasion
from uptime.domain.schedule import from_ms, to_ms
from uptime.store import keys
from uptime.store.client import Client
from uptime.store.codec import decode, encode
from uptime.store.ready import ReadyIndex
from uptime.store.scripts import Argument, Script

SENT_KEPT = timedelta(days=2)
LOG_ENTRIES = 1_000

EFFECT = dict.fromkeys(TROUBLE, "begins") | {Occasion.RECOVERED: "ends", Occasion.ACKNOWLEDGED: "within"}


@dataclass(frozen=True, slots=True)
class Done:
    """A message that was dealt with: sent, given up, or to be tried again as `instead` says."""

    delivery: Delivery
    sent: bool = False
    instead: Delivery | None = None


class Deliveries:
    """The messages of all channels."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._put = Script("delivery_put")
        self._done = Script("delivery_done")
        self.index = ReadyIndex(client, keys.channels_ready())

    def put(self, channel_id: int, deliveries: Sequence[Delivery]) -> list[bool]:
        """Add messages, each once for all time; whether each is wanted: a recovery is where the trouble was told."""
        arguments: list[Argument] = []
        for one in deliveries:
            effect = EFFECT.get(one.occasion, "")
            arguments += [one.id, str(one.monitor_id), effect, one.notification.id, encode(one)]
        names = [keys.pending(channel_id), keys.told(channel_id), keys.sent(channel_id)]
        answers: bytes = self._put.run(self._client, names, arguments) if deliveries else b""
        return [answer != ord("2") for answer in answers]

    def pending(self, channel_id: int) -> list[Delivery]:
        """All that waits, in no order."""
        return [decode(Delivery, raw) for raw in self._client.hvals(keys.pending(channel_id))]

    def waits(self, channel_id: int) -> bool:
        """Whether anything waits."""
        return bool(self._client.exists(keys.pending(channel_id)))

    def sent_since(self, channel_id: int, since: datetime) -> list[datetime]:
        """When messages were sent, from a moment on."""
        found: Any = self._client.zrangebyscore(keys.sent(channel_id), to_ms(since), "+inf", withscores=True)
        return [from_ms(score) for _, score in found]

    def done(self, channel_id: int, done: Sequence[Done], log: Sequence[LogEntry], now: datetime) -> None:
        """Note what became of messages, all in one step."""
        head: list[Argument] = [to_ms(now), to_ms(now - SENT_KEPT), LOG_ENTRIES, len(log)]
        arguments = [*head, *(encode(entry) for entry in log)]
        for one in done:
            instead = one.instead
            arguments += [one.delivery.id, "1" if one.sent else "0", str(one.delivery.monitor_id)]
            arguments += [instead.id, encode(instead)] if instead else ["", ""]
        names = [keys.pending(channel_id), keys.told(channel_id), keys.sent(channel_id), keys.delivery_log(channel_id)]
        self._done.run(self._client, names, arguments)

    def log(self, channel_id: int, limit: int) -> list[LogEntry]:
        """The newest entries of a channel's log, newest first."""
        found: Any = self._client.lrange(keys.delivery_log(channel_id), 0, limit - 1)
        return [decode(LogEntry, raw) for raw in found]

    def forget(self, channel_id: int) -> None:
        """Delete everything of a channel."""
        named = (keys.pending, keys.told, keys.sent, keys.delivery_log)
        self._client.unlink(*(name(channel_id) for name in named))
