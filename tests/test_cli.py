"""The commands as people type them."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.servers.smtp import receiving
from uptime.config import Settings
from uptime.core import Core
from uptime.core.members import UserDraft
from uptime.domain.monitor import MonitorDraft
from uptime.domain.user import KeyShape, Role, Scope, User
from uptime.store import Store

ROOT = Path(__file__).parent.parent
SECRET = "c" * 40
PASSWORD = "a rather long password"


class House:
    """A store, a core to arrange and look at things with, and the command line over both."""

    def __init__(self, url: str, folder: Path) -> None:
        self.store = Store(url)
        self.core = Core(self.store, Settings(secret_key=SECRET, redis_url=url))
        self.env = {**os.environ, "REDIS_URL": url, "SECRET_KEY": SECRET, "DATA_DIR": str(folder)}

    def say(self, *words: str, typed: str = "", flask: bool = False) -> tuple[int, str]:
        command = [sys.executable, "-m", *(("flask", "--app", "wsgi") if flask else ("uptime",)), *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.env, input=typed, capture_output=True, text=True, timeout=60, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def house(redis_url: str, tmp_path: Path) -> House:
    return House(redis_url, tmp_path)


@pytest.mark.parametrize("shape", list(KeyShape))
def test_a_new_key_is_the_last_word_and_opens_what_it_should(house: House, shape: KeyShape) -> None:
    code, printed = house.say("keys", "create", "for the script", "--scope", "write", "--shape", shape.value)
    caller = house.core.api_keys.caller(printed.split()[-1], house.now())
    assert code == 0
    assert caller
    assert caller.scope is Scope.WRITE


def test_a_key_can_be_bound_to_a_monitor_that_there_is(house: House) -> None:
    monitor = house.core.monitors.add(1, MonitorDraft("Shop", "http", {"url": "http://127.0.0.1:9/"}), house.now())
    code, printed = house.say("keys", "create", "bound", "--monitor", str(monitor.id))
    caller = house.core.api_keys.caller(printed.split()[-1], house.now())
    assert code == 0
    assert caller
    assert (caller.scope, caller.monitor_id) == (Scope.READ, monitor.id)
    code, printed = house.say("keys", "create", "bound", "--monitor", "999")
    assert (code, printed) == (1, "Error: There is no such monitor.\n")


def test_keys_are_listed_without_their_secrets_and_revoked(house: House) -> None:
    secret = house.say("keys", "create", "for the script")[1].split()[-1]
    code, listed = house.say("keys", "list")
    assert code == 0
    assert "for the script" in listed
    assert "last used never" in listed
    assert secret not in listed
    assert house.say("keys", "revoke", listed.split()[0])[0] == 0
    assert house.say("keys", "list") == (0, "")
    assert house.say("keys", "revoke", "77")[0] == 1


def test_the_same_commands_stand_under_flask(house: House) -> None:
    assert house.say("keys", "create", "from flask", flask=True)[0] == 0
    assert "from flask" in house.say("keys", "list", flask=True)[1]


@pytest.fixture
def alice(house: House) -> User:
    return house.core.users.set_up("alice", PASSWORD, "alice@example.com", None, house.now())


def test_a_password_is_set_from_the_input_or_made_up(house: House, alice: User) -> None:
    assert house.say("users", "password", "alice", typed="another long password\n")[0] == 0
    house.core.users.login("alice", "another long password", "192.0.2.1", house.now())
    code, printed = house.say("users", "password", "alice@example.com", "--generate")
    assert code == 0
    house.core.users.login("alice", printed.split()[-1], "192.0.2.1", house.now())
    code, printed = house.say("users", "password", "alice", "--generate", "--json")
    house.core.users.login("alice", json.loads(printed)["password"], "192.0.2.1", house.now())
    assert house.say("users", "password", "alice", typed="short\n")[0] == 1
    assert house.say("users", "password", "nobody", "--generate")[0] == 1


def test_users_are_listed(house: House, alice: User) -> None:
    said = "1 owner alice alice@example.com account 1 last login never"
    assert house.say("users", "list")[1].split() == said.split()
    (listed,) = json.loads(house.say("users", "list", "--json")[1])
    assert listed == {
        "id": 1, "account": 1, "name": "alice", "email": "alice@example.com", "role": "owner", "active": True,
        "secondFactor": False, "lastLoginAt": None,
    }  # fmt: skip


def test_a_user_is_invited_and_the_link_is_the_last_word(house: House, alice: User) -> None:
    code, printed = house.say("users", "invite", "bob@example.com", "--role", "editor")
    assert (code, "sends no mail" in printed) == (0, True)
    token = printed.split()[-1].partition("?token=")[2]
    bob = house.core.invitations.accept(token, PASSWORD, house.now(), name="bob")
    assert bob.role is Role.EDITOR
    printed = house.say("users", "invite", "carol@example.com", "--json")[1]
    assert json.loads(printed).keys() == {"id", "email", "role", "mailed", "link", "problem"}
    assert house.say("users", "invite", "nonsense")[0] == 1
    code, printed = house.say("users", "invite", "eve@example.com", "--account", "7")
    assert (code, printed) == (1, "Error: There is no account 7.\n")


def test_roles_and_entry_are_given_and_taken(house: House, alice: User) -> None:
    house.core.members.create(1, UserDraft("bob@example.com", Role.EDITOR, "bob"), PASSWORD, house.now())
    assert house.say("users", "role", "bob", "viewer") == (0, "bob is viewer now.\n")
    assert json.loads(house.say("users", "deactivate", "bob", "--json")[1])["active"] is False
    assert house.say("users", "list")[1].split()[-1] == "deactivated"
    assert house.say("users", "reactivate", "bob@example.com") == (0, "bob may come in again.\n")
    code, printed = house.say("users", "deactivate", "alice")
    assert (code, "last owner" in printed) == (1, True)
    entry = house.core.audit.read(1, house.now()).entries[0]
    assert (entry.actor.name, entry.noun, entry.verb) == ("command line", "user", "changed")


def test_a_second_factor_is_taken_from_whoever_lost_it(house: House, alice: User) -> None:
    _, session = house.core.users.login("alice", PASSWORD, "192.0.2.1", house.now())
    house.core.second_factors.prepare(alice.id, PASSWORD, "192.0.2.1", house.now())
    house.core.second_factors.enable(session, PASSWORD, "192.0.2.1", house.now())
    assert "second factor" in house.say("users", "list")[1]
    code, printed = house.say("users", "second-factor", "off", "alice")
    assert (code, printed) == (0, "alice logs in with the password alone.\n")
    assert house.core.users.login("alice", PASSWORD, "192.0.2.1", house.now())


def test_a_ping_tells_what_it_found(house: House) -> None:
    house.core.monitors.add(1, MonitorDraft("Shop", "http", {"url": "http://127.0.0.1:9/"}), house.now())
    code, printed = house.say("ping")
    assert code == 1
    assert "down" in printed
    assert "Shop" in printed
    assert "1 checked in" in printed


def test_the_doctor_looks_at_everything(house: House) -> None:
    code, printed = house.say("doctor")
    found = {line.split(":")[0].split(maxsplit=1)[1]: line.split()[0] for line in printed.splitlines()}
    assert {"store", "version", "eviction", "persistence", "clock", "secret key", "DNS", "ICMP", "proxies"} <= set(
        found
    )
    assert (found["store"], found["version"], found["persistence"]) == ("ok", "ok", "warning")
    assert code == 0
    house.store.client.config_set("maxmemory-policy", "allkeys-lru")
    code, printed = house.say("doctor")
    house.store.client.config_set("maxmemory-policy", "noeviction")
    assert code == 1
    assert "wrong    eviction" in printed


def test_the_doctor_logs_in_where_mail_goes_out(house: House) -> None:
    _, printed = house.say("doctor")
    assert "warning  mail: SMTP_URL and MAIL_FROM are not both set" in printed
    with receiving() as sink:
        house.env |= {"SMTP_URL": f"smtp+insecure://127.0.0.1:{sink.port}", "MAIL_FROM": "status@example.org"}
        _, printed = house.say("doctor")
        assert "ok       mail: the server of SMTP_URL lets us in" in printed
        house.env["SMTP_URL"] = f"smtp://127.0.0.1:{sink.port}"
        code, printed = house.say("doctor")
    assert "wrong    mail: 127.0.0.1 does not offer STARTTLS" in printed
    assert code == 1
    assert sink.mails == []


def test_a_command_without_a_store_says_what_to_do(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "uptime", "keys", "list"],
        cwd=ROOT, env={**env, "DATA_DIR": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"Nothing runs in the data folder {tmp_path}. Start it with `make run`" in done.stderr


def test_a_command_with_a_store_that_is_away_is_one_sentence(house: House) -> None:
    house.env["REDIS_URL"] = "redis://127.0.0.1:1/0"
    code, printed = house.say("keys", "list")
    assert code == 1
    assert printed == "Error: The store cannot be reached. It is asked again with every request.\n"


def test_nonsense_in_the_environment_is_one_sentence(house: House) -> None:
    house.env["PORT"] = "eighty"
    code, printed = house.say("worker")
    assert (code, printed) == (1, "Error: PORT must be a whole number from 0 to 65535, not 'eighty'.\n")


def test_the_commands_say_what_they_do(house: House) -> None:
    code, printed = house.say("--help")
    assert code == 0
    assert {
        "run",
        "web",
        "worker",
        "notifier",
        "scheduler",
        "ping",
        "keys",
        "users",
        "doctor",
        "backup",
        "check",
    } <= set(printed.split())
