"""A forgotten password is set by a link, once; whoever asks learns nothing about who is here."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from tests.conftest import NOW
from tests.core.conftest import PASSWORD
from tests.core.people import BASE, HERE, caller_of, first_owner, link_in, mailing, settings, token_in
from tests.servers.smtp import MailSink
from uptime.core import Core
from uptime.core.members import UserDraft
from uptime.domain.errors import Invalid, SecondFactorNeeded, TooMany, Unauthenticated
from uptime.domain.user import Role, User
from uptime.store import Store

NEW = "a brand new password"


@pytest.fixture
def posted(store: Store) -> Iterator[tuple[Core, MailSink]]:
    with mailing(store) as made:
        yield made


@pytest.fixture
def core(posted: tuple[Core, MailSink]) -> Core:
    return posted[0]


@pytest.fixture
def sink(posted: tuple[Core, MailSink]) -> MailSink:
    return posted[1]


@pytest.fixture
def alice(core: Core) -> User:
    return first_owner(core)


def token_for(core: Core, sink: MailSink, user: User) -> str:
    core.resets.send(user.id, NOW)
    return token_in(link_in(sink))


def chores(store: Store) -> list[list[int]]:
    """The arguments of the jobs that wait."""
    return [list(job.args) for job in store.queue._queues["chores"].jobs]


def test_a_link_sets_a_new_password_and_ends_every_session(core: Core, sink: MailSink, alice: User) -> None:
    session, _ = core.users.login("alice", PASSWORD, HERE, NOW)
    link = (core.resets.send(alice.id, NOW), link_in(sink))[1]
    assert link.startswith(f"{BASE}/reset-password?token=")
    assert sink.mails[0].to == ("alice@example.com",)
    assert core.resets.read(token_in(link), NOW).id == alice.id
    core.resets.use(token_in(link), NEW, NOW)
    assert core.users.caller(session, NOW) is None
    with pytest.raises(Unauthenticated):
        core.users.login("alice", PASSWORD, HERE, NOW)
    assert core.users.login("alice", NEW, HERE, NOW)


def test_a_link_is_good_once_and_for_an_hour(core: Core, sink: MailSink, alice: User) -> None:
    token = token_for(core, sink, alice)
    with pytest.raises(Invalid, match="expired"):
        core.resets.use(token, NEW, NOW + timedelta(hours=1))
    later = NOW + timedelta(minutes=59)
    with pytest.raises(Invalid):
        core.resets.use(token, "short", later)
    core.resets.use(token, NEW, later)
    with pytest.raises(Invalid, match="used"):
        core.resets.use(token, "yet another password", later)


def test_a_password_that_was_changed_meanwhile_makes_the_link_worthless(
    core: Core, sink: MailSink, alice: User
) -> None:
    token = token_for(core, sink, alice)
    core.users.set_password(core.users.named("alice"), "chosen in between", NOW + timedelta(minutes=1))
    with pytest.raises(Invalid, match="used"):
        core.resets.use(token, NEW, NOW + timedelta(minutes=2))


def test_a_second_factor_stays(core: Core, sink: MailSink, alice: User) -> None:
    _, session = core.users.login("alice", PASSWORD, HERE, NOW)
    core.second_factors.prepare(alice.id, PASSWORD, HERE, NOW)
    core.second_factors.enable(session, PASSWORD, HERE, NOW)
    core.resets.use(token_for(core, sink, alice), NEW, NOW)
    with pytest.raises(SecondFactorNeeded):
        core.users.login("alice", NEW, HERE, NOW)


def test_whoever_asks_is_told_the_same_and_the_same_is_done(core: Core, store: Store, alice: User) -> None:
    bob = core.members.create(1, UserDraft("bob@example.com", Role.VIEWER, "bob"), PASSWORD, NOW)
    core.members.deactivate(caller_of(alice), bob.id, NOW)
    for email in ("alice@example.com", " ALICE@example.com ", "nobody@example.com", "bob@example.com", "alice", ""):
        assert core.resets.ask(email, HERE, NOW) is None  # type: ignore[func-returns-value]
    assert chores(store) == [[alice.id], [alice.id], [0], [0], [0], [0]]


def test_the_mail_is_sent_by_the_notifier(core: Core, store: Store, sink: MailSink, alice: User) -> None:
    from uptime.worker.jobs import HERE as PLACE

    core.resets.ask("alice@example.com", HERE, NOW)
    core.resets.ask("nobody@example.com", HERE, NOW)
    assert sink.mails == []
    PLACE.core = core
    connection = store.queue.connect()
    try:
        SimpleWorker(["chores"], connection=connection, serializer=JSONSerializer).work(
            burst=True, logging_level="ERROR"
        )
    finally:
        PLACE.core = None
        connection.close()
    assert [mail.to for mail in sink.mails] == [("alice@example.com",)]


def test_where_no_other_process_is_it_is_sent_at_once(store: Store) -> None:
    with mailing(store, serverless=True) as (core, sink):
        first_owner(core)
        core.resets.ask("alice@example.com", HERE, NOW)
        assert core.resets.use(token_in(link_in(sink)), NEW, NOW)
        sink.answers["alice@example.com"] = "550 No"
        core.resets.ask("alice@example.com", HERE, NOW)


def test_links_are_sent_to_a_mailbox_three_times_an_hour_there_or_not(core: Core, alice: User) -> None:
    for email in ("alice@example.com", "nobody@example.com"):
        for number in range(3):
            core.resets.ask(email, f"192.0.2.{number}", NOW)
        with pytest.raises(TooMany) as refused:
            core.resets.ask(email.upper(), "192.0.2.9", NOW)
        assert refused.value.retry_after == 3_600
    core.resets.ask("alice@example.com", HERE, NOW + timedelta(hours=1))


def test_an_address_asks_for_ten_an_hour(core: Core, alice: User) -> None:
    for number in range(10):
        core.resets.ask(f"u{number}@example.com", HERE, NOW)
    with pytest.raises(TooMany):
        core.resets.ask("alice@example.com", HERE, NOW)
    core.resets.ask("alice@example.com", "192.0.2.2", NOW)


def test_without_mail_everybody_hears_the_same(store: Store) -> None:
    core = Core(store, settings())
    first_owner(core)
    for email in ("alice@example.com", "nobody@example.com"):
        with pytest.raises(Invalid, match="sends no mail"):
            core.resets.ask(email, HERE, NOW)


def test_nobody_who_is_out_gets_in_by_a_link(core: Core, sink: MailSink, alice: User) -> None:
    bob = core.members.create(1, UserDraft("bob@example.com", Role.VIEWER, "bob"), PASSWORD, NOW)
    token = token_for(core, sink, bob)
    core.members.deactivate(caller_of(alice), bob.id, NOW)
    with pytest.raises(Invalid):
        core.resets.use(token, NEW, NOW)
    core.resets.send(bob.id, NOW)
    assert len(sink.mails) == 1
