"""Processes that end with the one that started them, however that ends."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def end_with(parent: int, number: signal.Signals) -> None:
    """Send this process a signal when its parent ends; to be called in the child, right after the fork.

    Only Linux knows how. The parent must have forked from its main thread: the kernel watches the thread.
    """
    if _LIBC is None:
        return
    _LIBC.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:
        # It ended between the fork and the call.
        os._exit(1)


def fresh_signals() -> None:
    """Signals as a process has them that nobody has prepared, out of reach of the terminal's Ctrl-C."""
    os.setpgid(0, 0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
