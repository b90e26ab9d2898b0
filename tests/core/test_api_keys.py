"""Keys are told once, known by their digest, and refused everywhere within a second of their end."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOW
from tests.store.refusing import Server, server
from uptime.config import Settings
from uptime.core import Core
from uptime.domain.errors import Conflict, Invalid, NotFound
from uptime.domain.user import KeyShape, Scope
from uptime.store import Store

SHAPES = {
    KeyShape.UPSPEAK: r"up_[A-Za-z0-9_-]{43}",
    KeyShape.UPTIMEROBOT: r"u1-[0-9a-f]{32}",
    KeyShape.KUMA: r"uk\d+_[A-Za-z0-9]{40}",
    KeyShape.UPTIMECOM: r"[0-9a-f]{40}",
}


@pytest.fixture
def private() -> Iterator[Server]:
    with server() as made:
        yield made


@pytest.mark.parametrize("shape", KeyShape)
def test_a_key_looks_as_its_wire_expects_and_opens(core: Core, shape: KeyShape) -> None:
    key, secret = core.api_keys.make(1, "script", Scope.WRITE, NOW, shape=shape, monitor_id=7)
    assert re.fullmatch(SHAPES[shape], secret)
    caller = core.api_keys.caller(secret, NOW)
    assert caller is not None
    assert (caller.account, caller.scope, caller.monitor_id, caller.session) == (1, Scope.WRITE, 7, None)
    assert core.api_keys.list(1)[0].id == key.id
    assert core.api_keys.make(1, "other", Scope.WRITE, NOW, shape=shape)[1] != secret


def test_its_secret_is_stored_nowhere(core: Core, store: Store) -> None:
    _, secret = core.api_keys.make(1, "script", Scope.READ, NOW)
    core.api_keys.caller(secret, NOW)
    for key in store.client.scan_iter("*"):
        assert secret.encode() not in key + store.client.dump(key)


@pytest.mark.parametrize("wrong", ["", "up_", "x" * 4_000, "ü", "\ud800"])
def test_what_is_no_key_opens_nothing(core: Core, wrong: str) -> None:
    core.api_keys.make(1, "script", Scope.READ, NOW)
    assert core.api_keys.caller(wrong, NOW) is None


def test_a_revoked_key_is_refused_here_at_once_and_elsewhere_within_a_second(cores: list[Core]) -> None:
    key, secret = cores[0].api_keys.make(1, "script", Scope.READ, NOW)
    assert all(core.api_keys.caller(secret, NOW) for core in cores)
    cores[0].api_keys.revoke(1, key.id, NOW)
    assert cores[0].api_keys.caller(secret, NOW) is None
    time.sleep(1.0)
    assert [core.api_keys.caller(secret, NOW) for core in cores] == [None] * len(cores)
    assert cores[0].api_keys.list(1) == []
    with pytest.raises(NotFound):
        cores[0].api_keys.revoke(1, key.id, NOW)


def test_nobody_revokes_anothers_key(core: Core) -> None:
    key, secret = core.api_keys.make(2, "script", Scope.READ, NOW)
    with pytest.raises(NotFound):
        core.api_keys.revoke(1, key.id, NOW)
    assert core.api_keys.list(1) == []
    assert core.api_keys.caller(secret, NOW) is not None


def test_a_key_expires(core: Core) -> None:
    end = NOW + timedelta(hours=1)
    _, secret = core.api_keys.make(1, "script", Scope.READ, NOW, expires_at=end)
    assert core.api_keys.caller(secret, end - timedelta(seconds=1)) is not None
    assert core.api_keys.caller(secret, end) is None
    with pytest.raises(Invalid):
        core.api_keys.make(1, "script", Scope.READ, NOW, expires_at=NOW)


def test_a_secret_of_ones_own_is_long_and_given_once(core: Core) -> None:
    with pytest.raises(Invalid):
        core.api_keys.make(1, "script", Scope.ADMIN, NOW, secret="x" * 31)
    with pytest.raises(Invalid):
        core.api_keys.make(1, "\n", Scope.ADMIN, NOW)
    core.api_keys.make(1, "script", Scope.ADMIN, NOW, secret="x" * 32)
    with pytest.raises(Conflict):
        core.api_keys.make(1, "again", Scope.ADMIN, NOW, secret="x" * 32)
    assert len(core.api_keys.list(1)) == 1
    assert core.api_keys.caller("x" * 32, NOW) is not None


def test_a_key_whose_making_was_cut_short_can_be_made_again(core: Core, store: Store) -> None:
    key, _ = core.api_keys.make(1, "script", Scope.ADMIN, NOW, secret="x" * 32)
    [name] = store.client.scan_iter("up:*:keys")
    store.client.hdel(name, str(key.id))
    core.api_keys.make(1, "script", Scope.ADMIN, NOW, secret="x" * 32)
    assert core.api_keys.caller("x" * 32, NOW) is not None


def test_its_last_use_is_noted_once_a_minute(core: Core) -> None:
    _, secret = core.api_keys.make(1, "script", Scope.READ, NOW)

    def used(seconds: float) -> Any:
        core.api_keys.caller(secret, NOW + timedelta(seconds=seconds))
        return core.api_keys.list(1)[0].last_used_at

    assert core.api_keys.list(1)[0].last_used_at is None
    assert [used(seconds) for seconds in (5, 30, 65)] == [NOW + timedelta(seconds=5)] * 3
    assert used(66) == NOW + timedelta(seconds=66)


def test_the_secret_of_an_outside_cron_may_ping_and_no_more(store: Store) -> None:
    core = Core(store, Settings(secret_key="x" * 32, cron_secret="sixteen letters!"))
    caller = core.api_keys.caller("sixteen letters!", NOW)
    assert caller is not None
    assert caller.may(Scope.PING)
    assert not caller.may(Scope.READ)
    assert Core(store, Settings(secret_key="x" * 32)).api_keys.caller("sixteen letters!", NOW) is None


def test_a_key_opens_what_can_be_read_while_the_store_takes_no_writes(private: Server) -> None:
    store = Store(private.url)
    core = Core(store, Settings(secret_key="x" * 32))
    _, secret = core.api_keys.make(1, "script", Scope.READ, NOW)
    private.fill()
    assert core.api_keys.caller(secret, NOW) is not None
    store.close()


def test_of_several_that_choose_the_same_secret_at_once_one_wins(core: Core) -> None:
    def choose() -> bool:
        try:
            core.api_keys.make(1, "mine", Scope.ADMIN, NOW, secret="x" * 32)
        except Conflict:
            return False
        return True

    for _ in range(20):
        with ThreadPoolExecutor(8) as pool:
            made = sum(future.result() for future in [pool.submit(choose) for _ in range(8)])
        assert (made, len(core.api_keys.list(1))) == (1, 1)
        core.api_keys.revoke(1, core.api_keys.list(1)[0].id, NOW)
