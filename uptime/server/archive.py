"""The file of a backup: gzip, a header as JSON in the first line, then a line for each key.

A line is `{"key", "type", "value"}`, and `"expires"` in ms since 1970 where the key expires. Bytes stand as UTF-8; what
is no UTF-8 stands as the lone surrogates U+DC80 to U+DCFF, one for each byte, which JSON escapes. The header holds the
SHA-256 of itself without that and of every line after it.
"""

import gzip
import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from uptime import __version__
from uptime.domain.errors import Invalid
from uptime.store.backups import Entry, Kind

FORMAT, VERSION = "upspeak-backup", 1
LONGEST_HEADER = 65_536
LEVEL = 6

Step = Callable[[int], None]
"""Told of so many further keys."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line says. `counts` are keys by their type, and how many monitors and heartbeats there are."""

    at: datetime
    counts: Mapping[str, int]
    program: str = __version__
    version: int = VERSION

    @property
    def keys(self) -> int:
        """How many lines follow."""
        return sum(self.counts.get(kind.value, 0) for kind in Kind)

    def plain(self) -> dict[str, Any]:
        """The header as it is written, without its digest."""
        at = self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        facts = {"format": FORMAT, "version": self.version, "program": self.program, "at": at}
        return facts | {"counts": dict(self.counts)}


@dataclass(slots=True)
class _Counted:
    """Counts and digests lines on their way."""

    counts: dict[str, int] = field(default_factory=lambda: {"monitors": 0, "heartbeats": 0})
    digest: Any = field(default_factory=hashlib.sha256)

    def add(self, entry: Entry, line: bytes) -> None:
        """Take in one key and the line it is written as."""
        self.digest.update(line)
        self.counts[entry.kind.value] = self.counts.get(entry.kind.value, 0) + 1
        self.counts["monitors"] += entry.key.endswith(b"}:monitor")
        self.counts["heartbeats"] += len(entry.value) if b":beats:" in entry.key else 0


def write(path: Path, entries: Iterable[Entry], at: datetime) -> Header:
    """Write a backup, which takes its name only when it is complete. OSError."""
    with _new_file(path) as whole, tempfile.TemporaryFile(dir=path.parent) as body:
        counted = _Counted()
        with gzip.GzipFile(fileobj=body, mode="wb", compresslevel=LEVEL, mtime=0) as packed:
            for entry in entries:
                line = _written(entry)
                counted.add(entry, line)
                packed.write(line)
        header = Header(at, counted.counts)
        plain = header.plain()
        sealed = plain | {"sha256": _seal(plain, counted.digest.hexdigest())}
        # Two members of gzip one after the other read as one: the header can be written when all is known.
        with gzip.GzipFile(fileobj=whole, mode="wb", compresslevel=LEVEL, mtime=0) as packed:
            packed.write(_json(sealed))
        body.seek(0)
        shutil.copyfileobj(body, whole)
    return header


def verified(path: Path, step: Step) -> Header:
    """What the file says of itself, after every line of it was read. Invalid: it is not whole, or not ours."""
    with _opened(path) as (header, digest, lines):
        counted = _Counted()
        for line in lines:
            counted.add(_read(line), line)
            step(1)
        if counted.counts != header.counts or _seal(header.plain(), counted.digest.hexdigest()) != digest:
            raise Invalid("file", f"{path} was altered or cut off: its contents are not what its header says.")
        return header


def entries(path: Path) -> Iterator[Entry]:
    """The keys of a backup that was verified."""
    with _opened(path) as (_, _, lines):
        yield from map(_read, lines)


def head(path: Path) -> Header:
    """What the first line says, unverified. Invalid: this is no backup, or one of a newer version."""
    with _opened(path) as (header, _, _):
        return header


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Header, str, Iterator[bytes]]]:
    try:
        with gzip.open(path) as file:
            header, digest = _header(path, file.readline(LONGEST_HEADER))
            yield header, digest, iter(cast(BinaryIO, file))
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise Invalid("file", f"{path} is cut off or damaged, or is no backup.") from None


def _header(path: Path, line: bytes) -> tuple[Header, str]:
    try:
        raw = json.loads(line)
        if raw["format"] != FORMAT:
            raise ValueError
        version, digest, at = int(raw["version"]), str(raw["sha256"]), datetime.fromisoformat(raw["at"])
        counts = {str(name): int(count) for name, count in raw["counts"].items()}
        header = Header(at.astimezone(UTC), counts, str(raw["program"]), version)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Invalid("file", f"{path} is no backup of Upspeak.") from None
    if header.version > VERSION:
        raise Invalid(
            "file", f"{path} was written by Upspeak {header.program}, which is newer. Update, then try again."
        )
    return header, digest


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that only we can read, beside the place it goes to when the block ends well."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _seal(plain: Mapping[str, Any], digest: str) -> str:
    return hashlib.sha256(_json(plain) + digest.encode()).hexdigest()


def _written(entry: Entry) -> bytes:
    expires = {} if entry.expires_ms is None else {"expires": entry.expires_ms}
    return _json({"key": _text(entry.key), "type": entry.kind.value, "value": _text(entry.value), **expires})


def _read(line: bytes) -> Entry:
    try:
        raw = json.loads(line)
        kind = Kind(raw["type"])
        expires = raw.get("expires")
        return Entry(_bytes(raw["key"]), kind, _bytes(raw["value"]), None if expires is None else int(expires))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Invalid("file", "A line of the backup cannot be understood: the file was altered.") from None


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return [_text(part) for part in value] if isinstance(value, list | tuple) else value


def _bytes(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    return [_bytes(part) for part in value] if isinstance(value, list) else value


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
