"""Changes of the site's settings."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from uptime.dialects.native.read import Address, Body, Line, Lines, Secret
from uptime.dialects.native.read.history import LONGEST_TTL
from uptime.domain.settings import Appearance, GithubWorkflow, PublicPage, Site

SiteChange = Callable[[Site], Site]


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(name: str) -> str:
    if name not in _zones():
        raise ValueError("must be a time zone such as Europe/Vienna or UTC")
    return name


Zone = Annotated[str, AfterValidator(_zone)]
Refresh = Annotated[int, Field(ge=1_000, le=86_400_000)]
Length = Annotated[int, Field(ge=1, le=1_000_000)]
Seconds = Annotated[int, Field(ge=0, le=LONGEST_TTL)]
Days = Annotated[int, Field(ge=0, le=400)]


class StatusPageBody(Body):
    """The public page."""

    enabled: bool | None = None
    title: Line | None = None
    description: Lines | None = None


class GithubBody(Body):
    """The workflow that calls the ping endpoint from outside."""

    enabled: bool | None = None
    repository: Line | None = None
    workflow: Line | None = None
    schedule: Line | None = None
    secret_name: Line | None = None


class GeneralBody(Body):
    """`refreshInterval` in milliseconds, `historyTTL` in seconds."""

    refresh_interval: Refresh | None = None
    history_length: Length | None = None
    contact_email: Line | None = None
    timezone: Zone | None = None
    history_ttl: Seconds | None = None


class AppearanceBody(Body):
    """How the public page looks."""

    custom_css: Lines | None = None
    custom_header: Lines | None = None
    logo: Lines | None = None
    favicon: Address | None = None
    logo_url: Address | None = None
    show_service_urls: bool | None = None
    show_service_description: bool | None = None
    history_days: Days | None = None
    copyright_url: Address | None = None
    copyright_text: Line | None = None


class SettingsBody(GeneralBody, AppearanceBody):
    """Any of the settings. An `apiKey` is a key for the ping endpoint that the client chose; empty ends it."""

    site_name: Line | None = None
    description: Lines | None = None
    status_page: StatusPageBody | None = None
    github_action: GithubBody | None = None
    api_key: Secret | None = None


class VisibilityBody(Body):
    """A service and whether to show it; anything but true or false is ignored."""

    name: Any = None
    visible: Any = None


class StatusPageSettingsBody(Body):
    """The public page and what it shows."""

    settings: StatusPageBody | None = None
    services: Annotated[list[VisibilityBody], Field(max_length=20_000)] | None = None


OURS = {
    "site_name": "name", "refresh_interval": "refresh_ms", "show_service_urls": "show_urls",
    "show_service_description": "show_descriptions",
}  # fmt: skip
"""The fields of a body whose names are not ours."""

NULLABLE = {"logo", "favicon", "logo_url"}
"""Null clears these; elsewhere null says nothing."""

EMPTY_IS_NONE = {"logo", "logo_url"}


def _said(body: Body, target: type[Site | PublicPage | Appearance | GithubWorkflow]) -> dict[str, Any]:
    """The fields of a noun that a body sets."""
    found = {}
    for name in body.model_fields_set:
        value, ours = getattr(body, name), OURS.get(name, name)
        if ours in target.__dataclass_fields__ and (value is not None or name in NULLABLE):
            found[ours] = None if name in EMPTY_IS_NONE and value == "" else value
    return found


def general(body: GeneralBody) -> SiteChange:
    """The change of names and numbers; how long checks are kept is not part of it, since what exists must follow."""
    said = {name: value for name, value in _said(body, Site).items() if name not in ("ttl", "page", "github")}
    return lambda site: replace(site, **said)


def appearance(body: AppearanceBody) -> SiteChange:
    said = _said(body, Appearance)
    return lambda site: replace(site, appearance=replace(site.appearance, **said))


def page(body: StatusPageBody | None, *, whole: bool = False) -> SiteChange:
    """The change of the public page; `whole`: what is not said goes back to its default."""
    if body is None:
        return lambda site: site
    said = _said(body, PublicPage)
    return lambda site: replace(site, page=replace(PublicPage() if whole else site.page, **said))


def github(body: GithubBody | None) -> SiteChange:
    if body is None:
        return lambda site: site
    said = _said(body, GithubWorkflow)
    return lambda site: replace(site, github=replace(site.github, **said))


def everything(body: SettingsBody) -> SiteChange:
    """The change of all that a body names: the public page is replaced whole, the workflow is merged."""
    changes = (general(body), appearance(body), page(body.status_page, whole=True), github(body.github_action))
    return all_of(*changes)


def all_of(*changes: SiteChange) -> SiteChange:
    """Several changes as one."""

    def change(site: Site) -> Site:
        for each in changes:
            site = each(site)
        return site

    return change


def visibilities(body: StatusPageSettingsBody) -> dict[str, bool]:
    """Which services to show or hide, by name."""
    return {
        each.name: each.visible
        for each in body.services or []
        if isinstance(each.name, str) and isinstance(each.visible, bool)
    }
