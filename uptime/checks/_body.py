"""What becomes of a body while it comes in: decoded, counted, searched, kept within bounds."""

import tempfile
from typing import IO

from uptime.checks._decode import Decoder, Undecodable
from uptime.checks._text import Text

EXCERPT_BYTES = 2_000
CODED_FACTOR = 4
"""How much longer than the body limit a coded body may be: coded bytes need not yield anything."""


class Search:
    """Looks for a text in bytes that come in pieces, across the borders of pieces and characters."""

    def __init__(self, keyword: str, charset: str) -> None:
        self._keyword = keyword
        self._text = Text(charset)
        self._tail = ""
        self.found = False

    def feed(self, data: bytes, *, final: bool = False) -> bool:
        """Whether the text has been seen by now."""
        text = self._tail + self._text.feed(data, final=final)
        self.found = self.found or self._keyword in text
        self._tail = text[-(len(self._keyword) - 1) :] if len(self._keyword) > 1 else ""
        return self.found


class Memory:
    """How many bytes of bodies may be held at once, over all checks."""

    def __init__(self, limit: int) -> None:
        self._free = limit

    def take(self, size: int) -> bool:
        if size > self._free:
            return False
        self._free -= size
        return True

    def give_back(self, size: int) -> None:
        self._free += size


class Kept:
    """A body that was asked for: in memory while there is room, else in a file without a name."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._held = 0
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None

    def add(self, data: bytes) -> None:
        if self._file is None and self._memory.take(len(data)):
            self._held += len(data)
            self._pieces.append(data)
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with this object
        self._file.write(data)

    def read(self) -> bytes:
        """Everything that was kept."""
        if self._file is None:
            return b"".join(self._pieces)
        self._file.seek(0)
        return b"".join([*self._pieces, self._file.read()])

    def __del__(self) -> None:
        self._memory.give_back(self._held)
        if self._file is not None:
            self._file.close()


class BodyReader:
    """Takes a body as it comes from the wire. `size` counts decoded bytes, `coded` those before decoding."""

    __slots__ = ("_decoder", "_limit", "_search", "charset", "coded", "excerpt", "kept", "size")

    def __init__(self, limit: int, decoder: Decoder | None, charset: str, keyword: str, kept: Kept | None) -> None:
        self._limit = limit
        self._decoder = decoder
        self._search = Search(keyword, charset) if keyword else None
        self.charset = charset
        self.kept = kept
        self.size = 0
        self.coded = 0
        self.excerpt = b""

    def feed(self, data: bytes) -> bool:
        """Whether this was enough: the limit is reached or the keyword found. Undecodable: broken coding."""
        self.coded += len(data)
        if self._decoder is None:
            return self._take(data)
        if any(self._take(block) for block in self._decoder.feed(data)):
            return True
        if self.coded > CODED_FACTOR * self._limit:
            raise Undecodable
        return False

    def _take(self, data: bytes) -> bool:
        data = data[: self._limit - self.size] if self.size + len(data) > self._limit else data
        self.size += len(data)
        if len(self.excerpt) < EXCERPT_BYTES:
            self.excerpt += data[: EXCERPT_BYTES - len(self.excerpt)]
        if self.kept is not None:
            self.kept.add(data)
        found = self._search is not None and self._search.feed(data)
        return self.size >= self._limit or (found and self.kept is None)

    def finish(self) -> None:
        """The body is over. Undecodable when its coding is not."""
        if self._decoder is not None:
            self._decoder.finish()
        if self._search is not None:
            self._search.feed(b"", final=True)

    @property
    def found(self) -> bool:
        """Whether the keyword was seen."""
        return self._search is not None and self._search.found
