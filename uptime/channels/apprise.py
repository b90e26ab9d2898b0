"""Apprise: some 170 services by URL, sent by a process of its own whose every connection is vetted."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import uptime
from uptime.channels._kind import ChannelType, setting
from uptime.domain.errors import DeliveryFailed
from uptime.domain.notification import Notification, Occasion
from uptime.outbound import Outbound

TIMEOUT = 30.0
PACKAGE = "apprise==2.2.0"
PROCESS = "uptime.channels._apprise_process"

TYPE = {
    Occasion.DOWN: "failure",
    Occasion.STILL_DOWN: "failure",
    Occasion.RECOVERED: "success",
    Occasion.DEGRADED: "warning",
    Occasion.FLAPPING: "warning",
    Occasion.CERTIFICATE: "warning",
    Occasion.SEVERAL: "warning",
    Occasion.OPERATOR: "warning",
}
"""How grave Apprise calls it; what is not here is information."""


def _url(url: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]{0,40}://\S*", url.strip()):
        raise ValueError("An Apprise URL looks like tgram://token/chat or mailto://user:password@example.org.")
    return url.strip()


@dataclass(frozen=True, slots=True)
class AppriseSettings:
    """Which service, and everything it needs, in one URL."""

    url: str = setting("Apprise URL", limit=4_096, secret=True, check=_url)


def compose(notification: Notification) -> dict[str, str]:
    """What Apprise is given besides the URL."""
    return {
        "title": notification.title,
        "text": f"{notification.text.strip()}\n\nEvent: {notification.id}",
        "type": TYPE.get(notification.occasion, "info"),
    }


def send(settings: AppriseSettings, notification: Notification, out: Outbound, timeout: float = TIMEOUT) -> None:
    if find_spec("apprise") is None:
        raise DeliveryFailed(
            f"Apprise is not installed. Where the notifier runs: pip install {PACKAGE}", permanent=True
        )
    allow = [str(network) for network in out.settings.outbound_allow]
    outcome = _asked({"url": settings.url, "allow": allow, "parent": os.getpid(), **compose(notification)}, timeout)
    if outcome:
        raise DeliveryFailed(str(outcome["failure"]), permanent=bool(outcome["permanent"]))


def place(settings: AppriseSettings) -> str:
    """The service alone: every other part of the URL may be a secret."""
    return f"{settings.url.partition('://')[0].lower()}:// by Apprise"


def _asked(job: dict[str, Any], timeout: float) -> dict[str, Any]:
    """What the process says that sends it: nothing where all went well. Nothing of our environment is handed on."""
    environment = {"PYTHONPATH": str(Path(uptime.__file__).parent.parent), "PATH": os.defpath, "LANG": "C.UTF-8"}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", PROCESS],
            input=json.dumps(job).encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd="/",
            timeout=timeout, check=False,
        )  # fmt: skip
        outcome = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        raise DeliveryFailed(f"Apprise was not done within {timeout:.0f} s.", permanent=False) from None
    except (OSError, ValueError, IndexError):
        raise DeliveryFailed("Apprise broke off without saying why.", permanent=False) from None
    return outcome if isinstance(outcome, dict) else {}


CHANNEL = ChannelType("apprise", "Apprise", AppriseSettings, send, place)
