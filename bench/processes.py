"""Starting processes and reading what they cost: CPU seconds and memory as the kernel counts them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of one process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mib(pids: Sequence[int]) -> float:
    """Proportional set size of several processes together."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, queue = [], [pid]
    while queue:
        current = queue.pop()
        found.append(current)
        queue.extend(children.get(current, []))
    return found


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def listening(port: int) -> bool:
    """Whether something accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(
    command: Sequence[str], env: Mapping[str, str] | None = None, *, log: Path | None = None, core: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block; `core` pins it and all its children to one processor."""
    pinned = ["taskset", "-c", str(core), *command] if core is not None else list(command)
    output = log.open("ab") if log else subprocess.DEVNULL
    process = subprocess.Popen(
        pinned, env={**os.environ, **(env or {})}, stdout=output, stderr=output, start_new_session=True
    )
    try:
        yield process
    finally:
        _end(process)
        if log:
            output.close()  # type: ignore[union-attr]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def upspeak(*words: str) -> list[str]:
    """The command line of one of our own processes."""
    return [sys.executable, "-m", "uptime", *words]


def wait_until(reached: Callable[[], bool], seconds: float, what: str) -> None:
    """Ask ten times a second; RuntimeError when it does not come true in time."""
    end = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not come true within {seconds:.0f} s")
        time.sleep(0.1)
