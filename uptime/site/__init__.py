"""HTML pages: the public status page, the set-up, the login, and the private pages."""

from flask import Blueprint

from uptime.site import account, export, files, front, jobs, keys, monitors, settings, status_pages, subscriptions
from uptime.site.admin import admin
from uptime.site.public import site

__all__ = ["PUBLIC", "blueprints"]

PAGES = (account, export, files, front, jobs, keys, monitors, settings, status_pages, subscriptions)
"""The modules that hang their pages into the two blueprints."""

PUBLIC = {
    "site.status": "the status page is made for readers",
    "site.page": "made for readers; a protected page asks for its password or link itself",
    "site.open_page": "asks for the password of the page; failures are counted",
    "site.page_css": "the style sheet of a page, as public as the page",
    "site.atom": "what the page shows, as public as the page",
    "site.rss": "what the page shows, as public as the page",
    "site.status_json": "what the page shows, as public as the page",
    "site.subscription": "asks for a signed token, and changes nothing",
    "site.change_subscription": "asks for a signed token, which whoever reads at the address was sent",
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
