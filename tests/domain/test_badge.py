"""What badges say, figure by figure and wish by wish."""

from datetime import timedelta

import pytest

from uptime.domain import badge as badges
from uptime.domain.badge import Badge, Period, Style, Wishes
from uptime.domain.errors import Invalid
from uptime.domain.heartbeat import Status

U, D, P, M, G, N = Status.UP, Status.DOWN, Status.PENDING, Status.MAINTENANCE, Status.DEGRADED, Status.UNKNOWN
PLAIN = Wishes()
DAY = Period(24, "h")


def said(badge: Badge) -> tuple[str, str, str]:
    return badge.label, badge.message, badge.colour


def wish(query: str) -> Wishes:
    return badges.wishes(dict(part.split("=", 1) for part in query.split("&") if part))


NOTHING = ("", "N/A", "#999")


@pytest.mark.parametrize(
    ("status", "query", "expected"),
    [
        (U, "", ("Status", "Up", "#66c20a")),
        (D, "", ("Status", "Down", "#c2290a")),
        (P, "", ("Status", "Pending", "#f8a306")),
        (M, "", ("Status", "Maintenance", "#1747f5")),
        (G, "", ("Status", "Up", "#66c20a")),
        (G, "degradedLabel=Slow", ("Status", "Slow", "#f6be00")),
        (N, "", NOTHING),
        (U, "label=Shop&upLabel=fine&upColor=blue", ("Shop", "fine", "#007ec6")),
        (U, "label=", ("", "Up", "#66c20a")),
        (D, "downColor=F00", ("Status", "Down", "#f00")),
        (D, "downColor=url(x)", ("Status", "Down", "#c2290a")),
    ],
)
def test_a_status_says(status, query, expected) -> None:  # type: ignore[no-untyped-def]
    assert said(badges.of_status(status, wish(query))) == expected


@pytest.mark.parametrize(
    ("statuses", "message", "shade"),
    [
        ([U, U], "Up", "#66c20a"),
        ([U, D], "Degraded", "#f6be00"),
        ([U, G], "Degraded", "#f6be00"),
        ([D, D], "Down", "#c2290a"),
        ([U, D, M], "Maintenance", "#808080"),
        ([U, P], "Up", "#66c20a"),
        ([D, N], "Down", "#c2290a"),
        ([P, N], "N/A", "#999"),
        ([], "N/A", "#999"),
    ],
)
def test_several_together_say(statuses, message, shade) -> None:  # type: ignore[no-untyped-def]
    assert said(badges.of_overall(statuses, PLAIN)) == ("", message, shade)


@pytest.mark.parametrize(
    ("ratio", "query", "expected"),
    [
        (1.0, "", ("Uptime (24h)", "100.0%", "#66c20a")),
        (0.5, "", ("Uptime (24h)", "50.00%", "#c2a30a")),
        (0.0, "", ("Uptime (24h)", "0.000%", "#c2290a")),
        (0.9998, "", ("Uptime (24h)", "99.98%", "#66c20a")),
        (0.999999, "", ("Uptime (24h)", "99.99%", "#66c20a")),
        (None, "", NOTHING),
        (1.0, "labelPrefix=My &label=site", ("My site", "100.0%", "#66c20a")),
        (1.0, "labelSuffix= hours", ("Uptime (24 hours)", "100.0%", "#66c20a")),
        (1.0, "prefix=~&suffix= per cent&color=red", ("Uptime (24h)", "~100.0 per cent", "#e05d44")),
    ],
)
def test_an_uptime_says(ratio, query, expected) -> None:  # type: ignore[no-untyped-def]
    assert said(badges.of_uptime(ratio, DAY, wish(query))) == expected


def test_the_label_names_the_span_that_was_asked_for() -> None:
    assert badges.of_uptime(1.0, badges.period("7d"), PLAIN).label == "Uptime (7d)"
    assert badges.of_ping(1.0, badges.period("90d"), PLAIN).label == "Avg. Ping (90d)"


def test_response_times_are_whole() -> None:
    assert said(badges.of_ping(12.9, DAY, PLAIN)) == ("Avg. Ping (24h)", "12ms", "#007ec6")
    assert said(badges.of_ping(12.9, DAY, PLAIN, "Avg. Response"))[0] == "Avg. Response (24h)"
    assert said(badges.of_response(12.9, PLAIN)) == ("Response", "12ms", "#007ec6")
    assert said(badges.of_ping(None, DAY, PLAIN)) == said(badges.of_response(None, PLAIN)) == NOTHING


@pytest.mark.parametrize(
    ("days", "valid", "query", "expected"),
    [
        (15, True, "", ("Cert Exp.", "15 days", "#66c20a")),
        (14, True, "", ("Cert Exp.", "14 days", "#eed202")),
        (7, True, "", ("Cert Exp.", "7 days", "#c2290a")),
        (20, True, "warnDays=30&warnColor=yellow", ("Cert Exp.", "20 days", "#dfb317")),
        (None, True, "", ("Cert Exp.", "No/Bad Cert", "#999")),
        (3, False, "", ("Cert Exp.", "Bad Cert", "#c2290a")),
        (15, True, "warnDays=x", ("Cert Exp.", "15 days", "#66c20a")),
    ],
)
def test_a_certificate_says(days, valid, query, expected) -> None:  # type: ignore[no-untyped-def]
    assert said(badges.of_certificate(days, valid, wish(query))) == expected


def test_a_certificate_may_tell_its_date() -> None:
    assert badges.of_certificate(9, True, PLAIN, "2026-03-11").message == "2026-03-11"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        (None, timedelta(hours=24)),
        ("", timedelta(hours=24)),
        ("48", timedelta(hours=48)),
        ("1440m", timedelta(days=1)),
        ("720h", timedelta(days=30)),
        ("90d", timedelta(days=90)),
        ("52w", timedelta(days=364)),
        ("12M", timedelta(days=360)),
        ("1y", timedelta(days=365)),
    ],
)
def test_a_span_is_read(text: str | None, length: timedelta) -> None:
    assert badges.period(text).length == length


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x", "Invalid duration: x"),
        ("0", "Invalid duration: 0"),
        ("-1d", "Invalid duration: -1d"),
        ("1.5h", "Invalid duration: 1.5h"),
        ("5x", "Unsupported unit (x) for badge duration 5x"),
        ("721", "The maximum number of hours is 720"),
        ("1441m", "The maximum number of minutes is 1440"),
        ("366d", "The maximum number of days is 365"),
        ("53w", "The maximum number of days is 365"),
        ("999999999y", "The maximum number of days is 365"),
    ],
)
def test_what_is_no_span_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(Invalid) as refused:
        badges.period(text)
    assert refused.value.message == complaint


def test_an_unknown_style_is_refused_and_the_label_may_have_a_colour() -> None:
    with pytest.raises(Invalid) as refused:
        wish("style=round")
    assert refused.value.message == "Field `style` must be one of (plastic,flat,flat-square,for-the-badge,social)"
    assert wish("style=social").style is Style.SOCIAL
    assert badges.of_status(U, wish("labelColor=123456")).label_colour == "#123456"


@pytest.mark.parametrize(
    ("wanted", "shade"),
    [("Red", "#e05d44"), ("ABC", "#abc"), ("#ABCDEF", "#abcdef"), ("abcd", "#000"), ('"><', "#000"), (None, "#000")],
)
def test_colours_are_names_or_hexadecimal(wanted: str | None, shade: str) -> None:
    assert badges.colour(wanted, "#000") == shade
