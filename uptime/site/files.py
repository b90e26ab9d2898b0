"""What crawlers, browsers and home screens ask for: robots, sitemap, manifest, icons."""

from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from flask import Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from uptime.current import core
from uptime.domain.user import FIRST_ACCOUNT
from uptime.site import board, pages
from uptime.site.public import site

THEME = "#0284c7"
HOUR = "public, max-age=3600"


def kept(response: Response) -> Response:
    response.headers["Cache-Control"] = HOUR
    return response


def base() -> str:
    """The address of this site, without a slash at its end."""
    return (core().settings.public_url or request.host_url).rstrip("/")


@site.get("/robots.txt")
def robots() -> Response:
    lines = ("User-agent: *", "Allow: /", "Disallow: /admin/", "Disallow: /api/", "", f"Sitemap: {base()}/sitemap.xml")
    return kept(Response("\n".join(lines) + "\n", mimetype="text/plain"))


@site.get("/sitemap.xml")
def sitemap() -> Response:
    """The public pages; nothing but the front page where they are not published."""
    paths = ["/"]
    paths += [f"/monitors/{monitor.id}" for monitor in board.shown_monitors(core())]
    urls = Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    for path in paths:
        SubElement(SubElement(urls, "url"), "loc").text = base() + path
    return kept(Response(tostring(urls, encoding="utf-8", xml_declaration=True), mimetype="application/xml"))


@site.get("/manifest.json")
def manifest() -> Response:
    settings = core().sites.get(FIRST_ACCOUNT)
    icon: dict[str, Any] = {"src": pages.asset("img/favicon.svg"), "sizes": "any", "type": "image/svg+xml"}
    return kept(
        jsonify(
            name=settings.name,
            short_name=settings.name[:12],
            description=settings.description or settings.page.description,
            start_url="/",
            display="standalone",
            background_color="#ffffff",
            theme_color=THEME,
            icons=[icon],
        )
    )


@site.get("/default-favicon.svg")
@site.get("/favicon.ico")
def favicon() -> AnyResponse:
    return redirect(pages.asset("img/favicon.svg"), 301)
