"""Setting up, logging in, passwords."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from uptime.dialects.native.read import Body, Line, Lines, OptionalBody, Query, Secret
from uptime.dialects.native.read.settings import GithubBody, Refresh, SiteChange, all_of, github
from uptime.dialects.native.words import LEGACY_KEY_LOW
from uptime.domain.errors import Invalid
from uptime.domain.settings import Site


class PathSettingsBody(GithubBody):
    """What belongs to the way chosen: a workflow, jobs, or nothing but a key."""

    api_key: Secret | None = None
    jobs: Annotated[list[Any], Field(max_length=1_000)] | None = None


class SiteSettingsBody(Body):
    """What the set-up collected; `refreshInterval` in milliseconds."""

    site_name: Line | None = None
    site_description: Lines | None = None
    refresh_interval: Refresh | None = None
    setup_path: Line | None = None
    path_settings: PathSettingsBody | None = None


class SetupBody(OptionalBody):
    """The administrator's password, and what the site is to be."""

    password: Secret | None = None
    site_settings: SiteSettingsBody | None = None
    setup_token: Secret | None = None


class SetupQuery(Query):
    """The token printed at start may stand in the URL."""

    token: str | None = None


class LoginBody(Body):
    """The password; `username`, a name or an e-mail address, where there are several users; `code` where one is due."""

    password: Secret | None = None
    username: Line | None = None
    code: Line | None = None


class PasswordBody(OptionalBody):
    """The password once more."""

    password: Secret | None = None


class ChangePasswordBody(Body):
    """The old and the new password."""

    current_password: Secret | None = None
    new_password: Secret | None = None


class ResetPasswordBody(Body):
    """Who knows the store's address may set a new password."""

    redis_url: Secret | None = None
    new_password: Secret | None = None


class TitleQuery(Query):
    """The page whose title is wanted."""

    url: str | None = None


def site_change(settings: SiteSettingsBody | None) -> SiteChange:
    """What the set-up changes about the site."""
    if settings is None:
        return lambda site: site
    given = settings

    def names(site: Site) -> Site:
        return replace(
            site,
            name=site.name if given.site_name is None else given.site_name,
            description=given.site_description or site.description,
            refresh_ms=given.refresh_interval or site.refresh_ms,
        )

    return all_of(names, github(given.path_settings))


def chosen_key(key: str | None) -> str | None:
    """A key that the client made itself. Invalid: it could be guessed."""
    if not key:
        return None
    if len(key) < LEGACY_KEY_LOW or not key.isascii() or not key.isalnum():
        raise Invalid("apiKey", f"apiKey must be at least {LEGACY_KEY_LOW} letters and digits.")
    return key
