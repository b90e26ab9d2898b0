"""JSON queries: what they find, how it compares, and what happens to those that would never end."""

import asyncio
import contextlib
import json
import os
import signal
import string
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from tests.servers.checking import PUNCTUAL_MS, checking
from tests.servers.http import Answer, drips, response, says, serving
from uptime.checks._kind import CheckFailed
from uptime.checks._queries import PROCESSES, Queries
from uptime.checks._query_process import compiled, evaluate, written
from uptime.checks.http import CHECK as HTTP
from uptime.checks.json_query import CHECK, compares
from uptime.domain.errors import Invalid
from uptime.domain.result import Reason, Result

DOCUMENT = {
    "status": "ok",
    "healthy": True,
    "depth": None,
    "load": 0.5,
    "count": 5,
    "whole": 5.0,
    "nodes": [{"name": "a", "up": True, "ms": 12}, {"name": "b", "up": False, "ms": 30}],
}


def result(body: object, timeout_ms: int = 5_000, **target: object) -> Result:
    """What a query finds in an answer: bytes as they are, anything else as JSON."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return answered(says(response(sent)), timeout_ms, **target)


def answered(answer: Answer, timeout_ms: int = 5_000, **target: object) -> Result:
    async def scenario() -> Result:
        async with serving(answer) as server, checking() as checker:
            aim = CHECK.build({"url": server.url, **target})  # type: ignore[dict-item]
            return await checker.loop.look(CHECK, aim, timeout_ms)

    return asyncio.run(scenario())


FOUND = [
    ("jsonata", "status", "ok"),
    ("jsonata", "healthy", "true"),
    ("jsonata", "load", "0.5"),
    ("jsonata", "count", "5"),
    ("jsonata", "whole", "5"),
    ("jsonata", "count / 2", "2.5"),
    ("jsonata", "nodes[0].name", "a"),
    ("jsonata", "nodes.ms", "[12,30]"),
    ("jsonata", "$count(nodes[up])", "1"),
    ("jsonata", "$sum(nodes.ms)", "42"),
    ("jsonata", "$", json.dumps(DOCUMENT, separators=(",", ":"))),
    ("jsonpath", "$.status", "ok"),
    ("jsonpath", "$.healthy", "true"),
    ("jsonpath", "$..ms", "[12,30]"),
    ("jsonpath", "$.nodes[?@.ms > 20].name", "b"),
    ("jsonpath", "$.nodes[?search(@.name, '[ab]')].ms", "[12,30]"),
    ("jsonpath", "$.nodes[-1].up", "false"),
]


@pytest.mark.parametrize(("language", "query", "value"), FOUND)
def test_what_a_query_finds(language: str, query: str, value: str) -> None:
    assert evaluate(language, query, json.dumps(DOCUMENT)) == {"value": value, "note": ""}


@pytest.mark.parametrize("language", ["jsonata", "jsonpath"])
def test_an_answer_with_the_expected_value_is_up(language: str) -> None:
    query = {"jsonata": "nodes[1].ms", "jsonpath": "$.nodes[1].ms"}[language]
    found = result(DOCUMENT, language=language, query=query, expected="30")
    assert (found.ok, found.message, found.status_code) == (True, 'The query gives "30"', 200)
    assert found.facts == {"value": "30"}


def test_an_answer_with_another_value_is_down() -> None:
    found = result(DOCUMENT, query="status", expected="fine")
    assert (found.ok, found.reason, found.status_code) == (False, Reason.CONTENT, 200)
    assert found.message == 'The query gives "ok", but exactly "fine" was expected.'
    assert found.evidence is not None
    assert found.evidence.startswith('{"status": "ok"')
    assert found.facts == {"value": "ok"}


COMPARISONS = [
    ("5", "==", "5", True), ("5", "==", "5.0", False), ("5", "==", "6", False), ("a", "==", "A", False),
    ("5", "!=", "6", True), ("5", "!=", "5", False), ("all fine", "contains", "fine", True),
    ("all fine", "contains", "bad", False), ("", "contains", "", True), ("10", "<", "9", False),
    ("9", "<", "10", True), ("5", "<", "5", False), ("5", "<=", "5.0", True), ("6", "<=", "5", False),
    ("10", ">", "9", True), ("5", ">", "5", False), ("5", ">=", "5", True), ("-1e3", ">=", "-999", False),
    ("high", ">", "5", False), ("high", "<", "5", False), ("", ">=", "0", False), ("nan", "<", "5", False),
    ("inf", ">", "5", False), ("1_0", ">", "5", False), ("true", ">=", "1", False),
]  # fmt: skip


@pytest.mark.parametrize(("value", "how", "expected", "holds"), COMPARISONS)
def test_numbers_compare_as_numbers_and_texts_as_texts(value: str, how: str, expected: str, holds: bool) -> None:
    assert compares(value, how, expected) is holds


def test_a_comparison_of_numbers_is_told_in_words() -> None:
    assert result(DOCUMENT, query="load", operator="<", expected="0.8").ok
    found = result(DOCUMENT, query="load", operator=">=", expected="0.8")
    assert found.message == 'The query gives "0.5", but at least "0.8" was expected.'


@pytest.mark.parametrize("query", ["nothing", "depth", "nodes[name='c'].ms"])
def test_a_query_that_finds_nothing_is_down(query: str) -> None:
    found = result(DOCUMENT, query=query, operator="!=", expected="x")
    assert (found.ok, found.reason) == (False, Reason.CONTENT)
    assert found.message == "The query finds nothing in the answer."


def test_an_answer_that_is_no_json_is_a_text() -> None:
    assert result(b"all systems go", operator="contains", expected="go").ok
    found = result(b"<html>", query="status", expected="ok")
    assert (found.ok, found.message, found.evidence) == (False, "The answer is not JSON.", "<html>")


@pytest.mark.parametrize("body", [b"", b"{", b"[NaN]", b"\xff\xfe", b'{"status": "ok"} x', b"[" * 100_000])
def test_a_body_of_any_bytes_is_down(body: bytes) -> None:
    found = result(body, query="status", expected="ok")
    assert (found.ok, found.reason) == (False, Reason.CONTENT)


def test_a_query_that_does_not_fit_the_answer_is_down() -> None:
    found = result(DOCUMENT, query="$sum(status)", expected="1")
    assert (found.ok, found.reason) == (False, Reason.CONTENT)
    assert found.message.startswith("The query fails: ")


def test_odd_characters_do_no_harm() -> None:
    found = result(b'{"a": "\\ud800\\u0000\\u202e"}', query="a", expected="x")
    assert found.message == 'The query gives "", but exactly "x" was expected.'
    assert found.facts["value"].isprintable()


def test_status_and_keyword_are_judged_as_with_http() -> None:
    found = answered(says(response(b'{"a": 1}', status="500 Oh")), query="a", expected="1")
    assert (found.ok, found.reason) == (False, Reason.STATUS)
    assert not result({"a": 1}, query="a", expected="1", keyword="b").ok
    assert result({"a": 1}, query="a", expected="1", keyword="a").ok


def test_a_body_without_end_is_cut_and_so_no_json() -> None:
    start = b'HTTP/1.1 200 OK\r\n\r\n{"a": 1, "b": "'
    found = answered(drips(start, b"." * 100_000, 0), query="a", expected="1")
    assert (found.ok, found.message) == (False, "The answer is not JSON.")


ENDLESS = "$match(a, /(a+)+$/)"
RUNAWAYS = {
    "an expression of exponential ambition in JSONPath": ("jsonpath", "$[?search(@, '(a+)+$')]"),
    "a recursion without end": ("jsonata", "($f := function($n) {$f($n)}; $f(1))"),
}
TEXT = json.dumps({"a": "a" * 50 + "b"})
TOO_LONG = "The query takes more than 2 s of processor time: make it simpler."


def test_a_query_that_does_not_end_is_stopped_and_delays_nobody() -> None:
    async def scenario() -> tuple[Result, Result]:
        async with serving(says(response(TEXT.encode()))) as server, checking() as checker:
            aim = CHECK.build({"url": server.url, "query": ENDLESS, "expected": "x"})
            endless = asyncio.create_task(checker.loop.look(CHECK, aim, 60_000))
            while not children():
                await asyncio.sleep(0.001)
            for _ in range(20):
                other = await checker.loop.look(HTTP, HTTP.build({"url": server.url}), 5_000)
                assert other.ok
                assert other.latency_ms < 1_000
            assert not endless.done()
            return await endless, await checker.loop.look(CHECK, aim, 60_000)

    first, second = asyncio.run(scenario())
    for found in (first, second):
        assert (found.ok, found.reason, found.message) == (False, Reason.CONTENT, TOO_LONG)
        assert found.latency_ms < 1_000, "what a query takes is no latency of the target"


def test_nothing_that_never_ends_goes_on() -> None:
    async def scenario() -> list[object]:
        queries = Queries()
        asked = (queries.ask(language, query, TEXT) for language, query in RUNAWAYS.values())
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert children() == set()
        await queries.close()
        return [str(each) for each in found]

    assert asyncio.run(scenario()) == [TOO_LONG] * len(RUNAWAYS)


@pytest.mark.parametrize("query", ['$pad("", 1000000000)', '$join($map([1..100], function($i) {$pad("", 9000000)}))'])
def test_a_query_that_needs_too_much_memory_is_stopped(query: str) -> None:
    found = result(DOCUMENT, query=query, expected="x")
    assert (found.ok, found.reason) == (False, Reason.CONTENT)
    assert found.message == "The query needs too much memory or nests too deeply: make it simpler."


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("($f := function($n) {$f($n) + 1}; $f(1))", b"1"),
        ("$", b"[" * 900 + b"]" * 900),
        ("**", b"[" * 500 + b"]" * 500),
    ],
)
def test_a_query_that_nests_too_deeply_is_down(query: str, body: bytes) -> None:
    found = result(body, query=query, expected="x")
    assert (found.ok, found.reason) == (False, Reason.CONTENT)


def test_a_value_that_is_too_long_is_down() -> None:
    assert "finds more than 1 MiB" in result(b"1", query='$pad("x", 2000000)', expected="x").message


def test_a_query_ends_at_the_deadline() -> None:
    found = result(TEXT.encode(), PUNCTUAL_MS, query=ENDLESS, expected="x")
    assert (found.ok, found.reason) == (False, Reason.TIMEOUT)
    assert found.message == "The query on the answer did not end within 1 s."


def test_more_queries_than_processes_wait_for_each_other() -> None:
    async def scenario() -> list[Result]:
        async with serving(says(response(b'{"a": 1}'))) as server, checking() as checker:
            aim = CHECK.build({"url": server.url, "query": "a", "expected": "1"})
            return await asyncio.gather(*(checker.loop.look(CHECK, aim, 20_000) for _ in range(40)))

    assert all(found.ok for found in asyncio.run(scenario()))


def children() -> set[int]:
    """The processes of queries that are ours."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"_query_process" in (process / "cmdline").read_bytes():
                found.add(int(process.name))
    return found


