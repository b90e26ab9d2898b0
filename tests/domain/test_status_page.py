"""One word for several monitors."""

import pytest

from uptime.domain.heartbeat import Status
from uptime.domain.status_page import overall

U, D, G, N, M = Status.UP, Status.DOWN, Status.DEGRADED, Status.UNKNOWN, Status.MAINTENANCE


@pytest.mark.parametrize(
    ("standings", "expected"),
    [
        ([], N),
        ([(N, None)], N),
        ([(U, 1.0)], U),
        ([(U, 1.0), (N, None)], U),
        ([(U, 1.0), (D, 0.2)], D),
        ([(D, 0.0)], D),
        ([(U, 1.0), (G, 1.0)], G),
        ([(U, 0.94)], G),
        ([(U, 0.95)], U),
        ([(U, None)], U),
        ([(G, 1.0), (D, 0.0)], D),
        ([(M, 1.0)], M),
        ([(M, 0.5), (U, 1.0)], M),
        ([(M, None), (N, None)], M),
        ([(M, 1.0), (G, 1.0)], G),
        ([(M, 1.0), (U, 0.9)], G),
        ([(M, 1.0), (D, 1.0)], D),
    ],
)
def test_together_they_are(standings: list[tuple[Status, float | None]], expected: Status) -> None:
    assert overall(standings) is expected
