"""The verbs: what can be done, whoever asks and in whatever words."""

import time
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from uptime.config import Settings
from uptime.core.alerting import Alerting
from uptime.core.announcing import Announcing
from uptime.core.api_keys import ApiKeys
from uptime.core.audit import Audit, nobody
from uptime.core.badges import Badges
from uptime.core.channels import Channels, Contacts, Welcome
from uptime.core.checking import Checking
from uptime.core.cron_jobs import CronJobs
from uptime.core.deciding import Deciding
from uptime.core.history import History
from uptime.core.incidents import Incidents
from uptime.core.invitations import Invitations
from uptime.core.links import Links
from uptime.core.live import Live
from uptime.core.maintenance import Maintenances
from uptime.core.manual import Manual
from uptime.core.members import Members
from uptime.core.monitors import Monitors
from uptime.core.notifying import Notifying
from uptime.core.page_views import PageViews
from uptime.core.pages import Pages
from uptime.core.projects import Projects
from uptime.core.proofs import Proofs
from uptime.core.pushes import Pushes
from uptime.core.registration import Registration
from uptime.core.resets import Resets
from uptime.core.runs import Runs
from uptime.core.second_factor import SecondFactors
from uptime.core.sites import Sites
from uptime.core.status_pages import StatusPages
from uptime.core.subscribers import Subscribers
from uptime.core.tags import Tags
from uptime.core.titles import title_reader
from uptime.core.trying import Trying
from uptime.core.users import Users
from uptime.domain.audit import Actor
from uptime.domain.masking import masked_url
from uptime.domain.user import FIRST_ACCOUNT
from uptime.mail import Mailer
from uptime.outbound import Outbound
from uptime.tokens import Tokens

if TYPE_CHECKING:
    from uptime.store import Store


class Core:
    """One object per process, with a part for each noun."""

    def __init__(self, store: "Store", settings: Settings, actor: Callable[[], Actor] = nobody) -> None:
        """`actor` tells who is acting; the edges know."""
        self.settings = settings
        self._store = store
        self.audit = Audit(store, actor)

        def expire(account: int) -> None:
            self.status_pages.expire(account)

        self.maintenances = Maintenances(store, expire, self.audit)
        self.monitors = Monitors(store, expire, self.maintenances.forget_monitor, self.audit)
        self.pushes = Pushes(store)
        self.manual = Manual(store, self.audit)
        self.tags = Tags(store, self.monitors, self.audit)
        self.projects = Projects(store, self.monitors, self.audit)
        self.history = History(store, settings, self.audit)
        self.pages = Pages(store, expire, Tokens(settings.secret_key), self.audit)
        self.status_pages = StatusPages(store, self.pages, PageViews(store, self.history))
        self.badges = Badges(self.history, self.maintenances, self.pages, self.status_pages)
        self.incidents = Incidents(store, expire, self.audit)
        outbound = cache(lambda: Outbound(settings))
        self.channels = Channels(store, outbound, self.audit)
        self.contacts = Contacts(store, self.audit)
        welcome = Welcome(store)
        proofs = Proofs(store)
        self.second_factors = SecondFactors(store, proofs, self.audit)
        self.users = Users(store, settings, proofs, self.second_factors, self.audit, welcome)
        self.api_keys = ApiKeys(store, settings, self.audit)
        self.members = Members(store, self.api_keys, self.audit)
        links, mailer = Links(settings), Mailer(settings)
        self.invitations = Invitations(store, self.members, links, mailer, self.audit)
        self.resets = Resets(store, settings, self.users, links, mailer)
        self.registration = Registration(store, settings, self.members, welcome)
        self.sites = Sites(store, expire, title_reader(settings), self.audit)
        self.runs = Runs(store)
        self.live = Live(store)
        deciding = Deciding(store, settings)
        self.alerting = Alerting(store, deciding)
        self.notifying = Notifying(store, self.channels, deciding)
        self.subscribers = Subscribers(store, settings, self.pages, links, self.audit)
        self.announcing = Announcing(store, self.pages, self.subscribers, mailer, outbound, settings.public_url)
        self.checking = Checking(store, settings, self.maintenances.turn_due, self.tell)
        self.trying = Trying(settings)
        self.cron_jobs = CronJobs(store, self.checking, self.audit)

    def tell(self, now: datetime, seconds: float) -> int:
        """Tell people what has happened for at most so many seconds; how many were served. Unavailable."""
        end = time.monotonic() + seconds
        served = self.notifying.drain(now, seconds)
        return served + self.announcing.drain(now, max(0.0, end - time.monotonic()))

    def ping(self) -> float:
        """How long the store takes to answer, in milliseconds. Unavailable."""
        return self._store.ping()

    def store_address(self) -> str:
        """Where the store is, its password masked."""
        return masked_url(self.settings.store_url)

    def reset(self) -> int:
        """Delete everything there is; how many keys that were. The set-up begins anew."""
        gone = self._store.wipe()
        self.users.forget_set_up()
        self.status_pages.notice(FIRST_ACCOUNT)
        return gone
