"""Discord: a headline and an embed, without mentions."""

import re

import pytest

from tests.channels.samples import AT, EVENT, EVERY, LINK, hostile, long, told
from tests.servers.recording import Reply, recording
from uptime.channels.discord import CHANNEL, Discord, compose, send
from uptime.domain.errors import DeliveryFailed, Invalid
from uptime.domain.notification import Occasion

SETTINGS = Discord("https://discord.com/api/webhooks/4711/abcdefgh12345678")


@pytest.mark.parametrize("occasion", EVERY)
def test_every_occasion_has_a_headline_and_an_embed_and_mentions_nobody(occasion):
    content = compose(SETTINGS, told(occasion))
    assert set(content) == {"content", "embeds", "allowed_mentions"}
    assert content["allowed_mentions"] == {"parse": []}
    embed = content["embeds"][0]
    assert embed["timestamp"] == AT.isoformat()
    assert embed["footer"] == {"text": f"Event {EVENT}"}
    assert ("url" in embed) == (told(occasion).subject is not None)


def test_the_embed_links_to_the_monitor():
    assert compose(SETTINGS, told())["embeds"][0]["url"] == LINK


@pytest.mark.parametrize(
    ("occasion", "colour"),
    [
        (Occasion.DOWN, 0xC62828),
        (Occasion.RECOVERED, 0x2E7D32),
        (Occasion.DEGRADED, 0xF9A825),
        (Occasion.TEST, 0x546E7A),
    ],
)
def test_the_colour_goes_with_the_state(occasion, colour):
    assert compose(SETTINGS, told(occasion))["embeds"][0]["color"] == colour


@pytest.mark.parametrize("occasion", EVERY)
def test_no_markup_of_others_keeps_its_meaning(occasion):
    content = compose(SETTINGS, hostile(occasion))
    for text in (content["content"], content["embeds"][0]["description"]):
        without_addresses = re.sub(r"<https?://[^\s<>]+>", "", text)
        assert not re.search(r"(?<!\\)[*_~`|<>\[\]()#@]", without_addresses.replace(r"\\", ""))


def test_addresses_keep_their_characters():
    text = compose(SETTINGS, told(text="See https://a.example/b_c_d*e now_or_never"))["embeds"][0]["description"]
    assert text.startswith(r"See <https://a.example/b_c_d*e> now\_or\_never")


@pytest.mark.parametrize("unit", ["*_", "👍", "https://a.example/b ", "word "])
def test_long_texts_are_cut_where_discord_ends(unit):
    content = compose(SETTINGS, long(unit=unit))
    description = content["embeds"][0]["description"]
    assert len(content["content"].encode("utf-16-le")) <= 2 * 2_000
    assert len(description.encode("utf-16-le")) <= 2 * 4_096
    assert content["content"].endswith(("…", "…>"))
    assert not re.search(r"(?<!\\)\\…", content["content"])


def test_the_pause_in_its_body_counts(out):
    limited = Reply(429, {"message": "You are being rate limited.", "retry_after": 64.57, "global": False})
    with recording(limited) as service, pytest.raises(DeliveryFailed) as failed:
        send(Discord(f"{service.url}/api/webhooks/1/secret-of-discord"), told(), out)
    assert (failed.value.permanent, failed.value.retry_after) == (False, 64.57)


@pytest.mark.parametrize(
    ("end", "expected"), [("", "?thread_id=99"), ("?wait=true", "?wait=true&thread_id=99")]
)  # fmt: skip
def test_a_thread_is_named_in_the_address(end, expected, out):
    with recording(Reply(204)) as service:
        send(Discord(f"{service.url}/api/webhooks/1/token{end}", "99"), told(), out)
    assert service.asked[0].path == f"/api/webhooks/1/token{expected}"


def test_a_thread_is_a_number():
    with pytest.raises(Invalid, match="number"):
        CHANNEL.build({"url": SETTINGS.url, "thread_id": "general"})


def test_the_place_names_webhook_and_thread():
    assert CHANNEL.place(SETTINGS) == "discord.com, webhook 4711"
    assert CHANNEL.place(Discord("https://x.example/hook", "9")) == "x.example, thread 9"
