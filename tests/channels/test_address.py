"""Addresses of services: how they are written, and what is shown of them."""

import pytest

from uptime.channels import _address


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://ntfy.sh", "https://ntfy.sh"), (" https://ntfy.sh/ ", "https://ntfy.sh"),
        ("http://[::1]:80/sub//", "http://[::1]:80/sub"), ("https://bücher.example", "https://bücher.example"),
    ],
)  # fmt: skip
def test_the_address_of_a_service_has_no_slash_at_its_end(given, expected):
    assert _address.base(given) == expected


@pytest.mark.parametrize("given", ["https://hooks.example.com", "https://hooks.example.com/", "hooks.example.com/x"])
def test_a_webhook_has_a_path(given):
    with pytest.raises(ValueError, match="address"):
        _address.hook(given)


def test_a_webhook_keeps_its_query_and_drops_its_fragment():
    assert _address.hook("https://a.example/hook?sig=1#x") == "https://a.example/hook?sig=1"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://a.example/x?y", "a.example"), ("https://a.example:8443/x", "a.example:8443"),
        ("http://[::1]:81/", "[::1]:81"), ("https://A.Example:443/", "a.example"),
    ],
)  # fmt: skip
def test_host_and_port_are_shown(address, expected):
    assert _address.host(address) == expected


@pytest.mark.parametrize(("secret", "expected"), [("", "…"), ("ab", "a…"), ("abcdefgh", "abcd…"), ("a" * 40, "aaaa…")])
def test_a_hint_is_never_more_than_half(secret, expected):
    assert _address.hint(secret) == expected


@pytest.mark.parametrize("given", ["tökén", "a b", "a\tb", "\x7f"])
def test_a_token_can_stand_in_a_header(given):
    with pytest.raises(ValueError, match="copy it again") as refused:
        _address.token(given)
    assert given not in str(refused.value)
    assert _address.token(" abc ") == "abc"
