"""Opsgenie: an alert with an alias, and notes that acknowledge and close it."""

import pytest

from tests.channels.samples import EVENT, EVERY, LINK, long, told
from tests.servers.recording import Reply, recording
from uptime.channels.opsgenie import CHANNEL, Opsgenie, compose, path, send
from uptime.domain.errors import Invalid
from uptime.domain.notification import Occasion

SETTINGS = Opsgenie("0123-4567")
NOTES = {
    Occasion.RECOVERED: "/v2/alerts/upspeak-monitor-7/close?identifierType=alias",
    Occasion.ACKNOWLEDGED: "/v2/alerts/upspeak-monitor-7/acknowledge?identifierType=alias",
}
PRIORITIES = {
    Occasion.DOWN: "P1",
    Occasion.DEGRADED: "P3",
    Occasion.STILL_DOWN: "P1",
    Occasion.FLAPPING: "P3",
    Occasion.CERTIFICATE: "P3",
    Occasion.SEVERAL: "P1",
    Occasion.OPERATOR: "P2",
    Occasion.TEST: "P5",
}


@pytest.mark.parametrize("occasion", EVERY)
def test_every_occasion_opens_an_alert_or_is_a_note_on_it(occasion):
    content = compose(SETTINGS, told(occasion))
    assert path(SETTINGS, told(occasion)) == NOTES.get(occasion, "/v2/alerts")
    assert content["source"] == "Upspeak"
    if occasion in NOTES:
        assert set(content) == {"source", "note"}
        return
    assert content["priority"] == PRIORITIES[occasion]
    assert content["details"]["Event"] == EVENT
    assert content["message"]
    assert content["description"]
    assert content.get("tags") == (["http"] if told(occasion).subject else None)


def test_the_alias_is_that_of_the_monitor_and_the_details_hold_the_link():
    content = compose(SETTINGS, told())
    assert content["alias"] == "upspeak-monitor-7"
    assert content["details"]["Link"] == LINK
    assert compose(SETTINGS, told(Occasion.CERTIFICATE))["alias"] == "upspeak-monitor-7-certificate"


def test_a_note_says_how_long_it_lasted():
    assert "Before: down 3 min 20 s" in compose(SETTINGS, told(Occasion.RECOVERED))["note"]


@pytest.mark.parametrize("unit", ["👍", "word "])
def test_long_texts_are_cut_where_opsgenie_ends(unit):
    content = compose(SETTINGS, long(unit=unit))
    for name, limit in {"message": 130, "alias": 512, "description": 15_000, "note": 25_000, "entity": 512}.items():
        assert len(content.get(name, "").encode("utf-16-le")) <= 2 * limit
    assert sum(len(name) + len(value) for name, value in content.get("details", {}).items()) <= 8_000


def test_the_key_travels_in_a_header(out):
    with recording(Reply(202, {"result": "Request will be processed"})) as service:
        send(Opsgenie("0123-4567", base_url=service.url), told(Occasion.RECOVERED), out)
    assert service.asked[0].headers["authorization"] == "GenieKey 0123-4567"
    assert service.asked[0].path == NOTES[Occasion.RECOVERED]


def test_the_priority_of_outages_can_be_chosen():
    settings = CHANNEL.build({"api_key": "k", "priority": "P2"})
    assert compose(settings, told())["priority"] == "P2"
    with pytest.raises(Invalid, match="P1, P2"):
        CHANNEL.build({"api_key": "k", "priority": "P6"})


def test_each_change_is_told_by_itself_and_the_place_is_shown():
    assert not CHANNEL.grouped
    assert CHANNEL.place(SETTINGS) == "api.opsgenie.com, key 0123…"
