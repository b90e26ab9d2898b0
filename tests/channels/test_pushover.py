"""Pushover: fields of a form, priorities, and emergencies that end with the outage."""

import pytest

from tests.channels.samples import AT, EVERY, LINK, SHOP, long, told
from tests.servers.recording import Reply, recording
from uptime.channels.pushover import CHANNEL, Pushover, compose, send
from uptime.domain.errors import DeliveryFailed, Invalid
from uptime.domain.notification import Occasion

KEYS = ("a" * 30, "u" * 30)
SETTINGS = Pushover(*KEYS)
DONE = Reply(200, {"status": 1, "request": "r"})


@pytest.mark.parametrize("occasion", EVERY)
def test_every_occasion_has_a_title_a_message_and_the_time_of_the_event(occasion):
    content = compose(SETTINGS, told(occasion))
    assert (content["token"], content["user"]) == KEYS
    assert content["title"]
    assert content["message"]
    assert content["timestamp"] == int(AT.timestamp())
    assert content.get("url") == (LINK if told(occasion).subject else None)
    assert not {"device", "sound", "retry", "expire", "html"} & set(content)


@pytest.mark.parametrize(
    ("occasion", "chosen", "expected"),
    [
        (Occasion.DOWN, 1, 1),
        (Occasion.RECOVERED, 1, 0),
        (Occasion.DOWN, -2, -2),
        (Occasion.TEST, -2, -2),
        (Occasion.TEST, 2, 0),
    ],
)
def test_only_outages_ring_louder(occasion, chosen, expected):
    assert compose(Pushover(*KEYS, priority=chosen), told(occasion))["priority"] == expected


def test_device_and_sound_are_passed_on():
    content = compose(Pushover(*KEYS, device="phone", sound="siren"), told())
    assert (content["device"], content["sound"]) == ("phone", "siren")


@pytest.mark.parametrize("unit", ["👍", "word ", "👩🏽‍🚀"])
def test_long_texts_are_cut_where_pushover_ends(unit):
    content = compose(SETTINGS, long(unit=unit))
    assert len(content["title"]) <= 250
    assert len(content["message"]) <= 1_024


def test_a_link_that_is_too_long_is_left_out():
    subject = type(SHOP)(7, "Shop", "http", "https://shop.example.com", f"https://up.example.com/{'x' * 600}")
    assert "url" not in compose(SETTINGS, told(subject=subject))


def test_an_emergency_rings_again_until_it_is_confirmed():
    content = compose(Pushover(*KEYS, priority=2), told())
    assert (content["retry"], content["expire"], content["tags"]) == (60, 3_600, "upspeak-monitor-7")


@pytest.mark.parametrize("occasion", [Occasion.RECOVERED, Occasion.ACKNOWLEDGED])
def test_the_end_of_an_outage_ends_its_emergency_first(occasion, out):
    with recording(DONE) as service:
        send(Pushover(*KEYS, priority=2, base_url=service.url), told(occasion), out)
    assert [asked.path for asked in service.asked] == [
        "/1/receipts/cancel_by_tag/upspeak-monitor-7.json",
        "/1/messages.json",
    ]
    assert service.asked[0].form == {"token": KEYS[0]}


@pytest.mark.parametrize(("occasion", "priority"), [(Occasion.RECOVERED, 1), (Occasion.DOWN, 2)])
def test_nothing_is_cancelled_that_did_not_ring(occasion, priority, out):
    with recording(DONE) as service:
        send(Pushover(*KEYS, priority=priority, base_url=service.url), told(occasion), out)
    assert [asked.path for asked in service.asked] == ["/1/messages.json"]


@pytest.mark.parametrize("body", [{"status": 0, "errors": ["application token is invalid"]}, "", {"status": "1"}])
def test_an_answer_of_200_whose_status_is_not_one_is_a_failure(body, out):
    with recording(Reply(200, body)) as service, pytest.raises(DeliveryFailed) as failed:
        send(Pushover(*KEYS, base_url=service.url), told(), out)
    assert failed.value.permanent
    assert not {key for key in KEYS if key in failed.value.message}


@pytest.mark.parametrize("key", ["", "a" * 29, "a" * 31, "a" * 29 + "/"])
def test_keys_have_thirty_characters(key):
    with pytest.raises(Invalid, match="30"):
        CHANNEL.build({"token": key, "user": KEYS[1]})


def test_the_place_shows_the_beginning_of_the_user():
    assert CHANNEL.place(Pushover(*KEYS, device="phone")) == "api.pushover.net, user uuuu…, device phone"
