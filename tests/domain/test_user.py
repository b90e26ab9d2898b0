"""What each role may do, and what can be a name or an address."""

import pytest

from uptime.domain.errors import Invalid
from uptime.domain.user import (
    KEY_SCOPES,
    MAY,
    SCOPE_OF,
    Caller,
    Role,
    Scope,
    checked_email,
    checked_login,
    checked_person,
)

READ, PING, RESPOND, WRITE, ADMIN, OWN = Scope

TABLE = {
    Role.VIEWER: {READ},
    Role.RESPONDER: {READ, PING, RESPOND},
    Role.EDITOR: {READ, PING, RESPOND, WRITE},
    Role.ADMIN: {READ, PING, RESPOND, WRITE, ADMIN},
    Role.OWNER: {READ, PING, RESPOND, WRITE, ADMIN, OWN},
}


def session_of(role: Role) -> Caller:
    return Caller(1, SCOPE_OF[role], "user 1", role=role)


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_table_says_and_no_more(role: Role) -> None:
    assert MAY[role] == TABLE[role]
    assert {scope for scope in Scope if session_of(role).may(scope)} == TABLE[role]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("scope", KEY_SCOPES)
def test_a_key_does_what_both_its_scope_and_its_user_may(role: Role, scope: Scope) -> None:
    key = Caller(1, scope, "key 1", role=role)
    alone = Caller(1, scope, "key 1")
    for wanted in Scope:
        assert key.may(wanted) == (alone.may(wanted) and wanted in TABLE[role])


def test_no_key_does_what_only_an_owner_may() -> None:
    assert not Caller(1, Scope.ADMIN, "key 1", role=Role.OWNER).may(Scope.OWN)
    assert OWN not in KEY_SCOPES


@pytest.mark.parametrize(
    ("role", "managed"),
    [
        (Role.OWNER, set(Role)),
        (Role.ADMIN, set(Role) - {Role.OWNER}),
        (Role.EDITOR, set()),
        (Role.RESPONDER, set()),
        (Role.VIEWER, set()),
    ],
)
def test_users_are_managed_by_admins_and_owners_by_owners(role: Role, managed: set[Role]) -> None:
    assert {other for other in Role if session_of(role).manages(other)} == managed


@pytest.mark.parametrize("good", ["a@b", " alice@example.com ", "ü@example.org", "a+b@c.d"])
def test_an_address_is_taken_without_its_ends(good: str) -> None:
    assert checked_email(good) == good.strip()


@pytest.mark.parametrize("bad", ["", "alice", "@b", "a@", "a b@c", "a@b@c", "a@" + "b" * 253, "a\u0000@b"])
def test_what_is_no_address_is_refused(bad: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_email(bad)
    assert refused.value.field == "email"


def test_a_name_may_be_the_address_of_the_same_user_and_of_nobody_else() -> None:
    assert checked_login(" alice ", "alice@example.com") == "alice"
    assert checked_login("Alice@Example.com", "alice@example.com") == "Alice@Example.com"
    for bad in ("bob@example.com", "", "\n", "x" * 256):
        with pytest.raises(Invalid):
            checked_login(bad, "alice@example.com")


def test_a_persons_name_is_short_and_plain() -> None:
    assert checked_person("first_name", " Zoë ") == "Zoë"
    for bad in ("x" * 151, "a\u0007"):
        with pytest.raises(Invalid) as refused:
            checked_person("last_name", bad)
        assert refused.value.field == "last_name"
