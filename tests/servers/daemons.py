"""Servers from the system's packages, each with a folder and a port of its own for as long as a block lasts."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PLACES = ":".join(["/usr/sbin", "/usr/local/sbin", *map(str, Path("/usr/lib/postgresql").glob("*/bin"))])
"""Where Debian keeps servers, beside the PATH."""

STARTING_S = 30


def program(name: str) -> str:
    """The path of a program. Without it the test is skipped, unless all must run."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:{PLACES}")
    if found is None:
        if os.environ.get("REQUIRE_SERVERS"):
            pytest.fail(f"{name} is not installed")
        print(f"\n!!! NO TEST AGAINST {name}: it is not installed. !!!", file=sys.stderr)  # noqa: T201
        pytest.skip(f"{name} is not installed")
    return found


@contextmanager
def folder(prefix: str) -> Iterator[Path]:
    """A folder that a server without privileges can reach; gone at the end."""
    with tempfile.TemporaryDirectory(prefix=f"upspeak-{prefix}-", ignore_cleanup_errors=True) as found:
        Path(found).chmod(0o755)
        yield Path(found)


def nobody(*owned: Path) -> list[str]:
    """What to put before a command that refuses to run as root; these files become its own."""
    if os.geteuid() != 0:
        return []
    for path in owned:
        shutil.chown(path, "nobody", "nogroup")
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


@contextmanager
def running(command: list[str], ready: Callable[[], bool], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server that answers within the block, and is ended after it."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=log.parent, env=_environment(log.parent))
    try:
        until = time.monotonic() + STARTING_S
        while not ready():
            if process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"{command[0]} did not start: {log.read_text(errors='replace')[-2_000:]}")
            time.sleep(0.02)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            warnings.warn(f"{command[0]} had to be killed", stacklevel=1)
            process.kill()
            process.wait(10)


def _environment(home: Path) -> dict[str, str]:
    return {"PATH": f"{os.environ['PATH']}:{PLACES}", "HOME": str(home), "LC_ALL": "C", "TZ": "UTC"}


def accepts(port: int) -> Callable[[], bool]:
    """Whether a port of this machine lets somebody in."""

    def knock() -> bool:
        with socket.socket() as knocking:
            return knocking.connect_ex(("127.0.0.1", port)) == 0

    return knock
