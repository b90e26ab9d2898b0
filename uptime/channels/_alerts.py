"""What services that open and close alerts are asked to do, and the key by which they know an alert again."""

import re
from enum import StrEnum

from uptime.domain.notification import Notification, Occasion


class Action(StrEnum):
    """What is done with an alert."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


PREFIX_LIMIT = 64

OTHER_THAN_TRIGGER = {Occasion.RECOVERED: Action.RESOLVE, Occasion.ACKNOWLEDGED: Action.ACKNOWLEDGE}


def action(notification: Notification) -> Action:
    """A recovery closes the alert and an acknowledgement confirms it; everything else opens it or adds to it."""
    return OTHER_THAN_TRIGGER.get(notification.occasion, Action.TRIGGER)


def key(prefix: str, notification: Notification) -> str:
    """One key for all that happens to a monitor, whatever it is called by then, so that recovery finds the alert.

    Its certificate has a key of its own, which recovery leaves alone; what is about no monitor has that of the event.
    """
    if notification.subject is None:
        return f"{prefix}-{notification.id}"
    part = "-certificate" if notification.occasion is Occasion.CERTIFICATE else ""
    return f"{prefix}-monitor-{notification.subject.id}{part}"


def checked_prefix(given: str) -> str:
    """The word that keys begin with. ValueError, with a sentence: it cannot stand in one."""
    if not re.fullmatch(r"[0-9A-Za-z._-]+", given.strip()):
        raise ValueError("The keys may begin with letters, digits, dots, _ and -.")
    return given.strip()
