"""What readers get: public status a second, and what all processes of the one-command mode weigh."""

import json
import re
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.house import SECRET
from bench.processes import family, free_port, memory_mib, running, upspeak, wait_until
from bench.report import Row, median_row
from bench.targets import Targets

API_KEY = "bench-key-bench-key-bench-key-bench-key"


@contextmanager
def one_command(services: int, targets: Targets) -> Iterator[tuple[str, int]]:
    """`python -m uptime run` with so many services: its address and process id."""
    with tempfile.TemporaryDirectory(prefix="upspeak-bench-") as name:
        port = free_port()
        env = {
            "DATA_DIR": name,
            "PORT": str(port),
            "SECRET_KEY": SECRET,
            "ADMIN_PASSWORD": "a long bench password",
            "API_KEY": API_KEY,
            "RATE_LIMIT_FACTOR": "0",
        }
        url = f"http://127.0.0.1:{port}"
        with running(upspeak("run"), env, log=Path(name) / "run.log") as process:
            wait_until(lambda: _ok(f"{url}/readyz"), 60, "everything ready")
            for index in range(services):
                _post(f"{url}/api/services", {"name": f"Service {index}", "url": f"{targets.plain}{index}"})
            yield url, process.pid


def status_requests(targets: Targets, runs: int) -> list[Row]:
    """wrk with 64 connections against /api/status of the default single web process, and nginx with a file."""
    with one_command(100, targets) as (url, _):
        time.sleep(3)
        ours = [_wrk(f"{url}/api/status") for _ in range(runs)]
        size = len(urllib.request.urlopen(f"{url}/api/status").read())
    targets.file.write_bytes(b"x" * size)
    nginx = [_wrk(targets.file_url) for _ in range(runs)]
    note = f"body of {size:,} bytes; checks of 100 services go on meanwhile"
    return [
        median_row("public status of 100 services, 64 connections", [r for r, _ in ours], "/s", (">=", 8_000), note),
        median_row("the same: p99", [p for _, p in ours], "ms", ("<=", 30)),
        median_row("nginx with a file of that size, 64 connections", [r for r, _ in nginx], "/s"),
    ]


def memory(targets: Targets) -> Row:
    """Proportional memory of every process of the one-command mode after a minute with 100 monitors."""
    with one_command(100, targets) as (_, pid):
        time.sleep(60)
        pids = family(pid)
        note = f"{len(pids)} processes"
        return median_row("memory of the one-command mode, 100 monitors", [memory_mib(pids)], "MiB", ("<=", 180), note)


def _wrk(url: str) -> tuple[float, float]:
    command = ["wrk", "-t1", "-c64", "-d8s", "--latency", url]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    tail = re.search(r"99%\s+([\d.]+)(us|ms|s)", printed)
    assert "Non-2xx" not in printed, printed
    assert rate, printed
    assert tail, printed
    return float(rate[1]), float(tail[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[tail[2]]


def _ok(url: str) -> bool:
    try:
        return bool(urllib.request.urlopen(url, timeout=2).status == 200)
    except OSError:
        return False


def _post(url: str, body: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=30).read()
