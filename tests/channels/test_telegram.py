"""Telegram: a message of a bot, in HTML of ours around text of others."""

import re
from html import unescape

import pytest

from tests.channels.samples import EVERY, hostile, long, told
from tests.servers.recording import Reply, recording
from uptime.channels.telegram import CHANNEL, Telegram, compose, send
from uptime.domain.errors import DeliveryFailed, Invalid
from uptime.domain.notification import Occasion

TOKEN = "4711:abcdefghijklmnopqrstuvwxyz"
SETTINGS = Telegram(TOKEN, "-1001")


@pytest.mark.parametrize("occasion", EVERY)
def test_every_occasion_is_one_message_with_a_bold_headline(occasion):
    content = compose(SETTINGS, told(occasion))
    assert content["chat_id"] == "-1001"
    assert content["parse_mode"] == "HTML"
    assert content["text"].startswith("<b>")
    assert content["link_preview_options"] == {"is_disabled": True}
    assert ("<a href=" in content["text"]) == (told(occasion).subject is not None)
    assert "message_thread_id" not in content


def test_the_link_stands_at_the_end():
    end = '<a href="https://up.example.com/admin/monitors/7?tab=now&amp;x=1">Open in Upspeak</a>'
    assert compose(SETTINGS, told())["text"].endswith(end)


@pytest.mark.parametrize("occasion", EVERY)
def test_the_only_tags_are_ours_and_nobody_is_called(occasion):
    text = compose(SETTINGS, hostile(occasion))["text"]
    assert set(re.findall(r"<[^>]*>", text)) <= {
        "<b>", "</b>", "</a>", '<a href="https://up.example.com/admin/monitors/7?tab=now&amp;x=1">'
    }  # fmt: skip
    assert not re.search(r"(?<![\w/])@\w", text)


def test_an_address_with_an_at_sign_stays_as_it_is():
    assert (
        "ops@example.com https://a.example/@me"
        in compose(SETTINGS, told(text="ops@example.com https://a.example/@me"))["text"]
    )


@pytest.mark.parametrize("unit", ["&<", "👍", "@bob ", "word "])
def test_long_texts_are_cut_where_telegram_ends(unit):
    text = compose(SETTINGS, long(unit=unit))["text"]
    assert len(unescape(re.sub(r"<[^>]*>", "", text)).encode("utf-16-le")) <= 2 * 4_096
    assert len(text.encode("utf-16-le")) <= 2 * 4_096
    assert "…" in text
    assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#x27;)", text)


def test_a_topic_and_silent_recoveries_are_passed_on():
    settings = CHANNEL.build({"token": TOKEN, "chat_id": "@status", "thread_id": 5, "silent": True})
    assert compose(settings, told())["message_thread_id"] == 5
    assert compose(settings, told())["disable_notification"] is False
    assert compose(settings, told(Occasion.RECOVERED))["disable_notification"] is True


@pytest.mark.parametrize(
    ("status", "body", "permanent", "pause"),
    [
        (200, {"ok": False, "error_code": 400, "description": "Bad Request: message is too long"}, True, None),
        (200, {"ok": False, "error_code": 429, "parameters": {"retry_after": 8}}, False, 8),
        (200, {"ok": False, "error_code": 500, "description": "Internal"}, False, None),
        (200, {"ok": False}, True, None),
        (200, "", True, None),
        (429, {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 35",
               "parameters": {"retry_after": 35}}, False, 35),
        (403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was kicked"}, True, None),
    ],
)  # fmt: skip
def test_what_is_not_ok_is_a_failure(status, body, permanent, pause, out):
    with recording(Reply(status, body)) as service, pytest.raises(DeliveryFailed) as failed:
        send(Telegram(TOKEN, "1", base_url=service.url), told(), out)
    assert (failed.value.permanent, failed.value.retry_after) == (permanent, pause)
    assert TOKEN not in failed.value.message
    assert service.asked[0].path == f"/bot{TOKEN}/sendMessage"


@pytest.mark.parametrize(
    ("name", "value"),
    [("token", "abc"), ("token", "1:x/../../y"), ("chat_id", "me"), ("chat_id", ""), ("thread_id", 0)],
)
def test_settings_that_telegram_would_not_know_are_refused(name, value):
    with pytest.raises(Invalid) as refused:
        CHANNEL.build({"token": TOKEN, "chat_id": "1", name: value})
    assert refused.value.field == name


def test_the_place_names_the_chat():
    assert CHANNEL.place(SETTINGS) == "api.telegram.org, chat -1001"
