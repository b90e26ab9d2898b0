"""What a database answered: how many rows, and the first of them."""

from collections.abc import Sequence

from uptime.checks._kind import down, up
from uptime.checks._text import said
from uptime.domain.result import Reason, Result

ROWS_LIMIT = 1_000
SHOWN = 150


class Rows:
    """The answer to a query, of which the first row is kept."""

    def __init__(self, product: str, version: str) -> None:
        self._server = f"{product} {said(version, 40)}".strip()
        self._count = 0
        self._first = ""

    def take(self, row: Sequence[object]) -> bool:
        """Whether further rows are of interest."""
        self._count += 1
        if self._count == 1:
            self._first = ", ".join(_shown(value) for value in row)
        return self._count < ROWS_LIMIT

    def judged(self, query: str, keyword: str) -> Result:
        """What the answer means for the check."""
        facts = {"server": self._server}
        if not query:
            return up(f"{self._server} answered", facts=facts)
        facts |= {"rows": str(self._count), "row": said(self._first, SHOWN)}
        shown = said(self._first, SHOWN)
        if keyword and keyword not in self._first:
            what = f"The first row is: {shown}" if self._count else "The query gave no row"
            return down(
                Reason.CONTENT, f'The text "{said(keyword, 40)}" is missing. {what}', evidence=shown, facts=facts
            )
        return up(f"First row: {shown}" if self._count else "The query gave no row", facts=facts)


def _shown(value: object) -> str:
    if value is None:
        return "NULL"
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
