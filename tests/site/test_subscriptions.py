"""Where the links of subscribers lead: looking changes nothing, one button does."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from tests.site.conftest import Visitor
from uptime.core import Core
from uptime.domain.subscriber import By, Wish


@pytest.fixture
def core(app: Flask, owner: Visitor) -> Core:
    found: Core = app.extensions["core"]
    return found


def press(stranger: Visitor, link: str) -> Any:
    """Opens a link and presses the button on the page."""
    page = stranger.get(link)
    assert page.status_code == 200
    action = page.text.partition('<form method="post" action="')[2].partition('"')[0]
    return stranger.client.post(action.replace("&amp;", "&"))


def test_a_link_confirms_when_its_button_is_pressed(core: Core, stranger: Visitor) -> None:
    link = core.subscribers.confirmation(Wish(1, 1, By.EMAIL, "anna@example.com"), datetime.now(UTC))
    stranger.get(link)
    assert core.subscribers.of(1) == []
    assert "You are subscribed" in press(stranger, link).text
    assert [each.address for each in core.subscribers.of(1)] == ["anna@example.com"]


def test_one_click_ends_it(core: Core, stranger: Visitor) -> None:
    made = core.subscribers.add(1, 1, By.EMAIL, "anna@example.com", (), datetime.now(UTC))
    link = core.subscribers.ending(1, made.id)
    stranger.get(link)
    assert [each.id for each in core.subscribers.of(1)] == [made.id]
    # As a mail program does it by RFC 8058, from wherever it runs.
    headers = {"Origin": "https://mail.example"}
    done = stranger.client.post(link, data={"List-Unsubscribe": "One-Click"}, headers=headers)
    assert (done.status_code, done.headers["Cache-Control"]) == (200, "no-store")
    assert core.subscribers.of(1) == []
    assert press(stranger, link).status_code == 200


def test_a_token_that_is_none_is_refused(core: Core, stranger: Visitor) -> None:
    for path in ("/subscriptions/confirm", "/subscriptions/end?token=x", "/subscriptions/end?token=a.b"):
        assert stranger.client.post(path).status_code == 400
    assert stranger.get("/subscriptions/other").status_code == 404
    assert stranger.client.post("/subscriptions/other").status_code == 404
