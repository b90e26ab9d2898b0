"""The commands: `python -m uptime …`, and the same under `flask --app wsgi …`."""

import os
import sys

import click

from uptime.server.command_line import begin, command, main
from uptime.server.commands import backup as backup
from uptime.server.commands import check as check
from uptime.server.commands import doctor as doctor
from uptime.server.commands import keys as keys
from uptime.server.commands import monitors as monitors
from uptime.server.commands import ping as ping
from uptime.server.commands import users as users

__all__ = ["main"]


@command(main, "run")
@click.option("--reload", is_flag=True, help="Start anew when a file of the program changes.")
@click.option("--demo", is_flag=True, help="Add three monitors, of something up, down and flapping, and their targets.")
def run(reload: bool, demo: bool) -> int:
    """Start everything: store, web, check worker, notifier, scheduler."""
    from uptime.server.running import run_everything

    return run_everything(begin("run"), reload=reload, demo=demo)


@command(main, "web")
def web() -> int:
    """Answer requests: pages and API."""
    from uptime.server.serving import listener, serve

    settings = begin("web")
    code = serve(settings, listener(settings))
    sys.stderr.flush()
    # Open event streams hold threads, for which Python would wait.
    os._exit(code)


@command(main, "worker")
def worker() -> int:
    """Make checks."""
    from uptime.worker import run_check_worker

    return run_check_worker(begin("worker"))


@command(main, "notifier")
def notifier() -> int:
    """Send notifications and do chores."""
    from uptime.worker import run_notifier

    return run_notifier(begin("notifier"))


@command(main, "scheduler")
def scheduler() -> int:
    """Hand out the checks that are due."""
    from uptime.worker import run_scheduler

    return run_scheduler(begin("scheduler"))
