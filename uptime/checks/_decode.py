"""Undoing the codings of a body, piece by piece, so that no piece can grow beyond its bounds."""

import zlib
from collections.abc import Iterable, Iterator

BLOCK = 65_536
MEMBER_LIMIT = 1_000
CODING_LIMIT = 4
GZIP_MAGIC = b"\x1f\x8b"
KNOWN = frozenset({"gzip", "x-gzip", "deflate"})


class Undecodable(Exception):
    """The body is not what its Content-Encoding says."""


class Gunzip:
    """One or several gzip members, one after the other; what follows the last one is ignored."""

    def __init__(self) -> None:
        self._member: zlib._Decompress | None = None
        self._members = 0
        self._pending = b""
        self._over = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data or self._pending:
            if self._member is None:
                data = self._open(data)
            if self._member is None:
                return
            yield from _inflated(self._member, data)
            data = self._member.unused_data
            if not self._member.eof:
                return
            self._member = None

    def _open(self, data: bytes) -> bytes:
        """Begin the next member where there is one; the data it begins with."""
        data = (self._pending + data).lstrip(b"\0") if self._members else self._pending + data
        self._pending = b""
        if self._over or (len(data) < 2 and GZIP_MAGIC.startswith(data)):
            self._pending = b"" if self._over else data
            return b""
        if not data.startswith(GZIP_MAGIC):
            if not self._members:
                raise Undecodable
            self._over = True
            return b""
        self._members += 1
        if self._members > MEMBER_LIMIT:
            raise Undecodable
        self._member = zlib.decompressobj(31)
        return data

    def finish(self) -> None:
        """Undecodable when the last member is cut off."""
        if self._member is not None or (self._pending and not self._members):
            raise Undecodable


class Inflate:
    """Deflate, with its zlib header or, as some servers send it, without."""

    def __init__(self) -> None:
        self._stream: zlib._Decompress | None = None
        self._pending = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None:
            data = self._pending + data
            if len(data) < 2:
                self._pending = data
                return
            with_header = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._stream = zlib.decompressobj(15 if with_header else -15)
        if not self._stream.eof:
            yield from _inflated(self._stream, data)

    def finish(self) -> None:
        """Undecodable when the stream is cut off."""
        if self._pending if self._stream is None else not self._stream.eof:
            raise Undecodable


def _inflated(stream: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    try:
        while True:
            block = stream.decompress(data, BLOCK)
            data = stream.unconsumed_tail
            if block:
                yield block
            if stream.eof or (not data and len(block) < BLOCK):
                return
    except zlib.error:
        raise Undecodable from None


class Decoder:
    """The codings of a Content-Encoding header, undone in turn."""

    def __init__(self, codings: Iterable[str]) -> None:
        self._stages = [Inflate() if coding == "deflate" else Gunzip() for coding in codings]

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The decoded bytes, in blocks of at most 64 KiB. Undecodable: broken data."""
        return self._through(0, data)

    def _through(self, stage: int, data: bytes) -> Iterator[bytes]:
        if stage == len(self._stages):
            yield data
            return
        for block in self._stages[stage].feed(data):
            yield from self._through(stage + 1, block)

    def finish(self) -> None:
        """Undecodable when the body ended in the middle."""
        for stage in self._stages:
            stage.finish()


def decoder_for(content_encoding: str) -> Decoder | None:
    """What undoes a Content-Encoding, or None where there is nothing to undo or a coding is not ours.

    Undecodable: more codings than anybody needs.
    """
    codings = [
        coding for part in content_encoding.split(",") if (coding := part.strip().lower()) not in ("", "identity")
    ]
    if not codings or not KNOWN.issuperset(codings):
        return None
    if len(codings) > CODING_LIMIT:
        raise Undecodable
    return Decoder(reversed(codings))
