"""Something to look at while developing: three targets, of which one is up, one down, and one flaps."""

import logging
import socket
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from uptime.core import Core
from uptime.domain.errors import Conflict
from uptime.domain.monitor import MonitorDraft
from uptime.domain.user import FIRST_ACCOUNT

log = logging.getLogger(__name__)

FLAP_SECONDS = 45

MONITORS = {"Always up": "up", "Always down": "down", "Flapping": "flapping"}


class Demo:
    """The targets on a port of their own, and the monitors that watch them."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port = int(self._listener.getsockname()[1])

    def seed(self, core: Core) -> None:
        """Make the three monitors, or point them to where their targets are now. Unavailable."""
        now = datetime.now(UTC)
        for name, path in MONITORS.items():
            url = f"http://127.0.0.1:{self._port}/{path}"
            draft = MonitorDraft(name, "http", {"url": url}, interval=10)
            try:
                core.monitors.add(FIRST_ACCOUNT, draft, now, unique_name=True)
            except Conflict:
                before = core.monitors.by_name(FIRST_ACCOUNT, name)
                core.monitors.replace(FIRST_ACCOUNT, before.id, draft, now)

    def serve(self) -> int:
        """Answer until the process is told to end."""
        server = ThreadingHTTPServer(("127.0.0.1", self._port), Target, bind_and_activate=False)
        server.socket.close()
        server.socket = self._listener
        server.serve_forever()
        return 0


class Target(BaseHTTPRequestHandler):
    """Answers as its path says."""

    def do_GET(self) -> None:
        flapping = self.path == "/flapping" and int(time.time() / FLAP_SECONDS) % 2
        self.send_response(503 if self.path == "/down" or flapping else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        log.debug(format, *args)
