"""Which HTTP statuses count as expected: single ones, ranges and classes."""

import re
from functools import lru_cache

ENTRY = re.compile(r"(?:([1-9])xx|([1-9][0-9]{2})(?:\s*-\s*([1-9][0-9]{2}))?)", re.ASCII | re.IGNORECASE)


@lru_cache(maxsize=1_024)
def statuses(entries: tuple[str, ...]) -> frozenset[int]:
    """The statuses that entries such as "200", "200-299" and "3xx" stand for. ValueError, with a sentence: none."""
    found: set[int] = set()
    for entry in entries:
        match = ENTRY.fullmatch(entry.strip())
        if match is None:
            raise ValueError(f'"{entry[:20]}" is no status, range of statuses or class such as 2xx.')
        kind, low, high = match.groups()
        first, last = (int(kind) * 100, int(kind) * 100 + 99) if kind else (int(low), int(high or low))
        if first > last:
            raise ValueError(f'The range "{entry[:20]}" ends before it begins.')
        found.update(range(first, last + 1))
    return frozenset(found)


def in_words(entries: tuple[str, ...]) -> str:
    """The entries as a sentence names them."""
    return entries[0] if len(entries) == 1 else f"one of {', '.join(entries)}"
