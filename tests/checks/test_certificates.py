"""The one sentence about a certificate that ends too soon."""

from datetime import timedelta

import pytest

from tests.conftest import NOW
from uptime.checks._certificates import ends_too_soon
from uptime.domain.result import Certificate


@pytest.mark.parametrize(
    ("left", "wanted", "told"),
    [
        (timedelta(days=-9), None, ""),
        (timedelta(days=14), 14, ""),
        (timedelta(0), 0, ""),
        (timedelta(days=9, hours=23), 10, "ends in 9 days, on 2026-03-12; at least 10 days were asked for. Renew it."),
        (timedelta(days=1), 2, "ends in 1 day, on 2026-03-03; at least 2 days were asked for. Renew it."),
        (timedelta(hours=1), 1, "ends within a day, on 2026-03-02; at least 1 day were asked for. Renew it."),
        (timedelta(seconds=-1), 0, "has expired on 2026-03-02; at least 0 days were asked for. Renew it."),
    ],
)  # fmt: skip
def test_a_certificate_must_last_the_days_that_are_asked_for(left: timedelta, wanted: int | None, told: str) -> None:
    certificate = Certificate("CN=shop", "CN=authority", (), NOW - timedelta(days=90), NOW + left, "ab", ())
    found = ends_too_soon(certificate, wanted, NOW)
    assert found == (told and f"The certificate {told}")
