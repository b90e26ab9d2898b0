"""HTML pages: the public status page, the set-up, the login, and the private pages."""

from flask import Blueprint

from uptime.site import account, export, files, jobs, keys, monitors, settings
from uptime.site.admin import admin
from uptime.site.public import site

__all__ = ["PUBLIC", "blueprints"]

PAGES = (account, export, files, jobs, keys, monitors, settings)
"""The modules that hang their pages into the two blueprints."""

PUBLIC = {
    "site.status": "the status page is made for readers",
    "site.monitor": "the history of a monitor that is on the status page",
    "site.custom_css": "the style sheet of the status page",
    "site.set_up": "asks for the set-up token itself, and refuses once there is an owner",
    "site.finish_set_up": "asks for the set-up token itself, and refuses once there is an owner",
    "site.login": "whoever wants in has no session yet",
    "site.enter": "whoever wants in has no session yet",
    "site.logout": "ends a session and does nothing without one",
    "site.robots": "made for crawlers",
    "site.sitemap": "lists public pages only",
    "site.manifest": "browsers fetch it without cookies",
    "site.favicon": "an icon",
}
"""Every page that needs no login, with its reason; all of the blueprint `admin` is guarded."""


def blueprints() -> list[Blueprint]:
    """The pages, public and private."""
    return [site, admin]
