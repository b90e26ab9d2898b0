"""Other people's HTTP clients doing the same checks, each in a process of its own."""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.processes import cpu_seconds, free_port, running

HERE = Path(__file__).parent
AXIOS = "1.21.1"


@dataclass(frozen=True)
class Cost:
    """What a number of checks cost a client: CPU seconds in all, and the time each one reported."""

    checks: int
    cpu: float
    times: tuple[float, ...]

    @property
    def per_cpu_second(self) -> float:
        return self.checks / max(self.cpu, 0.001)


def python_client(client: str, url: str, checks: int, ca: Path | None = None) -> Cost:
    """`requests` in 64 threads or `aiohttp` with 64 at once."""
    command = [sys.executable, str(HERE / "client.py"), client, url, str(checks), *([str(ca)] if ca else [])]
    return _cost(subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout)


def axios_folder() -> Path | None:
    """A temporary folder with axios from npm and the script beside it; None where there is no npm."""
    if not shutil.which("npm"):
        return None
    folder = Path(tempfile.mkdtemp(prefix="upspeak-axios-"))
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), f"axios@{AXIOS}"]
    if subprocess.run(command, capture_output=True, timeout=120).returncode:
        shutil.rmtree(folder)
        return None
    shutil.copy(HERE / "axios.mjs", folder)
    return folder


def axios_client(folder: Path, url: str, checks: int, ca: Path | None = None) -> Cost:
    """axios on Node with 64 at once."""
    command = ["node", str(folder / "axios.mjs"), url, str(checks), *([str(ca)] if ca else [])]
    return _cost(subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout)


def blackbox(url: str, checks: int, ca: Path | None = None) -> Cost | None:
    """Debian's blackbox exporter asked to probe; its process alone is counted. None where it is not installed."""
    binary = shutil.which("prometheus-blackbox-exporter")
    if binary is None:
        return None
    with tempfile.TemporaryDirectory() as name:
        config, port = Path(name) / "config.yml", free_port()
        tls = f"\n      tls_config: {{ca_file: {ca}}}" if ca else ""
        config.write_text(f"modules:\n  up:\n    prober: http\n    http:\n      method: GET{tls}\n")
        command = [binary, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
        with running(command) as process:
            probe = f"http://127.0.0.1:{port}/probe?module=up&target={urllib.parse.quote(url)}"
            _answering(probe)
            with ThreadPoolExecutor(16) as pool:
                before = cpu_seconds(process.pid)
                answers = list(pool.map(lambda _: urllib.request.urlopen(probe, timeout=20).read(), range(checks)))
                spent = cpu_seconds(process.pid) - before
        good = sum(b"probe_success 1" in answer for answer in answers)
        return Cost(good, spent, ())


def _answering(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the exporter did not start")


def _cost(printed: str) -> Cost:
    found = json.loads(printed.strip().splitlines()[-1])
    return Cost(found["checks"], found["cpu"], tuple(found["times"]))


def lateness_of(times: tuple[float, ...], truth: float) -> tuple[float, float]:
    """How far reported times lie from the truth (seconds), as median and 99th percentile in milliseconds."""
    errors = sorted(abs(time_ - truth) * 1000 for time_ in times)
    return statistics.median(errors), errors[min(len(errors) - 1, int(len(errors) * 0.99))]
