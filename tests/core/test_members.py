"""Several people in several accounts: alice owns the first, bob works with her, eve owns another."""

import time
from functools import partial
from itertools import permutations

import pytest

from tests.conftest import NOW
from tests.core.conftest import PASSWORD, accepted, at_once
from uptime.core import Core
from uptime.core.members import UserDraft
from uptime.domain.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from uptime.domain.user import SCOPE_OF, Caller, Role, Scope, User

HERE = "192.0.2.1"


@pytest.fixture
def alice(core: Core) -> User:
    return core.users.set_up("alice", PASSWORD, "alice@example.com", None, NOW)


@pytest.fixture
def eve(core: Core, store, alice: User) -> User:  # type: ignore[no-untyped-def]
    """The owner of another account."""
    return core.members.create(
        store.users.new_account(), UserDraft("eve@example.com", Role.OWNER, "eve"), PASSWORD, NOW
    )


def as_(user: User, role: Role | None = None) -> Caller:
    return Caller(user.account, SCOPE_OF[role or user.role], "user", role=role or user.role, user_id=user.id)


def add(core: Core, caller: User, name: str, role: Role = Role.EDITOR) -> User:
    return core.members.add(as_(caller), UserDraft(f"{name}@example.com", role, name), PASSWORD, NOW)


def login(core: Core, name: str, address: str = HERE) -> str:
    return core.users.login(name, PASSWORD, address, NOW)[0]


def may(core: Core, token: str, scope: Scope) -> bool:
    caller = core.users.caller(token, NOW)
    return caller is not None and caller.may(scope)


def test_the_first_user_owns_the_first_account(core: Core, alice: User) -> None:
    assert core.members.list(1) == [alice]
    assert alice.role is Role.OWNER
    assert may(core, login(core, "alice"), Scope.OWN)


@pytest.mark.parametrize("word", ["bob", "BOB", "bob@example.com", "Bob@Example.COM"])
def test_names_and_addresses_both_log_in(core: Core, alice: User, word: str) -> None:
    bob = add(core, alice, "bob")
    caller = core.users.caller(login(core, word), NOW)
    assert caller
    assert (caller.user_id, caller.account, caller.role, caller.user_name) == (bob.id, 1, Role.EDITOR, "bob")


def test_failures_by_name_and_by_address_are_counted_together(core: Core, alice: User) -> None:
    for word in ["alice", "ALICE@example.com"] * 5:
        with pytest.raises(Unauthenticated):
            core.users.login(word, "wrong password", HERE, NOW)
    with pytest.raises(TooMany):
        login(core, "alice")


def test_the_last_login_is_noted(core: Core, alice: User) -> None:
    assert core.members.get(1, alice.id).last_login_at is None
    login(core, "alice")
    assert core.members.get(1, alice.id).last_login_at == NOW


def test_a_login_without_a_name_is_the_administrators_whatever_the_name(core: Core, alice: User) -> None:
    core.members.change(as_(alice), alice.id, NOW, name="root")
    _, session = core.users.login(None, PASSWORD, HERE, NOW)
    assert session.user_id == alice.id


@pytest.mark.parametrize(
    "draft",
    [
        UserDraft("bob@example.com", name="other"),
        UserDraft("BOB@example.com", name="other"),
        UserDraft("other@example.com", name="Bob"),
    ],
)
def test_a_name_and_an_address_belong_to_one_user(core: Core, alice: User, eve: User, draft: UserDraft) -> None:
    bob = add(core, alice, "bob")
    for owner in (alice, eve):
        with pytest.raises(Conflict):
            core.members.add(as_(owner), draft, PASSWORD, NOW)
    with pytest.raises(Conflict):
        core.members.change(as_(eve), eve.id, NOW, name=draft.name if draft.name == "Bob" else None, email=draft.email)
    assert core.members.list(1) == [core.members.get(1, alice.id), bob]


def test_of_several_that_take_a_name_at_once_one_gets_it(cores: list[Core]) -> None:
    owner = cores[0].users.set_up("alice", PASSWORD, "alice@example.com", None, NOW)
    results = at_once(*(partial(add, core, owner, "bob") for core in cores))
    assert len(accepted(results)) == 1
    assert [user.name for user in cores[0].members.list(1)] == ["alice", "bob"]


def test_a_name_that_was_given_up_is_free_again(core: Core, alice: User) -> None:
    bob = add(core, alice, "bob")
    core.members.change(as_(alice), bob.id, NOW, name="rob", email="rob@example.com")
    assert login(core, "rob@example.com")
    with pytest.raises(Unauthenticated):
        login(core, "bob")
    add(core, alice, "bob")
    core.members.remove(as_(alice), bob.id, NOW)
    add(core, alice, "rob")


def test_who_is_called_by_the_address_stays_so(core: Core, alice: User) -> None:
    carol = core.members.add(as_(alice), UserDraft("carol@example.com"), PASSWORD, NOW)
    assert (carol.name, carol.role) == ("carol@example.com", Role.VIEWER)
    changed = core.members.change(as_(carol), carol.id, NOW, email="carol@example.org")
    assert (changed.name, changed.email) == ("carol@example.org", "carol@example.org")


