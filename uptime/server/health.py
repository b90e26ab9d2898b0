"""Whether this process lives, and whether everything that must work together does."""

import threading
import time
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, jsonify

from uptime.config import Settings
from uptime.domain.errors import Unavailable
from uptime.domain.schedule import from_ms
from uptime.store import Store

FRESH = 0.5
"""Seconds for which an answer is repeated: anybody may ask, and each look writes to the store."""

LATE = timedelta(seconds=10)
"""Two of the shortest intervals there are: nothing that is less late needs a second look."""

WARNED_EVERY = 60.0
"""Seconds for which a warning stands without another look."""

PARTS = {"checks": "No check worker is running.", "scheduler": "No scheduler is running."}


class Readiness:
    """What stands in the way of being ready, looked up at most twice a second."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._lock = threading.Lock()
        self._seen: tuple[float, list[str]] | None = None
        self._warned: tuple[float, list[str]] | None = None

    def problems(self) -> list[str]:
        """A sentence for each thing that is missing."""
        with self._lock:
            if self._seen is None or time.monotonic() - self._seen[0] > FRESH:
                self._seen = time.monotonic(), self.look(datetime.now(UTC))
            return self._seen[1]

    def warnings(self) -> list[str]:
        """A sentence for each thing that works today and will cost data one day."""
        if self._warned is None or time.monotonic() - self._warned[0] > WARNED_EVERY:
            try:
                policy = self._store.evicts()
            except Unavailable:
                return []
            said = f"The store throws data away when it is full ({policy}). Set maxmemory-policy noeviction."
            self._warned = time.monotonic(), [said] if policy else []
        return self._warned[1]

    def look(self, now: datetime) -> list[str]:
        """The same, as it is at this moment."""
        try:
            # A store that answers but takes no writes is not ready either.
            self._store.workers.seen("web", "readiness", now)
            missing = [] if self._settings.serverless else self._missing(now)
            return missing + self._overdue(now)
        except Unavailable as error:
            return [error.message]

    def _missing(self, now: datetime) -> list[str]:
        return [sentence for kind, sentence in PARTS.items() if not self._store.workers.alive(kind, now)]

    def _overdue(self, now: datetime) -> list[str]:
        _, _, oldest = self._store.due.size(now)
        if oldest is None or now - from_ms(oldest) <= LATE:
            return []
        shortest = min((monitor.interval for monitor in self._store.monitors.all_active()), default=0)
        if not shortest or now - from_ms(oldest) <= 2 * timedelta(seconds=shortest):
            return []
        return [f"Checks are overdue since {from_ms(oldest):%Y-%m-%d %H:%M:%S} UTC."]


def blueprint(readiness: Readiness) -> Blueprint:
    """`/healthz` and `/readyz`."""
    made = Blueprint("health", __name__)

    @made.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @made.get("/readyz")
    def readyz() -> tuple[Response, int]:
        problems, warnings = readiness.problems(), readiness.warnings()
        body = jsonify(status="not ready" if problems else "ready", problems=problems, warnings=warnings)
        return body, 503 if problems else 200

    return made
