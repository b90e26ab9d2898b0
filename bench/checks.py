"""Checks from end to end: what they cost, how late they are, how well they time their targets."""

import statistics
import time
from contextlib import ExitStack
from datetime import UTC, datetime

from bench import peers
from bench.house import House, cpu_of, house, recorded, working
from bench.processes import free_port, running, upspeak, wait_until
from bench.report import Row, median_row
from bench.targets import Targets, hanging_server, serving, slow_server
from uptime.domain.schedule import to_ms

INTERVAL, WINDOW = 5, 10.0
BUSY, BUSY_TLS, QUIET = 20_000, 6_000, 5_000
"""Monitors every 5 s: about what one processor carries, with and without TLS, and a quarter of it."""


def cost(targets: Targets, url: str, monitors: int, runs: int) -> list[float]:
    """Checks per CPU-second of one worker, checked, judged, stored and published; the store is not counted."""
    env = {"CHECK_CA_FILE": str(targets.ca), "CHECK_RESOLVERS": targets.resolver}
    with house(**env) as home:
        home.fill([f"{url}{index}" for index in range(monitors)], INTERVAL)
        with working(home) as pids:
            wait_until(lambda: recorded(home) >= monitors, 120, "every monitor checked once")
            return [_window(home, pids) for _ in range(runs)]


def _window(home: House, pids: list[int]) -> float:
    checks, spent = recorded(home), cpu_of(pids)
    time.sleep(WINDOW)
    return (recorded(home) - checks) / (cpu_of(pids) - spent)


def end_to_end(targets: Targets, runs: int) -> list[Row]:
    """Plain, by name, and with a full verified handshake, each as busy as one processor; plain with idle time too."""
    plain = cost(targets, targets.plain, BUSY, runs)
    quiet = cost(targets, targets.plain, QUIET, runs)
    named = cost(targets, targets.named, BUSY, runs)
    tls = cost(targets, targets.tls, BUSY_TLS, runs)
    what = "checks per CPU-second of the worker, fresh plain connection"
    return [
        median_row(what, plain, "/s", (">=", 5_000), _offered(BUSY)),
        median_row("the same with idle time", quiet, "/s", note=_offered(QUIET)),
        median_row("the same with names instead of addresses, cache warm", named, "/s", (">=", 3_500), _offered(BUSY)),
        median_row("the same with a full verified TLS handshake", tls, "/s", (">=", 1_300), _offered(BUSY_TLS)),
    ]


def _offered(monitors: int) -> str:
    return f"{monitors // INTERVAL:,} checks a second were due; worker and scheduler share a processor"


def clients(targets: Targets, runs: int) -> list[Row]:
    """Peers doing only the fetch, and the ratio to our whole chain is in the table's reader's hands."""
    rows = []
    axios = peers.axios_folder()
    for label, url, factor in (("plain", targets.plain, 4), ("TLS", targets.tls, 1)):
        ca = targets.ca if label == "TLS" else None
        for client, checks in (("requests", 250), ("aiohttp", 1_000)):
            samples = [peers.python_client(client, url, checks * factor, ca).per_cpu_second for _ in range(runs)]
            rows.append(median_row(f"{client} alone, {label}: checks per CPU-second", samples, "/s"))
        if axios:
            samples = [peers.axios_client(axios, url, 1_000 * factor, ca).per_cpu_second for _ in range(runs)]
            rows.append(median_row(f"axios alone, {label}: checks per CPU-second", samples, "/s"))
        found = [peers.blackbox(url, 500 * factor, ca) for _ in range(runs)]
        if all(found):
            samples = [one.per_cpu_second for one in found if one]
            rows.append(median_row(f"blackbox exporter, {label}: checks per CPU-second", samples, "/s"))
    return rows


