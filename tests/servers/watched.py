"""A web server in threads of its own, for what is looked at from elsewhere in the same test."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer

from tests.dialects.conftest import Watched


@contextmanager
def watched(tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The URL, without a slash at its end, of a server that answers with the status its path names."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Watched)
    server.daemon_threads = True
    server.seen = []  # type: ignore[attr-defined]
    server.handle_error = lambda request, address: None  # type: ignore[method-assign,assignment]
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