def test_everybody_changes_their_own_names_and_nobody_their_own_role(core: Core, alice: User) -> None:
    bob = add(core, alice, "bob", Role.VIEWER)
    changed = core.members.change(as_(bob), bob.id, NOW, first_name="Bob", last_name="Builder", kept={"zone": "UTC"})
    assert (changed.first_name, changed.last_name, changed.kept) == ("Bob", "Builder", {"zone": "UTC"})
    with pytest.raises(Forbidden):
        core.members.give_role(as_(bob), bob.id, Role.ADMIN, NOW)
    with pytest.raises(Invalid):
        core.members.change(as_(bob), bob.id, NOW, email="nonsense")


@pytest.mark.parametrize(("mine", "theirs"), list(permutations(Role, 2)))
def test_only_who_manages_a_role_gives_or_takes_it(core: Core, alice: User, mine: Role, theirs: Role) -> None:
    subject = add(core, alice, "subject", theirs)
    caller = as_(add(core, alice, "caller", mine), mine)
    deeds = [
        lambda: core.members.change(caller, subject.id, NOW, first_name="x"),
        lambda: core.members.deactivate(caller, subject.id, NOW),
        lambda: core.members.reactivate(caller, subject.id, NOW),
        lambda: core.members.give_role(caller, subject.id, theirs, NOW),
        lambda: core.members.add(caller, UserDraft("new@example.com", theirs), PASSWORD, NOW),
        lambda: core.members.remove(caller, subject.id, NOW),
    ]
    for deed in deeds:
        if caller.manages(theirs):
            deed()
        else:
            with pytest.raises(Forbidden):
                deed()


def test_an_admin_makes_nobody_an_owner(core: Core, alice: User) -> None:
    admin = add(core, alice, "admin", Role.ADMIN)
    with pytest.raises(Forbidden):
        core.members.give_role(as_(admin), admin.id, Role.OWNER, NOW)


def test_users_of_another_account_do_not_exist(core: Core, alice: User, eve: User) -> None:
    bob = add(core, alice, "bob")
    assert [user.id for user in core.members.list(eve.account)] == [eve.id]
    for deed in (
        lambda: core.members.get(eve.account, bob.id),
        lambda: core.members.change(as_(eve), bob.id, NOW, first_name="x"),
        lambda: core.members.give_role(as_(eve), bob.id, Role.VIEWER, NOW),
        lambda: core.members.deactivate(as_(eve), bob.id, NOW),
        lambda: core.members.reactivate(as_(eve), bob.id, NOW),
        lambda: core.members.remove(as_(eve), bob.id, NOW),
        lambda: core.members.get(1, 999),
    ):
        with pytest.raises(NotFound):
            deed()
    assert core.members.get(1, bob.id) == bob


def test_the_last_owner_stays(core: Core, alice: User) -> None:
    add(core, alice, "bob", Role.ADMIN)
    for deed in (
        lambda: core.members.give_role(as_(alice), alice.id, Role.ADMIN, NOW),
        lambda: core.members.deactivate(as_(alice), alice.id, NOW),
        lambda: core.members.remove(as_(alice), alice.id, NOW),
    ):
        with pytest.raises(Conflict, match="last owner"):
            deed()
    carol = add(core, alice, "carol", Role.OWNER)
    core.members.deactivate(as_(alice), carol.id, NOW)
    with pytest.raises(Conflict, match="last owner"):
        core.members.remove(as_(alice), alice.id, NOW)
    core.members.reactivate(as_(alice), carol.id, NOW)
    core.members.remove(as_(carol), alice.id, NOW)
    administrator = core.users.administrator()
    assert administrator
    assert administrator.id == carol.id


def test_of_two_owners_that_leave_at_once_one_stays(cores: list[Core]) -> None:
    owner = cores[0].users.set_up("alice", PASSWORD, "alice@example.com", None, NOW)
    for turn in range(5):
        other = add(cores[0], owner, f"other{turn}", Role.OWNER)
        results = at_once(
            partial(cores[1].members.give_role, as_(owner), owner.id, Role.ADMIN, NOW),
            partial(cores[2].members.give_role, as_(other), other.id, Role.ADMIN, NOW),
        )
        assert len(accepted(results)) == 1
        if cores[0].members.get(1, owner.id).role is not Role.OWNER:
            cores[0].members.give_role(as_(other), owner.id, Role.OWNER, NOW)
            cores[0].members.give_role(as_(other), other.id, Role.ADMIN, NOW)


def test_a_new_role_ends_the_sessions_and_rules_at_once(cores: list[Core]) -> None:
    core, elsewhere = cores[:2]
    owner = core.users.set_up("alice", PASSWORD, "alice@example.com", None, NOW)
    bob = add(core, owner, "bob", Role.ADMIN)
    token = login(core, "bob")
    _, secret = core.api_keys.make(1, "script", Scope.ADMIN, NOW, user_id=bob.id)
    assert elsewhere.api_keys.caller(secret, NOW).may(Scope.ADMIN)  # type: ignore[union-attr]
    core.members.give_role(as_(owner), bob.id, Role.VIEWER, NOW)
    assert elsewhere.users.caller(token, NOW) is None
    assert not core.api_keys.caller(secret, NOW).may(Scope.WRITE)  # type: ignore[union-attr]
    time.sleep(1.0)
    assert not elsewhere.api_keys.caller(secret, NOW).may(Scope.WRITE)  # type: ignore[union-attr]
    again = login(core, "bob")
    assert may(core, again, Scope.READ)
    assert not may(core, again, Scope.RESPOND)


