"""What every process of ours does at its start and at its end."""

import logging
import os
import secrets
import socket

from uptime.config import Settings
from uptime.domain.errors import Unavailable
from uptime.store import Store
from uptime.store.client import Patience
from uptime.store.keys import Retention

log = logging.getLogger(__name__)


def process_name() -> str:
    """A name that no other process of any machine has."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


def open_store(settings: Settings, patience: Patience) -> Store:
    """The store of the settings. Only after every fork."""
    retention = Retention(settings.hour_days, settings.day_days, settings.change_days, settings.evidence_days)
    return Store(settings.store_url, settings.queue_url, patience, retention)


def sign_off(store: Store, kind: str, name: str) -> None:
    """Take this process's mark away and let go of the store."""
    try:
        store.workers.gone(kind, name)
    except Unavailable as error:
        log.warning("This process could not sign off: %s", error.message)
    store.close()
