"""The set-up happens once, logins are counted, sessions end when they must."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from tests.conftest import NOW
from tests.core.conftest import PASSWORD, accepted, at_once
from tests.store.refusing import Server, server
from uptime.config import Settings
from uptime.core import Core, passwords
from uptime.domain.errors import Conflict, Invalid, TooMany, Unauthenticated, Unavailable
from uptime.domain.user import Caller, Scope
from uptime.store import Store

HERE = "192.0.2.1"


@pytest.fixture
def ready(core: Core) -> Core:
    core.users.set_up("admin", PASSWORD, "a@b.c", None, NOW)
    return core


@pytest.fixture
def private() -> Iterator[Server]:
    with server() as made:
        yield made


def login(core: Core, password: str = PASSWORD, name: str | None = None, address: str = HERE) -> str:
    return core.users.login(name, password, address, NOW)[0]


def test_the_set_up_happens_once_and_is_applied(core: Core) -> None:
    assert not core.users.is_set_up()
    core.users.set_up("root", PASSWORD, "a@b.c", lambda site: replace(site, name="Mine"), NOW)
    assert core.users.is_set_up()
    assert core.sites.get(1).name == "Mine"
    with pytest.raises(Conflict):
        core.users.set_up("eve", "another password", "e@b.c", lambda site: replace(site, name="Hers"), NOW)
    assert core.sites.get(1).name == "Mine"
    login(core, name="root")
    with pytest.raises(Unauthenticated):
        login(core, "another password", name="root")


def test_one_of_many_completes_the_set_up(cores: list[Core]) -> None:
    results = at_once(
        *(partial(core.users.set_up, f"u{n}", PASSWORD, "a@b.c", None, NOW) for n, core in enumerate(cores))
    )
    [winner] = accepted(results)
    assert {type(result) for result in results if result is not winner} == {Conflict}
    assert isinstance(cores[0].users.login(winner.name, PASSWORD, HERE, NOW)[0], str)


def test_a_set_up_with_a_poor_password_changes_nothing(core: Core) -> None:
    for poor in ("", "1234567", "password", "PASSWORD1", "x" * 1_025, "half a pair \ud800"):
        with pytest.raises(Invalid):
            core.users.set_up("admin", poor, "a@b.c", None, NOW)
    assert not core.users.is_set_up()


@pytest.mark.parametrize("good", ["secret123", "x" * 1_024, "pässwörter 🙂🙂🙂", "        "])
def test_any_other_password_does(core: Core, good: str) -> None:
    core.users.set_up("admin", good, "a@b.c", None, NOW)
    assert login(core, good)


def test_the_set_up_token_is_the_same_in_every_process_and_no_other(core: Core, store: Store) -> None:
    token = core.users.setup_token()
    twin = Core(store, Settings(secret_key="x" * 32))
    assert twin.users.check_setup_token(f" {token.upper()} ")
    assert not Core(store, Settings(secret_key="y" * 32)).users.check_setup_token(token)
    for wrong in ("", token[:-1], f"{token}x", "ü" * 29, "\ud800"):
        assert not core.users.check_setup_token(wrong)
    assert len(token.replace("-", "")) >= 20


def test_a_login_begins_a_session_that_is_stored_hashed(ready: Core, store: Store) -> None:
    token, session = ready.users.login(None, PASSWORD, HERE, NOW)
    assert len(token) >= 43
    assert ready.users.session(token, NOW) == session
    assert token.encode() not in b"".join(
        key + (store.client.get(key) or b"") for key in store.client.scan_iter("up:session:*")
    )
    assert ready.users.session(f"{token}x", NOW) is None
    assert login(ready) != token


def test_wrong_name_and_wrong_password_look_the_same(ready: Core) -> None:
    for name, password in (("admin", "wrong password"), ("nobody", PASSWORD), ("ADMIN ", PASSWORD), (None, "")):
        with pytest.raises(Unauthenticated, match=r"The name or the password is wrong\."):
            login(ready, password, name=name)


def test_wrong_name_and_wrong_password_last_the_same(ready: Core) -> None:
    passwords.decoy()

    def lasts(name: str, address: str) -> float:
        # In processor time, so that others on this machine do not count.
        began = time.thread_time()
        with pytest.raises(Unauthenticated):
            login(ready, "wrong password", name=name, address=address)
        return time.thread_time() - began

    known = sorted(lasts("admin", f"a{n}") for n in range(7))[3]
    unknown = sorted(lasts("nobody", f"b{n}") for n in range(7))[3]
    assert 0.4 < known / unknown < 2.5


def test_ten_failures_are_enough_for_fifteen_minutes(ready: Core) -> None:
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            login(ready, "wrong password")
    with pytest.raises(TooMany) as refused:
        login(ready)
    assert refused.value.retry_after == 900
    login(ready, address="192.0.2.2")
    ready.users.login(None, PASSWORD, HERE, NOW + timedelta(minutes=15))


def test_a_success_clears_the_count(ready: Core) -> None:
    for _ in range(3):
        for _ in range(9):
            with pytest.raises(Unauthenticated):
                login(ready, "wrong password")
        login(ready)


def test_attempts_side_by_side_are_counted_before_they_are_looked_at(cores: list[Core]) -> None:
    cores[0].users.set_up("admin", PASSWORD, "a@b.c", None, NOW)
    results = at_once(*(partial(login, core, "wrong password") for core in cores * 3))
    assert sum(isinstance(result, Unauthenticated) for result in results) == 10
    assert sum(isinstance(result, TooMany) for result in results) == 14


def test_no_more_than_two_hashes_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    known, running, most = passwords.hashed(PASSWORD), 0, 0
    verify = passwords._HASHER.verify

    def counted(*args: object) -> bool:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return verify(*args)  # type: ignore[arg-type]
        finally:
            running -= 1

    monkeypatch.setattr(passwords, "_HASHER", type("Counting", (), {"verify": staticmethod(counted)}))
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: passwords.matches(PASSWORD, known), range(16)))
    assert most == 2


def test_without_the_counter_nobody_logs_in(private: Server) -> None:
    store = Store(private.url)
    core = Core(store, Settings(secret_key="x" * 32))
    core.users.set_up("admin", PASSWORD, "a@b.c", None, NOW)
    private.fill()
    with pytest.raises(Unavailable, match="memory"):
        login(core)
    private.kill()
    with pytest.raises(Unavailable, match="reached"):
        login(core)
    store.close()


def test_a_session_lasts_while_it_is_used_and_no_longer_than_its_life(ready: Core) -> None:
    token = login(ready)
    for day in range(1, 30):
        assert ready.users.session(token, NOW + timedelta(days=day)) is not None
    assert ready.users.session(token, NOW + timedelta(days=30)) is None
    idle = login(ready)
    assert ready.users.session(idle, NOW + timedelta(days=6, hours=23)) is not None
    assert ready.users.session(idle, NOW + timedelta(days=14)) is None


def test_its_use_is_written_once_a_minute(ready: Core, store: Store) -> None:
    token = login(ready)
    for seconds in (10, 59, 60):
        found = ready.users.session(token, NOW + timedelta(seconds=seconds))
        assert found is not None
        assert found.seen_at == NOW
    later = NOW + timedelta(seconds=61)
    for at in (later, later + timedelta(seconds=30)):
        found = ready.users.session(token, at)
        assert found is not None
        assert found.seen_at == later


def test_a_logout_ends_it_for_good(ready: Core) -> None:
    token, other = login(ready), login(ready)
    ready.users.logout(token, NOW)
    ready.users.logout("no such token", NOW)
    assert ready.users.session(token, NOW) is None
    assert ready.users.session(other, NOW) is not None


def test_a_new_password_ends_all_other_sessions(ready: Core) -> None:
    token, session = ready.users.login(None, PASSWORD, HERE, NOW)
    others = [login(ready) for _ in range(3)]
    with pytest.raises(Unauthenticated):
        ready.users.change_password(session, "wrong password", "new password 1", NOW)
    with pytest.raises(Invalid):
        ready.users.change_password(session, PASSWORD, "password", NOW)
    assert ready.users.session(others[0], NOW)
    ready.users.change_password(session, PASSWORD, "new password 1", NOW)
    assert [ready.users.session(other, NOW) for other in others] == [None] * 3
    assert ready.users.session(token, NOW) == session
    with pytest.raises(Unauthenticated):
        login(ready)
    login(ready, "new password 1")


def test_a_login_with_the_old_password_does_not_outlive_its_change(cores: list[Core]) -> None:
    cores[0].users.set_up("admin", PASSWORD, "a@b.c", None, NOW)
    old = PASSWORD
    for turn in range(4):
        token, session = cores[0].users.login(None, old, HERE, NOW)
        new = f"{PASSWORD} {turn}"
        results = at_once(
            partial(cores[0].users.change_password, session, old, new, NOW),
            *(partial(core.users.login, None, old, f"{turn}", NOW) for core in cores[1:6]),
        )
        assert [begun for begun, _ in accepted(results[1:]) if cores[0].users.session(begun, NOW)] == []
        assert cores[0].users.session(token, NOW)
        old = new


@pytest.mark.parametrize("by_session", [True, False])
def test_a_password_is_proven_and_that_is_counted_too(ready: Core, by_session: bool) -> None:
    _, session = ready.users.login(None, PASSWORD, HERE, NOW)
    caller = Caller(1, Scope.ADMIN, "somebody", session if by_session else None)
    ready.users.prove(caller, PASSWORD, HERE, NOW)
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            ready.users.prove(caller, "wrong password", HERE, NOW)
    with pytest.raises(TooMany):
        ready.users.prove(caller, PASSWORD, HERE, NOW)
    ready.users.prove(caller, PASSWORD, "192.0.2.2", NOW)


def test_the_address_of_the_store_resets_the_password_and_nothing_else_does(store: Store, redis_url: str) -> None:
    core = Core(store, Settings(secret_key="x" * 32, redis_url=redis_url))
    core.users.set_up("admin", PASSWORD, "a@b.c", None, NOW)
    token = login(core)
    with pytest.raises(Unauthenticated):
        core.users.reset_password("redis://127.0.0.1:1", "new password 1", HERE, NOW)
    core.users.reset_password(redis_url, "new password 1", HERE, NOW)
    assert core.users.session(token, NOW) is None
    login(core, "new password 1")
    embedded = Core(store, Settings(secret_key="x" * 32))
    with pytest.raises(Invalid):
        embedded.users.reset_password(redis_url, "new password 2", HERE, NOW)


def test_a_session_goes_on_while_the_store_takes_no_writes(private: Server) -> None:
    store = Store(private.url)
    core = Core(store, Settings(secret_key="x" * 32))
    core.users.set_up("admin", PASSWORD, "a@b.c", None, NOW)
    token = login(core)
    private.follow()
    assert core.users.session(token, NOW + timedelta(hours=1)) is not None
    store.close()
