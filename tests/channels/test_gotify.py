"""Gotify: a message to an application."""

import pytest

from tests.channels.samples import EVENT, EVERY, LINK, long, told
from tests.servers.recording import Reply, recording
from uptime.channels.gotify import CHANNEL, Gotify, compose, send
from uptime.domain.notification import Occasion

SETTINGS = Gotify("https://push.example.com/gotify", "AbCdEf")


@pytest.mark.parametrize("occasion", EVERY)
def test_every_occasion_has_a_title_a_message_and_the_event(occasion):
    content = compose(SETTINGS, told(occasion))
    assert content["title"]
    assert content["message"]
    assert content["extras"]["upspeak::event"] == {"id": EVENT}
    assert content["extras"]["client::display"] == {"contentType": "text/plain"}
    click = content["extras"].get("client::notification")
    assert click == ({"click": {"url": LINK}} if told(occasion).subject else None)


@pytest.mark.parametrize(
    ("occasion", "chosen", "expected"), [(Occasion.DOWN, 10, 10), (Occasion.RECOVERED, 10, 5), (Occasion.TEST, 0, 0)]
)
def test_only_outages_ring_louder(occasion, chosen, expected):
    assert compose(Gotify("https://x.example", "t", chosen), told(occasion))["priority"] == expected


def test_long_texts_are_cut():
    content = compose(SETTINGS, long(unit="word "))
    assert len(content["title"]) <= 250
    assert len(content["message"]) <= 16_384


def test_the_token_travels_in_a_header(out):
    with recording(Reply(200, {"id": 1})) as service:
        send(Gotify(f"{service.url}/sub", "AbCdEf"), told(), out)
    assert service.asked[0].path == "/sub/message"
    assert service.asked[0].headers["x-gotify-key"] == "AbCdEf"


def test_the_place_is_the_host():
    assert CHANNEL.place(SETTINGS) == "push.example.com"
