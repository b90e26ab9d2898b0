"""The thread that puts finished checks on record, and keeps them while the store is away."""

import logging
import queue
import threading
import time
from collections.abc import Sequence

from uptime.core.recording import Entry, Recording
from uptime.core.runner import Finished
from uptime.domain.errors import Unavailable

log = logging.getLogger(__name__)

BATCH, LARGE_BATCH = 100, 500
GATHER = 0.02
"""Seconds for which a batch may gather."""

BACKLOG = 150_000
"""Results that are kept in memory; beyond that the newest are dropped."""

PAUSE_LOW, PAUSE_HIGH = 0.05, 1.0


class Recorder:
    """Results go in from any thread and come out on record, in their order."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._queue: queue.SimpleQueue[Finished] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._give_up_at = float("inf")
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def backlog(self) -> int:
        """How many results wait."""
        return self._queue.qsize()

    def put(self, finished: Finished) -> None:
        """Take a result on; never blocks."""
        if self._queue.qsize() < BACKLOG:
            self._queue.put(finished)
        else:
            self._dropped += 1

    def stop(self, seconds: float) -> None:
        """Put on record what is waiting, for at most so many seconds, and end the thread."""
        self._give_up_at = time.monotonic() + seconds
        self._stopping.set()
        self._thread.join(seconds + 0.2)

    def _run(self) -> None:
        while True:
            entries = self._gather()
            if entries:
                self._write(entries)
            elif self._stopping.is_set():
                return

    def _gather(self) -> list[Entry]:
        try:
            entries = [Entry(self._queue.get(timeout=0.1))]
        except queue.Empty:
            return []
        if self._queue.qsize() < BATCH and not self._stopping.is_set():
            time.sleep(GATHER)
        wanted = min(self._queue.qsize(), BATCH if self._queue.qsize() < LARGE_BATCH else LARGE_BATCH)
        entries += (Entry(self._queue.get()) for _ in range(wanted))
        return entries

    def _write(self, entries: Sequence[Entry]) -> None:
        pause, away = PAUSE_LOW, False
        while True:
            try:
                self._recording.write(entries)
            except Unavailable as error:
                if not away:
                    log.warning("Results wait in memory: %s", error.message)
                away = True
                if time.monotonic() > self._give_up_at:
                    log.error("%d results are lost: the store was away until the end.", len(entries) + self.backlog)
                    return
                self._stopping.wait(pause)
                pause = min(pause * 2, PAUSE_HIGH)
            except Exception:
                self._write_singly(entries)
                return
            else:
                if away:
                    self._say_back()
                return

    def _write_singly(self, entries: Sequence[Entry]) -> None:
        """One bad result must not take a hundred good ones with it."""
        if len(entries) == 1:
            log.exception("Monitor %d: its result could not be recorded.", entries[0].place[0])
        else:
            for entry in entries:
                self._write([entry])

    def _say_back(self) -> None:
        log.warning("The store is back; %d results are being written, %d were dropped.", self.backlog, self._dropped)
        self._dropped = 0
