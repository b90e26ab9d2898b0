"""Whoever has the link becomes a user of the account, once, with the role that was meant."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest

from tests.conftest import NOW
from tests.core.conftest import PASSWORD, accepted, at_once
from tests.core.people import BASE, HERE, caller_of, first_owner, link_in, mailing, settings, token_in
from tests.servers.smtp import MailSink
from uptime.core import Core
from uptime.core.members import UserDraft
from uptime.domain.errors import Conflict, Forbidden, Invalid, NotFound
from uptime.domain.user import Role, User
from uptime.store import Store

WEEK = timedelta(days=7)


@pytest.fixture
def core(store: Store) -> Core:
    """Without a mail server."""
    return Core(store, settings())


@pytest.fixture
def posted(store: Store) -> Iterator[tuple[Core, MailSink]]:
    with mailing(store) as made:
        yield made


@pytest.fixture
def alice(core: Core) -> User:
    return first_owner(core)


def invite(core: Core, by: User, email: str = "bob@example.com", role: Role = Role.EDITOR) -> str:
    """The token of a new invitation, without mail."""
    invited = core.invitations.invite(caller_of(by), UserDraft(email, role, first_name="Bob"), NOW)
    assert invited.link
    return token_in(invited.link)


def test_without_mail_the_link_is_told_to_whoever_invites(core: Core, alice: User) -> None:
    invited = core.invitations.invite(caller_of(alice), UserDraft("bob@example.com"), NOW)
    assert invited.link
    assert invited.link.startswith(f"{BASE}/join?token=")
    assert "sends no mail" in invited.problem
    assert (invited.invitation.role, invited.invitation.invited_by) == (Role.VIEWER, "alice")
    assert invited.invitation.expires_at == NOW + WEEK


def test_with_mail_only_the_mailbox_gets_the_link(posted: tuple[Core, MailSink], alice: User) -> None:
    core, sink = posted
    invited = core.invitations.invite(caller_of(alice), UserDraft("bob@example.com", Role.ADMIN), NOW)
    assert (invited.link, invited.problem) == (None, "")
    (mail,) = sink.mails
    assert mail.to == ("bob@example.com",)
    assert mail.message["Subject"] == "alice invites you to Upspeak"
    body = mail.message.get_body(("plain",))
    assert body
    assert "as admin" in body.get_content()
    assert "09 March 2026, 10:00 UTC" in body.get_content()
    bob = core.invitations.accept(token_in(link_in(sink)), PASSWORD, NOW)
    assert (bob.account, bob.role, bob.name) == (1, Role.ADMIN, "bob@example.com")


def test_a_mail_that_cannot_be_sent_gives_the_link_back(posted: tuple[Core, MailSink], alice: User) -> None:
    core, sink = posted
    sink.answers["bob@example.com"] = "550 No such mailbox"
    invited = core.invitations.invite(caller_of(alice), UserDraft("bob@example.com"), NOW)
    assert invited.link
    assert "550 No such mailbox" in invited.problem
    assert core.invitations.accept(token_in(invited.link), PASSWORD, NOW)


def test_accepting_makes_a_user_who_can_log_in(core: Core, alice: User) -> None:
    token = invite(core, alice)
    assert core.invitations.read(token, NOW).email == "bob@example.com"
    bob = core.invitations.accept(token, "bobs long password", NOW, name="bob", last_name="Builder")
    assert (bob.name, bob.email, bob.first_name, bob.last_name) == ("bob", "bob@example.com", "Bob", "Builder")
    assert core.users.login("bob", "bobs long password", HERE, NOW)
    assert [user.name for user in core.members.list(1)] == ["alice", "bob"]
    assert core.invitations.list(1, NOW) == []


def test_a_link_is_good_once(core: Core, alice: User) -> None:
    token = invite(core, alice)
    core.invitations.accept(token, PASSWORD, NOW, name="bob")
    with pytest.raises(Invalid, match="used"):
        core.invitations.accept(token, PASSWORD, NOW, name="eve")
    assert len(core.members.list(1)) == 2


def test_of_several_that_accept_at_once_one_is_let_in(cores: list[Core]) -> None:
    token = invite(Core(cores[0]._store, settings()), first_owner(cores[0]))
    results = at_once(
        *(partial(core.invitations.accept, token, PASSWORD, NOW, name=f"u{n}") for n, core in enumerate(cores))
    )
    assert len(accepted(results)) == 1
    assert len(cores[0].members.list(1)) == 2


def test_who_could_not_accept_tries_again(core: Core, alice: User) -> None:
    token = invite(core, alice)
    for wrong in ({"name": "alice"}, {"name": "eve@example.com"}, {"password": "short"}):
        with pytest.raises((Invalid, Conflict)):
            core.invitations.accept(token, wrong.get("password", PASSWORD), NOW, name=wrong.get("name", "bob"))
    assert core.invitations.accept(token, PASSWORD, NOW, name="bob")


def test_a_link_ends_after_a_week(core: Core, alice: User) -> None:
    token = invite(core, alice)
    assert core.invitations.read(token, NOW + WEEK - timedelta(seconds=1))
    with pytest.raises(Invalid, match="expired"):
        core.invitations.accept(token, PASSWORD, NOW + WEEK)
    assert core.invitations.list(1, NOW + WEEK) == []
    core.invitations.invite(caller_of(alice), UserDraft("carol@example.com"), NOW + WEEK)
    assert core._store.client.hlen("up:{users}:invitations:1") == 1


def test_a_link_that_was_taken_back_is_no_good(core: Core, alice: User) -> None:
    token = invite(core, alice)
    (waiting,) = core.invitations.list(1, NOW)
    core.invitations.withdraw(caller_of(alice), waiting.id, NOW)
    with pytest.raises(Invalid):
        core.invitations.accept(token, PASSWORD, NOW)
    with pytest.raises(NotFound):
        core.invitations.withdraw(caller_of(alice), waiting.id, NOW)


@pytest.mark.parametrize("wrong", ["", "x", "\ud800", "a.b", "ü" * 9_000])
def test_what_was_not_signed_here_is_no_good(core: Core, alice: User, wrong: str) -> None:
    token = invite(core, alice)
    other = Core(core._store, settings()).resets
    for forged in (wrong, token[:-2] + "AA", token + "x"):
        with pytest.raises(Invalid):
            core.invitations.accept(forged, PASSWORD, NOW)
    with pytest.raises(Invalid):
        other.use(token, PASSWORD, NOW)


def test_nobody_invites_beyond_what_they_manage(core: Core, alice: User) -> None:
    admin = core.members.create(1, UserDraft("ann@example.com", Role.ADMIN, "ann"), PASSWORD, NOW)
    editor = core.members.create(1, UserDraft("ed@example.com", Role.EDITOR, "ed"), PASSWORD, NOW)
    assert invite(core, admin, role=Role.ADMIN)
    with pytest.raises(Forbidden):
        invite(core, admin, role=Role.OWNER)
    with pytest.raises(Forbidden):
        invite(core, editor, role=Role.VIEWER)
    owners = core.invitations.invite(caller_of(alice), UserDraft("own@example.com", Role.OWNER), NOW).invitation
    with pytest.raises(Forbidden):
        core.invitations.withdraw(caller_of(admin), owners.id, NOW)


def test_invitations_of_another_account_do_not_exist(core: Core, store: Store, alice: User) -> None:
    eve = core.members.create(store.users.new_account(), UserDraft("eve@example.com", Role.OWNER), PASSWORD, NOW)
    invite(core, alice)
    (waiting,) = core.invitations.list(1, NOW)
    assert core.invitations.list(eve.account, NOW) == []
    with pytest.raises(NotFound):
        core.invitations.withdraw(caller_of(eve), waiting.id, NOW)


def test_who_is_there_is_not_invited_and_nothing_is_told_of_other_accounts(
    core: Core, store: Store, alice: User
) -> None:
    core.members.create(store.users.new_account(), UserDraft("eve@example.com", Role.OWNER), PASSWORD, NOW)
    with pytest.raises(Conflict):
        invite(core, alice, "ALICE@example.com")
    token = invite(core, alice, "eve@example.com")
    with pytest.raises(Conflict):
        core.invitations.accept(token, PASSWORD, NOW, name="eve2")
    with pytest.raises(Invalid):
        invite(core, alice, "nonsense")


def test_a_hundred_invitations_may_wait(core: Core, alice: User) -> None:
    for number in range(100):
        invite(core, alice, f"u{number}@example.com")
    with pytest.raises(Conflict):
        invite(core, alice, "one-more@example.com")


def test_invitations_are_told_in_the_audit_log_without_their_links(core: Core, store: Store, alice: User) -> None:
    token = invite(core, alice)
    core.invitations.accept(token, PASSWORD, NOW, name="bob")
    found = [(entry.noun, entry.verb) for entry in core.audit.read(1, NOW).entries]
    assert found == [("user", "added"), ("invitation", "added"), ("user", "added")]
    assert token.encode() not in b"".join(store.client.zrange("up:{a1}:audit", 0, -1))
