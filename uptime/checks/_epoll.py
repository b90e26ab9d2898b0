"""One CurlMulti on an asyncio loop: who waits for which descriptor, and when libcurl wants to be called."""

import asyncio
import contextlib
import select
import socket
import struct
from collections.abc import Callable
from typing import Any

import pycurl

BYTES_RECEIVED_AT = 128
"""Where tcp_info keeps the bytes received."""

NEVER = float("inf")
LOOK_EVERY = 64
"""Events of a socket after which its bytes on the wire are counted."""


class EpollWatch:
    """Watches descriptors with an epoll of our own that the loop knows as one: cheaper than one reader each."""

    def __init__(self, loop: asyncio.AbstractEventLoop, act: Callable[[list[tuple[int, int]]], None]) -> None:
        self._loop = loop
        self._act = act
        self._epoll = select.epoll()
        self._known: set[int] = set()
        loop.add_reader(self._epoll.fileno(), self._ready)

    def watch(self, descriptor: int, what: int) -> None:
        mask = (select.EPOLLIN if what & pycurl.POLL_IN else 0) | (select.EPOLLOUT if what & pycurl.POLL_OUT else 0)
        if descriptor in self._known:
            self._epoll.modify(descriptor, mask)
        else:
            self._epoll.register(descriptor, mask)
            self._known.add(descriptor)

    def drop(self, descriptor: int) -> None:
        if descriptor in self._known:
            self._known.discard(descriptor)
            with contextlib.suppress(OSError):
                self._epoll.unregister(descriptor)

    def _ready(self) -> None:
        self._act([(descriptor, _selected(events)) for descriptor, events in self._epoll.poll(0)])

    def close(self) -> None:
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()


def _selected(events: int) -> int:
    return (
        (pycurl.CSELECT_IN if events & (select.EPOLLIN | select.EPOLLHUP) else 0)
        | (pycurl.CSELECT_OUT if events & select.EPOLLOUT else 0)
        | (pycurl.CSELECT_ERR if events & select.EPOLLERR else 0)
    )


class LoopWatch:
    """The same with the loop's own readers and writers, where there is no epoll."""

    def __init__(self, loop: asyncio.AbstractEventLoop, act: Callable[[list[tuple[int, int]]], None]) -> None:
        self._loop = loop
        self._act = act
        self._known: set[int] = set()

    def watch(self, descriptor: int, what: int) -> None:
        self.drop(descriptor)
        self._known.add(descriptor)
        if what & pycurl.POLL_IN:
            self._loop.add_reader(descriptor, self._act, [(descriptor, pycurl.CSELECT_IN)])
        if what & pycurl.POLL_OUT:
            self._loop.add_writer(descriptor, self._act, [(descriptor, pycurl.CSELECT_OUT)])

    def drop(self, descriptor: int) -> None:
        if descriptor in self._known:
            self._known.discard(descriptor)
            self._loop.remove_reader(descriptor)
            self._loop.remove_writer(descriptor)

    def close(self) -> None:
        for descriptor in tuple(self._known):
            self.drop(descriptor)


BURST = 4
"""Transfers that may be made ready before libcurl gets to begin them."""


class Driver:
    """Runs a multi. `done(handle, code, words)` is told of every transfer that ended by itself.

    `flood(descriptor)` is told of a socket that has received more than `wire_limit` bytes.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        wire_limit: int,
        done: Callable[[pycurl.Curl, int, str], None],
        flood: Callable[[int], None],
    ) -> None:
        self._loop = loop
        self._wire_limit = wire_limit
        self._done = done
        self._flood = flood
        self._running = self._fresh = 0
        self._events: dict[int, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due = NEVER
        self._soon = self._announced = self._closed = False
        self._watch = (EpollWatch if hasattr(select, "epoll") else LoopWatch)(loop, self._act)
        self.multi = pycurl.CurlMulti()
        self.multi.setopt(pycurl.M_SOCKETFUNCTION, self._socket)
        self.multi.setopt(pycurl.M_TIMERFUNCTION, self._announce)

    def add(self, handle: pycurl.Curl) -> None:
        """Begin a transfer."""
        self.multi.add_handle(handle)
        self._running += 1
        self._fresh += 1
        # Its clock runs from now on: in a burst the first must not wait until the last is ready.
        if self._fresh >= BURST and self._due == 0.0:
            self._expire()

    def remove(self, handle: pycurl.Curl) -> None:
        """Take a transfer away that has not ended: its sockets close at once."""
        self.multi.remove_handle(handle)
        self._running -= 1

    def _socket(self, what: int, descriptor: int, _multi: Any, _data: Any) -> None:
        if what == pycurl.POLL_REMOVE:
            self._events.pop(descriptor, None)
            self._watch.drop(descriptor)
        else:
            self._watch.watch(descriptor, what)

    def _announce(self, timeout_ms: int) -> None:
        """libcurl says when it wants to be called. It must not be called from here.

        A timer that would ring earlier stays and is set anew when it rings: cheaper than a new one each time.
        """
        self._announced = True
        self._due = NEVER
        if timeout_ms == 0:
            self._due = 0.0
            if not self._soon:
                self._soon = True
                self._loop.call_soon(self._ring_soon)
        elif timeout_ms > 0:
            # A millisecond late rather than early: called early it does nothing and says nothing again.
            self._due = self._loop.time() + (timeout_ms + 1) / 1000
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            if self._timer.when() <= self._due:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(self._due, self._ring)

    def _ring_soon(self) -> None:
        self._soon = False
        if self._due == 0.0:
            self._expire()

    def _ring(self) -> None:
        self._timer = None
        if self._due == NEVER:
            return
        if self._loop.time() < self._due:
            self._set_timer()
        else:
            self._expire()

    def _expire(self) -> None:
        if self._closed:
            return
        self._announced, self._due, self._fresh = False, NEVER, 0
        _, running = self.multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        if not self._announced and (timeout_ms := self.multi.timeout()) >= 0:
            self._announce(max(timeout_ms, 1))
        if running < self._running:
            self._collect()

    def _act(self, ready: list[tuple[int, int]]) -> None:
        running = self._running
        for descriptor, what in ready:
            _, running = self.multi.socket_action(descriptor, what)
            count = self._events[descriptor] = self._events.get(descriptor, 0) + 1
            if count % LOOK_EVERY == 0 and received(descriptor) > self._wire_limit:
                self._flood(descriptor)
        if running < self._running:
            self._collect()

    def _collect(self) -> None:
        left = 1
        while left:
            left, ended, failed = self.multi.info_read()
            for handle in ended:
                self._ended(handle, 0, "")
            for handle, code, words in failed:
                self._ended(handle, code, words)

    def _ended(self, handle: pycurl.Curl, code: int, words: str) -> None:
        self.multi.remove_handle(handle)
        self._running -= 1
        self._done(handle, code, words)

    def close(self) -> None:
        """Stop. No transfer may be under way."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        self.multi.close()
        self._watch.close()


def received(descriptor: int) -> int:
    """The bytes a TCP socket has received, as the kernel counts them; 0 where it does not say."""
    try:
        borrowed = socket.socket(fileno=descriptor)
    except OSError:
        return 0
    try:
        info = borrowed.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, BYTES_RECEIVED_AT + 8)
    except (OSError, AttributeError):
        return 0
    finally:
        borrowed.detach()
    return int(struct.unpack_from("=Q", info, BYTES_RECEIVED_AT)[0]) if len(info) >= BYTES_RECEIVED_AT + 8 else 0
