"""The thread that decides what is told, and a thread for each channel that sends, so that none waits for another."""

import logging
import threading
import time
from datetime import UTC, datetime

from uptime.core.notifying import Notifying
from uptime.domain.errors import Unavailable

log = logging.getLogger(__name__)

SENDERS = 16
"""Channels that are served at once."""

EVERY = 1.0
"""Seconds after which there is another look, woken or not."""


class Dispatcher:
    """Looks at what there is to tell whenever it is woken, and once a second."""

    def __init__(self, notifying: Notifying) -> None:
        self._notifying = notifying
        self._woken, self._stopping = threading.Event(), threading.Event()
        self._senders: dict[int, threading.Thread] = {}
        self._away = False
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Look now."""
        self._woken.set()

    def stop(self, seconds: float) -> None:
        """Begin nothing more, and wait at most so long for what is being sent."""
        end = time.monotonic() + seconds
        self._stopping.set()
        self.wake()
        for thread in (self._thread, *list(self._senders.values())):
            thread.join(max(end - time.monotonic(), 0.0))

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.wait(EVERY)
            self._woken.clear()
            try:
                if not self._stopping.is_set():
                    self._look(datetime.now(UTC))
                self._away = False
            except Unavailable as error:
                if not self._away:
                    log.warning("Nobody can be told anything: %s", error.message)
                self._away = True
            except Exception:
                log.exception("The notifier failed at this look; it looks again.")

    def _look(self, now: datetime) -> None:
        self._notifying.decide(now)
        self._senders = {channel: sender for channel, sender in self._senders.items() if sender.is_alive()}
        for channel_id in self._notifying.due(now):
            if channel_id not in self._senders and len(self._senders) < SENDERS:
                sender = threading.Thread(target=self._serve, args=[channel_id], name="sender", daemon=True)
                self._senders[channel_id] = sender
                sender.start()

    def _serve(self, channel_id: int) -> None:
        try:
            self._notifying.deliver(channel_id, stopping=self._stopping.is_set)
        except Unavailable as error:
            log.warning("Channel %d waits: %s", channel_id, error.message)
        except Exception:
            log.exception("Channel %d: what it was to send could not be sent.", channel_id)
        finally:
            self.wake()
