"""The process that does what need not be quick: notifications and chores, so that no check waits for them."""

import threading
from contextlib import suppress
from datetime import UTC, datetime

from uptime.config import Settings
from uptime.core import Core
from uptime.domain.errors import Unavailable
from uptime.store import Store
from uptime.store.client import Patience
from uptime.store.queue import CHORES, NOTIFY
from uptime.worker.attendant import attend
from uptime.worker.dispatcher import Dispatcher
from uptime.worker.jobs import HERE
from uptime.worker.process import open_store, process_name, sign_off
from uptime.worker.stopping import Stop

NOTIFIER = "notifier"


def run_notifier(settings: Settings, stop: Stop | None = None) -> int:
    """Do notifications and chores until SIGTERM or SIGINT; the exit code."""
    stop = stop or Stop.installed()
    store, quick = open_store(settings, Patience.WORKER), open_store(settings, Patience.WEB)
    name = process_name()
    HERE.core = Core(store, settings)
    HERE.dispatcher = Dispatcher(HERE.core.notifying)
    HERE.dispatcher.start()
    marks = threading.Thread(target=_leave_marks, args=(quick, name, stop), name="pulse", daemon=True)
    marks.start()
    attend([NOTIFY, CHORES], store.queue.connect, stop)
    HERE.dispatcher.stop(stop.left())
    marks.join()
    store.close()
    return 0


def _leave_marks(store: Store, name: str, stop: Stop) -> None:
    while not stop.asked:
        with suppress(Unavailable):
            store.workers.seen(NOTIFIER, name, datetime.now(UTC))
        stop.wait(1.0)
    sign_off(store, NOTIFIER, name)
