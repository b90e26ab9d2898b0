"""JSON query: up when what JSONata or JSONPath finds in a JSON answer compares with a value as expected."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uptime.checks._kind import CheckType, down, setting, up
from uptime.checks._query_process import NO_JSON, check
from uptime.checks._text import printed
from uptime.checks.http import HttpTarget, address, asked, parse
from uptime.domain.errors import Invalid
from uptime.domain.result import Reason, Result

if TYPE_CHECKING:
    from uptime.checks._net import Net

LANGUAGES = ("jsonata", "jsonpath")
TEXTS: dict[str, Callable[[Any, Any], bool]] = {"==": operator.eq, "!=": operator.ne, "contains": operator.contains}
NUMBERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
WORDS = {
    "==": "exactly",
    "!=": "anything but",
    "contains": "something that contains",
    "<": "less than",
    "<=": "at most",
    ">": "more than",
    ">=": "at least",
}
NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?\s*", re.ASCII | re.IGNORECASE)
SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonQueryTarget(HttpTarget):
    """What is asked, what is looked for in the answer, and what that must be."""

    language: str = setting("Query language", default="jsonata", choices=LANGUAGES)
    query: str = setting("Query", default="$", limit=4_096, lines=True)
    operator: str = setting("Comparison", default="==", choices=tuple(WORDS), help="<, <=, > and >= compare numbers")
    expected: str = setting("Expected value", limit=4_096, lines=True)

    def __post_init__(self) -> None:
        must_compare(self.language, self.query, self.operator, self.expected)


def must_compare(language: str, query: str, how: str, expected: str) -> None:
    """Invalid: the query is none, or the numbers to compare are none."""
    if how in NUMBERS and not NUMBER.fullmatch(expected):
        raise Invalid("expected", f"The expected value must be a number to be compared by {how}.")
    try:
        check(language, query)
    except ValueError as error:
        raise Invalid("query", str(error)) from None


async def run(target: JsonQueryTarget, net: "Net") -> Result:
    answer = await asked(target, net, keep_body=True)
    found = await net.query_document(target.language, target.query, answer.text())
    return judged(found, target.operator, target.expected, answer.excerpt, status_code=answer.status)


def judged(found: Mapping[str, Any], how: str, expected: str, text: str, **seen_with: Any) -> Result:
    """What it means that a query found this in a text."""
    shown = {"evidence": text} | seen_with
    if fault := found.get("fault"):
        return down(Reason.CONTENT, f"The query fails: {printed(fault, 120)}.", **shown)
    value = found["value"]
    if value is None:
        what = "The answer is not JSON" if found["note"] == NO_JSON else "The query finds nothing in the answer"
        return down(Reason.CONTENT, f"{what}.", **shown)
    seen = f'The query gives "{printed(value, SHOWN)}"'
    facts = {"value": printed(value, 200)}
    if compares(value, how, expected):
        return up(seen, facts=facts, **seen_with)
    wanted = f'{WORDS[how]} "{printed(expected, SHOWN)}"'
    return down(Reason.CONTENT, f"{seen}, but {wanted} was expected.", facts=facts, **shown)


def compares(value: str, how: str, expected: str) -> bool:
    """Whether the comparison holds. What is no number is neither less nor more than anything."""
    if how in TEXTS:
        return TEXTS[how](value, expected)
    return bool(NUMBER.fullmatch(value)) and NUMBERS[how](float(value), float(expected))


CHECK = CheckType("json-query", "JSON query", JsonQueryTarget, run, address, parse, ())
