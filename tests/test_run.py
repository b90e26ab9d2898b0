"""`python -m uptime run` as real processes: it starts, serves, remembers, and leaves nothing behind."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
API_KEY = "run-test-key-run-test-key-run-test-key"
PASSWORD = "a rather long password"


def eventually(reached: Callable[[], Any], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < until
        time.sleep(0.05)


def family(pid: int) -> dict[int, str]:
    """A process and all that descend from it: their command lines."""
    parents, words = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                words[int(entry.name)] = (entry / "cmdline").read_text()
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return {one: words[one] for one in found if one in words}


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Run:
    """One run of everything."""

    def __init__(self, folder: Path, *command: str, **env: str) -> None:
        self.log = folder / f"{len(list(folder.glob('*.log')))}.log"
        full = {"API_KEY": API_KEY, "ADMIN_PASSWORD": PASSWORD, "PORT": "0", "DATA_DIR": str(folder / "data"), **env}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command or (sys.executable, "-m", "uptime", "run"),
                cwd=ROOT, env={**os.environ, **full}, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.url = ""

    def ready(self) -> "Run":
        eventually(lambda: "Stop     " in self.text or self.process.poll() is not None)
        found = re.findall(r"Address  (\S+)", self.text)
        assert found, self.text
        self.url = found[-1]
        eventually(lambda: self.ask("/readyz")[0] == 200)
        return self

    @property
    def text(self) -> str:
        return self.log.read_text()

    def ask(self, path: str, body: Any = None, method: str | None = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, None
        except OSError:
            return 0, None

    def stop(self, number: signal.Signals) -> tuple[int, float, set[int]]:
        """Exit code, seconds, and the processes that were left three seconds later."""
        members, began = set(family(self.process.pid)), time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(20)
        took = time.monotonic() - began
        with contextlib.suppress(AssertionError):
            eventually(lambda: not any(lives(pid) for pid in members), 3)
        return code, took, {pid for pid in members if lives(pid)}

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(*command: str, **env: str) -> Run:
        runs.append(Run(tmp_path, *command, **env))
        return runs[-1]

    yield start
    for run in runs:
        run.close()


Start = Callable[..., Run]


def test_it_starts_checks_and_stops_and_what_it_saw_is_there_the_next_time(started: Start) -> None:
    run = started().ready()
    assert run.ask("/healthz") == (200, {"status": "ok"})
    assert run.ask("/api/services", {"name": "Shop", "url": "http://127.0.0.1:9/", "interval": 5})[0] in (200, 201)
    eventually(lambda: run.ask("/api/status")[1]["services"][0]["status"] == "down")
    code, took, left = run.stop(signal.SIGTERM)
    assert (code, left) == (0, set())
    assert took < 10

    again = started().ready()
    assert again.ask("/api/status")[1]["services"][0]["name"] == "Shop"
    code, took, left = again.stop(signal.SIGINT)
    assert (code, left) == (0, set())
    assert took < 10


def test_killed_it_leaves_no_child_and_starts_again(started: Start) -> None:
    run = started().ready()
    assert len(family(run.process.pid)) >= 6
    run.ask("/api/services", {"name": "Shop", "url": "http://127.0.0.1:9/"})
    assert run.stop(signal.SIGKILL)[2] == set()
    again = started().ready()
    assert again.ask("/api/status")[1]["services"][0]["name"] == "Shop"


def test_a_part_that_dies_is_started_again(started: Start) -> None:
    run = started().ready()
    for pid in [pid for pid in family(run.process.pid) if pid != run.process.pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    eventually(lambda: run.text.count("is started again") == 5)
    eventually(lambda: len(family(run.process.pid)) == 6)
    eventually(lambda: run.ask("/readyz")[0] == 200)
    assert run.stop(signal.SIGTERM)[2] == set()


def test_two_runs_on_one_data_folder_are_refused(started: Start) -> None:
    first = started().ready()
    second = started()
    assert second.process.wait(20) == 1
    assert "Another Upspeak runs in the data folder" in second.text
    assert first.ask("/healthz")[0] == 200


def test_a_port_in_use_is_told(started: Start) -> None:
    first = started().ready()
    second = started(PORT=first.url.rpartition(":")[2])
    assert second.process.wait(20) == 1
    assert "Address already in use. Set HOST or PORT." in second.text


def test_nonsense_in_the_environment_stops_the_start(started: Start) -> None:
    run = started(API_KEY="short", REGISTRATION="perhaps")
    assert run.process.wait(20) == 1
    assert "API_KEY must have" in run.text
    assert "REGISTRATION must be" in run.text


def test_a_first_password_that_is_no_good_stops_the_start_and_leaves_nothing(started: Start) -> None:
    run = started(ADMIN_PASSWORD="password123")
    assert run.process.wait(20) == 1
    assert "ADMIN_PASSWORD cannot be the first password" in run.text


def test_the_banner_leads_to_the_set_up(started: Start) -> None:
    run = started(ADMIN_PASSWORD="").ready()
    link = re.search(r"/setup\?token=\S+", run.text)
    assert link
    with urllib.request.urlopen(run.url + link[0], timeout=10) as page:
        assert page.status == 200


def test_every_line_of_the_log_has_its_time(started: Start) -> None:
    run = started().ready()
    run.stop(signal.SIGTERM)
    entries = [line for line in run.text.splitlines() if not line.startswith(("Upspeak ", "  "))]
    assert entries
    assert [
        line for line in entries if not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [A-Z]+ \w+: ", line)
    ] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_make_run_ends_with_everything(started: Start, number: signal.Signals) -> None:
    if not (ROOT / ".venv" / ".run").exists():
        (ROOT / ".venv" / ".run").touch()
    run = started("make", "run").ready()
    _, took, left = run.stop(number)
    assert left == set()
    assert took < 10
