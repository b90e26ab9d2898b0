"""One web process: gunicorn's worker without its arbiter, since a supervisor or the system starts it again."""

import logging
import os
import resource
import socket
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from uptime.config import ConfigError, Settings
from uptime.server.gateway import Gateway

BACKLOG = 2_048

KEEPALIVE = 75
"""Seconds a connection waits for its next request: longer than proxies keep theirs, or they meet a closing door."""

STOP_SECONDS = 5
"""What requests under way have when we stop; open streams are cut then."""

SPARE_FILES = 256
CONNECTIONS = 8_192


class Log(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's messages in our log; no line for each request."""

    def setup(self, cfg: Config) -> None:
        self.error_log = logging.getLogger(__name__)

    def access(self, *_: Any) -> None:
        """Nothing."""


class Alone(Gateway):
    """The worker without an arbiter above it."""

    def is_parent_alive(self) -> bool:
        return True

    def handle_quit(self, sig: int, frame: Any) -> None:
        self.handle_exit(sig, frame)


class Loaded:
    """What a worker takes for gunicorn's application."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def wsgi(self) -> Any:
        # Only here, so that commands which serve nothing do not load every page.
        from uptime.web import create_app

        return create_app(self._settings)


def listener(settings: Settings) -> socket.socket:
    """A socket that listens where the settings say. ConfigError where that is not possible."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except socket.gaierror as error:
        raise ConfigError(f"HOST {settings.host} cannot be resolved: {error.strerror}.") from None
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise ConfigError(f"{settings.host} port {settings.port}: {why}. Set HOST or PORT.") from None


def serve(settings: Settings, listening: socket.socket) -> int:
    """Answer requests until SIGTERM or SIGINT; the exit code. The process should end then: streams may be open."""
    Alone(0, os.getppid(), [listening], Loaded(settings), 0, _config(settings), Log(Config())).init_process()
    return 0


def _config(settings: Settings) -> Config:
    config = Config()
    options = {
        "threads": settings.web_threads,
        "worker_connections": max(settings.web_threads + 64, min(CONNECTIONS, _open_files() - SPARE_FILES)),
        "keepalive": KEEPALIVE,
        "graceful_timeout": STOP_SECONDS,
        # Whom to believe is decided by TRUSTED_PROXIES alone.
        "forwarded_allow_ips": "",
        "limit_request_line": 8_190,
    }
    for name, value in options.items():
        config.set(name, value)
    return config


def _open_files() -> int:
    """How many files this process may open, after asking for as many as it can get."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if hard != resource.RLIM_INFINITY else 65_536
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)
