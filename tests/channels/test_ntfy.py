"""ntfy: a message to a topic, as JSON to the root of the server."""

import json

import pytest

from tests.channels.samples import EVENT, EVERY, LINK, long, told
from tests.servers.recording import Reply, recording
from uptime.channels.ntfy import CHANNEL, Ntfy, compose, send
from uptime.domain.errors import Invalid
from uptime.domain.notification import Occasion

SETTINGS = Ntfy("upspeak-0123456789")


@pytest.mark.parametrize("occasion", EVERY)
def test_every_occasion_has_a_title_a_message_and_a_priority(occasion):
    content = compose(SETTINGS, told(occasion))
    assert content["topic"] == "upspeak-0123456789"
    assert content["title"]
    assert content["message"]
    assert content["priority"] in (3, 4)
    assert content.get("click") == (LINK if told(occasion).subject else None)


def test_a_repeat_takes_the_place_of_the_first():
    assert compose(SETTINGS, told())["sequence_id"] == EVENT
    assert "sequence_id" not in compose(SETTINGS, told(id="with a space"))


@pytest.mark.parametrize(
    ("occasion", "chosen", "expected"),
    [
        (Occasion.DOWN, 5, 5),
        (Occasion.STILL_DOWN, 5, 5),
        (Occasion.RECOVERED, 5, 3),
        (Occasion.DOWN, 1, 1),
        (Occasion.TEST, 1, 1),
    ],
)
def test_only_outages_ring_louder(occasion, chosen, expected):
    assert compose(Ntfy("topic", priority=chosen), told(occasion))["priority"] == expected


@pytest.mark.parametrize("unit", ["ä", "👍", '"\\\n', "word "])
def test_long_texts_are_cut_in_bytes_where_ntfy_ends(unit):
    content = compose(SETTINGS, long(unit=unit))
    assert len(content["message"].encode()) <= 4_096
    assert content["message"].endswith("…")
    assert len(json.dumps(content, ensure_ascii=False).encode()) <= 8_192


@pytest.mark.parametrize(
    ("settings", "header"),
    [
        ({"token": "tk_secret"}, "Bearer tk_secret"),
        ({"username": "ops", "password": "pässword"}, "Basic b3BzOnDDpHNzd29yZA=="),
        ({"username": "ops", "password": "x", "token": "tk_secret"}, "Bearer tk_secret"),
        ({}, None),
    ],
)
def test_a_token_goes_before_user_and_password(settings, header, out):
    with recording(Reply(200, {"id": "x"})) as service:
        send(CHANNEL.build({"topic": "t", "base_url": service.url, **settings}), told(), out)
    assert service.asked[0].headers.get("authorization") == header
    assert service.asked[0].path == "/"


@pytest.mark.parametrize("topic", ["", "a b", "a/b", "ü", "x" * 65])
def test_a_topic_is_short_and_plain(topic):
    with pytest.raises(Invalid, match="topic"):
        CHANNEL.build({"topic": topic})


def test_the_place_shows_the_beginning_of_the_topic():
    assert CHANNEL.place(SETTINGS) == "ntfy.sh, topic upsp…"
