"""The head of a response as it comes line by line: what is a status line, what ends a block, how much is too much."""

import re
from collections.abc import Iterable
from functools import lru_cache

HEADER_LIMIT = 256 * 1024
INTERIM_LIMIT = 20
LONGEST = 2**63 - 1
SWITCHING_PROTOCOLS = 101
LINE_FEED = 10
FOLDING = b" \t"
SHORT_LINE = 128
BODILESS = frozenset({204, 304})

STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: ([^\r\n]*))?\r?\n")
LENGTH = re.compile(r"[0-9]{1,19}", re.ASCII)


class Malformed(Exception):
    """What came is no HTTP response. Its text completes the sentence "The answer is not valid HTTP: ..."."""


class Head:
    """The head of one response. `complete` only after the empty line of its final block."""

    __slots__ = ("_interims", "_lines", "_size", "_values", "complete", "fields", "reason", "status")

    def __init__(self) -> None:
        self.status = 0
        self.reason = ""
        self.fields: tuple[tuple[str, str], ...] = ()
        self.complete = False
        self._values: dict[str, str] = {}
        self._lines: list[bytes] = []
        self._size = 0
        self._interims = 0

    def take(self, line: bytes) -> bool:
        """One line; whether the head is complete with it. Malformed: it cannot be part of a response."""
        length = len(line)
        self._size += length
        if self._size > HEADER_LIMIT:
            raise Malformed(f"its header is longer than {HEADER_LIMIT // 1024} KiB")
        if line[-1] != LINE_FEED:
            raise Malformed("its header ends in the middle of a line")
        if self.complete:
            return False
        if not self.status:
            self._begin(line)
        elif length > 2 or line.strip(b"\r\n"):
            self._lines.append(line)
        else:
            return self._end()
        return False

    @property
    def begun(self) -> bool:
        """Whether anything has come at all."""
        return self._size > 0

    def _begin(self, line: bytes) -> None:
        found = STATUS_LINE.fullmatch(line)
        if found is None:
            raise Malformed("its status line is malformed")
        self.status = int(found[1])
        self.reason = (found[2] or b"").decode("latin-1").strip()

    def _end(self) -> bool:
        if self.status < 200 and self.status != SWITCHING_PROTOCOLS:
            self._interims += 1
            if self._interims > INTERIM_LIMIT:
                raise Malformed(f"it sent more than {INTERIM_LIMIT} interim responses")
            self.status = 0
            self._lines.clear()
            return False
        self.fields = tuple(_fields(self._lines))
        for name, value in self.fields:
            self._values[name] = f"{self._values[name]}, {value}" if name in self._values else value
        self.complete = True
        return True

    def value(self, name: str) -> str:
        """All values of a header, its name in lower case, joined by commas; "" when there is none."""
        return self._values.get(name, "")

    def announced(self) -> int | None:
        """The length of the body, where one is announced that counts. Malformed: no such number."""
        said = self.value("content-length")
        if not said or self.value("transfer-encoding"):
            return None
        lengths = {part.strip().lstrip("0") or "0" for part in said.split(",")}
        if len(lengths) > 1:
            raise Malformed("it announces two different lengths")
        digits = lengths.pop()
        if not LENGTH.fullmatch(digits) or int(digits) > LONGEST:
            raise Malformed("the length it announces is no length")
        return int(digits)


def _fields(lines: Iterable[bytes]) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for line in lines:
        if line[0] in FOLDING and fields:
            name, value = fields.pop()
            fields.append((name, f"{value} {line.decode('latin-1').strip()}"))
        else:
            fields.append(_short_field(line) if len(line) <= SHORT_LINE else _field(line))
    return fields


def _field(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.strip().lower(), value.strip()


# Most servers send the same few lines with every answer. Long ones are not kept, so that this stays small.
_short_field = lru_cache(maxsize=4_096)(_field)
