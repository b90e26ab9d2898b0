"""Groups: what their members amount to, by every rule, and who is a member at all."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOW
from uptime.domain.errors import Invalid
from uptime.domain.fields import build
from uptime.domain.group import GroupTarget, Member, Rule, belongs, in_circle, look, member
from uptime.domain.heartbeat import Heartbeat, Slot, State, Status
from uptime.domain.monitor import Monitor, Tagged
from uptime.domain.result import Reason

LETTERS = {"u": Status.UP, "g": Status.DEGRADED, "d": Status.DOWN, "?": Status.UNKNOWN}
GROUP = Monitor("Shop", "group", {}, id=100)


def members(letters: str) -> list[Member]:
    """A member for each letter; a capital one does not count."""
    return [
        Member(number, letter.lower(), LETTERS[letter.lower()], letter.islower() or letter == "?")
        for number, letter in enumerate(letters, 1)
    ]


def word(target: GroupTarget, letters: str) -> str:
    """What a group of such members is: up, degraded, down or unknown."""
    result = look(target, members(letters))
    if result.reason is Reason.INTERNAL:
        return "unknown"
    return ("degraded" if result.degraded else "up") if result.ok else "down"


@pytest.mark.parametrize(
    ("target", "letters", "expected"),
    [
        (GroupTarget(), "uuu", "up"), (GroupTarget(), "uud", "down"), (GroupTarget(), "ugu", "degraded"),
        (GroupTarget(), "uu?", "unknown"), (GroupTarget(), "ud?", "down"), (GroupTarget(), "", "unknown"),
        (GroupTarget(), "uD", "up"), (GroupTarget(), "UD", "unknown"),
        (GroupTarget("any"), "ddu", "up"), (GroupTarget("any"), "ddd", "down"), (GroupTarget("any"), "dd?", "unknown"),
        (GroupTarget("any"), "du?", "up"), (GroupTarget("any"), "ddU", "down"),
        (GroupTarget("at_least", 2), "uud", "up"), (GroupTarget("at_least", 2), "udd", "down"),
        (GroupTarget("at_least", 2), "ud?", "unknown"), (GroupTarget("at_least", 5), "uu", "down"),
        (GroupTarget("fewer_down", 2), "uud", "up"), (GroupTarget("fewer_down", 2), "udd", "down"),
        (GroupTarget("fewer_down", 2), "ud?", "unknown"),
        (GroupTarget("less_down", percent=50), "ud", "down"), (GroupTarget("less_down", percent=50), "uud", "up"),
        (GroupTarget("weighted", threshold=3, weights={"1": 2.5}), "uud", "up"),
        (GroupTarget("weighted", threshold=3, weights={"1": 2.5}), "duu", "down"),
        (GroupTarget("weighted", threshold=0), "ddd", "up"),
    ],
)  # fmt: skip
def test_what_the_members_amount_to(target: GroupTarget, letters: str, expected: str) -> None:
    assert word(target, letters) == expected


def test_the_message_names_those_that_matter() -> None:
    assert look(GroupTarget(), members("ud")).message == "Members down: d"
    assert look(GroupTarget("any"), members("ud")).message == "1 of 2 members up; down: d"
    assert look(GroupTarget(), members("u" * 4)).message == "4 of 4 members up"
    many = [replace(each, name="a long name of a monitor " * 9) for each in members("d" * 30)]
    text = look(GroupTarget(), many).message
    assert text.endswith(" and 25 more")
    assert len(text) <= 200


TARGETS = st.builds(
    GroupTarget,
    rule=st.sampled_from([rule.value for rule in Rule]),
    count=st.integers(1, 6),
    percent=st.floats(1, 100),
    threshold=st.floats(0, 10),
    weights=st.dictionaries(st.sampled_from([str(number) for number in range(1, 7)]), st.floats(0, 5)),
)
ORDER = {"down": 0, "unknown": 1, "degraded": 2, "up": 2}


@given(target=TARGETS, letters=st.text("ud?", min_size=1, max_size=6), place=st.integers(0, 5))
def test_a_member_that_recovers_never_makes_a_group_worse(target: GroupTarget, letters: str, place: int) -> None:
    place %= len(letters)
    better = letters[:place] + "u" + letters[place + 1 :]
    assert ORDER[word(target, better)] >= ORDER[word(target, letters)]


@given(target=TARGETS, letters=st.text("ud?", min_size=1, max_size=6))
def test_unknown_is_said_just_where_both_are_possible(target: GroupTarget, letters: str) -> None:
    best, worst = word(target, letters.replace("?", "u")), word(target, letters.replace("?", "d"))
    assert word(target, letters) == (best if best == worst else "unknown")


@given(target=TARGETS, letters=st.text("udg?", min_size=1, max_size=6))
def test_those_that_do_not_count_change_nothing(target: GroupTarget, letters: str) -> None:
    assert word(target, letters + "DUG") == word(target, letters)


def test_children_named_ones_and_those_with_its_tags_are_members() -> None:
    target = GroupTarget(members=(2,), member_tags=(7,))
    plain = Monitor("a", "http", {}, id=1)
    assert not belongs(plain, GROUP, target)
    assert belongs(replace(plain, parent=100), GROUP, target)
    assert belongs(replace(plain, id=2), GROUP, target)
    assert belongs(replace(plain, tags=(Tagged(7, "x"),)), GROUP, target)
    assert not belongs(replace(GROUP, id=5, tags=(Tagged(7),)), GROUP, target), "a tag makes no group a member"
    assert not belongs(replace(GROUP, parent=100), GROUP, GroupTarget(members=(100,))), "nobody is its own member"


def test_paused_and_in_maintenance_do_not_count() -> None:
    plain = Monitor("a", "http", {}, id=1)
    resting = Heartbeat(Slot(NOW), NOW, Status.MAINTENANCE, 0.0)
    assert member(plain, State(status=Status.UP)).counts
    assert not member(replace(plain, paused=True), State(status=Status.UP)).counts
    assert not member(plain, State(status=Status.UP, last=resting)).counts
    assert not member(plain, State(status=Status.MAINTENANCE)).counts


@pytest.mark.parametrize(
    ("name", "value"),
    [("rule", "most"), ("count", 0), ("percent", 0), ("percent", 101), ("threshold", -1), ("weights", {"a": 1}),
     ("weights", {"1": -1}), ("weights", {"1": "1"}), ("members", [0]), ("members", ["1"]), ("member_tags", [1.5])],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(name: str, value: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        build(GroupTarget, {name: value})
    assert refusal.value.field == name


@pytest.mark.parametrize(
    ("above", "circle"),
    [({}, False), ({1: [2], 2: [3]}, False), ({1: [2], 2: [1]}, True), ({1: [1]}, True),
     ({1: [2, 3], 3: [4], 4: [1]}, True), ({1: [2], 2: [3], 3: [2]}, False)],
)  # fmt: skip
def test_a_circle_is_found(above: dict[int, list[int]], circle: bool) -> None:
    assert in_circle(1, above) is circle
