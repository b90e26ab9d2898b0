"""Redis, and nothing but Redis: one object holds a part for each noun."""

import time

from uptime.store import keys
from uptime.store.api_keys import ApiKeys
from uptime.store.audit import Audit
from uptime.store.backups import Backups
from uptime.store.channels import Channels, Contacts
from uptime.store.client import Patience, connect
from uptime.store.cron_jobs import CronJobs
from uptime.store.deliveries import Deliveries
from uptime.store.due import Due
from uptime.store.feed import Feed
from uptime.store.heartbeats import Heartbeats
from uptime.store.incidents import Incidents
from uptime.store.invitations import Invitations
from uptime.store.lines import Lines
from uptime.store.locks import Locks
from uptime.store.maintenances import Maintenances
from uptime.store.measures import Measures
from uptime.store.monitors import Monitors
from uptime.store.outbox import Outbox
from uptime.store.projects import Projects
from uptime.store.pushes import Pushes
from uptime.store.queue import Queue
from uptime.store.rollups import Rollups
from uptime.store.runs import Runs
from uptime.store.sessions import Sessions
from uptime.store.sites import Sites
from uptime.store.snapshots import Snapshots
from uptime.store.stances import Stances
from uptime.store.status_pages import StatusPages
from uptime.store.subscribers import Subscribers
from uptime.store.sweeps import Sweeps
from uptime.store.tags import Tags
from uptime.store.throttles import Throttles
from uptime.store.users import Users
from uptime.store.workers import Workers

__all__ = ["Patience", "Store"]


class Store:
    """Everything that is kept. It connects when first used; every part raises `Unavailable` while it cannot."""

    def __init__(
        self,
        url: str,
        queue_url: str | None = None,
        patience: Patience = Patience.WEB,
        retention: keys.Retention = keys.Retention(),  # noqa: B008 - frozen
    ) -> None:
        self.client = connect(url, patience=patience)
        self.monitors = Monitors(self.client)
        self.heartbeats = Heartbeats(self.client, retention)
        self.rollups = Rollups(self.client)
        self.due = Due(self.client)
        self.pushes = Pushes(self.client)
        self.stances = Stances(self.client)
        self.tags = Tags(self.client)
        self.projects = Projects(self.client)
        self.users = Users(self.client)
        self.invitations = Invitations(self.client)
        self.api_keys = ApiKeys(self.client)
        self.sessions = Sessions(self.client)
        self.audit = Audit(self.client)
        self.sites = Sites(self.client)
        self.cron_jobs = CronJobs(self.client)
        self.maintenances = Maintenances(self.client)
        self.incidents = Incidents(self.client)
        self.runs = Runs(self.client)
        self.status_pages = StatusPages(self.client)
        self.subscribers = Subscribers(self.client)
        self.snapshots = Snapshots(self.client)
        self.feed = Feed(self.client)
        self.throttles = Throttles(self.client)
        self.workers = Workers(self.client)
        self.lines = Lines(self.client)
        self.sweeps = Sweeps(self.client)
        self.locks = Locks(self.client)
        self.outbox = Outbox(self.client, retention.change_days)
        self.channels = Channels(self.client)
        self.contacts = Contacts(self.client)
        self.backups = Backups(self.client)
        self.measures = Measures(self.client)
        self.deliveries = Deliveries(self.client)
        self.queue = Queue(queue_url or url, patience)

    def ping(self) -> float:
        """How long the store takes to answer, in milliseconds. Unavailable."""
        began = time.perf_counter()
        self.client.ping()
        return (time.perf_counter() - began) * 1000

    def evicts(self) -> str | None:
        """The store's way of throwing data away when it is full; None where it does not. Unavailable."""
        policy = str(self.client.info("memory").get("maxmemory_policy", ""))
        return None if policy in ("noeviction", "") else policy

    def wipe(self) -> int:
        """Delete every key of ours and nothing else; how many there were."""
        gone, doomed = 0, list[bytes]()
        for key in self.client.scan_iter(keys.EVERYTHING, count=1_000):
            doomed.append(key)
            if len(doomed) >= 1_000:
                gone += int(self.client.unlink(*doomed))
                doomed.clear()
        return gone + (int(self.client.unlink(*doomed)) if doomed else 0)

    def close(self) -> None:
        """Let go of all connections."""
        self.client.close()
        self.queue.close()
