"""JSONata and JSONPath in a process of their own: queries are anybody's, and nothing else can be stopped for sure."""

import json
import os
import re
import resource
import signal
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

SECONDS = 2.0
"""Processor time that one query may take; the process ends by SIGPROF when it is over."""

MEMORY = 256 * 1024 * 1024
GROWN = 96 * 1024 * 1024
OUT_OF_MEMORY = 3
REPLY_LIMIT = 1 << 20
FRAMES = sys.getrecursionlimit()

BEGUN = b"+"
"""What is written before a query is evaluated: who is gone without it did not die of the query."""

NO_JSON = "no JSON"
"""What a reply says beside its value when the text was none, and was queried as a string."""

FAULTS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, re.error)
"""What the libraries raise, beside errors of their own, when a query does not fit its document."""

Query = Callable[[Any], Any]


@lru_cache(maxsize=1_024)
def check(language: str, query: str) -> None:
    """ValueError, with a sentence: this is no query."""
    compiled(language, query)


def compiled(language: str, query: str) -> Query:
    """What finds something in a document, None for nothing. To be used once: JSONata's remembers. ValueError."""
    return (_jsonata if language == "jsonata" else _jsonpath)(query)


def _jsonata(query: str) -> Query:
    from jsonata import Jsonata
    from jsonata.jexception import JException

    # The package raises the limit of the whole process when it is imported.
    sys.setrecursionlimit(FRAMES)

    def found(document: Any) -> Any:
        try:
            return expression.evaluate(document)
        except JException as error:
            raise ValueError(str(error)) from None

    try:
        expression = Jsonata(query)
    except (JException, *FAULTS) as error:
        raise ValueError(f"The query is not valid JSONata: {_why(error)}.") from None
    return found


def _jsonpath(query: str) -> Query:
    from jsonpath import JSONPathEnvironment, JSONPathError

    def found(document: Any) -> Any:
        try:
            values = path.findall(document)
        except JSONPathError as error:
            raise ValueError(str(error)) from None
        return values[0] if len(values) == 1 else values or None

    try:
        path = JSONPathEnvironment().compile(query)
    except (JSONPathError, *FAULTS) as error:
        raise ValueError(f"The query is not valid JSONPath: {_why(error)}.") from None
    return found


def _why(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it nests too deeply"
    return str(error).partition("\n")[0][:120].rstrip(" .:;")


def evaluate(language: str, query: str, text: str) -> dict[str, Any]:
    """What the query finds in a text: `value`, None for nothing, and whether the text was JSON; or its `fault`."""
    try:
        found = compiled(language, query)
        document, noted = _document(text)
        return {"value": written(found(document)), "note": noted}
    except FAULTS as error:
        return {"fault": _why(error)}


def _document(text: str) -> tuple[Any, str]:
    try:
        return json.loads(text, parse_constant=_refuse), ""
    except ValueError:
        return text, NO_JSON


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def written(value: Any) -> str | None:
    """A value as text, the way JavaScript writes it; what is no single value as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        value = int(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def main() -> None:
    """Answer one query after the other until nobody asks any more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A terminal's Ctrl-C is for who asks, and reaches this process too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while question := _read(source):
        asked, text = json.loads(question), (_read(source) or b"").decode()
        # Importing is no work of the query's.
        evaluate(asked["language"], "$", "0")
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        _write(sink, BEGUN)
        try:
            reply = json.dumps(evaluate(asked["language"], asked["query"], text)).encode()
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        signal.setitimer(signal.ITIMER_PROF, 0)
        if len(reply) > REPLY_LIMIT:
            reply = json.dumps({"fault": "it finds more than 1 MiB"}).encode()
        _write(sink, len(reply).to_bytes(4, "big") + reply)
        if _held() > GROWN:
            # The next query is not to pay for what this one has left behind.
            return


def _held() -> int:
    """How many bytes of memory this process holds; 0 where the system does not say."""
    # The peak of `getrusage` will not do: it begins with that of the process that made this one.
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def _read(source: IO[bytes]) -> bytes | None:
    size = source.read(4)
    return source.read(int.from_bytes(size, "big")) if len(size) == 4 else None


def _write(sink: IO[bytes], data: bytes) -> None:
    sink.write(data)
    sink.flush()


if __name__ == "__main__":
    main()
