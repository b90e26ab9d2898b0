"""The process in which Apprise sends one message: it connects to vetted addresses only, and starts no program."""

import json
import os
import re
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from uptime.addresses import Policy

CONNECTING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
STARTING = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "os.spawn", "pty.spawn"}
)
HARMLESS = ("/etc/localtime", "/etc/mime.types")
STATUS = re.compile(r"error=([1-5][0-9]{2})\b")
PASSING = frozenset({408, 425, 429})


class Guard:
    """Hears of everything that the interpreter is about to do, and forbids what a message has no business with.

    Once something was forbidden every further connection is: a name with one denied address is denied.
    """

    def __init__(self, allow: Iterable[str]) -> None:
        self._policy = Policy(allow_private=False, allow=[ip_network(network) for network in allow])
        self._readable = tuple(f"{Path(folder)}{os.sep}" for folder in _packages())
        self.refusal = ""

    def __call__(self, event: str, about: tuple[Any, ...]) -> None:
        if event in CONNECTING and about[1] is not None:
            self._judge(about[1])
        elif event in STARTING:
            self._forbid("Apprise may start no program.")
        elif event == "open" and isinstance(about[0], str | bytes) and not self._is_readable(os.fsdecode(about[0])):
            raise PermissionError("Apprise may read no files.")

    def _judge(self, address: Any) -> None:
        if self.refusal:
            raise PermissionError(self.refusal)
        if not isinstance(address, tuple) or not isinstance(address[0], str):
            self._forbid("Apprise may connect to nothing but the network.")
        elif refusal := self._policy.refusal(address[0].partition("%")[0], address[1]):
            self._forbid(refusal)

    def _is_readable(self, path: str) -> bool:
        return path in (os.devnull, *HARMLESS) or os.path.realpath(path).startswith(self._readable)

    def _forbid(self, sentence: str) -> None:
        self.refusal = self.refusal or sentence
        raise PermissionError(sentence)


def main() -> None:
    """Read one message from the standard input, send it, and write how that went to the standard output."""
    job = json.load(sys.stdin)
    threading.Thread(target=_die_with_parent, args=(job["parent"],), daemon=True).start()
    guard = Guard(job["allow"])
    sys.addaudithook(guard)
    outcome: dict[str, Any] = {"failure": "Apprise could not send the message.", "permanent": False}
    with suppress(OSError):
        outcome = _send(job)
    if guard.refusal:
        outcome = {"failure": guard.refusal, "permanent": True}
    print(json.dumps(outcome))  # noqa: T201 - the answer to the process that asked


def _send(job: dict[str, str]) -> dict[str, Any]:
    import apprise

    service = apprise.Apprise.instantiate(job["url"], asset=apprise.AppriseAsset(storage_mode="memory"))
    if service is None:
        sentence = "Apprise cannot use the URL: the service is unknown, a part is missing, or a package it needs is."
        return {"failure": sentence, "permanent": True}
    with apprise.LogCapture(level=apprise.logging.WARNING, fmt="%(message)s") as said:  # type: ignore[no-untyped-call]
        accepted = service.notify(
            body=job["text"], title=job["title"], notify_type=job["type"], body_format=apprise.NotifyFormat.TEXT
        )
        # The words of a plugin may hold the URL, so nothing but a status is taken from them.
        status = next((int(each) for each in reversed(STATUS.findall(said.getvalue()))), 0)
    if accepted:
        return {}
    answered = f" It answered with {status}." if status else ""
    sentence = f"{service.service_name} did not accept the message.{answered}"
    return {"failure": sentence, "permanent": 400 <= status < 500 and status not in PASSING}


def _packages() -> set[str]:
    """Where installed code stands, and what every program reads."""
    own = [sys.prefix, sys.base_prefix, str(Path(__file__).parent.parent), "/usr/share/zoneinfo"]
    found = [path for path in sys.path if path.endswith(("-packages", ".zip"))]
    return {os.path.realpath(path) for path in (*own, *found)}


def _die_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.25)
    os._exit(1)


if __name__ == "__main__":
    main()
