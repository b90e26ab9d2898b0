"""Tokens say what they were made for, and nobody else can make them."""

from datetime import timedelta

import pytest

from tests.conftest import NOW
from uptime.domain.errors import Unauthenticated
from uptime.tokens import Tokens

TOKENS = Tokens("a secret key of the tests")


def test_what_was_signed_is_read() -> None:
    token = TOKENS.sign("visit", [1, "é"])
    assert TOKENS.read("visit", token, NOW) == [1, "é"]
    assert token.isascii()
    assert token == TOKENS.sign("visit", [1, "é"])


def test_it_is_good_until_its_moment() -> None:
    token = TOKENS.sign("visit", 1, NOW)
    assert TOKENS.read("visit", token, NOW - timedelta(seconds=1)) == 1
    with pytest.raises(Unauthenticated):
        TOKENS.read("visit", token, NOW)


def test_it_is_good_for_one_purpose_and_one_key() -> None:
    token = TOKENS.sign("visit", 1)
    for others, purpose in ((TOKENS, "leave"), (Tokens("another"), "visit")):
        with pytest.raises(Unauthenticated):
            others.read(purpose, token, NOW)


@pytest.mark.parametrize("token", ["", ".", "a.b", "é", "W10.x", "." * 9_999, "\ud800"])
def test_rubbish_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.read("visit", token, NOW)


def test_an_altered_one_is_refused() -> None:
    token = TOKENS.sign("visit", 1)
    for place in range(len(token)):
        altered = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(Unauthenticated):
            assert TOKENS.read("visit", altered, NOW) != 1
