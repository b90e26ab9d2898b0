"""The colours of the states, as the style sheet gives them, can be told apart by everybody."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from tests.site.colour import BLINDNESS, contrast, difference, lab, linear, seen_with

SHEET = (Path(__file__).parents[2] / "static/css/tokens.css").read_text()
STATES = ("up", "degraded", "down", "maintenance", "none")


def scheme(dark: bool) -> dict[str, str]:
    """The custom properties of one colour scheme."""
    light_part, dark_part = re.findall(r":root \{(.*?)\}", SHEET, re.S)[:2]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark_part if dark else light_part))


SCHEMES = {"light": scheme(dark=False), "dark": scheme(dark=True)}
APART = {"light": 17, "dark": 20}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_measure_gives_the_published_values(one, other, expected):
    assert difference(one, other) == pytest.approx(expected, abs=0.0001)


@pytest.mark.parametrize("name", list(SCHEMES))
def test_both_schemes_name_every_state(name):
    assert set(STATES) <= set(SCHEMES[name])


@pytest.mark.parametrize("name", list(SCHEMES))
@pytest.mark.parametrize("state", STATES)
def test_a_state_stands_out_from_the_page(name, state):
    assert contrast(SCHEMES[name][state], SCHEMES[name]["bg"]) >= 3


@pytest.mark.parametrize("name", list(SCHEMES))
@pytest.mark.parametrize(("ink", "paper"), [
    ("text", "bg"), ("soft", "bg"), ("accent", "bg"), ("text", "panel"), ("soft", "panel"), ("accent", "panel"),
    ("on-accent", "accent"),
])  # fmt: skip
def test_text_can_be_read(name, ink, paper):
    assert contrast(SCHEMES[name][ink], SCHEMES[name][paper]) >= 4.5


@pytest.mark.parametrize("name", list(SCHEMES))
def test_edges_of_fields_can_be_seen(name):
    assert contrast(SCHEMES[name]["edge"], SCHEMES[name]["bg"]) >= 3


@pytest.mark.parametrize("name", list(SCHEMES))
@pytest.mark.parametrize("blindness", list(BLINDNESS))
@pytest.mark.parametrize("pair", list(combinations(STATES, 2)), ids="-".join)
def test_two_states_differ_for_colour_blind_readers(name, blindness, pair):
    one, other = (lab(seen_with(blindness, linear(SCHEMES[name][state]))) for state in pair)
    assert difference(one, other) >= APART[name]
