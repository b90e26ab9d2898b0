"""The log: one line for each entry, with the time in UTC; line breaks inside an entry are escaped."""

import logging
import sys
import time

FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(part)s: %(message)s"

QUIET = {"rq": logging.WARNING, "rq.worker": logging.WARNING, "urllib3": logging.WARNING, "gunicorn": logging.WARNING,
         "asyncio": logging.WARNING, "flask-limiter": logging.ERROR}  # fmt: skip
"""Libraries that tell more than anybody wants to read."""

ESCAPED = {code: f"\\x{code:02x}" for code in (*range(32), 127, 0x85)} | {
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


class OneLine(logging.Formatter):
    """An entry as one line, traces included."""

    converter = staticmethod(time.gmtime)

    def __init__(self, part: str) -> None:
        super().__init__(FORMAT, "%Y-%m-%dT%H:%M:%S", defaults={"part": part})

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).translate(ESCAPED)


def to_stderr(part: str, level: str) -> None:
    """Log everything from `level` on to the standard error; `part` names the process in each line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine(part))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, lowest in QUIET.items():
        logging.getLogger(name).setLevel(max(lowest, root.level))
