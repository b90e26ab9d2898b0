"""What a monitor may be called and how it may be set."""

from dataclasses import replace

import pytest

from uptime.domain.errors import Invalid
from uptime.domain.monitor import Monitor, MonitorDraft, checked, checked_name, monitor_of
from uptime.domain.schedule import from_ms

DRAFT = MonitorDraft(name="Web", type="http", target={"url": "https://example.org/"})


@pytest.mark.parametrize("name", ["Web", "日本語", "a/b c", "__proto__", "👩‍💻", "<script>", "x" * 255, "עברית"])
def test_names_of_any_script_come_back_as_given(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["", "   ", "x" * 256, "a\x00b", "a\nb", "\ud800", "a\x7fb"])
def test_names_nobody_could_read_are_refused(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        checked_name(name)
    assert refusal.value.field == "name"


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("interval", 4, "interval"),
        ("interval", 2_592_001, "interval"),
        ("timeout_ms", 99, "timeout"),
        ("timeout_ms", 120_001, "timeout"),
        ("retries", -1, "retries"),
        ("success_threshold", 0, "success_threshold"),
        ("retry_interval", 1, "retry_interval"),
        ("slow_ms", 0, "slow"),
        ("description", "a\x00", "description"),
    ],
)
def test_values_out_of_bounds_are_refused_by_name(field: str, value: object, named: str) -> None:
    with pytest.raises(Invalid) as refusal:
        checked(replace(DRAFT, **{field: value}))
    assert refusal.value.field == named


def test_a_draft_replaces_everything_but_identity() -> None:
    stored = Monitor(name="Old", type="tcp", target={}, id=7, account=3, retries=4)
    after = monitor_of(DRAFT, stored, from_ms(5_000))
    assert (after.id, after.account, after.name, after.retries) == (7, 3, "Web", 0)
    assert after.updated_at == from_ms(5_000)


def test_nobody_having_said_so_a_monitor_is_shown() -> None:
    stored = monitor_of(DRAFT, Monitor(name="", type="http", target={}), from_ms(0))
    assert stored.shown
    assert not replace(stored, visible=False).shown
