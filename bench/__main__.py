"""`make bench`: every row, with progress, as a table and as JSON. Names of parts as arguments choose some of them."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from bench import checks, serving, storing, telling
from bench.report import Progress, Row, save, table
from bench.targets import Targets, targets

RUNS = 3
NEEDED = {"nginx": "nginx", "wrk": "wrk"}

Part = Callable[[Targets], list[Row]]

PARTS: dict[str, Part] = {
    "store": lambda _: storing.rows(1_000_000, RUNS),
    "checks": lambda t: checks.end_to_end(t, RUNS),
    "lateness": lambda t: [checks.lateness(t, 0), checks.lateness(t, 100)],
    "timing": lambda _: checks.timing(RUNS),
    "status": lambda t: serving.status_requests(t, RUNS),
    "takeover": lambda t: [checks.takeover(t)],
    "memory": lambda t: [serving.memory(t)],
    "telling": lambda _: telling.changes(10_000),
    "dead": lambda _: telling.dead(10_000),
    "peers": lambda t: checks.clients(t, RUNS),
}


def main(chosen: list[str]) -> int:
    """Run the parts named, or all. Exit status 2 when a tool is missing or a name is unknown."""
    missing = [package for tool, package in NEEDED.items() if not shutil.which(tool)]
    unknown = [name for name in chosen if name not in PARTS]
    if missing or unknown:
        for package in missing:
            print(f"The benchmarks need {package}: install it with `apt-get install {package}`.")
        for name in unknown:
            print(f"There is no part called {name}. The parts are: {', '.join(PARTS)}.")
        return 2
    names = chosen or list(PARTS)
    progress, rows = Progress(len(names)), list[Row]()
    with targets() as found:
        for name in names:
            progress.step(name)
            rows += PARTS[name](found)
    print(table(rows))
    print(f"\nAs JSON: {save(rows, Path(__file__).parent / 'results')}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
