"""Badges are pictures that every reader draws alike, whatever their texts hold."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.badges import svg, text_width
from uptime.domain.badge import Badge, Style

SVG = "{http://www.w3.org/2000/svg}"

ELEMENTS = {"svg", "title", "g", "rect", "text", "path", "linearGradient", "stop", "clipPath"}
ATTRIBUTES = {
    "width", "height", "role", "aria-label", "x", "y", "rx", "fill", "id", "x2", "y2", "offset", "stop-color",
    "stop-opacity", "clip-path", "text-anchor", "font-family", "text-rendering", "font-size", "font-weight",
    "textLength", "aria-hidden", "fill-opacity", "stroke", "d",
}  # fmt: skip


def drawn(badge: Badge) -> ElementTree.Element:
    return ElementTree.fromstring(svg(badge))  # noqa: S314 - our own


@pytest.mark.parametrize("style", Style)
def test_every_style_says_it_in_words_too(style: Style) -> None:
    root = drawn(Badge("Status", "Up", "#66c20a", style=style))
    words = "STATUS: UP" if style is Style.FOR_THE_BADGE else "Status: Up"
    assert (root.get("role"), root.get("aria-label"), root.findtext(f"{SVG}title")) == ("img", words, words)
    assert {"Status", "Up"} <= {text.text.capitalize() for text in root.iter(f"{SVG}text")}  # type: ignore[union-attr]
    heights = {Style.PLASTIC: "18", Style.FOR_THE_BADGE: "28"}
    assert root.get("height") == heights.get(style, "20")
    if style is not Style.SOCIAL:
        assert [rect.get("fill") for rect in root.iter(f"{SVG}rect")][1:3] == ["#555", "#66c20a"]


def test_without_a_label_only_the_message_is_drawn() -> None:
    root = drawn(Badge("", "N/A", "#999"))
    assert root.get("aria-label") == "N/A"
    fills = [rect.get("fill") for rect in root.iter(f"{SVG}rect")]
    assert "#555" not in fills
    assert "#999" in fills


def test_the_halves_fill_the_whole() -> None:
    root = drawn(Badge("A longer label", "99.98%", "#66c20a"))
    _, left, right, _ = root.iter(f"{SVG}rect")
    assert float(left.get("width", 0)) == float(right.get("x", 0))
    assert float(right.get("x", 0)) + float(right.get("width", 0)) == float(root.get("width", 0))


def test_a_text_is_as_wide_as_its_letters() -> None:
    assert text_width("il") < text_width("oo") < text_width("WW")
    assert text_width("東京") == 2
    assert text_width("e\u0301") == text_width("e")


def test_light_colours_get_dark_letters() -> None:
    root = drawn(Badge("a", "b", "#fff"))
    assert [text.get("fill") for text in root.iter(f"{SVG}text")][-1] == "#333"


@given(st.text(max_size=400), st.text(max_size=400), st.sampled_from(Style))
def test_whatever_the_texts_hold_it_is_text(label: str, message: str, style: Style) -> None:
    root = drawn(Badge(label, message, "#66c20a", style=style))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= ELEMENTS
    assert {name for element in root.iter() for name in element.attrib} <= ATTRIBUTES
    assert float(root.get("width", 0)) < 8_000


def test_markup_in_a_label_is_shown_and_not_run() -> None:
    made = svg(Badge('"><script>alert(1)</script>', "<a href='x'>&", "#66c20a"))
    assert b"<script" not in made
    assert b"<a " not in made
