"""Badges on the native wire: figures of what is public, and one answer for everything else."""

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.core.conftest import fill
from uptime.store import Store

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def service(api: Any, target: str, app: Any, redis_url: str) -> int:
    """A service that failed for half of the last hour."""
    made = api.post("/api/services", json={"name": "Shop", "url": f"{target}/200"}).json["service"]
    store, now = Store(redis_url), datetime.now(UTC)
    monitor = app.extensions["core"].monitors.get(1, made["id"])
    fill(store, monitor, now + timedelta(minutes=1), now + timedelta(minutes=2))
    store.close()
    return int(made["id"])


def said(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    return str(ElementTree.fromstring(answer.data).get("aria-label"))  # noqa: S314 - our own


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("status", "Status: Up"),
        ("status?label=Shop&upLabel=fine", "Shop: fine"),
        ("uptime", "Uptime (24h): 100.0%"),
        ("uptime?period=90d", "Uptime (90d): 100.0%"),
        ("uptime?style=for-the-badge", "UPTIME (24H): 100.0%"),
        ("response", "Response: 100ms"),
        ("response?prefix=~&suffix=+ms", "Response: ~100 ms"),
        ("cert-exp", "Cert Exp.: No/Bad Cert"),
    ],
)
def test_a_badge_says(stranger: Any, service: int, path: str, expected: str) -> None:
    assert said(stranger.get(f"/api/badges/{service}/{path}")) == expected


def test_mean_response_times_are_whole(stranger: Any, service: int) -> None:
    for kind, name in (("ping", "Avg. Ping (24h)"), ("avg-response", "Avg. Response (24h)")):
        label, _, value = said(stranger.get(f"/api/badges/{service}/{kind}")).partition(": ")
        assert label == name
        assert value.removesuffix("ms").isdigit()


def test_hidden_and_missing_look_alike(api: Any, stranger: Any, target: str) -> None:
    api.post("/api/services", json={"name": "Hidden", "url": f"{target}/200", "visible": False})
    hidden = api.get("/api/services").json["services"][0]["id"]
    for kind in ("status", "uptime", "ping", "avg-response", "response", "cert-exp"):
        one, other = stranger.get(f"/api/badges/{hidden}/{kind}"), stranger.get(f"/api/badges/999/{kind}")
        assert said(one) == "N/A"
        assert (one.data, one.headers["ETag"]) == (other.data, other.headers["ETag"])


def test_a_page_in_one_word(api: Any, stranger: Any, service: int) -> None:
    assert said(stranger.get("/api/badges/overall")) == "Up"
    assert said(stranger.get("/api/badges/overall?page=nothing")) == "N/A"
    api.post("/api/pages", json={"slug": "shop", "title": "x", "sections": [{"services": [service]}]})
    assert said(stranger.get("/api/badges/overall?page=shop&label=Shop")) == "Shop: Up"
    api.put("/api/pages/2/access", json={"access": "link"})
    assert said(stranger.get("/api/badges/overall?page=shop&label=Shop")) == "N/A"
    api.post("/api/pages/1/unpublish")
    assert said(stranger.get("/api/badges/overall")) == "N/A"


def test_caches_may_keep_it_and_pages_of_any_site_show_it(stranger: Any, service: int) -> None:
    answer = stranger.get(f"/api/badges/{service}/status")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"].startswith("public, max-age=60")
    again = stranger.get(f"/api/badges/{service}/status", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "path", ["1/status?style=round", "1/uptime?period=5x", "1/uptime?period=366d", "x/status", "1/nothing", "0/status"]
)
def test_what_makes_no_sense_is_refused(stranger: Any, path: str) -> None:
    assert stranger.get(f"/api/badges/{path}").status_code == 400
