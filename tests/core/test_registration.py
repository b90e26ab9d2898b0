"""Strangers make accounts of their own where they may, and find nothing of anybody else's."""

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.core.conftest import PASSWORD, draft
from tests.core.people import HERE, caller_of, first_owner, settings
from uptime.core import Core
from uptime.core.members import UserDraft
from uptime.domain.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from uptime.domain.settings import Site
from uptime.domain.user import Role, User
from uptime.store import Store


@pytest.fixture
def core(store: Store) -> Core:
    return Core(store, settings(registration="open"))


def register(core: Core, name: str = "eve", address: str = HERE) -> User:
    return core.registration.register(UserDraft(f"{name}@example.com", name=name), PASSWORD, address, NOW)


def test_a_stranger_owns_a_new_account_with_its_default_site(core: Core) -> None:
    alice = first_owner(core)
    eve = register(core)
    assert (alice.account, eve.account, eve.role) == (1, 2, Role.OWNER)
    assert core.sites.get(eve.account) == Site()
    assert [user.id for user in core.members.list(eve.account)] == [eve.id]
    assert core.users.login("eve@example.com", PASSWORD, HERE, NOW)[1].account == 2


def test_accounts_see_nothing_of_each_other(core: Core) -> None:
    alice = first_owner(core)
    monitor = core.monitors.add(alice.account, draft("Ours"), NOW)
    eve = register(core)
    assert core.monitors.list(eve.account) == []
    with pytest.raises(NotFound):
        core.monitors.get(eve.account, monitor.id)
    with pytest.raises(NotFound):
        core.members.remove(caller_of(eve), alice.id, NOW)
    assert "Ours" not in repr(core.audit.read(eve.account, NOW).entries)


def test_closed_or_not_set_up_nobody_registers(core: Core, store: Store) -> None:
    with pytest.raises(Forbidden):
        register(core)
    first_owner(core)
    closed = Core(store, settings())
    assert not closed.registration.open
    with pytest.raises(Forbidden):
        register(closed)
    assert register(core)


def test_names_and_addresses_that_are_taken_are_refused(core: Core) -> None:
    first_owner(core)
    with pytest.raises(Conflict):
        register(core, "alice")
    with pytest.raises(Invalid):
        core.registration.register(UserDraft("nonsense"), PASSWORD, HERE, NOW)
    with pytest.raises(Invalid):
        core.registration.register(UserDraft("e@example.com"), "short", HERE, NOW)


def test_a_registration_makes_an_owner_whatever_role_was_asked_for(core: Core) -> None:
    first_owner(core)
    eve = core.registration.register(UserDraft("e@example.com", Role.VIEWER), PASSWORD, HERE, NOW)
    assert eve.role is Role.OWNER


def test_an_address_makes_five_accounts_an_hour(core: Core) -> None:
    first_owner(core)
    for number in range(5):
        register(core, f"e{number}")
    with pytest.raises(TooMany):
        register(core, "more")
    assert register(core, "more", "192.0.2.2")
    late = NOW + timedelta(hours=1)
    assert core.registration.register(UserDraft("late@example.com"), PASSWORD, HERE, late)