def lateness(targets: Targets, hanging: int, seconds: int = 60) -> Row:
    """1,000 monitors every 20 s with worker and scheduler on one core; `hanging` of them hang until 10 s are over."""
    with ExitStack() as stack:
        home = stack.enter_context(house())
        dead = stack.enter_context(serving(hanging_server, free_port()))
        urls = [f"http://127.0.0.1:{dead}/{i}" if i < hanging else f"{targets.plain}{i}" for i in range(1_000)]
        ids = home.fill(urls, 20)
        stack.enter_context(working(home))
        wait_until(lambda: recorded(home) >= 1_000, 60, "every monitor checked once")
        began = datetime.now(UTC)
        time.sleep(seconds)
        beats = home.store.heartbeats.recent_many(ids, "local", datetime.now(UTC), 0, limit=10)
        late = [
            to_ms(beat.at) - beat.latency_ms - to_ms(beat.slot.planned)
            for each in beats.values()
            for beat in each
            if beat.slot.token is None and beat.slot.planned >= began
        ]
        what = "lateness p99, 1,000 monitors every 20 s on one core"
        label = f"{what}, {hanging} of them hanging" if hanging else what
        p99 = statistics.quantiles(late, n=100)[98] / 1000
        note = f"{len(late):,} heartbeats, median {statistics.median(late):.0f} ms"
        return median_row(label, [p99], "s", ("<=", 1.0), note)


def timing(runs: int) -> list[Row]:
    """64 checks at once against a target that takes 100 ms: what is reported, less the truth."""
    with serving(slow_server, free_port()) as port, house() as home:
        url = f"http://127.0.0.1:{port}/"
        ids = home.fill([f"{url}{i}" for i in range(64)], 3_600)
        ours: list[tuple[float, float]] = []
        with working(home, core=None):
            wait_until(lambda: recorded(home) >= 64, 30, "every monitor checked once")
            for _ in range(runs):
                found = home.core.checking.sweep(1, datetime.now(UTC), source="bench")
                times = tuple(item.heartbeat.latency_ms / 1000 for item in found.items if item.heartbeat)
                ours.append(peers.lateness_of(times, 0.1))
                assert len(times) == len(ids)
        rows = _timing_rows("ours", ours, goals=True)
        for client in ("requests", "aiohttp"):
            rows += _timing_rows(client, [_truth(peers.python_client(client, url, 64)) for _ in range(runs)])
        if axios := peers.axios_folder():
            rows += _timing_rows("axios", [_truth(peers.axios_client(axios, url, 64)) for _ in range(runs)])
        return rows


def _truth(cost_: peers.Cost) -> tuple[float, float]:
    return peers.lateness_of(cost_.times, 0.1)


def _timing_rows(who: str, pairs: list[tuple[float, float]], *, goals: bool = False) -> list[Row]:
    what = f"response time error at 100 ms, 64 at once, {who}"
    return [
        median_row(f"{what}: median", [pair[0] for pair in pairs], "ms", ("<=", 2.0) if goals else None),
        median_row(f"{what}: p99", [pair[1] for pair in pairs], "ms", ("<=", 10.0) if goals else None),
    ]


def takeover(targets: Targets) -> Row:
    """A worker is killed with its checks under way: how long until every one of its monitors is checked again."""
    timeout_ms = 5_000
    with ExitStack() as stack:
        home = stack.enter_context(house())
        dead = stack.enter_context(serving(hanging_server, free_port()))
        home.fill([f"http://127.0.0.1:{dead}/{i}" for i in range(50)], 3_600, timeout_ms)
        with running(upspeak("worker"), home.env) as first, running(upspeak("scheduler"), home.env):
            wait_until(lambda: home.store.workers.alive("checks", datetime.now(UTC)) == 1, 20, "the worker ready")
            time.sleep(3)
            first.kill()
            killed = time.monotonic()
            with running(upspeak("worker"), home.env):
                wait_until(lambda: recorded(home) >= 50, 60, "the orphans checked")
                # They hang until their timeout, so they began that much earlier than they were recorded.
                resumed = time.monotonic() - killed - timeout_ms / 1000
    goal = timeout_ms / 1000 + 15
    return median_row("a killed worker's checks resume (timeout 5 s)", [resumed], "s", ("<=", goal))
