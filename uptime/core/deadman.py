"""The dead man's switch: somebody elsewhere is called after every complete sweep, and misses us when we fall silent."""

import logging

from uptime.config import Settings
from uptime.domain.errors import UptimeError
from uptime.outbound import Outbound

log = logging.getLogger(__name__)

TIMEOUT = 5.0
ENOUGH = 1_024


class Deadman:
    """Calls `DEADMAN_URL`, if there is one."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.deadman_url
        self._outbound = Outbound(settings)

    @property
    def wanted(self) -> bool:
        return bool(self._url)

    def call(self) -> bool:
        """Tell that a sweep is complete; whether that was heard. A failure is logged and stops nothing."""
        if not self._url:
            return False
        try:
            self._outbound.get(self._url, timeout=TIMEOUT, limit=ENOUGH)
        except UptimeError as error:
            log.warning("The dead man's switch could not be called: %s", error.message)
            return False
        return True
