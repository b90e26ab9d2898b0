"""One entry is one line, whatever somebody managed to put into it."""

import logging
import re

from uptime.server.logs import OneLine


def line(message: str, *args: object, **record: object) -> str:
    made = logging.LogRecord("uptime.web", logging.INFO, "here.py", 1, message, args, None)
    for name, value in record.items():
        setattr(made, name, value)
    return OneLine("web").format(made)


def test_a_line_begins_with_the_time_in_utc() -> None:
    assert line("Hello %s", "there", created=0.25, msecs=250.0) == "1970-01-01T00:00:00.250Z INFO web: Hello there"


def test_what_could_begin_a_new_line_or_paint_the_terminal_is_escaped() -> None:
    written = line("%s", "a\nb\rc\u2028d\x1b[31m\x00\x85")
    assert written.endswith(r"a\nb\rc\u2028d\x1b[31m\x00\x85")
    assert len(written.splitlines()) == 1


def test_a_trace_is_part_of_its_line() -> None:
    try:
        raise ValueError("inner")
    except ValueError as error:
        written = line("failed", exc_info=(ValueError, error, error.__traceback__))
    assert len(written.splitlines()) == 1
    assert re.search(r"failed\\nTraceback .*ValueError: inner", written)
