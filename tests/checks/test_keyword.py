"""Keywords: the same check as HTTP, by a name of its own."""

import asyncio

import pytest

from tests.servers.checking import checking
from tests.servers.http import OK, Answer, response, says, serving
from uptime.checks.http import HttpTarget
from uptime.checks.keyword import CHECK
from uptime.domain.errors import Invalid
from uptime.domain.fields import fields
from uptime.domain.result import Reason, Result


def result(answer: Answer, **target: object) -> Result:
    async def scenario() -> Result:
        async with serving(answer) as server, checking() as checker:
            aim = CHECK.build({"url": server.url, **target})  # type: ignore[dict-item]
            return await checker.loop.look(CHECK, aim, 5_000)

    return asyncio.run(scenario())


def test_a_keyword_that_is_there_is_up() -> None:
    found = result(says(OK), keyword="hell")
    assert (found.ok, found.message, found.status_code) == (True, "200 OK", 200)


def test_a_keyword_that_is_missing_is_down() -> None:
    found = result(says(OK), keyword="heaven")
    assert (found.ok, found.reason, found.status_code) == (False, Reason.CONTENT, 200)
    assert (found.message, found.evidence) == ('The text "heaven" is missing from the answer.', "hello")


def test_it_is_the_other_way_round_for_a_keyword_that_must_be_absent() -> None:
    assert result(says(OK), keyword="heaven", keyword_absent=True).ok
    found = result(says(OK), keyword="hell", keyword_absent=True)
    assert (found.ok, found.message) == (False, 'The text "hell" is in the answer.')


def test_the_status_is_judged_first() -> None:
    found = result(says(response(b"hello", status="500 Oh")), keyword="hello")
    assert (found.ok, found.reason) == (False, Reason.STATUS)


def test_an_answer_that_breaks_off_is_no_absence() -> None:
    found = result(says(OK[:-2]), keyword="heaven", keyword_absent=True)
    assert (found.ok, found.reason) == (False, Reason.PROTOCOL)


@pytest.mark.parametrize(
    ("raw", "message"), [({}, "Keyword is missing."), ({"keyword": ""}, "The keyword is empty: say which text")]
)
def test_without_a_keyword_there_is_no_such_monitor(raw: dict[str, str], message: str) -> None:
    with pytest.raises(Invalid) as refused:
        CHECK.build({"url": "http://a/", **raw})
    assert refused.value.field == "keyword"
    assert refused.value.message.startswith(message)


def test_its_settings_are_those_of_http() -> None:
    assert [field.name for field, _ in fields(CHECK.target)] == [field.name for field, _ in fields(HttpTarget)]
