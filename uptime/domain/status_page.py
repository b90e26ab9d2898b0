"""A status page, what it shows and to whom; and the one word for several monitors."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from uptime.domain.errors import Invalid
from uptime.domain.heartbeat import Status
from uptime.domain.monitor import Monitor, printable
from uptime.domain.settings import Site
from uptime.domain.user import FIRST_ACCOUNT

FIRST_PAGE = 1
"""The page that `/` shows. It belongs to the first account, is always there, and its slug stays what it is."""
FIRST_SLUG = "default"

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_LIMIT = 100
HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
HOSTS_LIMIT = 20
TITLE_LIMIT = 255
TEXT_LIMIT = 20_000
CSS_LIMIT = 200_000
PICTURE_LIMIT = 200_000
SECTIONS_LIMIT = 100
MONITORS_LIMIT = 1_000


class Theme(StrEnum):
    """The colours of a page; `auto` follows the reader's system."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class Access(StrEnum):
    """Who may read a published page: everybody, whoever knows its password, or whoever was given its link."""

    PUBLIC = "public"
    PASSWORD = "password"
    LINK = "link"


class Sorting(StrEnum):
    """The order of the monitors within a section."""

    LISTED = "listed"
    NAME = "name"
    NAME_REVERSED = "name-reversed"
    UP_FIRST = "up-first"
    DOWN_FIRST = "down-first"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the monitors below it, by their ids."""

    heading: str
    monitors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PageDraft:
    """What an owner says about a page; readers may know all of it.

    A page without sections shows every monitor of its account that is not hidden.
    `logo` and `icon` are addresses on this host or data URLs: no page asks another host.
    """

    slug: str
    title: str
    description: str = ""
    sections: tuple[Section, ...] = ()
    hosts: tuple[str, ...] = ()
    footer: str = ""
    logo: str = ""
    icon: str = ""
    theme: Theme = Theme.AUTO
    custom_css: str = ""
    sorting: Sorting = Sorting.LISTED
    published: bool = True
    show_ratios: bool = True
    show_latencies: bool = True
    show_urls: bool = False
    show_descriptions: bool = True
    show_tags: bool = False
    show_certificates: bool = False
    show_powered_by: bool = True


@dataclass(frozen=True, slots=True)
class StatusPage(PageDraft):
    """A page as it is stored. `position` orders the pages of an account.

    `epoch` is part of every link and cookie that opens the page: another one ends them all.
    """

    id: int = 0
    account: int = FIRST_ACCOUNT
    position: int = 0
    access: Access = Access.PUBLIC
    password_hash: str = ""
    epoch: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether anybody may read it."""
        return self.published and self.access is Access.PUBLIC

    @property
    def listed(self) -> tuple[int, ...]:
        """The monitors that its sections name, each once."""
        return tuple(dict.fromkeys(number for section in self.sections for number in section.monitors))

    def shows(self, monitor: Monitor) -> bool:
        """Whether a monitor stands on the page, for those who may read it."""
        if monitor.account != self.account:
            return False
        if not self.sections:
            return monitor.shown
        # On the first page a monitor's own `visible` has the last word: clients of that wire rely on it.
        return monitor.id in self.listed and (monitor.shown or self.id != FIRST_PAGE)


def first_page(site: Site, kept: StatusPage | None) -> StatusPage:
    """The first page. What the site says of itself is said there alone; the rest is what was kept."""
    base = kept or StatusPage(FIRST_SLUG, "")
    return replace(
        base,
        id=FIRST_PAGE,
        account=FIRST_ACCOUNT,
        slug=FIRST_SLUG,
        title=site.page.title,
        description=site.page.description,
        published=site.page.enabled,
        custom_css=site.appearance.custom_css,
        logo=_shown(site.appearance.logo_url),
        icon=_shown(site.appearance.favicon),
        footer=site.appearance.copyright_text,
        show_urls=site.appearance.show_urls,
        show_descriptions=site.appearance.show_descriptions,
    )


def said_of_site(page: PageDraft, site: Site) -> Site:
    """The site after somebody has changed the first page; a picture that is never shown stays where it is."""
    before, looks = first_page(site, None), site.appearance
    return replace(
        site,
        page=replace(site.page, title=page.title, description=page.description, enabled=page.published),
        appearance=replace(
            looks,
            custom_css=page.custom_css,
            logo_url=looks.logo_url if page.logo == before.logo else page.logo or None,
            favicon=looks.favicon if page.icon == before.icon else page.icon or None,
            copyright_text=page.footer,
            show_urls=page.show_urls,
            show_descriptions=page.show_descriptions,
        ),
    )


