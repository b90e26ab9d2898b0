"""Slack: blocks of plain text, in which nothing is markup and nobody is called."""

import pytest

from tests.channels.samples import EVENT, EVERY, hostile, long, told
from tests.servers.recording import Reply, recording
from uptime.channels.slack import CHANNEL, Slack, compose, send
from uptime.domain.errors import DeliveryFailed
from uptime.domain.notification import Occasion

SETTINGS = Slack("https://hooks.slack.com/services/T024BE7LD/B0123/abcdefgh12345678")


def texts(content):
    return [content["text"], content["blocks"][0]["text"]["text"], content["blocks"][1]["text"]["text"]]


@pytest.mark.parametrize("occasion", EVERY)
def test_every_occasion_is_a_header_a_section_and_a_context(occasion):
    content = compose(SETTINGS, told(occasion))
    assert [block["type"] for block in content["blocks"]] == ["header", "section", "context"]
    assert {block["text"]["type"] for block in content["blocks"][:2]} == {"plain_text"}
    assert content["blocks"][2]["elements"][-1]["text"] == f"Event {EVENT}"
    assert content["text"] == content["blocks"][0]["text"]["text"]


def test_the_link_is_the_only_markup():
    assert compose(SETTINGS, told())["blocks"][2]["elements"][0] == {
        "type": "mrkdwn",
        "text": "<https://up.example.com/admin/monitors/7?tab=now&amp;x=1|Open in Upspeak>",
        "verbatim": True,
    }
    assert len(compose(SETTINGS, told(Occasion.TEST))["blocks"][2]["elements"]) == 1


@pytest.mark.parametrize("occasion", EVERY)
def test_nothing_in_a_hostile_text_is_markup(occasion):
    for text in texts(compose(SETTINGS, hostile(occasion))):
        assert not {"<", ">"} & set(text)
    assert "&lt;!channel&gt;" in texts(compose(SETTINGS, hostile()))[1]


@pytest.mark.parametrize("unit", ["<&>", "👍", "long text "])
def test_long_texts_are_cut_where_slack_ends(unit):
    _, head, section = texts(compose(SETTINGS, long(unit=unit)))
    assert len(head.encode("utf-16-le")) <= 2 * 150
    assert len(section.encode("utf-16-le")) <= 2 * 3_000
    assert head.endswith("…")
    assert not head.removesuffix("…").endswith(("&", "&l", "&lt", "&a", "&am", "&amp"))


def test_several_changes_are_named_and_counted():
    content = compose(SETTINGS, told(Occasion.SEVERAL))
    assert content["blocks"][1]["text"]["text"].count("monitor-") == 25


@pytest.mark.parametrize("body", ["invalid_token", "", "<html>ok</html>", {"ok": True}])
def test_an_answer_of_200_that_is_not_ok_is_a_failure(body, out):
    with recording(Reply(200, body)) as service, pytest.raises(DeliveryFailed) as failed:
        send(Slack(f"{service.url}/services/T0/B0/secret-of-slack"), told(), out)
    assert failed.value.permanent
    assert "secret-of-slack" not in failed.value.message
    assert body != "invalid_token" or "invalid_token" in failed.value.message


def test_the_place_shows_the_beginning_of_the_team():
    assert CHANNEL.place(SETTINGS) == "hooks.slack.com, team T024…"
    assert CHANNEL.place(Slack("https://chat.example.com/hooks/abcdefgh")) == "chat.example.com, team abcd…"
