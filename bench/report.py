"""Rows of figures as they come, a table at the end, and the same as JSON."""

import json
import platform
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One figure. `goal` is a bound in words; `samples` are the single runs behind the median."""

    what: str
    value: float
    unit: str
    goal: str = ""
    met: bool | None = None
    samples: tuple[float, ...] = ()
    note: str = ""


def median_row(
    what: str, samples: list[float], unit: str, goal: tuple[str, float] | None = None, note: str = ""
) -> Row:
    """The median of several runs, beside its goal: `(">=", 5000)` or `("<=", 1)`."""
    value = statistics.median(samples)
    if goal is None:
        return Row(what, value, unit, samples=tuple(samples), note=note)
    sign, bound = goal
    met = value >= bound if sign == ">=" else value <= bound
    return Row(what, value, unit, f"{sign} {bound:,g}", met, tuple(samples), note)


class Progress:
    """One line that says what is being measured and for how long."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.began = total, 0, time.monotonic()

    def step(self, name: str) -> None:
        self.done += 1
        elapsed = time.monotonic() - self.began
        sys.stderr.write(f"[{self.done}/{self.total}] {elapsed:5.0f} s  {name}\n")
        sys.stderr.flush()


def table(rows: list[Row]) -> str:
    """The rows for people."""
    lines = [f"{'what':<74} {'median':>12} {'unit':<10} {'goal':<12} met", "-" * 114]
    for row in rows:
        met = {None: "", True: "yes", False: "NO"}[row.met]
        lines.append(f"{row.what:<74} {row.value:>12,.4g} {row.unit:<10} {row.goal:<12} {met}".rstrip())
        if row.note:
            lines.append(f"    {row.note}")
    return "\n".join(lines)


def save(rows: list[Row], folder: Path) -> Path:
    """The rows for programs, in a file named after the moment."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    path = folder / f"{now:%Y%m%dT%H%M%SZ}.json"
    machine = {"python": platform.python_version(), "machine": platform.machine(), "processors": _processors()}
    path.write_text(
        json.dumps({"at": now.isoformat(), "machine": machine, "rows": [asdict(r) for r in rows]}, indent=1)
    )
    return path


def _processors() -> int:
    return Path("/proc/cpuinfo").read_text().count("processor\t")
