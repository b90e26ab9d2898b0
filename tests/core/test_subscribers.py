"""Subscribers: asked, confirmed, told by real mail and web servers, and ended by one click."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import NOW
from tests.core.conftest import draft
from tests.servers.hooks import Hooks, listening
from tests.servers.smtp import MailSink, receiving
from uptime.config import Settings
from uptime.core import Core
from uptime.domain.errors import Conflict, Invalid, NotFound, TooMany
from uptime.domain.incident import Component, Impact, Incident, IncidentDraft, IncidentStatus
from uptime.domain.mail import Mailbox, MailServer, Security
from uptime.domain.status_page import PageDraft, Section, StatusPage
from uptime.domain.subscriber import By, Posting, Subscriber, Wish, checked
from uptime.store import Store

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SETTINGS = Settings(
    secret_key="x" * 32,
    public_url="https://status.example",
    mail_from=Mailbox("status@example.org", "Upspeak"),
    outbound_allow=(ip_network("127.0.0.0/8"),),
)


@pytest.fixture
def sink() -> Iterator[MailSink]:
    with receiving() as made:
        yield made


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with listening() as made:
        yield made


@pytest.fixture
def core(store: Store, sink: MailSink) -> Core:
    return Core(store, replace(SETTINGS, smtp_url=MailServer("127.0.0.1", sink.port, Security.NONE)))


@pytest.fixture
def page(core: Core) -> StatusPage:
    monitor = core.monitors.add(1, draft("Web"), NOW)
    return core.pages.add(1, PageDraft("shop", "Shop", sections=(Section("", (monitor.id,)),)), NOW)


def ask(core: Core, page: StatusPage, address: str = "anna@example.com", by: By = By.EMAIL, **more: Any) -> None:
    core.subscribers.ask(page, by, address, more.get("monitors", ()), more.get("asker", "1.2.3.4"), more.get("at", NOW))


def add(core: Core, address: str = "anna@example.com", by: By = By.EMAIL, **more: Any) -> Subscriber:
    return core.subscribers.add(1, more.get("page_id", 2), by, address, more.get("monitors", ()), NOW)


def begin(core: Core, at: datetime = NOW, tell: bool = True, **fields: Any) -> Incident:
    made = IncidentDraft(fields.pop("title", "Slow"), **fields)
    return core.incidents.begin(1, made, IncidentStatus.INVESTIGATING, "We *look*.", "alice", at, tell=tell)


def token_in(text: str, what: str) -> str:
    """The token of the link in a text."""
    [link] = [word for word in text.split() if f"/subscriptions/{what}" in word]
    assert link.startswith("https://status.example/subscriptions/")
    return parse_qs(urlsplit(link).query)["token"][0]


def text_of(mail: Any) -> str:
    return str(mail.message.get_body(("plain",)).get_content())


def subjects(sink: MailSink) -> list[str]:
    return [str(mail.message["Subject"]) for mail in sink.mails]


def test_nobody_is_subscribed_before_they_confirm(core: Core, page: StatusPage, sink: MailSink) -> None:
    ask(core, page, " Anna@Example.COM ")
    assert core.announcing.is_due(NOW)
    assert core.announcing.drain(NOW, 10) == 1
    assert core.subscribers.of(1) == []
    [mail] = sink.mails
    assert (mail.to, mail.message["Subject"]) == (("Anna@example.com",), "Confirm: updates of Shop")
    token = token_in(text_of(mail), "confirm")
    confirmed = core.subscribers.confirm(token, NOW + DAY)
    assert (confirmed.address, confirmed.page_id, confirmed.confirmed_at) == ("Anna@example.com", 2, NOW + DAY)
    assert core.subscribers.confirm(token, NOW + DAY).id == confirmed.id
    assert core.subscribers.of(1, page_id=2) == [confirmed]
    with pytest.raises(Invalid):
        core.subscribers.confirm(token, NOW + 7 * DAY)


def test_whoever_is_subscribed_already_is_not_asked_again(core: Core, page: StatusPage, sink: MailSink) -> None:
    add(core)
    ask(core, page)
    core.announcing.drain(NOW, 10)
    assert sink.mails == []


def test_an_update_reaches_a_mailbox_with_one_click_to_end_it(core: Core, page: StatusPage, sink: MailSink) -> None:
    subscriber = add(core)
    incident = begin(core)
    assert core.announcing.drain(NOW, 10) == 1
    core.incidents.update(1, incident.id, IncidentStatus.IDENTIFIED, "It is the cache.", "bob", NOW)
    core.announcing.drain(NOW, 10)
    core.incidents.resolve(1, incident.id, "", "bob", NOW)
    core.announcing.drain(NOW, 10)
    assert subjects(sink) == [
        "Investigating: Slow (Shop)",
        "Identified: Slow (Shop)",
        "Resolved: Slow (Shop)",
    ]
    message = sink.mails[1].message
    assert message["X-Upspeak-Event"] == f"incident-{incident.id}-2-{subscriber.id}"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = text_of(sink.mails[1])
    assert "It is the cache." in text
    assert "https://status.example/status/shop#incident-1" in text
    assert "bob" not in text
    core.subscribers.unsubscribe(token_in(text, "end"), NOW)
    assert core.subscribers.of(1) == []
    core.subscribers.unsubscribe(token_in(text, "end"), NOW)


def test_an_update_reaches_a_webhook(core: Core, page: StatusPage, hooks: Hooks) -> None:
    ask(core, page, hooks.url, By.WEBHOOK)
    core.announcing.drain(NOW, 10)
    question = json.loads(hooks.hits[0].body)
    assert question["type"] == "confirm"
    core.subscribers.confirm(token_in(question["confirmUrl"], "confirm"), NOW)
    begin(core, title="Größe")
    core.announcing.drain(NOW, 10)
    told = json.loads(hooks.hits[1].body)
    assert hooks.hits[1].headers["X-Upspeak-Event"] == told["event"] == "incident-1-1-1"
    assert (told["type"], told["page"]["slug"], told["incident"]["title"]) == ("incident", "shop", "Größe")
    assert (told["update"]["status"], told["update"]["text"]) == ("investigating", "We *look*.")
    core.subscribers.unsubscribe(token_in(told["unsubscribeUrl"], "end"), NOW)
    assert core.subscribers.of(1) == []


def test_each_hears_of_what_they_asked_for(core: Core, page: StatusPage, sink: MailSink) -> None:
    [web] = page.listed
    other = core.monitors.add(1, draft("other"), NOW).id
    add(core, "all@example.com")
    add(core, "web@example.com", monitors=(web,))
    add(core, "first@example.com", page_id=1, monitors=(other,))
    begin(core, title="web", components=(Component(web, Impact.DEGRADED),))
    begin(core, title="other", components=(Component(other, Impact.DEGRADED),))
    begin(core, title="elsewhere", pages=(1,))
    begin(core, title="draft", draft=True)
    begin(core, title="silent", tell=False)
    core.announcing.drain(NOW, 10)
    told = sorted((mail.to[0].split("@")[0], str(mail.message["Subject"])) for mail in sink.mails)
    assert told == [
        ("all", "Investigating: other (Shop)"),
        ("all", "Investigating: web (Shop)"),
        ("first", "Investigating: other (Service Status)"),
        ("web", "Investigating: web (Shop)"),
    ]
    assert [each.address for each in core.subscribers.of(1, monitor_id=web)] == ["all@example.com", "web@example.com"]


def test_a_draft_is_told_when_it_is_published_and_only_its_last_word(
    core: Core, page: StatusPage, sink: MailSink
) -> None:
    add(core)
    incident = begin(core, draft=True)
    core.incidents.update(1, incident.id, IncidentStatus.IDENTIFIED, "x", "bob", NOW)
    core.announcing.drain(NOW, 10)
    assert sink.mails == []
    core.incidents.change(1, incident.id, lambda before: replace(before, draft=False), NOW)
    core.incidents.change(1, incident.id, lambda before: replace(before, title="Other"), NOW)
    core.announcing.drain(NOW, 10)
    assert subjects(sink) == ["Identified: Other (Shop)"]


def test_what_is_not_accepted_is_tried_again_and_given_up_after_a_day(
    core: Core, page: StatusPage, hooks: Hooks
) -> None:
    add(core, hooks.url, By.WEBHOOK)
    begin(core)
    hooks.status = 503
    core.announcing.drain(NOW, 10)
    assert not core.announcing.is_due(NOW)
    assert core.announcing.is_due(NOW + timedelta(seconds=5))
    core.announcing.drain(NOW + timedelta(seconds=5), 10)
    assert len(hooks.hits) == 2
    assert hooks.hits[0].body == hooks.hits[1].body
    hooks.status = 200
    assert core.announcing.drain(NOW + timedelta(minutes=5), 10) == 1
    hooks.status = 503
    begin(core)
    core.announcing.drain(NOW, 10)
    core.announcing.drain(NOW + timedelta(hours=25), 10)
    assert not core.announcing.is_due(NOW + timedelta(days=9))


def test_what_is_refused_for_good_is_not_tried_again(core: Core, page: StatusPage, sink: MailSink) -> None:
    add(core, "gone@example.com")
    add(core, "here@example.com")
    sink.answers["gone@example.com"] = "550 No such mailbox"
    begin(core)
    assert core.announcing.drain(NOW, 10) == 1
    assert not core.announcing.is_due(NOW + timedelta(days=9))


def test_what_was_interrupted_goes_on_under_the_same_id(
    core: Core, page: StatusPage, store: Store, hooks: Hooks
) -> None:
    add(core, hooks.url, By.WEBHOOK)
    begin(core)
    wish = Wish(1, 2, By.WEBHOOK, hooks.url)
    store.subscribers.post([Posting("incident-1-1-1", wish, NOW, 1, 1, 1)], NOW)
    [claimed] = store.subscribers.claim(NOW, 10)
    assert core.announcing.drain(NOW, 10) == 0
    assert core.announcing.drain(NOW + timedelta(minutes=3), 10) == 1
    assert [hit.headers["X-Upspeak-Event"] for hit in hooks.hits] == [claimed.id]


def test_one_process_tells_at_a_time(core: Core, page: StatusPage, store: Store, sink: MailSink) -> None:
    add(core)
    begin(core)
    token = store.locks.take("announce", 60)
    assert token is not None
    assert core.announcing.drain(NOW, 10) == 0
    store.locks.release("announce", token)
    assert core.announcing.drain(NOW, 10) == 1


def test_nothing_is_told_of_what_is_gone_or_hidden_by_then(core: Core, page: StatusPage, sink: MailSink) -> None:
    add(core)
    gone = begin(core)
    core.incidents.remove(1, gone.id, NOW)
    begin(core)
    core.pages.publish(1, 2, False, NOW)
    ask(core, page, "bob@example.com")
    assert core.announcing.drain(NOW, 10) == 0
    assert sink.mails == []
    assert not core.announcing.is_due(NOW + DAY)


def test_a_private_address_is_not_asked(core: Core, page: StatusPage, store: Store, hooks: Hooks) -> None:
    closed = Core(store, replace(core.settings, outbound_allow=()))
    ask(closed, page, hooks.url, By.WEBHOOK)
    closed.announcing.drain(NOW, 10)
    assert hooks.hits == []


def test_mailboxes_are_not_flooded(core: Core, page: StatusPage) -> None:
    for number in range(3):
        ask(core, page, asker=f"1.2.3.{number}")
    with pytest.raises(TooMany):
        ask(core, page, asker="1.2.3.9")
    for number in range(20):
        ask(core, page, f"a{number}@example.com", asker="5.6.7.8")
    with pytest.raises(TooMany):
        ask(core, page, "more@example.com", asker="5.6.7.8")


def test_a_site_that_can_send_nothing_says_so(store: Store, core: Core, page: StatusPage) -> None:
    for settings in (replace(core.settings, public_url=None), replace(core.settings, smtp_url=None)):
        with pytest.raises(Conflict):
            ask(Core(store, settings), page)


@pytest.mark.parametrize(
    ("by", "address"),
    [
        (By.EMAIL, "anna"),
        (By.EMAIL, "a b@example.com"),
        (By.EMAIL, "a@example.com\nBcc: b@example.com"),
        (By.WEBHOOK, "ftp://example.com/"),
        (By.WEBHOOK, "https://"),
        (By.WEBHOOK, "https://example.com/ x"),
        (By.WEBHOOK, "https://example.com/" + "x" * 2_048),
        (By.WEBHOOK, "https://[::1"),
    ],
)
def test_what_is_no_address_is_refused(by: By, address: str) -> None:
    with pytest.raises(Invalid):
        checked(Wish(1, 1, by, address))


def test_only_monitors_of_the_page_can_be_asked_for(core: Core, page: StatusPage) -> None:
    other = core.monitors.add(1, draft("other"), NOW).id
    with pytest.raises(Invalid):
        ask(core, page, monitors=(other,))
    ask(core, page, monitors=page.listed)


def test_what_is_not_ones_own_does_not_exist(core: Core, page: StatusPage) -> None:
    mine = add(core)
    with pytest.raises(NotFound):
        core.subscribers.remove(2, mine.id, NOW)
    with pytest.raises(NotFound):
        core.subscribers.add(2, 2, By.EMAIL, "eve@example.com", (), NOW)
    assert core.subscribers.of(2) == []
    core.subscribers.remove(1, mine.id, NOW)
    for token in ("", "x.y", core.pages.link(page)):
        with pytest.raises(Invalid):
            core.subscribers.confirm(token, NOW)
        with pytest.raises(Invalid):
            core.subscribers.unsubscribe(token, NOW)
