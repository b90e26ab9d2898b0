"""The processes beside the web: each function blocks until SIGTERM or SIGINT and returns an exit code."""

from uptime.worker.check_worker import run_check_worker
from uptime.worker.notifier import run_notifier
from uptime.worker.tick import run_scheduler

__all__ = ["run_check_worker", "run_notifier", "run_scheduler"]
