"""The rule of who may set up without the token, row by row, and what a page of another site gives away."""

import pytest
from werkzeug.datastructures import Headers

from uptime.origins import FORWARDING, foreign, from_loopback

HERE = "127.0.0.1:8000"
PUBLIC = "https://status.example"


@pytest.mark.parametrize(
    ("headers", "host", "address", "told"),
    [
        ({}, HERE, "127.0.0.1", True),
        ({}, "localhost:8000", "127.0.0.1", True),
        ({}, "localhost", "::1", True),
        ({}, "[::1]:8000", "::1", True),
        ({}, "127.0.0.2", "127.9.9.9", True),
        ({"Origin": f"http://{HERE}"}, HERE, "127.0.0.1", True),
        ({"Origin": PUBLIC}, HERE, "127.0.0.1", True),
        ({"Sec-Fetch-Site": "same-origin"}, HERE, "127.0.0.1", True),
        ({"Sec-Fetch-Site": "none"}, HERE, "127.0.0.1", True),
        ({}, HERE, "192.0.2.7", False),
        ({}, HERE, "::ffff:192.0.2.7", False),
        ({}, HERE, "", False),
        ({}, "status.example", "127.0.0.1", False),
        ({}, "localhost.evil.example", "127.0.0.1", False),
        ({}, "127.0.0.1.evil.example", "127.0.0.1", False),
        ({}, "192.0.2.7:8000", "127.0.0.1", False),
        ({}, "[::1", "127.0.0.1", False),
        ({}, "", "127.0.0.1", False),
        ({"Origin": "https://evil.example"}, HERE, "127.0.0.1", False),
        ({"Origin": "http://127.0.0.1:9000"}, HERE, "127.0.0.1", False),
        ({"Origin": "null"}, HERE, "127.0.0.1", False),
        ({"Origin": "http://[::1"}, HERE, "127.0.0.1", False),
        ({"Sec-Fetch-Site": "same-site"}, HERE, "127.0.0.1", False),
        ({"Sec-Fetch-Site": "cross-site"}, HERE, "127.0.0.1", False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": f"http://{HERE}"}, HERE, "127.0.0.1", False),
    ],
)  # fmt: skip
def test_setting_up_needs_no_token_straight_from_this_machine_alone(
    headers: dict[str, str], host: str, address: str, told: bool
) -> None:
    assert from_loopback(Headers(headers), host, address, PUBLIC) is told


@pytest.mark.parametrize("name", FORWARDING)
@pytest.mark.parametrize("spelled", [str, str.lower])
def test_whoever_was_forwarded_is_not_at_this_machine(name: str, spelled: type[str]) -> None:
    for value in ("127.0.0.1", ""):
        assert not from_loopback(Headers({spelled(name): value}), HERE, "127.0.0.1", None)


def test_a_proxy_is_known_by_any_of_six_headers() -> None:
    assert len(FORWARDING) == 6


@pytest.mark.parametrize(
    ("headers", "foreign_page", "foreign_form"),
    [
        ({}, False, False),
        ({"Origin": PUBLIC}, False, False),
        ({"Origin": "https://shop.example:8443"}, False, False),
        ({"Origin": "https://shop.example"}, True, True),
        ({"Origin": "null"}, True, True),
        ({"Referer": "https://evil.example/form"}, False, True),
        ({"Referer": f"{PUBLIC}/admin"}, False, False),
        ({"Referer": ""}, False, False),
        ({"Referer": "no address"}, False, True),
        ({"Origin": PUBLIC, "Referer": "https://evil.example/form"}, False, False),
        ({"Origin": "https://evil.example", "Referer": f"{PUBLIC}/admin"}, True, True),
    ],
)  # fmt: skip
def test_a_page_of_another_site_is_known_by_its_origin_and_a_form_by_its_referer_too(
    headers: dict[str, str], foreign_page: bool, foreign_form: bool
) -> None:
    sent = Headers(headers)
    assert foreign(sent, "shop.example:8443", PUBLIC) is foreign_page
    assert foreign(sent, "shop.example:8443", PUBLIC, referer=True) is foreign_form


def test_without_a_public_address_no_origin_passes_for_it() -> None:
    assert foreign(Headers({"Origin": "null"}), "", None)
    assert foreign(Headers({"Origin": "null"}), HERE, "")
