"""An address that does not answer: connecting there neither succeeds nor fails."""

import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def deaf(host: str, port: int = 0) -> Iterator[int]:
    """A port whose queue is full, so that the system drops whoever knocks; gives its number."""
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(4):
            knocking = sockets.enter_context(socket.socket())
            knocking.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                knocking.connect(listener.getsockname())
        yield listener.getsockname()[1]
