"""The site's settings, whole and in the four views of it."""

from collections.abc import Iterable

from pydantic import RootModel

from uptime.dialects.native.write import Wire, iso, ms
from uptime.domain.monitor import Monitor
from uptime.domain.settings import Appearance as Looks
from uptime.domain.settings import GithubWorkflow, PublicPage, Site


class StatusPage(Wire):
    """The public page."""

    enabled: bool
    title: str
    description: str


class Github(Wire):
    """The workflow that calls the ping endpoint from outside. `lastSuccessfulPing` in ISO 8601."""

    enabled: bool
    repository: str
    workflow: str
    schedule: str
    secret_name: str
    last_successful_ping: str | None


class PublicSettings(Wire):
    """What anybody may know."""

    site_name: str
    status_page: StatusPage
    refresh_interval: int


class Settings(PublicSettings):
    """Everything. A key is never shown, only the last characters it is recognised by."""

    description: str
    history_length: int
    history_ttl: int
    contact_email: str
    timezone: str
    github_action: Github
    api_key_hint: str | None
    last_modified: int
    custom_css: str
    custom_header: str
    logo: str | None
    favicon: str | None
    logo_url: str
    show_service_urls: bool
    show_service_description: bool
    history_days: int
    copyright_url: str
    copyright_text: str


class AnySettings(RootModel[Settings | PublicSettings]):
    """Everything for the administrator, a little for everybody else."""


class General(Wire):
    """Times in milliseconds, but `historyTTL` in seconds."""

    refresh_interval: int
    history_length: int
    contact_email: str
    timezone: str
    history_ttl: int


class GeneralSaved(General):
    """The settings as they are now."""

    success: bool


class Appearance(Wire):
    """How the public page looks."""

    custom_css: str
    custom_header: str
    logo: str | None
    favicon: str | None
    logo_url: str | None
    show_service_urls: bool
    show_service_description: bool
    history_days: int
    copyright_url: str
    copyright_text: str


class AppearanceSaved(Appearance):
    """The settings as they are now."""

    success: bool


class Visibility(Wire):
    """Whether the public page shows a service."""

    name: str
    visible: bool


class StatusPageSettings(Wire):
    """The public page and what it shows."""

    settings: StatusPage
    services: list[Visibility]


class GithubSettings(Wire):
    """The workflow; `apiKey` is what its key is recognised by, null where there is none."""

    github_action: Github
    api_key: str | None


def status_page(page: PublicPage) -> StatusPage:
    return StatusPage(enabled=page.enabled, title=page.title, description=page.description)


def github(workflow: GithubWorkflow) -> Github:
    return Github(
        enabled=workflow.enabled,
        repository=workflow.repository,
        workflow=workflow.workflow,
        schedule=workflow.schedule,
        secret_name=workflow.secret_name,
        last_successful_ping=iso(workflow.last_success_at),
    )


def public(site: Site) -> PublicSettings:
    return PublicSettings(site_name=site.name, status_page=status_page(site.page), refresh_interval=site.refresh_ms)


def everything(site: Site, key_hint: str | None) -> Settings:
    looks = appearance(site.appearance).model_dump()
    return Settings(
        **looks | {"logo_url": looks["logo_url"] or ""},
        **public(site).model_dump() | {"status_page": status_page(site.page)},
        **general(site).model_dump(exclude={"refresh_interval"}),
        description=site.description,
        github_action=github(site.github),
        api_key_hint=key_hint,
        last_modified=ms(site.modified_at) if site.modified_at else 0,
    )


def general(site: Site) -> General:
    return General(
        refresh_interval=site.refresh_ms,
        history_length=site.history_length,
        contact_email=site.contact_email,
        timezone=site.timezone,
        history_ttl=site.ttl,
    )


def general_saved(site: Site) -> GeneralSaved:
    return GeneralSaved(success=True, **general(site).model_dump())


def appearance(looks: Looks) -> Appearance:
    """As stored: a logo address that is not there is null."""
    return Appearance(
        custom_css=looks.custom_css,
        custom_header=looks.custom_header,
        logo=looks.logo,
        favicon=looks.favicon,
        logo_url=looks.logo_url,
        show_service_urls=looks.show_urls,
        show_service_description=looks.show_descriptions,
        history_days=looks.history_days,
        copyright_url=looks.copyright_url,
        copyright_text=looks.copyright_text,
    )


def appearance_shown(looks: Looks) -> Appearance:
    """As read: a logo address that is not there is empty, and no days are ninety."""
    shown = appearance(looks)
    shown.logo_url, shown.history_days = shown.logo_url or "", shown.history_days or 90
    return shown


def appearance_saved(looks: Looks) -> AppearanceSaved:
    return AppearanceSaved(success=True, **appearance(looks).model_dump())


def page_settings(site: Site, monitors: Iterable[Monitor]) -> StatusPageSettings:
    return StatusPageSettings(
        settings=status_page(site.page),
        services=[Visibility(name=monitor.name, visible=monitor.shown) for monitor in monitors],
    )


def github_settings(site: Site, key_hint: str | None) -> GithubSettings:
    return GithubSettings(github_action=github(site.github), api_key=key_hint)
