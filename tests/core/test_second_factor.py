"""Codes are good once, recovery codes too, and whoever has only the password stays outside."""

from datetime import datetime, timedelta
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from tests.conftest import NOW
from tests.core.conftest import PASSWORD, accepted, at_once
from uptime.core import Core
from uptime.domain.errors import Conflict, Invalid, SecondFactorNeeded, TooMany, Unauthenticated
from uptime.domain.user import Session
from uptime.store import Store

HERE = "192.0.2.1"


class Person:
    """Somebody with a phone."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.user = core.users.set_up("alice", PASSWORD, "alice@example.com", None, NOW)
        self.session = self.login(NOW)
        self.secret = ""
        self.codes: tuple[str, ...] = ()

    def login(self, now: datetime, code: str | None = None, password: str = PASSWORD, address: str = HERE) -> Session:
        return self.core.users.login("alice", password, address, now, code)[1]

    def prepare(self) -> None:
        self.secret = self.core.second_factors.prepare(self.user.id, PASSWORD, HERE, NOW).secret

    def code(self, now: datetime) -> str:
        return pyotp.TOTP(self.secret).at(now)

    def enable(self) -> None:
        self.prepare()
        self.codes = self.core.second_factors.enable(self.session, PASSWORD, HERE, NOW, self.code(NOW))


@pytest.fixture
def alice(core: Core) -> Person:
    return Person(core)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_phone_can_scan_what_is_prepared(alice: Person) -> None:
    prepared = alice.core.second_factors.prepare(alice.user.id, PASSWORD, HERE, NOW)
    parts = urlsplit(prepared.uri)
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Upspeak:alice")
    assert parse_qs(parts.query) == {"secret": [prepared.secret], "issuer": ["Upspeak"]}


def test_what_is_prepared_asks_nobody_for_a_code(alice: Person) -> None:
    alice.prepare()
    assert alice.login(NOW)
    assert not alice.core.second_factors.status(alice.user.id).on


def test_switched_on_it_is_asked_for_and_only_after_the_password(alice: Person) -> None:
    alice.enable()
    with pytest.raises(SecondFactorNeeded) as asked:
        alice.login(later(60))
    assert not asked.value.given
    with pytest.raises(SecondFactorNeeded) as wrong:
        alice.login(later(60), "000000")
    assert wrong.value.given
    with pytest.raises(Unauthenticated) as refused:
        alice.login(later(60), alice.code(later(60)), password="wrong password")
    assert not isinstance(refused.value, SecondFactorNeeded)
    assert alice.login(later(60), alice.code(later(60)))


def test_a_user_without_one_may_send_a_code(alice: Person) -> None:
    assert alice.login(NOW, "123456")


@pytest.mark.parametrize(("seconds", "good"), [(-31, False), (-1, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_a_step_off(alice: Person, seconds: int, good: bool) -> None:
    alice.enable()
    moment = later(3_000)
    code = alice.code(moment + timedelta(seconds=seconds))
    if good:
        assert alice.login(moment, code)
    else:
        with pytest.raises(SecondFactorNeeded):
            alice.login(moment, code)


def test_a_code_is_good_once_and_so_is_the_one_that_switched_it_on(alice: Person) -> None:
    alice.enable()
    with pytest.raises(SecondFactorNeeded):
        alice.login(NOW, alice.code(NOW))
    moment = later(300)
    assert alice.login(moment, alice.code(moment))
    for seconds in (0, 15, 30):
        with pytest.raises(SecondFactorNeeded):
            alice.login(moment + timedelta(seconds=seconds), alice.code(moment))


def test_of_several_that_use_a_code_at_once_one_comes_in(cores: list[Core]) -> None:
    person = Person(cores[0])
    person.enable()
    moment = later(300)
    code = person.code(moment)
    results = at_once(
        *(partial(core.users.login, "alice", PASSWORD, f"{n}", moment, code) for n, core in enumerate(cores))
    )
    assert len(accepted(results)) == 1


def test_codes_are_written_as_people_write_them(alice: Person) -> None:
    alice.enable()
    code = alice.code(later(60))
    assert alice.login(later(60), f" {code[:3]} {code[3:]} ")
    assert alice.login(later(60), alice.codes[0].upper().replace("-", " "))


@pytest.mark.parametrize("odd", ["١٢٣٤٥٦", "\ud800", "x" * 4_000, "-", "      1"])
def test_what_is_no_code_is_refused(alice: Person, odd: str) -> None:
    alice.enable()
    with pytest.raises(SecondFactorNeeded):
        alice.login(later(60), odd)


def test_each_recovery_code_comes_in_once(alice: Person) -> None:
    alice.enable()
    assert len(set(alice.codes)) == 10
    for number, code in enumerate(alice.codes):
        assert len(alice.core.second_factors.status(alice.user.id).recovery) == 10 - number
        assert alice.login(NOW, code)
        with pytest.raises(SecondFactorNeeded):
            alice.login(NOW, code)


def test_new_recovery_codes_end_the_old_ones(alice: Person) -> None:
    with pytest.raises(Conflict):
        alice.core.second_factors.renew_codes(alice.session, PASSWORD, HERE, NOW)
    alice.enable()
    fresh = alice.core.second_factors.renew_codes(alice.session, PASSWORD, HERE, NOW)
    assert not set(fresh) & set(alice.codes)
    with pytest.raises(SecondFactorNeeded):
        alice.login(NOW, alice.codes[0])
    assert alice.login(NOW, fresh[0])


def test_neither_codes_nor_passwords_are_stored(alice: Person, store: Store) -> None:
    alice.enable()
    alice.login(NOW, alice.codes[0])
    for key in store.client.scan_iter("*"):
        raw = key + store.client.dump(key)
        for secret in (PASSWORD, *alice.codes, *(code.replace("-", "") for code in alice.codes)):
            assert secret.encode() not in raw


def test_it_takes_the_password_to_switch_it_on_and_off(alice: Person) -> None:
    factors = alice.core.second_factors
    for deed in (
        lambda: factors.prepare(alice.user.id, "wrong password", HERE, NOW),
        lambda: factors.enable(alice.session, "wrong password", HERE, NOW, "123456"),
        lambda: factors.renew_codes(alice.session, "wrong password", HERE, NOW),
        lambda: factors.disable(alice.session, "wrong password", HERE, NOW),
    ):
        with pytest.raises(Unauthenticated):
            deed()


def test_it_is_not_switched_on_unprepared_twice_or_with_a_wrong_code(alice: Person) -> None:
    factors = alice.core.second_factors
    with pytest.raises(Conflict, match="Prepare"):
        factors.enable(alice.session, PASSWORD, HERE, NOW, "123456")
    alice.prepare()
    with pytest.raises(Invalid):
        factors.enable(alice.session, PASSWORD, HERE, NOW, "000000")
    assert not factors.status(alice.user.id).on
    alice.enable()
    with pytest.raises(Conflict, match="on already"):
        factors.enable(alice.session, PASSWORD, HERE, NOW, alice.code(NOW))
    with pytest.raises(Conflict, match="on already"):
        alice.prepare()
    assert alice.login(later(60), alice.code(later(60)))


def test_a_code_that_was_only_verified_still_logs_in(alice: Person) -> None:
    factors = alice.core.second_factors
    alice.prepare()
    assert factors.verify(alice.user.id, alice.code(NOW), NOW)
    assert not factors.verify(alice.user.id, "000000", NOW)
    factors.enable(alice.session, PASSWORD, HERE, NOW)
    assert factors.verify(alice.user.id, alice.code(NOW), NOW)
    assert alice.login(NOW, alice.code(NOW))


def test_switching_it_on_or_off_ends_all_other_sessions(alice: Person) -> None:
    other = alice.login(NOW)
    alice.enable()
    assert [one.digest for one in alice.core.users.sessions(alice.user.id, NOW)] == [alice.session.digest]
    other = alice.login(later(60), alice.code(later(60)))
    alice.core.second_factors.disable(alice.session, PASSWORD, HERE, later(60))
    found = [one.digest for one in alice.core.users.sessions(alice.user.id, NOW)]
    assert other.digest not in found
    assert found == [alice.session.digest]
    assert alice.login(later(60))
    alice.core.second_factors.disable(alice.session, PASSWORD, HERE, later(60))
    assert len(alice.core.users.sessions(alice.user.id, NOW)) == 2


def test_guessing_codes_is_counted_for_the_user_wherever_it_comes_from(alice: Person) -> None:
    alice.enable()
    for number in range(10):
        with pytest.raises(SecondFactorNeeded):
            alice.login(later(60), "000000", address=f"192.0.2.{number}")
    with pytest.raises(TooMany):
        alice.login(later(60), alice.code(later(60)), address="192.0.2.99")
    assert alice.login(later(1_000), alice.code(later(1_000)))


def test_being_asked_for_the_code_is_no_failure(alice: Person) -> None:
    alice.enable()
    for _ in range(20):
        with pytest.raises(SecondFactorNeeded):
            alice.login(later(60))
    assert alice.login(later(60), alice.code(later(60)))


def test_whoever_runs_this_takes_it_away(alice: Person) -> None:
    alice.enable()
    alice.core.second_factors.drop(alice.user.id, NOW)
    assert alice.core.users.sessions(alice.user.id, NOW) == []
    assert alice.login(NOW)
