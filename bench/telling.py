"""Telling people: from changes on record to messages that have arrived, and what many dead targets cost meanwhile."""

import json
import resource
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bench.house import House, house
from bench.processes import free_port, memory_mib, running, upspeak, wait_until
from bench.report import Row, median_row
from bench.targets import hanging_server, serving
from uptime.domain.channel import ChannelDraft
from uptime.domain.heartbeat import UNCHECKED, Slot, Tolerance, judge
from uptime.domain.monitor import LOCAL
from uptime.domain.result import Phases, Reason, Result
from uptime.store.heartbeats import Record

BATCH = 500
PATIENCE = 300.0
"""Seconds until a measurement is given up."""


class Sink:
    """A webhook that notes the events it was told of."""

    def __init__(self) -> None:
        self.events: set[str] = set()
        self.messages = 0
        self.url = ""

    def take(self, body: bytes) -> None:
        told = json.loads(body)
        self.messages += 1
        self.events.update([line["event"] for line in told["lines"]] or [told["event"]])


@contextmanager
def listening() -> Iterator[Sink]:
    """A sink on a port of its own."""
    sink = Sink()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sink.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    sink.url = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()


def changes(count: int) -> list[Row]:
    """So many monitors go down at once: until the last of it has arrived, in messages that tell of many each."""
    with ExitStack() as stack:
        home = stack.enter_context(house(OUTBOUND_ALLOW="127.0.0.0/8"))
        sink = stack.enter_context(listening())
        home.core.channels.add(1, ChannelDraft("bench", "webhook", {"url": sink.url}), datetime.now(UTC))
        ids = home.fill([f"http://127.0.0.1:9/{index}" for index in range(count)], 3_600)
        stack.enter_context(running(upspeak("notifier"), home.env, log=home.folder / "notifier.log"))
        wait_until(lambda: home.store.workers.alive("notifier", datetime.now(UTC)) > 0, 20, "the notifier ready")
        began = time.monotonic()
        _take_down(home, ids)
        recorded = time.monotonic() - began
        wait_until(lambda: len(sink.events) >= count, PATIENCE, "every change told")
        seconds = time.monotonic() - began
        note = f"{sink.messages} messages; recording them took {recorded:.1f} s of it"
    what = f"{count:,} changes at once, from the record to the last message"
    return [
        median_row(what, [seconds], "s", note=note),
        median_row("the same as a rate", [count / seconds], "/s"),
    ]


def _take_down(home: House, ids: Sequence[int]) -> None:
    """Put a failed check of each on record, as the recorder of a worker does."""
    for first in range(0, len(ids), BATCH):
        now = datetime.now(UTC)
        batch = ids[first : first + BATCH]
        home.store.heartbeats.record([_down(monitor_id, now) for monitor_id in batch])
        home.store.outbox.index.call(batch, now)
        home.store.queue.enqueue_notify()


def _down(monitor_id: int, now: datetime) -> Record:
    seen = Result(False, "Expected 200, got 503", 12.0, Reason.STATUS, 503, Phases(1.0, 2.0, 3.0, 5.0, 1.0))
    verdict = judge(seen, UNCHECKED, Tolerance(), Slot(now), now, f"{monitor_id}-{LOCAL}")
    return Record(monitor_id, LOCAL, 3_600, 86_400, verdict, UNCHECKED.version, UNCHECKED.status)


def dead(count: int, timeout_ms: int = 5_000) -> list[Row]:
    """A sweep over services none of which ever answers, all of them under way at once in one worker."""
    _allow_files(count + 1_000)
    with ExitStack() as stack:
        home = stack.enter_context(house(CHECK_CONCURRENCY=str(count)))
        silent = stack.enter_context(serving(hanging_server, free_port()))
        home.fill([f"http://127.0.0.1:{silent}/{index}" for index in range(count)], 86_400, timeout_ms)
        worker = stack.enter_context(running(upspeak("worker"), home.env, log=home.folder / "worker.log"))
        wait_until(lambda: home.store.workers.alive("checks", datetime.now(UTC)) == 1, 20, "the worker ready")
        rest = memory_mib([worker.pid])
        with _watching(worker.pid) as most:
            swept = home.core.checking.sweep(1, datetime.now(UTC), source="bench")
        down = sum(item.heartbeat.reason is Reason.TIMEOUT for item in swept.items)
    note = f"{rest:.0f} MiB at rest; {down:,} timed out, via {swept.via}"
    what = f"memory of the worker, {count:,} services that all time out at {timeout_ms // 1000} s"
    return [
        median_row(what, [max(most)], "MiB", ("<=", 600), note),
        median_row("the same: one sweep over them", [swept.duration_ms / 1000], "s"),
    ]


@contextmanager
def _watching(pid: int) -> Iterator[list[float]]:
    """The memory of a process, four times a second."""
    found, over = [memory_mib([pid])], threading.Event()

    def look() -> None:
        while not over.wait(0.25):
            found.append(memory_mib([pid]))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def _allow_files(count: int) -> None:
    """Let this process and its children open so many files. ValueError: the system does not allow it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(hard, count)))
