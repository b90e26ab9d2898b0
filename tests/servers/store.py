"""A store on a private socket that keeps nothing, for as long as a block lasts."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis


@contextmanager
def serving(binary: str) -> Iterator[str]:
    """The URL of a store run by this program, a redis-server or a valkey-server."""
    with tempfile.TemporaryDirectory(prefix="upspeak-test-", ignore_cleanup_errors=True) as folder:
        socket = Path(folder) / "store.sock"
        process = subprocess.Popen(
            [binary, "--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no", "--dir", folder],
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait(socket)
            yield f"unix://{socket}"
        finally:
            process.terminate()
            process.wait(10)


def _wait(socket: Path) -> None:
    client = redis.Redis(unix_socket_path=str(socket))
    for _ in range(200):
        try:
            client.ping()
            break
        except redis.exceptions.ConnectionError:
            time.sleep(0.02)
    client.close()
