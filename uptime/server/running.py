"""Everything with one command: which parts there are, and what is printed at the start."""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

from uptime import __version__, web
from uptime.config import ConfigError, Settings
from uptime.core import Core
from uptime.domain.errors import Unavailable
from uptime.server import logs
from uptime.server.demo import Demo
from uptime.server.first_start import FirstStart
from uptime.server.serving import listener, serve
from uptime.worker import run_check_worker, run_notifier, run_scheduler
from uptime.worker.embedded import CannotRun, Embedded
from uptime.worker.supervisor import Main, Supervisor

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


def run_everything(settings: Settings, *, reload: bool, demo: bool) -> int:
    """Start all parts in the foreground and keep them alive; the exit code. ConfigError."""
    if settings.serverless:
        raise ConfigError("SERVERLESS is set: there is nothing to run but the web. Unset it, or use `web`.")
    listening = listener(settings)
    settings = replace(settings, port=listening.getsockname()[1])
    targets = Demo() if demo else None
    mains: dict[str, Callable[[], int]] = {
        "web": lambda: serve(settings, listening),
        "worker": lambda: run_check_worker(settings),
        "notifier": lambda: run_notifier(settings),
        "scheduler": lambda: run_scheduler(settings),
    }
    if targets is not None:
        mains["demo"] = targets.serve
    parts = {name: _named(name, main, settings) for name, main in mains.items()}
    embedded = Embedded(settings.data_dir) if settings.redis_url is None else None
    make, changed = Make(), Watch() if reload else None
    try:
        code = Supervisor(parts, embedded).run(
            lambda: _begin(settings, targets), lambda: make.stopped() or (changed is not None and changed())
        )
    except CannotRun as error:
        raise ConfigError(str(error)) from None
    if changed is not None and changed.seen:
        listening.close()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - what was started before
    return code


def _named(name: str, main: Main, settings: Settings) -> Main:
    def run() -> int:
        logs.to_stderr(name, settings.log_level)
        return main()

    return run


def _begin(settings: Settings, targets: Demo | None) -> int:
    """The first start, in a process of its own, and the banner."""
    store = web.open_store(settings)
    core = Core(store, settings)
    try:
        FirstStart(core, store, settings).attempt()
        if targets is not None:
            targets.seed(core)
        steps = _next_step(core, settings)
    except ConfigError as error:
        click.echo(f"Error: {error}", err=True)
        return 1
    except Unavailable as error:
        steps = f"{error.message} Everything goes on by itself once it is there."
    store.close()
    click.echo(_banner(settings, steps))
    return 0


def _banner(settings: Settings, steps: str) -> str:
    data = "the store of REDIS_URL" if settings.redis_url else str(settings.data_dir.absolute())
    lines = {"Address": _address(settings), "Data": data, "Next": steps, "Stop": "Ctrl-C"}
    return "\n".join([f"Upspeak {__version__}", *(f"  {name:<8} {text}" for name, text in lines.items())])


def _address(settings: Settings) -> str:
    host = ANYWHERE.get(settings.host, f"[{settings.host}]" if ":" in settings.host else settings.host)
    return settings.public_url or f"http://{host}:{settings.port}"


def _next_step(core: Core, settings: Settings) -> str:
    """Where to go now. Unavailable."""
    if not core.users.is_set_up():
        return f"open {_address(settings)}/setup?token={core.users.setup_token()}"
    return f"open {_address(settings)}/admin and log in as {settings.admin_username}"


class Make:
    """Notices that the `make` above us was told to stop: it hands SIGTERM down to its children, but not SIGINT."""

    def __init__(self) -> None:
        self._pid = os.getppid()
        self._is_above = self._read("comm").strip() in ("make", "gmake") and self._catches()

    def stopped(self) -> bool:
        """Whether it has seen SIGINT, after which it catches that no more, or is gone."""
        return self._is_above and (os.getppid() != self._pid or not self._catches())

    def _catches(self) -> bool:
        caught = next((line for line in self._read("status").splitlines() if line.startswith("SigCgt:")), "SigCgt: 0")
        return bool(int(caught.split()[1], 16) >> (signal.SIGINT - 1) & 1)

    def _read(self, name: str) -> str:
        try:
            return Path(f"/proc/{self._pid}/{name}").read_text()
        except OSError:
            return ""


class Watch:
    """Tells whether a file of the program has changed since the start."""

    FOLDERS = ("uptime", "templates")

    def __init__(self) -> None:
        self._newest = self._look()
        self.seen = False

    def __call__(self) -> bool:
        self.seen = self._look() > self._newest
        return self.seen

    def _look(self) -> float:
        files = (path for folder in self.FOLDERS for path in (web.ROOT / folder).rglob("*") if _is_source(path))
        return max(path.stat().st_mtime for path in files)


def _is_source(path: Path) -> bool:
    return path.suffix in (".py", ".html", ".lua") and path.is_file()
