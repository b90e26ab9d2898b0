"""The process that makes checks: RQ brings batches, the loop runs them, the recorder writes what they found."""

import gc
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace

from uptime.config import Settings
from uptime.core import Core
from uptime.core.engine import engine_settings
from uptime.core.recording import Recording
from uptime.core.runner import Runner, Task
from uptime.domain.errors import Unavailable
from uptime.store import Store
from uptime.store.client import Patience
from uptime.store.queue import CHECKS
from uptime.worker.attendant import attend
from uptime.worker.desk import Desk
from uptime.worker.jobs import HERE
from uptime.worker.process import open_store, process_name
from uptime.worker.pulse import Pulse
from uptime.worker.recorder import Recorder
from uptime.worker.stopping import Stop

log = logging.getLogger(__name__)

SWITCH_INTERVAL = 0.0005
"""Seconds after which a busy thread lets the check loop run: its clock measures other people's servers."""

GARBAGE_THRESHOLDS = 50_000, 20, 50
"""Objects until a look for cycles: what checks leave behind has none, and each look stops every clock."""

FLUSH = 1.0
"""Seconds the recorder has for what is left when the process stops."""


def run_check_worker(settings: Settings, stop: Stop | None = None) -> int:
    """Make checks until SIGTERM or SIGINT; the exit code. Running checks get 8 s then."""
    stop = stop or Stop.installed()
    sys.setswitchinterval(SWITCH_INTERVAL)
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    store, quick = open_store(settings, Patience.WORKER), open_store(settings, Patience.WEB)
    recorder = Recorder(Recording(store))
    desk = Desk(Runner(replace(engine_settings(settings), watch_line=True), recorder.put))
    pulse = Pulse(process_name(), quick, desk, recorder, stop)
    HERE.core, HERE.desk, HERE.continuity = Core(store, settings), desk, pulse.continuity
    for part in (recorder, desk, pulse):
        part.start()
    attend([CHECKS], store.queue.connect, stop, lambda: desk.full)
    pulse.join()
    _hand_back(quick, desk.stop(stop.left()))
    recorder.stop(FLUSH)
    quick.close()
    store.close()
    return 0


def _hand_back(store: Store, unmade: Sequence[Task]) -> None:
    claims = [task.claim for task in unmade if task.claim is not None]
    try:
        store.due.release(claims)
    except Unavailable as error:
        log.warning("%d checks could not be handed back: %s", len(claims), error.message)
