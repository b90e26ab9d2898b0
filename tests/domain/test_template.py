"""What messages say: templates with named fields only, and the usual wording of every occasion."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.domain.errors import Invalid
from uptime.domain.heartbeat import Status
from uptime.domain.notification import Line, Notification, Occasion, Seen, Subject
from uptime.domain.result import Phases, Reason
from uptime.domain.template import FIELDS, TEXT_LIMIT, TITLE_LIMIT, checked, rendered, titled, worded

AT = datetime(2026, 3, 2, 10, 0, 5, tzinfo=UTC)

SHOP = Subject(7, "Shop", "http", "https://shop.example/", "https://up.example/monitors/7")

SEEN = Seen(
    "Answered 503 Service Unavailable, but 200 was expected.",
    Reason.STATUS,
    503,
    123.4,
    Phases(1, 2, 3, 100, 0),
    "HTTP 503 Service Unavailable\nserver: nginx",
)

DOWN = Notification(
    "m7-4", Occasion.DOWN, "", "", AT, SHOP, Status.DOWN, Status.UP, AT, 200.0, SEEN
)  # fmt: skip


def line(number: int, status: Status = Status.DOWN) -> Line:
    return Line(f"m{number}-1", f"Shop {number}", status, AT, "Port 80 is closed.")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{name} is {status}", "Shop is down"),
        ("{{name}", "{name}"),
        ("{{{name}}", "{Shop}"),
        ('{{"text": "{name}"}', '{"text": "Shop"}'),
        ("100 % $name ${name} %(name)s \\n", "100 % $name $Shop %(name)s \\n"),
        ("{since} / {time}", "2 Mar 2026, 10:00:05 UTC / 2 Mar 2026, 10:00:05 UTC"),
        ("{before} {duration}", "up 3 min 20 s"),
        ("{reason}, {status_code}, {latency}", "Unexpected status, 503, 123 ms"),
        ("{phases}", "name look-up 1 ms, connect 2 ms, TLS 3 ms, first byte 100 ms"),
        ("{event} {occasion} {type}", "m7-4 down http"),
        ("{address} {link}", "https://shop.example/ https://up.example/monitors/7"),
        ("one\r\ntwo", "one\ntwo"),
        ("{count}{changes}{summary}{names}", ""),
        ("a\n\nChanges: {changes}\n\nb", "a\n\nb"),
        ("a\n\n\nb", "a\n\n\nb"),
        ("{name}{count}", "Shop"),
    ],
)
def test_fields_are_filled_in(template: str, expected: str) -> None:
    assert rendered(checked(template), DOWN, UTC) == expected


@pytest.mark.parametrize(
    "template",
    ["{nobody}", "{name.upper}", "{name[0]}", "{name!r}", "{name:>10}", "{}", "{0}", "{ name }", "{Name}", "{", "a { b",
     "{name", "{name\n}", "{{{", "{{{x}", "{%if%}"],
)  # fmt: skip
def test_what_is_no_field_is_refused_and_the_known_ones_are_named(template: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(template, "text_template")
    assert refused.value.field == "text_template"
    assert "{name}" in refused.value.message
    assert "{status_code}" in refused.value.message


def test_a_template_has_bounds() -> None:
    with pytest.raises(Invalid, match="longer"):
        checked("x" * 8_193)
    with pytest.raises(Invalid, match="control"):
        checked("\x07")


@given(st.text(), st.text(), st.text())
def test_nothing_but_fields_is_replaced(before: str, name: str, after: str) -> None:
    """Text around a field stays, and what the field holds is not looked into, whatever it is."""
    before, after = (re.sub(r"[\r\n]", "", text).replace("{", "{{") for text in (before, after))
    about = replace(DOWN, subject=replace(SHOP, name=name))
    value = rendered("{name}", about, UTC)
    said = rendered(f"{before}{{name}}{{event}}{after}", about, UTC)
    assert said == f"{before}{value}m7-4{after}".replace("{{", "{").rstrip(" ") or "{" in value
    assert said.count("{") == before.count("{{") + after.count("{{") + value.count("{")


@given(st.text(alphabet="{}.[]!:_name0 ", max_size=40))
def test_what_is_accepted_holds_known_fields_only(template: str) -> None:
    try:
        checked(template)
    except Invalid:
        return
    left = template.replace("{{", "")
    assert re.sub(r"\{(" + "|".join(FIELDS) + r")\}", "", left).count("{") == 0


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_title_is_one_short_line_whatever_things_are_called(name: str, message: str) -> None:
    about = replace(DOWN, subject=replace(SHOP, name=name), seen=replace(SEEN, message=message))
    for occasion in Occasion:
        for title in (titled(replace(about, occasion=occasion), UTC), titled(about, UTC, "{name}: {excerpt}")):
            assert 0 < len(title) <= TITLE_LIMIT
            assert len(title.splitlines()) == 1
            assert title.isprintable()


TITLES = [
    (Occasion.DOWN, "Shop is down: answered 503 Service Unavailable, but 200 was expected"),
    (Occasion.RECOVERED, "Shop is up again after 3 min 20 s"),
    (Occasion.DEGRADED, "Shop is slow: it took 123 ms"),
    (
        Occasion.STILL_DOWN,
        "Shop is still down after 3 min 20 s: answered 503 Service Unavailable, but 200 was expected",
    ),
    (Occasion.ACKNOWLEDGED, "Shop: answered 503 Service Unavailable, but 200 was expected"),
    (Occasion.FLAPPING, "Shop keeps going down and up"),
    (Occasion.CERTIFICATE, "Shop: answered 503 Service Unavailable, but 200 was expected"),
    (Occasion.SEVERAL, "3 changes, 2 down, 1 up: Shop 1, Shop 2, Shop 3"),
    (Occasion.OPERATOR, "Upspeak: answered 503 Service Unavailable, but 200 was expected"),
    (Occasion.TEST, "Test message about Shop"),
]


@pytest.mark.parametrize(("occasion", "title"), TITLES, ids=[occasion.value for occasion, _ in TITLES])
def test_every_occasion_has_a_title_in_plain_words(occasion: Occasion, title: str) -> None:
    lines = (line(1), line(2), line(3, Status.UP))
    assert worded(replace(DOWN, occasion=occasion, lines=lines), UTC).title == title


@pytest.mark.parametrize("occasion", Occasion, ids=str)
def test_every_occasion_can_be_told_with_nothing_known(occasion: Occasion) -> None:
    alone = occasion in (Occasion.SEVERAL, Occasion.OPERATOR, Occasion.TEST)
    told = worded(Notification("e", occasion, "", "", AT, None if alone else SHOP), UTC)
    assert told.title
    assert told.text.strip() or occasion is Occasion.SEVERAL
    assert "{" not in told.title + told.text
    assert ": \n" not in told.text


def test_a_recovery_from_slowness_does_not_say_that_it_was_down() -> None:
    told = worded(replace(DOWN, occasion=Occasion.RECOVERED, before=Status.DEGRADED), UTC)
    assert told.title == "Shop is fast again after 3 min 20 s"


def test_the_text_holds_state_duration_reason_evidence_address_and_link() -> None:
    assert worded(DOWN, ZoneInfo("Europe/Berlin")).text == (
        "Shop is down.\n"
        "Answered 503 Service Unavailable, but 200 was expected.\n"
        "\n"
        "Since: 2 Mar 2026, 11:00:05 CET\n"
        "Before: up 3 min 20 s\n"
        "Reason: Unexpected status\n"
        "Status code: 503\n"
        "Response time: 123 ms\n"
        "Phases: name look-up 1 ms, connect 2 ms, TLS 3 ms, first byte 100 ms\n"
        "Seen: HTTP 503 Service Unavailable\n"
        "server: nginx\n"
        "\n"
        "Address: https://shop.example/\n"
        "https://up.example/monitors/7"
    )


def test_what_is_not_known_leaves_no_empty_line_behind() -> None:
    bare = replace(DOWN, seen=Seen("Port 80 is closed."), duration=None, since=None, subject=replace(SHOP, link=""))
    assert worded(bare, UTC).text == (
        "Shop is down.\nPort 80 is closed.\n\nBefore: up\n\nAddress: https://shop.example/"
    )


def test_a_zone_without_letters_is_named_by_its_offset() -> None:
    assert rendered("{time}", DOWN, ZoneInfo("America/Sao_Paulo")) == "2 Mar 2026, 07:00:05 UTC-03"


def test_own_templates_are_used_where_there_are_some() -> None:
    told = worded(DOWN, UTC, title="[{status}] {name}\n{excerpt}", text="{name} since {since}")
    assert told.title == "[down] Shop HTTP 503 Service Unavailable server: nginx"
    assert told.text == "Shop since 2 Mar 2026, 10:00:05 UTC"


def test_a_title_that_comes_out_empty_is_told_as_usual() -> None:
    assert titled(DOWN, UTC, "{count}").startswith("Shop is down")


def test_a_long_name_leaves_room_for_what_happened() -> None:
    told = worded(replace(DOWN, subject=replace(SHOP, name="x" * 255)), UTC)
    assert "… is down: answered 503" in told.title
    assert "x" * 255 in told.text


def test_several_changes_are_all_named() -> None:
    told = worded(replace(DOWN, occasion=Occasion.SEVERAL, lines=tuple(line(n) for n in range(30))), UTC)
    assert told.title == "30 changes, 30 down: Shop 0, Shop 1, Shop 2, Shop 3, Shop 4, Shop 5 and 24 more"
    assert "2 Mar 2026, 10:00:05 UTC: Shop 29 is down: port 80 is closed" in told.text
    told = worded(replace(DOWN, occasion=Occasion.SEVERAL, lines=tuple(line(n) for n in range(300))), UTC)
    assert "\nShop 299 is down" in told.text


def test_no_template_makes_a_message_without_end() -> None:
    many = replace(DOWN, lines=tuple(line(n) for n in range(5_000)))
    text = rendered("\n".join(["{changes}{changes}"] * 400), many, UTC)
    assert len(text) == TEXT_LIMIT
    assert re.search(r"and \d+ more", text)


@pytest.mark.parametrize(
    ("message", "clause"),
    [
        ("The name cannot be found.", "the name cannot be found"),
        ("DNS says no.", "DNS says no"),
        ("A record is missing.", "a record is missing"),
        ("TLS, again.", "TLS, again"),
        ("Shop.example does not answer.", "Shop.example does not answer"),
        ("I/O error", "I/O error"),
        ("503", "503"),
        ("", ""),
    ],
)
def test_a_sentence_becomes_a_clause(message: str, clause: str) -> None:
    assert rendered("{why}", replace(DOWN, seen=Seen(message)), UTC) == clause
