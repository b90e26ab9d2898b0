"""Keyword: up when a text stands in what a URL answers, or where that is asked for, when it does not."""

from dataclasses import dataclass

from uptime.checks._kind import CheckType, setting
from uptime.checks.http import HttpTarget, address, parse, run


def _some(keyword: str) -> str:
    if not keyword:
        raise ValueError("The keyword is empty: say which text the answer must or must not hold.")
    return keyword


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordTarget(HttpTarget):
    """What is asked, and the text that the answer must hold, or with `keyword_absent` must not."""

    keyword: str = setting("Keyword", limit=1_024, check=_some)


CHECK = CheckType("keyword", "HTTP(S) keyword", KeywordTarget, run, address, parse, ())