def checked(draft: PageDraft) -> PageDraft:
    """The draft in its usual spelling. Invalid, naming the field that is out of bounds."""
    hosts = tuple(dict.fromkeys(host.strip().lower().removesuffix(".") for host in draft.hosts))
    if len(hosts) > HOSTS_LIMIT or not all(HOST.fullmatch(host) for host in hosts):
        raise Invalid("hosts", f"Host names are at most {HOSTS_LIMIT}, such as status.example.com, without a port.")
    title = draft.title.strip()
    if not title or len(title) > TITLE_LIMIT or not printable(title):
        raise Invalid("title", f"The title is missing, has more than {TITLE_LIMIT} characters or control characters.")
    for field, limit in (("description", TEXT_LIMIT), ("footer", TEXT_LIMIT), ("custom_css", CSS_LIMIT)):
        text = getattr(draft, field)
        if len(text) > limit or not printable(text, lines=True):
            raise Invalid(field, f"The text has control characters or more than {limit} of them.")
    for field in ("logo", "icon"):
        if not _picture(getattr(draft, field)):
            raise Invalid(field, "A picture is a path on this host, beginning with a slash, or a data URL of an image.")
    return replace(draft, slug=checked_slug(draft.slug), title=title, hosts=hosts, sections=_sections(draft.sections))


def checked_slug(slug: str) -> str:
    """The slug in small letters. Invalid."""
    lowered = slug.strip().lower()
    if len(lowered) > SLUG_LIMIT or not SLUG.fullmatch(lowered):
        raise Invalid("slug", f"A slug is at most {SLUG_LIMIT} letters, digits and single hyphens between them.")
    return lowered


def _sections(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    if len(sections) > SECTIONS_LIMIT or sum(len(section.monitors) for section in sections) > MONITORS_LIMIT:
        raise Invalid("sections", f"There are at most {SECTIONS_LIMIT} sections with {MONITORS_LIMIT} monitors in all.")
    if any(len(section.heading) > TITLE_LIMIT or not printable(section.heading) for section in sections):
        raise Invalid("sections", f"A heading has control characters or more than {TITLE_LIMIT} of them.")
    return tuple(Section(section.heading.strip(), tuple(dict.fromkeys(section.monitors))) for section in sections)


def _shown(address: str | None) -> str:
    return address if address and _picture(address) else ""


def _picture(address: str) -> bool:
    here = address.startswith("/") and not address.startswith(("//", "/\\"))
    known = not address or here or address.startswith("data:image/")
    return known and len(address) <= PICTURE_LIMIT and printable(address)


def in_order(monitors: Sequence[tuple[Monitor, Status]], sorting: Sorting) -> list[tuple[Monitor, Status]]:
    """The monitors of a section with their statuses in the order its page wants."""
    if sorting is Sorting.LISTED:
        return list(monitors)
    by_name = sorted(monitors, key=lambda each: (each[0].name.casefold(), each[0].id))
    if sorting is Sorting.NAME:
        return by_name
    if sorting is Sorting.NAME_REVERSED:
        return by_name[::-1]
    ranks = RANKS if sorting is Sorting.UP_FIRST else RANKS[::-1]
    known = {status: rank for rank, status in enumerate(ranks)}
    return sorted(by_name, key=lambda each: (each[0].paused, known.get(each[1], len(ranks))))


RANKS = (Status.UP, Status.DEGRADED, Status.PENDING, Status.MAINTENANCE, Status.DOWN)
"""From the best to the worst; what is unknown or paused comes last either way."""


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One monitor as readers see it; `latency_ms` is that of the newest check.

    `settled` is the status without regard to maintenance, for those who have no word for that.
    """

    id: int
    name: str
    description: str
    url: str
    status: Status
    checked_at: datetime | None
    latency_ms: int | None
    settled: Status = Status.UNKNOWN


@dataclass(frozen=True, slots=True)
class StatusView:
    """All visible monitors of an account and what they amount to. `built_at` dates the whole.

    `settled` is what they amount to without regard to maintenance.
    """

    overall: Status
    updated_at: datetime | None
    lines: tuple[ServiceLine, ...]
    built_at: datetime
    settled: Status = Status.UNKNOWN


DEGRADED_BELOW = 0.95
"""A monitor that is up now but answered less often than this lately makes the whole degraded."""


def overall(standings: Iterable[tuple[Status, float | None]]) -> Status:
    """The one word for several monitors, each a shown status and its recent uptime ratio.

    Unknown when nothing was checked, down when one is down, degraded when one is slow or lately unreliable, under
    maintenance when nothing worse can be said.
    """
    known = [(status, ratio) for status, ratio in standings if status is not Status.UNKNOWN]
    if not known:
        return Status.UNKNOWN
    if any(status is Status.DOWN for status, _ in known):
        return Status.DOWN
    counted = [(status, ratio) for status, ratio in known if status is not Status.MAINTENANCE]
    if any(status is Status.DEGRADED or (ratio is not None and ratio < DEGRADED_BELOW) for status, ratio in counted):
        return Status.DEGRADED
    return Status.MAINTENANCE if len(counted) < len(known) else Status.UP
