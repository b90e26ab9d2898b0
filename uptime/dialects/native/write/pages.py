"""Status pages as their owners see them; no password is among it."""

from collections.abc import Iterable

from uptime.dialects.native.write import Wire, ms_or_none
from uptime.domain.status_page import Access, Sorting, StatusPage, Theme


class PageSection(Wire):
    """A heading and the services below it, by their ids."""

    heading: str
    services: list[int]


class Page(Wire):
    """A page. `url` is its path on this host; times are milliseconds since 1970."""

    id: int
    slug: str
    url: str
    title: str
    description: str
    sections: list[PageSection]
    hosts: list[str]
    footer: str
    logo: str
    icon: str
    theme: Theme
    custom_css: str
    sorting: Sorting
    published: bool
    access: Access
    show_ratios: bool
    show_latencies: bool
    show_urls: bool
    show_descriptions: bool
    show_tags: bool
    show_certificates: bool
    show_powered_by: bool
    created_at: int | None
    updated_at: int | None


class Pages(Wire):
    """All pages in their order."""

    pages: list[Page]


class PageLink(Wire):
    """A link that opens a protected page to whoever holds it, until its access is set anew."""

    token: str
    url: str


def page(found: StatusPage) -> Page:
    same = {name: getattr(found, name) for name in Page.model_fields if hasattr(found, name)}
    own = {
        "url": f"/status/{found.slug}",
        "sections": [
            PageSection(heading=section.heading, services=list(section.monitors)) for section in found.sections
        ],
        "hosts": list(found.hosts),
        "created_at": ms_or_none(found.created_at),
        "updated_at": ms_or_none(found.updated_at),
    }
    return Page(**(same | own))


def pages(found: Iterable[StatusPage]) -> Pages:
    return Pages(pages=[page(each) for each in found])


def link(found: StatusPage, token: str) -> PageLink:
    return PageLink(token=token, url=f"/status/{found.slug}?token={token}")