def test_who_is_deactivated_comes_in_no_more_until_reactivated(core: Core, alice: User) -> None:
    bob = add(core, alice, "bob")
    token = login(core, "bob")
    _, secret = core.api_keys.make(1, "script", Scope.READ, NOW, user_id=bob.id)
    core.members.deactivate(as_(alice), bob.id, NOW)
    assert core.users.caller(token, NOW) is None
    assert core.api_keys.caller(secret, NOW) is None
    with pytest.raises(Unauthenticated, match=r"The name or the password is wrong\."):
        login(core, "bob")
    core.members.reactivate(as_(alice), bob.id, NOW)
    assert core.users.caller(token, NOW) is None
    assert login(core, "bob")
    assert core.api_keys.caller(secret, NOW) is not None


def test_who_is_removed_leaves_no_session_and_no_key(core: Core, alice: User) -> None:
    bob = add(core, alice, "bob")
    token = login(core, "bob")
    _, secret = core.api_keys.make(1, "script", Scope.READ, NOW, user_id=bob.id)
    core.members.remove(as_(alice), bob.id, NOW)
    assert core.users.caller(token, NOW) is None
    assert core.api_keys.caller(secret, NOW) is None
    assert core.api_keys.list(1) == []
    assert core.members.list(1) == [alice]
    with pytest.raises(NotFound):
        core.members.remove(as_(alice), bob.id, NOW)


def test_a_login_does_not_outlive_a_deactivation_beside_it(cores: list[Core]) -> None:
    owner = cores[0].users.set_up("alice", PASSWORD, "alice@example.com", None, NOW)
    bob = add(cores[0], owner, "bob")
    results = at_once(
        partial(cores[0].members.deactivate, as_(owner), bob.id, NOW),
        *(partial(login, core, "bob", f"{n}") for n, core in enumerate(cores[1:])),
    )
    assert [token for token in accepted(results[1:]) if cores[0].users.caller(token, NOW)] == []


def test_a_key_belongs_to_its_maker_or_else_to_the_first_owner(core: Core, alice: User, eve: User) -> None:
    bob = add(core, alice, "bob")
    made = [
        core.api_keys.make(1, "a", Scope.READ, NOW)[0],
        core.api_keys.make(1, "b", Scope.READ, NOW, user_id=bob.id)[0],
        core.api_keys.make(eve.account, "c", Scope.READ, NOW)[0],
    ]
    assert [key.user_id for key in made] == [alice.id, bob.id, eve.id]


def test_a_key_of_somebody_elses_account_opens_nothing(core: Core, alice: User, eve: User) -> None:
    _, secret = core.api_keys.make(1, "stray", Scope.READ, NOW, user_id=eve.id)
    assert core.api_keys.caller(secret, NOW) is None


@pytest.mark.parametrize("scope", [Scope.OWN, Scope.RESPOND])
def test_no_key_is_made_for_what_takes_a_login(core: Core, alice: User, scope: Scope) -> None:
    with pytest.raises(Invalid):
        core.api_keys.make(1, "script", scope, NOW)


def test_sessions_are_listed_and_ended_one_by_one(core: Core, alice: User) -> None:
    add(core, alice, "bob")
    tokens = [core.users.login("alice", PASSWORD, f"192.0.2.{n}", NOW)[0] for n in range(3)]
    stranger = login(core, "bob")
    found = core.users.sessions(alice.id, NOW)
    assert sorted(session.address for session in found) == ["192.0.2.0", "192.0.2.1", "192.0.2.2"]
    first = core.users.session(tokens[0], NOW)
    theirs = core.users.session(stranger, NOW)
    assert first
    assert theirs
    core.users.end_session(alice.id, first.digest[:16], NOW)
    assert core.users.session(tokens[0], NOW) is None
    assert len(core.users.sessions(alice.id, NOW)) == 2
    for wrong in (theirs.digest, first.digest, "", first.digest[:3]):
        with pytest.raises(NotFound):
            core.users.end_session(alice.id, wrong, NOW)
    assert core.users.session(stranger, NOW) is not None


def test_a_restored_password_has_the_same_hash(core: Core, store, alice: User) -> None:  # type: ignore[no-untyped-def]
    before = store.users.get(alice.id).password_hash
    core.users.set_password(core.users.named("alice"), "another long password", NOW)
    changed = store.users.get(alice.id).password_hash
    core.users.set_password(core.users.named("alice"), PASSWORD, NOW)
    assert changed != before
    assert store.users.get(alice.id).password_hash == before
    bob = add(core, alice, "bob")
    assert bob.password_hash != before
