"""Microsoft Teams: an Adaptive Card of runs, in which no markup is read."""

import json

import pytest

from tests.channels.samples import EVENT, EVERY, HOSTILE, LINK, hostile, lines_of, long, told
from uptime.channels.teams import CHANNEL, Teams, compose
from uptime.domain.notification import Occasion

WORKFLOW = (
    "https://prod-12.westeurope.logic.azure.com:443/workflows/0123456789abcdef/triggers/manual/paths/invoke?sig=x"
)
SETTINGS = Teams(WORKFLOW)


def card(content):
    (attachment,) = content["attachments"]
    assert content["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["contentUrl"] is None
    return attachment["content"]


def runs(content):
    return [block["inlines"][0] for block in card(content)["body"]]


@pytest.mark.parametrize("occasion", EVERY)
def test_every_occasion_is_a_card_of_runs(occasion):
    content = compose(SETTINGS, told(occasion))
    assert card(content)["type"] == "AdaptiveCard"
    assert {block["type"] for block in card(content)["body"]} == {"RichTextBlock"}
    assert runs(content)[0]["size"] == "large"
    assert runs(content)[-1]["text"] == f"Event {EVENT}"
    assert ("actions" in card(content)) == (told(occasion).subject is not None)


@pytest.mark.parametrize(
    ("occasion", "colour"),
    [
        (Occasion.DOWN, "attention"),
        (Occasion.RECOVERED, "good"),
        (Occasion.FLAPPING, "warning"),
        (Occasion.TEST, "default"),
    ],
)
def test_the_colour_goes_with_the_state_and_never_alone(occasion, colour):
    first = runs(compose(SETTINGS, told(occasion)))[0]
    assert first["color"] == colour
    assert not first["text"][0].isascii()


def test_the_button_leads_to_the_monitor():
    assert card(compose(SETTINGS, told()))["actions"] == [
        {"type": "Action.OpenUrl", "title": "Open in Upspeak", "url": LINK}
    ]


def test_a_line_is_a_block_and_its_text_stays_as_it_is():
    texts = [run["text"] for run in runs(compose(SETTINGS, hostile()))]
    assert any(HOSTILE.strip() in text for text in texts)
    assert not [text for text in texts if "\n" in text]


@pytest.mark.parametrize("unit", ["\n", "x\n", '"\\', "👍", "word "])
def test_the_whole_message_is_never_larger_than_28_kb(unit):
    content = compose(SETTINGS, long(unit=unit * 10))
    assert len(json.dumps(content, ensure_ascii=False).encode()) < 28_000


def test_many_changes_are_counted():
    texts = [run["text"] for run in runs(compose(SETTINGS, told(Occasion.SEVERAL, lines=lines_of(1_000))))]
    named = len([text for text in texts if "monitor-" in text])
    assert f"… and {1_000 - named} more" in texts


def test_the_place_names_the_workflow():
    assert CHANNEL.place(SETTINGS) == "prod-12.westeurope.logic.azure.com, workflow 0123…"
    assert CHANNEL.place(Teams("https://x.example/hook")) == "x.example"
