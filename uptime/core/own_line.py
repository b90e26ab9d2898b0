"""Our own line, as the operator hears of it: one message when it breaks, one when it is back."""

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from uptime.checks._line import BROKEN
from uptime.core.operator import tell_operator
from uptime.domain.feed import LineChanged
from uptime.domain.monitor import LOCAL
from uptime.domain.schedule import to_ms
from uptime.domain.user import FIRST_ACCOUNT

if TYPE_CHECKING:
    from uptime.store import Store

log = logging.getLogger(__name__)

BACK = "Our own line is back: a witness answers."


class OwnLine:
    """What one process knows of the line, told once for all processes of a location."""

    def __init__(self, store: "Store", location: str = LOCAL) -> None:
        self._store = store
        self._location = location
        self._told: bool | None = None

    def tell(self, answering: bool | None, now: datetime) -> None:
        """Say whether a witness answers; None where nothing is known. Unavailable: tell again."""
        if answering is False:
            # A job whose push could not reach us is not to blame.
            self._store.pushes.listen(now)
        if answering is None or answering is self._told:
            return
        changed = self._store.lines.turn(self._location, answering=answering)
        self._told = answering
        if changed:
            message = BACK if answering else BROKEN
            log.warning("%s", message)
            tell_operator(self._store, f"line-{self._location}-{to_ms(now)}", message, now)
            self._store.feed.publish([LineChanged(FIRST_ACCOUNT, self._location, now, answering, message)])
