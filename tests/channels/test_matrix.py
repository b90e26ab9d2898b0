"""Matrix: an event that is sent once however often it is repeated."""

import json
import re

import pytest

from tests.channels.samples import EVENT, EVERY, LINK, hostile, long, told
from tests.servers.recording import Reply, recording
from uptime.channels.matrix import CHANNEL, Matrix, compose, send
from uptime.domain.errors import DeliveryFailed, Invalid

SETTINGS = Matrix("https://matrix.example.org", "syt_secret", "!room:example.org")


@pytest.mark.parametrize("occasion", EVERY)
def test_every_occasion_is_a_text_that_mentions_nobody(occasion):
    content = compose(SETTINGS, told(occasion))
    assert content["msgtype"] == "m.text"
    assert content["m.mentions"] == {}
    assert content["upspeak.event"] == EVENT
    assert content["formatted_body"].startswith("<strong>")
    assert (LINK in content["body"]) == (told(occasion).subject is not None)


@pytest.mark.parametrize("occasion", EVERY)
def test_the_only_tags_are_ours(occasion):
    tags = set(re.findall(r"<[^>]*>", compose(SETTINGS, hostile(occasion))["formatted_body"]))
    assert tags <= {
        "<strong>", "</strong>", "<br>", "</a>", '<a href="https://up.example.com/admin/monitors/7?tab=now&amp;x=1">'
    }  # fmt: skip


@pytest.mark.parametrize("unit", ["<&\"'", "👍", "word\n"])
def test_an_event_is_never_too_large(unit):
    content = compose(SETTINGS, long(unit=unit))
    assert len(json.dumps(content, ensure_ascii=False).encode()) < 60_000
    assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#x27;)", content["formatted_body"])


def test_a_repeat_is_put_where_the_first_was(out):
    with recording(Reply(503), Reply(200, {"event_id": "$1"})) as service:
        settings = Matrix(service.url, "syt_secret", "!room/1:example.org")
        with pytest.raises(DeliveryFailed):
            send(settings, told(), out)
        send(settings, told(), out)
        send(settings, told(id="a/b c"), out)
    first, repeat, other = service.asked
    assert first.path == repeat.path
    assert first.path == (f"/_matrix/client/v3/rooms/%21room%2F1%3Aexample.org/send/m.room.message/upspeak-{EVENT}")
    assert other.path.endswith("/upspeak-a%2Fb%20c")
    assert first.headers["authorization"] == "Bearer syt_secret"


def test_the_pause_in_milliseconds_counts(out):
    limited = Reply(429, {"errcode": "M_LIMIT_EXCEEDED", "error": "Too many requests", "retry_after_ms": 2_000})
    with recording(limited) as service, pytest.raises(DeliveryFailed) as failed:
        send(Matrix(service.url, "syt_secret", "!room:example.org"), told(), out)
    assert (failed.value.permanent, failed.value.retry_after) == (False, 2.0)
    assert "Too many requests" in failed.value.message


@pytest.mark.parametrize("room", ["", "!", "#alerts:example.org", "!a b"])
def test_a_room_is_named_by_its_id(room):
    with pytest.raises(Invalid, match="room"):
        CHANNEL.build({"base_url": "https://m.example", "token": "t", "room": room})


def test_the_place_names_the_room():
    assert CHANNEL.place(SETTINGS) == "matrix.example.org, room !room:example.org"
