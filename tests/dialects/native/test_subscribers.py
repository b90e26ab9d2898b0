"""Subscribers on the native wire: anybody asks, the owner sees, and nobody else."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from uptime.config import Settings
from uptime.domain.mail import Mailbox, MailServer
from uptime.web import create_app, open_store


@pytest.fixture
def app(settings: Settings) -> Iterator[Any]:
    """An application that knows its address and a mail server, which nothing here talks to."""
    mail = {"smtp_url": MailServer("127.0.0.1", 9), "mail_from": Mailbox("status@example.org")}
    known = replace(settings, public_url="http://localhost", **mail)  # type: ignore[arg-type]
    store = open_store(known)
    yield create_app(known, store)
    store.close()


def ask(caller: Any, **body: Any) -> Any:
    return caller.post("/api/subscribe", json={"page": "default", "email": "anna@example.com"} | body)


def test_the_answer_is_the_same_whoever_it_is(api: Any, stranger: Any) -> None:
    api.post("/api/subscribers", json={"pageId": 1, "email": "bob@example.com"})
    unknown, known = ask(stranger), ask(stranger, email="bob@example.com")
    assert (unknown.status_code, unknown.json) == (known.status_code, known.json)
    assert unknown.status_code == 202
    assert [each["address"] for each in api.get("/api/subscribers").json["subscribers"]] == ["bob@example.com"]


def test_the_owner_adds_lists_and_removes_them(api: Any, target: str) -> None:
    service = api.post("/api/services", json={"name": "Shop", "url": f"{target}/200"}).json["service"]["id"]
    made = api.post("/api/subscribers", json={"pageId": 1, "webhook": "https://example.com/x", "services": [service]})
    assert made.status_code == 201
    assert made.json.items() >= {"id": 1, "by": "webhook", "pageId": 1, "services": [service]}.items()
    assert api.get("/api/subscribers?pageId=1").json == {"subscribers": [made.json]}
    assert api.get(f"/api/subscribers?serviceId={service + 1}").json == {"subscribers": []}
    assert api.delete("/api/subscribers/1").json["success"] is True
    assert api.delete("/api/subscribers/1").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"email": None},
        {"email": "anna"},
        {"webhook": "https://example.com/"},
        {"email": None, "webhook": "file:///etc/passwd"},
        {"services": [99]},
        {"services": ["1"]},
        {"page": 5},
    ],
)
def test_what_makes_no_sense_is_refused(api: Any, stranger: Any, body: dict[str, Any]) -> None:
    assert ask(stranger, **body).status_code == 400


def test_a_page_that_is_not_theirs_to_read_cannot_be_asked_for(api: Any, stranger: Any) -> None:
    assert ask(stranger, page="nothing").status_code == 404
    api.post("/api/pages", json={"slug": "shop", "title": "x", "published": False})
    assert ask(stranger, page="shop").status_code == 404
    api.post("/api/pages/2/publish")
    api.put("/api/pages/2/access", json={"access": "link"})
    assert ask(stranger, page="shop").status_code == 401
    assert ask(stranger, page="shop", token=api.post("/api/pages/2/link").json["token"]).status_code == 202


def test_one_who_asks_too_often_waits(api: Any, stranger: Any) -> None:
    assert [ask(stranger).status_code for _ in range(4)] == [202, 202, 202, 429]


def test_only_administrators_see_who_they_are(keyed: Any, api: Any, stranger: Any) -> None:
    for scope in ("read", "ping", "write"):
        caller = keyed(scope)
        assert caller.get("/api/subscribers").status_code == 403
        assert caller.post("/api/subscribers", json={"pageId": 1, "email": "a@example.com"}).status_code == 403
        assert caller.delete("/api/subscribers/1").status_code == 403
    assert stranger.get("/api/subscribers").status_code == 401


def test_another_account_knows_nothing_of_them(api: Any, theirs: Any) -> None:
    api.post("/api/subscribers", json={"pageId": 1, "email": "bob@example.com"})
    assert theirs.get("/api/subscribers").json == {"subscribers": []}
    assert theirs.delete("/api/subscribers/1").status_code == 404
    assert theirs.post("/api/subscribers", json={"pageId": 1, "email": "eve@example.com"}).status_code == 404
