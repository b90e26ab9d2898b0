"""The commands that do more than start a part, as people type them."""

import json
import logging
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.servers.certificates import authority, good, issue
from tests.servers.store import serving
from tests.servers.watched import watched
from tests.test_cli import ROOT, SECRET, House
from uptime.cli import main
from uptime.domain.monitor import MonitorDraft


class Sitting(House):
    """The same without a process for each command."""

    def say(self, *words: str, typed: str = "", flask: bool = False) -> tuple[int, str]:
        done = said(*words, typed=typed, env=self.env)
        return done.exit_code, done.output


def said(*words: str, typed: str = "", env: Mapping[str, str]) -> Result:
    """What a command does in an environment that holds nothing but this."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    gone = dict.fromkeys(os.environ.keys() - env.keys())
    try:
        return CliRunner().invoke(main, words, input=typed, env={**gone, **env}, prog_name="python -m uptime")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


@pytest.fixture
def house(redis_url: str, tmp_path: Path) -> House:
    return Sitting(redis_url, tmp_path)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[House]:
    """A second installation, over a store of its own."""
    with serving(str(shutil.which("redis-server"))) as url:
        made = Sitting(url, tmp_path)
        yield made
        made.store.close()


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    with watched() as url:
        yield url


def shop(house: House, name: str = "Shop") -> int:
    house.core.users.set_up("alice", "a rather long password", "alice@example.com", None, house.now())
    return house.core.monitors.add(1, MonitorDraft(name, "http", {"url": "http://127.0.0.1:9/"}), house.now()).id


def test_a_backup_goes_into_a_file_and_back_from_it(house: House, other: House, tmp_path: Path) -> None:
    shop(house)
    file = tmp_path / "upspeak.backup"
    code, printed = house.say("backup", str(file))
    assert code == 0
    assert printed.startswith(f"{file}: 1 monitor, 0 heartbeats, ")
    code, printed = other.say("restore", str(file))
    assert code == 0
    assert printed.startswith("Restored 1 monitor, 0 heartbeats, ")
    assert [monitor.name for monitor in other.core.monitors.list(1)] == ["Shop"]


def test_both_print_json_or_nothing(house: House, other: House, tmp_path: Path) -> None:
    shop(house)
    code, printed = house.say("backup", str(tmp_path / "a"), "--json")
    told = json.loads(printed)
    assert (code, told["format"], told["version"], told["counts"]["monitors"]) == (0, "upspeak-backup", 1, 1)
    assert told["bytes"] == (tmp_path / "a").stat().st_size
    code, printed = other.say("restore", str(tmp_path / "a"), "--json")
    told = json.loads(printed)
    assert (code, told["expired"], told["replaced"]) == (0, 0, 0)
    assert told["written"] > 5
    assert house.say("backup", str(tmp_path / "a"), "--quiet") == (0, "")
    assert other.say("restore", str(tmp_path / "a"), "--quiet", "--replace", "--yes") == (0, "")


def test_what_is_there_is_replaced_only_when_asked_for_by_name(house: House, other: House, tmp_path: Path) -> None:
    shop(house, "New")
    shop(other, "Old")
    house.say("backup", str(tmp_path / "a"))
    code, printed = other.say("restore", str(tmp_path / "a"))
    assert (code, "This store is not empty" in printed) == (1, True)
    code, printed = other.say("restore", str(tmp_path / "a"), "--replace", typed="Nonsense\n")
    assert (code, "Nothing was changed" in printed) == (1, True)
    code, _ = other.say("restore", str(tmp_path / "a"), "--replace", typed="")
    assert code == 1
    assert [monitor.name for monitor in other.core.monitors.list(1)] == ["Old"]
    code, printed = other.say("restore", str(tmp_path / "a"), "--replace", typed="Upspeak\n")
    assert code == 0
    assert [monitor.name for monitor in other.core.monitors.list(1)] == ["New"]


def test_a_damaged_file_changes_nothing(house: House, other: House, tmp_path: Path) -> None:
    shop(house, "New")
    shop(other, "Old")
    house.say("backup", str(tmp_path / "a"))
    (tmp_path / "a").write_bytes((tmp_path / "a").read_bytes()[:-20])
    code, printed = other.say("restore", str(tmp_path / "a"), "--replace", "--yes")
    assert code == 1
    assert "is cut off or damaged" in printed
    assert [monitor.name for monitor in other.core.monitors.list(1)] == ["Old"]
    code, printed = other.say("restore", str(tmp_path / "no such file"))
    assert code == 1
    assert "cannot be read: No such file" in printed


def test_an_embedded_store_at_rest_is_started_for_it(redis_url: str, tmp_path: Path) -> None:
    house = House(redis_url, tmp_path)
    shop(house)
    house.say("backup", str(tmp_path / "a"))
    del house.env["REDIS_URL"]
    house.env["DATA_DIR"] = str(tmp_path / "new")
    code, printed = house.say("backup", str(tmp_path / "b"))
    assert code == 1
    assert "There is no data in" in printed
    assert house.say("restore", str(tmp_path / "a"), "--quiet") == (0, "")
    code, printed = house.say("backup", str(tmp_path / "b"))
    assert code == 0
    assert "1 monitor" in printed
    assert house.say("keys", "list")[0] == 1, "the store rests again"


def test_progress_has_rate_and_time_left_on_a_terminal(house: House, tmp_path: Path) -> None:
    shop(house)
    screen, terminal = pty.openpty()
    command = [sys.executable, "-m", "uptime", "backup", str(tmp_path / "a"), "--json"]
    done = subprocess.run(command, cwd=ROOT, env=house.env, stdout=subprocess.PIPE, stderr=terminal, check=True)
    os.close(terminal)
    drawn = os.read(screen, 65_536).decode()
    os.close(screen)
    assert "Backing up" in drawn
    assert re.search(r" (\d+)/\1 ", drawn)
    assert "/s" in drawn
    assert json.loads(done.stdout)["file"] == str(tmp_path / "a")


def look(*words: str, **more: str) -> Result:
    """`check` without any store or secret to be found."""
    return said("check", *words, env={"PATH": os.environ["PATH"], **more})


def test_what_is_up_shows_its_phases_as_bars(web: str, tmp_path: Path) -> None:
    done = look(f"{web}/slow/0.2", DATA_DIR=str(tmp_path / "none"), COLUMNS="80")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["up", "200", "OK"]
    assert lines[1].split() == ["address", f"{web}/slow/0.2", "at", "127.0.0.1"]
    (bar,) = [line for line in lines if line.startswith("first byte")]
    assert bar.count("█") > 40
    assert max(map(len, lines)) <= 80
    assert not (tmp_path / "none").exists(), "nothing is left behind"


def test_what_is_down_says_why_and_what_was_seen(web: str) -> None:
    done = look(f"{web}/500")
    assert done.exit_code == 1
    assert "down          Answered 500 Internal Server Error, but 200 was expected. (Unexpected status)" in done.stdout
    assert "seen          HTTP 500" in done.stdout
    assert look("tcp://127.0.0.1:1", "--quiet").stdout == ""


def test_redirects_and_the_certificate_are_shown(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(authority().pem)
    with watched(good().context()) as url:
        done = look(f"{url}/301", CHECK_CA_FILE=str(tmp_path / "ca.pem"))
        assert done.exit_code == 0
        assert f"redirects     301 {url}/200" in done.stdout
        assert "certificate   CN=127.0.0.1, ends " in done.stdout
        assert "issued by CN=Upspeak Test Authority" in done.stdout
        assert "TLS " in done.stdout


def test_what_a_certificate_says_cannot_command_the_terminal() -> None:
    with watched(issue("a\x1b[31mb").context()) as url:
        done = look(f"{url}/200")
    assert done.exit_code == 1
    assert "TLS or certificate" in done.stdout
    assert "\x1b" not in done.stdout


def test_the_options_of_a_check_count(web: str) -> None:
    assert look(f"{web}/500", "--expected-status", "500-599").exit_code == 0
    assert look(f"{web}/200", "--keyword", "fine").exit_code == 0
    assert look(f"{web}/200", "--keyword", "missing").exit_code == 1
    assert look(f"{web}/200", "--method", "post", "--header", "X-One: 1", "--header", "X-Two: 2").exit_code == 0
    done = look(f"{web}/slow/2", "--timeout", "0.3")
    assert (done.exit_code, "Too slow" in done.stdout) == (1, True)
    assert look(f"{web}/200", "--type", "http").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        (), ("ftp://x/",), ("example.org",), ("http://[::1",), ("tcp://127.0.0.1:1", "--keyword", "x"),
        ("http://127.0.0.1/", "--timeout", "0"), ("http://127.0.0.1/", "--header", "none"),
        ("http://127.0.0.1/", "--expected-status", "99"), ("http://127.0.0.1/", "--type", "pigeon"), ("push://",),
    ],
)  # fmt: skip
def test_wrong_usage_has_an_exit_code_of_its_own(words: tuple[str, ...]) -> None:
    done = look(*words)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "Error: " in done.stderr


def test_a_check_prints_json_as_the_api_does(web: str) -> None:
    done = look(f"{web}/500", "--json")
    found = json.loads(done.stdout)["found"]
    assert done.exit_code == 1
    assert (found["status"], found["errorClass"], found["statusCode"]) == ("down", "status", 500)
    assert found["phases"].keys() == {"name", "connect", "tls", "firstByte", "transfer"}


def test_the_address_policy_holds_for_a_check(web: str) -> None:
    done = look(f"{web}/200", CHECK_ALLOW_PRIVATE="no")
    assert done.exit_code == 1
    assert "Address not allowed" in done.stdout


def test_monitors_are_listed(house: House) -> None:
    monitor_id = shop(house)
    house.core.monitors.add(1, MonitorDraft("Off", "tcp", {"host": "a.test", "port": 80}, paused=True), house.now())
    house.say("ping", "--quiet")
    code, printed = house.say("monitors", "list")
    first, second = printed.splitlines()
    assert code == 0
    assert first.split()[:4] == [str(monitor_id), "down", "http", "checked"]
    assert first.endswith("Shop  http://127.0.0.1:9/")
    assert second.split()[1:5] == ["paused", "tcp", "checked", "never"]
    told = json.loads(house.say("monitors", "list", "--json")[1])["services"]
    assert [(one["name"], one["status"], bool(one["lastChecked"])) for one in told] == [
        ("Shop", "down", True), ("Off", "unknown", False),
    ]  # fmt: skip


def test_what_is_listed_is_printed_as_json_too(house: House) -> None:
    shop(house)
    house.say("keys", "create", "for the script")
    told = json.loads(house.say("keys", "list", "--json")[1])["keys"]
    assert [(one["name"], one["scope"]) for one in told] == [("for the script", "read")]
    code, printed = house.say("ping", "--json")
    told = json.loads(printed)
    assert (code, told["services"][0]["name"], told["services"][0]["status"]) == (1, "Shop", "down")
    assert house.say("ping", "--quiet") == (1, "")
    assert json.loads(house.say("doctor", "--json")[1])["findings"]


def test_the_shell_completes_what_is_typed(tmp_path: Path) -> None:
    env = {**os.environ, "SECRET_KEY": SECRET, "_UPSPEAK_COMPLETE": "bash_source"}
    command = [sys.executable, "-m", "uptime"]
    script = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False).stdout
    assert "_UPSPEAK_COMPLETE=bash_complete" in script
    assert script.rstrip().endswith("_upspeak_completion_setup;")
    env |= {"_UPSPEAK_COMPLETE": "bash_complete", "COMP_WORDS": "upspeak ba", "COMP_CWORD": "1"}
    found = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False).stdout
    assert found.split() == ["plain,backup"]