def test_the_processes_are_few_and_gone_in_the_end() -> None:
    async def scenario() -> None:
        queries = Queries()
        assert children() == set()
        await asyncio.gather(*(queries.ask("jsonata", "$", str(number)) for number in range(20)))
        assert len(children()) == PROCESSES
        await queries.close()

    asyncio.run(scenario())
    assert children() == set()


def test_a_process_that_was_killed_is_replaced() -> None:
    async def scenario() -> str:
        queries = Queries()
        await queries.ask("jsonata", "$", "1")
        for process in children():
            os.kill(process, signal.SIGKILL)
        while children():
            await asyncio.sleep(0.001)
        try:
            return str((await queries.ask("jsonata", "$", "2"))["value"])
        finally:
            await queries.close()

    assert asyncio.run(scenario()) == "2"


def test_one_large_answer_after_the_other_fits() -> None:
    """Each takes a good part of the memory that a process may have."""

    async def scenario() -> list[object]:
        queries = Queries()
        large = json.dumps([{}] * 260_000)
        found = [(await queries.ask("jsonata", f"$count($) + {number}", large))["value"] for number in range(8)]
        await queries.close()
        return found

    assert asyncio.run(scenario()) == [str(260_000 + number) for number in range(8)]


def test_one_evaluation_knows_nothing_of_another() -> None:
    async def scenario() -> list[object]:
        queries = Queries()
        query = "$seen := $exists($seen) ? $seen : $"
        found = [(await queries.ask("jsonata", f"({query}; $seen)", number))["value"] for number in ("1", "2", "3")]
        await queries.close()
        return found

    assert asyncio.run(scenario()) == ["1", "2", "3"]


