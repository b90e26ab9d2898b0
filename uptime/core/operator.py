"""Messages to whoever runs this installation, about itself and not about a monitor."""

from datetime import datetime
from typing import TYPE_CHECKING

from uptime.core.channels import delivery_of
from uptime.domain.notification import Notification, Occasion, Seen
from uptime.domain.user import FIRST_ACCOUNT

if TYPE_CHECKING:
    from uptime.store import Store

NO_MONITOR = 0


def tell_operator(store: "Store", event: str, message: str, now: datetime) -> int:
    """Send a sentence through every standard channel of the first account; how many there were. Unavailable."""
    notification = Notification(event, Occasion.OPERATOR, "", "", now, seen=Seen(message))
    told = 0
    for channel in store.channels.many(FIRST_ACCOUNT):
        if channel.enabled and channel.standard and Occasion.OPERATOR in channel.rules.occasions:
            store.deliveries.put(channel.id, [delivery_of(notification, channel, NO_MONITOR, now)])
            store.deliveries.index.call([channel.id], now)
            told += 1
    if told:
        store.queue.enqueue_notify()
    return told
