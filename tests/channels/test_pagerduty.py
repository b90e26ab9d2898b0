"""PagerDuty: what happens to a monitor happens to one alert."""

import json
from dataclasses import replace

import pytest

from tests.channels.samples import AT, EVENT, EVERY, LINK, SHOP, lines_of, long, told
from uptime.channels.pagerduty import CHANNEL, PagerDuty, compose
from uptime.domain.errors import Invalid
from uptime.domain.heartbeat import Status
from uptime.domain.notification import Occasion

SETTINGS = PagerDuty("r" * 32)

EXPECTED = {
    Occasion.DOWN: ("trigger", "upspeak-monitor-7", "critical"),
    Occasion.RECOVERED: ("resolve", "upspeak-monitor-7", "info"),
    Occasion.DEGRADED: ("trigger", "upspeak-monitor-7", "warning"),
    Occasion.STILL_DOWN: ("trigger", "upspeak-monitor-7", "critical"),
    Occasion.ACKNOWLEDGED: ("acknowledge", "upspeak-monitor-7", "info"),
    Occasion.FLAPPING: ("trigger", "upspeak-monitor-7", "warning"),
    Occasion.CERTIFICATE: ("trigger", "upspeak-monitor-7-certificate", "warning"),
    Occasion.SEVERAL: ("trigger", f"upspeak-{EVENT}", "critical"),
    Occasion.OPERATOR: ("trigger", f"upspeak-{EVENT}", "error"),
    Occasion.TEST: ("trigger", f"upspeak-{EVENT}", "info"),
}


@pytest.mark.parametrize("occasion", EVERY)
def test_every_occasion_has_an_action_a_key_and_a_severity(occasion):
    content = compose(SETTINGS, told(occasion))
    assert (content["event_action"], content["dedup_key"], content["payload"]["severity"]) == EXPECTED[occasion]
    assert content["routing_key"] == "r" * 32
    assert content["payload"]["timestamp"] == AT.isoformat()
    assert content["payload"]["custom_details"]["Event"] == EVENT
    assert content["payload"]["source"]
    json.dumps(content)


def test_what_is_known_stands_in_the_details():
    payload = compose(SETTINGS, told())["payload"]
    assert payload["source"] == SHOP.address
    assert (payload["component"], payload["class"]) == (SHOP.name, "http")
    assert payload["custom_details"]["Before"] == "up 3 d 4 h"
    assert payload["custom_details"]["Seen"].startswith("<h1>")


def test_the_link_leads_to_the_monitor():
    content = compose(SETTINGS, told())
    assert content["client_url"] == LINK
    assert content["links"] == [{"href": LINK, "text": "Open in Upspeak"}]
    assert "links" not in compose(SETTINGS, told(Occasion.TEST))


def test_a_monitor_keeps_its_key_whatever_it_is_called_by_then():
    renamed = told(Occasion.RECOVERED, subject=replace(SHOP, name="Till", address="https://other.example"), id="other")
    assert compose(SETTINGS, renamed)["dedup_key"] == compose(SETTINGS, told())["dedup_key"]


def test_two_installations_may_share_a_service():
    settings = CHANNEL.build({"routing_key": "r" * 32, "prefix": "berlin"})
    assert compose(settings, told())["dedup_key"] == "berlin-monitor-7"


@pytest.mark.parametrize(
    ("statuses", "severity"),
    [
        ((Status.UP, Status.DOWN), "critical"),
        ((Status.UP, Status.DEGRADED), "warning"),
        ((Status.UP,), "info"),
        ((), "info"),
    ],
)
def test_several_changes_matter_as_much_as_the_worst(statuses, severity):
    lines = tuple(replace(lines_of(1)[0], status=status) for status in statuses)
    assert compose(SETTINGS, told(Occasion.SEVERAL, lines=lines))["payload"]["severity"] == severity


@pytest.mark.parametrize("occasion", EVERY)
def test_long_texts_are_cut_where_pagerduty_ends(occasion):
    content = compose(SETTINGS, long(occasion))
    assert len(content["payload"]["summary"]) <= 1_024
    assert len(content["dedup_key"]) <= 255
    assert len(json.dumps(content)) < 512 * 1024


def test_ten_thousand_changes_are_counted():
    text = compose(SETTINGS, told(Occasion.SEVERAL, lines=lines_of(10_000)))["payload"]["custom_details"]["Text"]
    assert text.endswith(" more")


@pytest.mark.parametrize(("name", "value"), [("routing_key", "short"), ("prefix", "a b"), ("prefix", "x" * 65)])
def test_keys_are_checked(name, value):
    with pytest.raises(Invalid) as refused:
        CHANNEL.build({"routing_key": "r" * 32, name: value})
    assert refused.value.field == name


def test_each_change_is_told_by_itself_and_the_place_is_shown():
    assert not CHANNEL.grouped
    assert CHANNEL.place(SETTINGS) == "events.pagerduty.com, integration rrrr…"