def test_a_process_that_does_not_start_is_our_own_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    found = result(DOCUMENT, query="status", expected="ok")
    assert (found.ok, found.reason) == (False, Reason.INTERNAL)


def test_a_process_whose_parent_is_gone_ends_by_itself() -> None:
    script = Path(sys.modules["uptime.checks._query_process"].__file__ or "")
    process = subprocess.Popen([sys.executable, "-sP", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_the_processes_know_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")

    async def scenario() -> bytes:
        queries = Queries()
        await queries.ask("jsonata", "$", "1")
        try:
            return b"".join(Path(f"/proc/{process}/environ").read_bytes() for process in children())
        finally:
            await queries.close()

    found = asyncio.run(scenario())
    assert b"PYTHONPATH" in found
    assert b"hush" not in found


def test_a_query_that_took_too_much_is_not_tried_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        queries, greedy = Queries(), '$pad("", 1000000000)'
        with pytest.raises(CheckFailed, match="too much memory"):
            await queries.ask("jsonata", greedy, "1")
        monkeypatch.setattr(sys, "executable", "/bin/false")
        with pytest.raises(CheckFailed, match="too much memory"):
            await queries.ask("jsonata", greedy, "1")
        with pytest.raises(RuntimeError):
            await queries.ask("jsonata", "$", "1")
        await queries.close()

    asyncio.run(scenario())


REFUSED = [
    ({}, "expected", "Expected value is missing."),
    ({"expected": "5", "operator": "=~"}, "operator", "Comparison must be one of"),
    ({"expected": "many", "operator": ">"}, "expected", "The expected value must be a number to be compared by >."),
    ({"expected": "", "operator": "<="}, "expected", "The expected value must be a number"),
    ({"expected": "5", "query": "("}, "query", "The query is not valid JSONata: "),
    ({"expected": "5", "query": ""}, "query", "The query is not valid JSONata: "),
    ({"expected": "5", "query": "(" * 4_000}, "query", "The query is not valid JSONata: it nests too deeply."),
    ({"expected": "5", "query": "$[", "language": "jsonpath"}, "query", "The query is not valid JSONPath: "),
    ({"expected": "5", "query": "status == 'a'", "language": "jsonpath"}, "query", "The query is not valid JSONPath: "),
    ({"expected": "5", "language": "xpath"}, "language", "Query language must be one of jsonata, jsonpath."),
]


@pytest.mark.parametrize(("raw", "field", "message"), REFUSED)
def test_settings_that_cannot_be_used_are_refused(raw: dict[str, str], field: str, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        CHECK.build({"url": "http://a/", **raw})
    assert refused.value.field == field
    assert refused.value.message.startswith(message)


def test_no_query_whatever_makes_the_reading_fail() -> None:
    random = Random(1)
    alphabet = "$.*[]()?@'\"/\\{}:;,~^%&|<>=!-+0123456789abe \n" + string.ascii_letters[:6]
    for number in range(4_000):
        query = "".join(random.choices(alphabet, k=random.randrange(1, 30)))
        try:
            compiled(("jsonata", "jsonpath")[number % 2], query)
        except ValueError as error:
            assert str(error).startswith("The query is not valid JSON")  # noqa: PT017


def test_the_packages_are_imported_when_they_are_needed_and_leave_the_recursion_limit_alone() -> None:
    script = """
import sys
from uptime.checks import check_types
kind, limit = check_types()["json-query"], sys.getrecursionlimit()
assert not {"jsonata", "jsonpath"} & set(sys.modules)
kind.build({"url": "http://a/", "expected": "1"})
assert "jsonata" in sys.modules and "jsonpath" not in sys.modules
assert sys.getrecursionlimit() == limit
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])


def test_values_are_written_as_javascript_does() -> None:
    values = [True, 5.0, 1e20, 1.5, -0.0, 10**30, [1, {"a": None}], "zwölf", None]
    texts = ["true", "5", "100000000000000000000", "1.5", "0", "1" + "0" * 30, '[1,{"a":null}]', "zwölf", None]
    assert [written(value) for value in values] == texts
