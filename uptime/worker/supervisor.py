"""The one-command mode: starts every part, starts again what dies, and ends everything together."""

import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from uptime.worker.embedded import CannotRun, Embedded
from uptime.worker.kinship import end_with, fresh_signals

log = logging.getLogger(__name__)

Main = Callable[[], int]

STOPPING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
WATCHED = STOPPING | {signal.SIGCHLD}

PARTS_SECONDS = 9.2
"""What the parts have to stop; running checks take eight seconds of it."""
STORE_SECONDS = 0.6

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY = 60.0
"""Seconds after which a part that dies is no longer taken for one that cannot start."""


@dataclass(slots=True)
class Child:
    """A part and how it fared. `pid` is 0 while it does not run; times are monotonic."""

    main: Main
    pid: int = 0
    started: float = 0.0
    again_at: float = 0.0
    pause: float = FIRST_PAUSE


class Supervisor:
    """Runs parts as children of this process, forked before it has threads, and the embedded store beside them."""

    def __init__(self, parts: Mapping[str, Main], embedded: Embedded | None) -> None:
        self._children = {name: Child(main) for name, main in parts.items()}
        self._embedded = embedded
        self._store_again_at = 0.0

    def run(self, first: Main, enough: Callable[[], bool] = lambda: False) -> int:
        """Start the store, do `first` in a process of its own, then keep all parts alive until told to stop.

        Returns the exit code. Ends by itself when `enough`, asked once a second, says so. CannotRun.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
        for number in (signal.SIGINT, signal.SIGTERM):
            # Shells start what runs in the background with SIGINT ignored, and the kernel drops what is ignored.
            signal.signal(number, signal.SIG_DFL)
        gc.collect()
        gc.freeze()
        try:
            if self._embedded is not None:
                self._embedded.start()
            code = self._finish(self._fork("start", first))
            while not code and not self._told_to_stop() and not enough():
                self._tend()
            return code
        finally:
            self._stop()

    def _told_to_stop(self) -> bool:
        wait = 1.0 if all(child.pid for child in self._children.values()) else 0.1
        caught = signal.sigtimedwait(WATCHED, wait)
        return caught is not None and caught.si_signo in STOPPING

    def _tend(self) -> None:
        """Notice what died and start what is not there."""
        now = time.monotonic()
        for name, child in self._children.items():
            if child.pid and (code := _ended(child.pid)) is not None:
                self._note_death(name, child, code, now)
            if not child.pid and now >= child.again_at:
                child.pid, child.started = self._fork(name, child.main), now
        if self._embedded is not None and not self._embedded.pid and now >= self._store_again_at:
            self._restart_store(self._embedded, now)

    def _note_death(self, name: str, child: Child, code: int, now: float) -> None:
        child.pid = 0
        child.pause = FIRST_PAUSE if now - child.started > STEADY else min(child.pause * 2, LONGEST_PAUSE)
        child.again_at = now + child.pause
        log.error("The %s ended with code %d and is started again in %.1f s.", name, code, child.pause)

    def _restart_store(self, embedded: Embedded, now: float) -> None:
        log.error("The embedded store ended and is started again.")
        self._store_again_at = now + 1.0
        try:
            embedded.start()
        except CannotRun as error:
            log.error("%s", error)
            self._store_again_at = now + LONGEST_PAUSE

    def _fork(self, name: str, main: Main) -> int:
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            fresh_signals()
            end_with(parent, signal.SIGKILL)
            code = main()
        except Exception:
            log.exception("The %s failed.", name)
        finally:
            # Threads and atexit handlers of the parent's making are none of this process's business.
            _flush()
            os._exit(code)

    def _finish(self, pid: int) -> int:
        """Wait for a process that ends by itself; its exit code."""
        while (code := _ended(pid)) is None:
            if signal.sigpending() & STOPPING:
                os.kill(pid, signal.SIGTERM)
            time.sleep(0.01)
        return code

    def _stop(self) -> None:
        began = time.monotonic()
        running = {child.pid for child in self._children.values() if child.pid}
        for pid in running:
            os.kill(pid, signal.SIGTERM)
        while running and time.monotonic() < began + PARTS_SECONDS:
            time.sleep(0.02)
            running = {pid for pid in running if _ended(pid) is None}
        for pid in running:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        if self._embedded is not None:
            self._embedded.stop(STORE_SECONDS)


def _ended(pid: int) -> int | None:
    """The exit code of a child, negative for a signal; None while it runs."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            continue
