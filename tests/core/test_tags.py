"""Tags: named, coloured, carried by monitors, and gone from them when they are removed."""

import pytest

from tests.conftest import NOW
from tests.core.conftest import accepted, at_once, draft
from uptime.core import Core
from uptime.domain.errors import Conflict, Invalid, NotFound
from uptime.domain.monitor import MonitorDraft


def test_tags_are_listed_as_they_were_made(core: Core) -> None:
    made = [core.tags.add(1, name, "#3B82F6", NOW) for name in (" eu ", "us")]
    assert core.tags.list(1) == made
    assert [tag.name for tag in made] == ["eu", "us"]
    assert core.tags.list(2) == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 256, "a\x00b"])
def test_a_name_that_is_none_is_refused(core: Core, name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        core.tags.add(1, name, "#3B82F6", NOW)
    assert refusal.value.field == "name"


@pytest.mark.parametrize("color", ["", "red", "#fff", "#12345g", "#1234567", "3B82F6", "#3B82F6;x:y", "#٣٣٣٣٣٣"])
def test_a_colour_that_is_none_is_refused(core: Core, color: str) -> None:
    with pytest.raises(Invalid) as refusal:
        core.tags.add(1, "a", color, NOW)
    assert refusal.value.field == "color"


def test_two_may_share_a_name_unless_it_must_be_free(core: Core) -> None:
    first, second = core.tags.add(1, "eu", "#000000", NOW), core.tags.add(1, "eu", "#ffffff", NOW)
    with pytest.raises(Conflict):
        core.tags.add(1, "eu", "#000000", NOW, unique_name=True)
    with pytest.raises(Conflict):
        core.tags.change(1, second.id, NOW, color="#111111", unique_name=True)
    assert core.tags.change(1, first.id, NOW, name="us", unique_name=True).name == "us"


def test_of_many_who_take_a_name_at_once_one_gets_it(cores: list[Core]) -> None:
    calls = [lambda core=core: core.tags.add(1, "eu", "#000000", NOW, unique_name=True) for core in cores]  # type: ignore[misc]
    assert len(accepted(at_once(*calls))) == 1


def test_a_monitor_carries_tags_with_values(core: Core) -> None:
    eu, us = (core.tags.add(1, name, "#000000", NOW) for name in ("eu", "us"))
    carried = (eu.carried("a"), eu.carried("b"), us.carried(), eu.carried("a"))
    made = core.monitors.add(1, draft(tags=carried), NOW)
    assert made.tags == carried[:3]
    assert core.monitors.get(1, made.id).tags == carried[:3]


def test_a_tag_of_another_account_or_of_nobody_cannot_be_carried(core: Core) -> None:
    theirs = core.tags.add(2, "eu", "#000000", NOW)
    for tag in (theirs, theirs.__class__(99, 1, "x", "#000000")):
        with pytest.raises(Invalid) as refusal:
            core.monitors.add(1, draft(tags=(tag.carried(),)), NOW)
        assert refusal.value.field == "tags"
        with pytest.raises(Invalid):
            core.monitors.add(1, MonitorDraft("g", "group", {"member_tags": [tag.id]}), NOW)


@pytest.mark.parametrize("value", ["x" * 256, "a\nb"])
def test_a_value_is_one_line_of_bounded_length(core: Core, value: str) -> None:
    tag = core.tags.add(1, "eu", "#000000", NOW)
    with pytest.raises(Invalid):
        core.monitors.add(1, draft(tags=(tag.carried(value),)), NOW)
    with pytest.raises(Invalid):
        core.monitors.add(1, draft(tags=tuple(tag.carried(str(number)) for number in range(51))), NOW)


def test_a_tag_that_is_removed_leaves_all_monitors(core: Core) -> None:
    eu, us = (core.tags.add(1, name, "#000000", NOW) for name in ("eu", "us"))
    plain = core.monitors.add(1, draft(tags=(eu.carried("a"), us.carried("b"), eu.carried("c"))), NOW)
    group = core.monitors.add(1, MonitorDraft("g", "group", {"member_tags": [eu.id, us.id]}), NOW)
    core.tags.remove(1, eu.id, NOW)
    assert core.monitors.get(1, plain.id).tags == (us.carried("b"),)
    assert core.monitors.get(1, group.id).target["member_tags"] == [us.id]


def test_a_stranger_finds_no_tag(core: Core) -> None:
    tag = core.tags.add(1, "eu", "#000000", NOW)
    for attempt in (
        lambda: core.tags.get(2, tag.id),
        lambda: core.tags.change(2, tag.id, NOW, name="x"),
        lambda: core.tags.remove(2, tag.id, NOW),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert core.tags.get(1, tag.id) == tag
