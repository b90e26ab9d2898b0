"""What every message tells: headline, text and facts, cut where a service ends."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.channels.samples import AT, EVERY, EVERY_STATE, SHOP, lines_of, told
from uptime.channels import _facts
from uptime.channels._facts import body, clean, cut, facts, headline, listing, octets, units
from uptime.domain.heartbeat import Status
from uptime.domain.notification import Occasion, Seen
from uptime.domain.template import worded


@pytest.mark.parametrize(
    ("occasion", "title", "expected"),
    [
        (Occasion.DOWN, "Shop is DOWN", "❌ Shop is DOWN"),
        (Occasion.DOWN, "Shop does not answer", "❌ Down: Shop does not answer"),
        (Occasion.DOWN, "Downloads do not answer", "❌ Down: Downloads do not answer"),
        (Occasion.RECOVERED, "Shop recovered", "✅ Up: Shop recovered"),
        (Occasion.RECOVERED, "Shop is up", "✅ Shop is up"),
        (Occasion.STILL_DOWN, "Shop is still down", "⏳ Shop is still down"),
        (Occasion.TEST, "Hello", "🔔 Test: Hello"),
        (Occasion.DOWN, "Shop\nis  down\x07", "❌ Shop is down"),
    ],
)
def test_a_headline_has_a_symbol_and_the_word_for_the_state_in_one_line(occasion, title, expected):
    assert headline(told(occasion, title=title), 100) == expected


def test_every_occasion_has_a_symbol_of_its_own():
    assert set(_facts.SIGN) == set(EVERY)
    assert len({symbol for symbol, _ in _facts.SIGN.values()}) == len(EVERY)
    assert set(_facts.SYMBOL) == set(Status)


def test_what_is_known_of_an_outage_is_named():
    assert [str(fact) for fact in facts(told())] == [
        "Now: down",
        "Monitor: Shop <b>&</b> *Till*",
        "Address: https://shop.example.com/a_b?c=1&d=<2>",
        "Since: 2 Mar 2026, 10:04:00 UTC",
        "Before: up 3 d 4 h",
        "Message: The status is 503, not 200.",
        "Reason: Unexpected status",
        "Status code: 503",
        "Response time: 182 ms",
        "Phases: name look-up 2 ms, connect 10 ms, TLS 21 ms, first byte 149 ms, transfer 0 ms",
        "Seen: <h1>Service Unavailable</h1>\nplease try again",
    ]


@pytest.mark.parametrize(
    ("occasion", "expected"),
    [
        (Occasion.RECOVERED, "Before: down 3 min 20 s"),
        (Occasion.STILL_DOWN, "For: 1 h"),
        (Occasion.ACKNOWLEDGED, "For: 5 min"),
        (Occasion.DEGRADED, "Before: up 1 min"),
    ],
)
def test_the_duration_says_of_which_status_it_is(occasion, expected):
    assert expected in [str(fact) for fact in facts(told(occasion))]


def test_a_duration_without_a_status_before_it_is_named_all_the_same():
    assert "Before: 1 min" in body(told(Occasion.DOWN, before=None, duration=60.0), 5_000)


@pytest.mark.parametrize("occasion", EVERY_STATE)
def test_the_state_is_always_among_the_facts(occasion):
    assert facts(told(occasion))[0].label == "Now"


def test_what_the_text_says_already_is_not_said_again():
    text = "Shop is down\nThe status is 503, not 200. Since 2 Mar 2026, 10:04:00 UTC, response time 182 ms."
    written = body(told(text=text), 5_000)
    for once in ("The status is 503, not 200.", "10:04:00 UTC", "182 ms"):
        assert written.count(once) == 1
    assert "Status code" not in written
    assert "Reason: Unexpected status" in written


@pytest.mark.parametrize("occasion", EVERY_STATE)
def test_the_usual_wording_leaves_little_to_add(occasion):
    usual = worded(told(occasion), ZoneInfo("Europe/Berlin"))
    added = body(usual, 10_000).removeprefix(usual.text).split("\n")
    assert {line.partition(":")[0] for line in added if line} <= {"Now", "Since", "Reason"}
    assert len(headline(usual, 1_000)) < len(usual.title) + 20


def test_a_fact_that_the_text_words_otherwise_is_known_by_its_name():
    text = "Since: 2 Mar 2026, 11:04:00 CET\nBefore: up for days\nSeen: a page"
    written = body(told(text=text), 5_000)
    assert [written.count(f"{label}:") for label in ("Since", "Before", "Seen", "Address")] == [1, 1, 1, 1]


def test_a_number_inside_another_is_not_taken_for_the_same():
    assert "Status code: 503" in body(told(text="1503 customers", seen=Seen("No.", status_code=503)), 5_000)


def test_a_text_is_never_empty():
    assert body(told(Occasion.TEST, text=""), 100) == "Time: 2 Mar 2026, 10:05:00 UTC"
    assert body(told(Occasion.TEST, text="  \n "), 100)


def test_facts_come_in_the_order_of_their_weight_and_the_last_is_cut_first():
    written = body(told(), 200)
    assert units(written) <= 200
    assert written.startswith("Shop is down\nSome text.\n\nMonitor: Shop")
    assert written.endswith("…")
    assert "Seen" not in written


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("hello", 5, "hello"),
        ("hello!", 5, "hell…"),
        ("one two three", 8, "one two…"),
        ("ab👩🏽‍🚀cd", 6, "ab…"),
        ("ab👍🏽cd", 6, "ab…"),
        ("abe\u0301\u0302cd", 5, "ab…"),
        ("👍👍👍", 4, "👍…"),
        ("x", 0, "…"),
    ],
)
def test_a_text_is_cut_at_whole_characters(text, limit, expected):
    assert cut(text, limit) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [("ääää", 8, "ääää"), ("äääää", 8, "ää…"), ("👍👍👍", 8, "👍…"), ("aaaaaaaaa", 8, "aaaaa…")],
)
def test_a_text_may_be_measured_in_bytes(text, limit, expected):
    assert cut(text, limit, octets) == expected
    assert octets(expected) <= limit


@pytest.mark.parametrize("limit", range(1, 80))
def test_no_cut_is_longer_than_its_limit(limit):
    text = "a👩🏽‍🚀é\u0301<&>ß🇩🇪 " * 10
    assert units(cut(text, limit)) <= limit
    assert octets(cut(text, max(limit, 3), octets)) <= max(limit, 3)


def test_several_changes_are_named_as_far_as_there_is_room_and_the_rest_is_counted():
    lines = lines_of(25)
    assert listing(lines, 5_000).count("\n") == 24
    assert "more" not in listing(lines, 5_000)
    first, *_, last = listing(lines, 500).split("\n")
    assert first == "❌ monitor-00000 down: No answer. (10:05:00 UTC)"
    named = listing(lines, 500).count("monitor-")
    assert last == f"… and {25 - named} more"
    assert units(listing(lines, 500)) <= 500
    assert listing(lines, 20) == "… and 25 more"


def test_ten_thousand_changes_are_listed_at_once():
    written = body(told(Occasion.SEVERAL, lines=lines_of(10_000)), 4_096)
    assert units(written) <= 4_096
    assert written.endswith(" more")


def test_a_change_without_a_message_has_no_colon():
    line = replace(lines_of(1)[0], message="", status=Status.UP, at=AT + timedelta(hours=1))
    assert listing((line,), 100) == "✅ monitor-00000 up (11:05:00 UTC)"


def test_control_characters_are_left_out():
    assert clean("a\x00b\x1bc\r\nd\te\x85f\ud800") == "abc\nd\tef"


def test_a_monitor_without_an_address_has_none():
    assert "Address" not in body(told(subject=replace(SHOP, address="")), 5_000)
