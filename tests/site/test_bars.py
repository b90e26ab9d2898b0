"""The geometry of the uptime bar."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from uptime.domain.heartbeat import Heartbeat, Slot, Status
from uptime.domain.ratio import Counts
from uptime.site.bars import Shape, counted, drawings, folded, padded, path, settled, shape_of

START = datetime(2026, 3, 2, tzinfo=UTC)


def beats(*statuses: Status, extras: int = 0) -> list[Heartbeat]:
    """Heartbeats in the order of the statuses given, returned newest first; the newest `extras` were asked for."""
    made = []
    for index, status in enumerate(statuses):
        at = START + timedelta(minutes=index)
        token = f"t{index}" if index >= len(statuses) - extras else None
        made.append(Heartbeat(Slot(at, token), at, status, 12.0))
    return made[::-1]


def boxes(drawn: str) -> list[tuple[float, float, float, float]]:
    """The outer boxes of a path's pieces, as left, top, width, height."""
    found = re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z", drawn)
    return [tuple(float(part) for part in piece) for piece in found]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (Shape.UP, [(7, 8, 5, 24)]),
        (Shape.DEGRADED, [(7, 8, 5, 6), (7, 16, 5, 16)]),
        (Shape.DOWN, [(7, 0, 5, 32)]),
        (Shape.MAINTENANCE, [(7, 8, 5, 6), (7, 17, 5, 6), (7, 26, 5, 6)]),
        (Shape.NONE, [(7, 25, 5, 7)]),
    ],
)
def test_each_state_has_its_own_outline(shape, expected):
    shapes = [next(other for other in Shape if other is not shape), shape]
    assert boxes(path(shapes, shape)) == expected


@pytest.mark.parametrize("shape", [Shape.UP, Shape.DEGRADED, Shape.MAINTENANCE])
def test_all_but_down_and_no_data_are_24_high(shape):
    pieces = boxes(path([shape], shape))
    assert min(top for _, top, _, _ in pieces) == 8
    assert max(top + height for _, top, _, height in pieces) == 32


def test_no_data_is_hollow():
    assert path([Shape.NONE], Shape.NONE) == "M0 25h5v7h-5zm1 1v5h3v-5z"


def test_a_bar_has_one_path_for_each_state_it_holds():
    wide = drawings([Shape.UP] * 40 + [Shape.DOWN] * 2 + [Shape.UP] * 48)[0]
    assert [shape for shape, _ in wide.paths] == [Shape.DOWN, Shape.UP]
    assert wide.width == 90 * 7 - 2


def test_narrow_screens_get_45_and_30_slots():
    assert [drawing.slots for drawing in drawings([Shape.UP])] == [90, 45, 30]


@pytest.mark.parametrize(
    ("shapes", "slots", "expected"),
    [
        ([Shape.UP, Shape.DOWN, Shape.UP, Shape.UP], 2, [Shape.DOWN, Shape.UP]),
        ([Shape.DEGRADED, Shape.DOWN], 1, [Shape.DOWN]),
        ([Shape.UP, Shape.MAINTENANCE], 1, [Shape.MAINTENANCE]),
        ([Shape.NONE, Shape.UP], 1, [Shape.UP]),
        ([Shape.DEGRADED, Shape.MAINTENANCE, Shape.UP], 1, [Shape.DEGRADED]),
    ],
)
def test_a_slot_takes_its_worst_state(shapes, slots, expected):
    assert folded(shapes, slots) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (Counts(), Shape.NONE),
        (Counts(unknown=3), Shape.NONE),
        (Counts(up=1), Shape.UP),
        (Counts(up=1439, down=1), Shape.DOWN),
        (Counts(up=5, degraded=1, maintenance=4), Shape.DEGRADED),
        (Counts(up=5, maintenance=4), Shape.MAINTENANCE),
    ],
)
def test_a_span_is_what_its_worst_heartbeat_was(counts, expected):
    assert shape_of(counts) is expected


def test_what_came_before_the_first_check_is_not_known():
    assert padded([Shape.UP], 3) == [Shape.NONE, Shape.NONE, Shape.UP]
    assert padded([Shape.DOWN, Shape.UP, Shape.UP, Shape.UP], 3) == [Shape.UP] * 3


def test_a_retry_stands_on_the_status_before_it():
    newest_first = beats(Status.PENDING, Status.UP, Status.PENDING, Status.DOWN, Status.PENDING)
    assert settled(newest_first) == [Status.UNKNOWN, Status.UP, Status.UP, Status.DOWN, Status.DOWN]


def test_checks_asked_for_do_not_count_as_expected():
    assert counted(beats(Status.UP, Status.DOWN, Status.UP, extras=1)) == Counts(up=2, down=1, extra=1)
