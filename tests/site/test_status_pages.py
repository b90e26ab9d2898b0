"""Status pages by slug and host name: who sees what, as a page, as feeds, as JSON."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask

from tests.core.conftest import draft, fill
from tests.site.conftest import Visitor
from uptime.core import Core
from uptime.domain.incident import Component, Impact, IncidentDraft, IncidentStatus
from uptime.domain.status_page import Access, PageDraft, Section
from uptime.store import Store

FORMS = ("/status/shop", "/status/shop/feed.atom", "/status/shop/feed.rss", "/status/shop/status.json")


@pytest.fixture
def core(app: Flask) -> Core:
    found: Core = app.extensions["core"]
    return found


@pytest.fixture
def shop(core: Core, owner: Visitor, redis_url: str) -> int:
    """A page with a monitor that was down for a while, and an incident; the id of the monitor."""
    now = datetime.now(UTC)
    store = Store(redis_url)
    monitor = core.monitors.add(1, draft("Checkout <b>", visible=False, description="Pays"), now - timedelta(hours=3))
    fill(store, monitor, now - timedelta(hours=2), now, lambda at: at < now - timedelta(hours=1))
    store.close()
    page = PageDraft("shop", "Shop & more", sections=(Section("Front", (monitor.id,)),), hosts=("shop.example",))
    core.pages.add(1, page, now)
    affected = (Component(monitor.id, Impact.DEGRADED),)
    incident = IncidentDraft("Payments are slow", affected, pages=(2,))
    made = core.incidents.begin(1, incident, IncidentStatus.INVESTIGATING, "We *look* <script>", "alice", now)
    core.incidents.update(1, made.id, IncidentStatus.IDENTIFIED, "It is the cache.", "bob", now)
    return monitor.id


def change(core: Core, **fields: Any) -> None:
    core.pages.change(1, 2, lambda page: replace(page, **fields), datetime.now(UTC))


def test_a_page_is_complete_without_a_script(shop: int, stranger: Visitor) -> None:
    answer = stranger.get("/status/shop")
    assert answer.status_code == 200
    assert "<script" not in answer.text
    for text in (
        "Shop &amp; more",
        "Front",
        "Checkout &lt;b&gt;",
        "Pays",
        "Degraded performance",
        "Payments are slow",
        "<em>look</em>",
        "It is the cache.",
    ):
        assert text in answer.text
    assert answer.text.count('role="img"') == 1
    assert "bob" not in answer.text
    assert answer.headers["Cache-Control"].startswith("public")
    again = stranger.get("/status/shop", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_slug_is_found_in_any_spelling_and_an_unknown_one_is_not(shop: int, stranger: Visitor) -> None:
    assert stranger.get("/status/SHOP").status_code == 200
    for path in ("/status/nothing", "/status/nothing/feed.rss", "/status/nothing/status.json", "/status/shop/nothing"):
        assert stranger.get(path).status_code == 404
    assert stranger.get("/status/default").status_code == 200


def test_a_host_name_shows_its_page_at_the_root(shop: int, stranger: Visitor) -> None:
    assert "Shop &amp; more" in stranger.get("/", headers={"Host": "shop.example:8000"}).text
    assert "Shop &amp; more" not in stranger.get("/").text


def test_the_page_as_json(shop: int, stranger: Visitor) -> None:
    answer = stranger.get("/status/shop/status.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    body = answer.json
    assert (body["slug"], body["title"], body["standing"]) == ("shop", "Shop & more", "degraded")
    [section] = body["sections"]
    [monitor] = section["monitors"]
    assert (monitor["id"], monitor["name"], monitor["status"], monitor["responseTime"]) == (
        shop,
        "Checkout <b>",
        "up",
        100,
    )
    assert 0.4 < monitor["uptime"] < 0.6
    assert "url" not in monitor
    assert len(monitor["days"]) in (1, 2)
    [incident] = body["incidents"]
    assert [said["text"] for said in incident["updates"]] == ["It is the cache.", "We *look* <script>"]
    assert incident["monitors"] == [{"id": shop, "name": "Checkout <b>", "impact": "degraded"}]
    assert (
        stranger.get("/status/shop/status.json", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    )
    missing = stranger.get("/status/nothing/status.json")
    assert (missing.status_code, missing.json["error"], missing.json["status"]) == (404, True, 404)


def test_feeds_tell_updates_and_changes_newest_first(shop: int, stranger: Visitor) -> None:
    rss = stranger.get("/status/shop/feed.rss")
    assert rss.mimetype == "application/rss+xml"
    channel = ElementTree.fromstring(rss.data).find("channel")  # noqa: S314 - our own
    assert channel is not None
    assert channel.findtext("title") == "Shop & more"
    titles = [item.findtext("title") for item in channel.findall("item")]
    assert titles == ["Identified: Payments are slow", "Investigating: Payments are slow", "Checkout <b> is up"]
    atom = stranger.get("/status/shop/feed.atom")
    assert atom.mimetype == "application/atom+xml"
    assert atom.text.count("<entry>") == 3
    assert "&lt;script" not in atom.text.replace("&amp;lt;script", "")


def test_what_is_not_published_and_what_does_not_exist_look_alike(shop: int, core: Core, stranger: Visitor) -> None:
    change(core, published=False)
    for path in FORMS:
        hidden, missing = stranger.get(path), stranger.get(path.replace("shop", "never"))
        assert (hidden.status_code, hidden.data) == (missing.status_code, missing.data) == (404, missing.data)


def test_a_password_opens_a_page_for_a_month(shop: int, core: Core, stranger: Visitor, app: Flask) -> None:
    core.pages.protect(1, 2, Access.PASSWORD, "sesame", datetime.now(UTC))
    for path in FORMS:
        answer = stranger.get(path)
        assert answer.status_code == 401
        assert "Checkout" not in answer.text
        assert "no-store" in answer.headers["Cache-Control"]
    assert 'type="password"' in stranger.get("/status/shop").text
    wrong = stranger.client.post("/status/shop", data={"password": "wrong"})
    assert (wrong.status_code, "The password is wrong." in wrong.text) == (401, True)
    foreign = {"Origin": "https://evil.example"}
    assert stranger.client.post("/status/shop", data={"password": "sesame"}, headers=foreign).status_code == 403
    right = stranger.client.post("/status/shop", data={"password": "sesame"})
    assert (right.status_code, right.location) == (303, "/status/shop")
    assert "HttpOnly" in right.headers["Set-Cookie"]
    for path in FORMS:
        answer = stranger.get(path)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert Visitor(app.test_client()).get("/status/shop").status_code == 401
    core.pages.protect(1, 2, Access.PASSWORD, "another", datetime.now(UTC))
    assert stranger.get("/status/shop").status_code == 401


def test_a_link_opens_a_page_and_its_feeds(shop: int, core: Core, stranger: Visitor) -> None:
    core.pages.protect(1, 2, Access.LINK, None, datetime.now(UTC))
    token = core.pages.link(core.pages.get(1, 2))
    assert 'type="password"' not in stranger.get("/status/shop").text
    for path in FORMS[1:]:
        assert stranger.get(path).status_code == 401
        assert stranger.get(f"{path}?token={token}").status_code == 200
        assert stranger.get(f"{path}?token={token}x").status_code == 401
    assert f"/status/shop/feed.atom?token={token}" in stranger.get(f"/status/shop?token={token}").text
    assert stranger.get("/status/shop").status_code == 200


def test_passwords_are_not_guessed(shop: int, core: Core, stranger: Visitor) -> None:
    core.pages.protect(1, 2, Access.PASSWORD, "sesame", datetime.now(UTC))
    for _ in range(10):
        assert stranger.client.post("/status/shop", data={"password": "x"}).status_code == 401
    refused = stranger.client.post("/status/shop", data={"password": "sesame"})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert stranger.client.post("/status/default", data={"password": "x"}).status_code == 404


def test_the_first_page_may_be_protected_too(core: Core, owner: Visitor, stranger: Visitor, target: str) -> None:
    monitor = core.monitors.add(1, draft("Secret"), datetime.now(UTC))
    core.pages.protect(1, 1, Access.PASSWORD, "sesame", datetime.now(UTC))
    for path in ("/", f"/monitors/{monitor.id}", "/api/status", "/api/history", "/sitemap.xml", "/status/default"):
        assert "Secret" not in stranger.get(path).text
        assert f"monitors/{monitor.id}" not in stranger.get(path).text
    assert stranger.client.post("/status/default", data={"password": "sesame"}).status_code == 303
    assert "Secret" in stranger.get("/").text


def test_the_owners_style_is_confined_to_a_file_of_its_own(shop: int, core: Core, stranger: Visitor) -> None:
    change(core, custom_css="body{}</style><script>alert(1)</script>")
    answer = stranger.get("/status/shop")
    assert "<script" not in answer.text
    assert "/status/shop/custom.css?v=" in answer.text
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    css = stranger.get("/status/shop/custom.css")
    assert (css.mimetype, css.text) == ("text/css", "body{}</style><script>alert(1)</script>")
