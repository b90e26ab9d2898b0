"""Uptime is what is known to be up of what is known; coverage says how much is known."""

from hypothesis import given
from hypothesis import strategies as st

from uptime.domain.ratio import Counts, add

COUNTS = st.builds(Counts, *[st.integers(0, 10_000)] * 6)


def test_nothing_known_is_no_ratio() -> None:
    assert Counts(unknown=5, maintenance=2).ratio is None
    assert Counts(unknown=5).coverage == 0.0
    assert Counts().coverage is None


def test_unknown_time_is_never_up_and_never_down() -> None:
    assert Counts(up=3, down=1, unknown=96).ratio == 0.75
    assert Counts(up=3, down=1, unknown=96).coverage == 0.04


def test_degraded_counts_as_uptime_and_maintenance_not_at_all() -> None:
    assert Counts(up=1, degraded=1, down=2, maintenance=9).ratio == 0.5


def test_extra_heartbeats_do_not_raise_coverage() -> None:
    assert Counts(up=20, unknown=5, extra=15).coverage == 0.5


@given(COUNTS)
def test_ratios_stay_between_nothing_and_all(counts: Counts) -> None:
    for value in (counts.ratio, counts.coverage):
        assert value is None or 0.0 <= value <= 1.0


@given(st.lists(COUNTS, max_size=5))
def test_adding_keeps_every_heartbeat(parts: list[Counts]) -> None:
    assert add(parts).known == sum(part.known for part in parts)
