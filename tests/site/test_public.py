"""The public pages: what readers see, how small it is, and what happens while the store is away."""

import gzip
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.site.conftest import PASSWORD, Visitor, add_monitor
from uptime.config import Settings
from uptime.domain.errors import Unavailable
from uptime.domain.heartbeat import Status
from uptime.domain.ratio import Bucket, Counts
from uptime.domain.settings import Site
from uptime.domain.status_page import ServiceLine, StatusView
from uptime.site import bars, board, pages, public, words
from uptime.web import create_app

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def line(number: int) -> ServiceLine:
    return ServiceLine(
        number, f"Component number {number}", "What people use the most", f"https://part{number}.example.org/health",
        Status.UP, NOW, 100 + number,
    )  # fmt: skip


def days(number: int) -> list[Bucket]:
    """Ninety days with a little of everything, different for each monitor."""
    first = datetime(2025, 12, 3, tzinfo=UTC)
    kinds = {0: Counts(up=1400, down=40), 1: Counts(up=1300, degraded=140), 2: Counts(up=900, maintenance=540)}
    return [
        Bucket(first + timedelta(days=day), kinds.get((day * 7 + number * 13) % 23, Counts(up=1440)))
        for day in range(90)
    ]


def page(app, number: int) -> str:
    """The status page of so many monitors."""
    rows = tuple(board.day_row(line(each), days(each)) for each in range(number))
    view = StatusView(Status.UP, NOW, tuple(row.line for row in rows), NOW)
    whole = board.Board(Site(), UTC, view, "1", words.banner(Status.UP, []), board.DAYS, rows, NOW)
    with app.test_request_context():
        answer = pages.public("status/page.html", board=whole, views=board.VIEWS, **public.frame(whole.site))
        return answer.get_data(as_text=True)


def test_thirty_monitors_with_ninety_days_fit_into_20_kilobytes(app):
    text = page(app, 30)
    assert text.count('role="img"') == 30
    assert len(gzip.compress(text.encode(), 6)) <= 20 * 1024


def test_the_script_of_the_public_page_fits_into_6_kilobytes():
    assert len((ROOT / "static/js/live.js").read_bytes()) <= 6 * 1024


def test_the_first_paint_needs_one_request(app):
    text = page(app, 1)
    assert "<style>" in text
    assert 'rel="stylesheet"' not in text


def test_before_there_is_a_monitor_the_page_says_what_to_do(owner, stranger):
    text = stranger.get("/").text
    assert "Nothing is shown here yet" in text
    assert 'href="/admin/monitors/new"' in text


def test_a_checked_monitor_is_shown_with_its_bar_and_a_table(owner, stranger, target):
    made = add_monitor(owner, target)
    owner.press("/admin/jobs", f"/admin/monitors/{made}/check")
    text = stranger.get("/?view=slots").text
    assert "All systems operational" in text
    assert "Website: 100.00 % uptime in the last check, none of them down." in text
    assert text.count('role="img"') == 1
    table = stranger.get(f"/monitors/{made}?view=slots").text
    assert table.count('data-label="When"') == 1
    by_day = stranger.get(f"/monitors/{made}").text
    assert by_day.count('data-label="Day"') == 90
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert 'data-label="Hour"' in stranger.get(f"/monitors/{made}?day={today}").text


def test_a_reader_who_has_the_page_is_not_sent_it_again(owner, stranger, target):
    add_monitor(owner, target)
    first = stranger.get("/")
    again = stranger.get("/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "max-age" in first.headers["Cache-Control"]
    assert "stale-if-error" in first.headers["Cache-Control"]
    assert "Set-Cookie" not in first.headers
    assert first.headers["Content-Security-Policy"] == again.headers["Content-Security-Policy"]


def test_the_page_is_sent_packed_to_those_who_take_it(owner, stranger):
    plain = stranger.get("/")
    packed = stranger.get("/", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] == plain.headers["ETag"]
    assert "Content-Encoding" not in owner.get("/admin", headers={"Accept-Encoding": "gzip"}).headers


def test_the_policy_allows_exactly_the_style_that_is_in_the_page(owner, stranger):
    policy = stranger.get("/").headers["Content-Security-Policy"]
    assert "nonce-" not in policy
    assert "unsafe" not in policy
    assert "'sha256-" in policy


def test_a_page_that_is_not_published_is_not_there(owner, stranger, target):
    made = add_monitor(owner, target)
    owner.submit("/admin/settings", page__enabled=None)
    for path in ("/", f"/monitors/{made}"):
        assert stranger.get(path).status_code == 404
    assert "is not published" in stranger.get("/").text
    assert f"/monitors/{made}" not in stranger.get("/sitemap.xml").text


def built(stale: bool = False) -> board.Board:
    if stale:
        raise Unavailable("The store is away.")
    view = StatusView(Status.UP, NOW, (), NOW)
    return board.Board(Site(), UTC, view, "1", "", board.DAYS, (), NOW)


def test_while_the_store_is_away_the_last_copy_says_how_old_it_is():
    copies = board.Copies()
    copies.get(None, "1", NOW, built)
    later = copies.get(None, "1", NOW + timedelta(seconds=200), lambda: built(stale=True))
    assert later.stale_s == 200
    other = copies.get("slots", "1", NOW + timedelta(seconds=200), lambda: built(stale=True))
    assert other.stale_s == 200


def test_without_any_copy_there_is_nothing_to_show():
    with pytest.raises(Unavailable):
        board.Copies().get(None, "1", NOW, lambda: built(stale=True))


def test_a_store_that_was_away_a_moment_ago_is_not_waited_for_again():
    copies, asked = board.Copies(), []

    def away() -> board.Board:
        asked.append(1)
        return built(stale=True)

    copies.get(None, "1", NOW, built)
    for ms in (2_000, 2_100, 2_900, 3_001):
        copies.get(None, "1", NOW + timedelta(milliseconds=ms), away)
    assert len(asked) == 2


def test_a_copy_is_used_for_a_second_and_dropped_when_settings_change():
    copies = board.Copies()
    first = copies.get(None, "1", NOW, built)
    assert copies.get(None, "1", NOW + timedelta(milliseconds=900), lambda: built(stale=True)) is first
    assert copies.get(None, "2", NOW + timedelta(milliseconds=900), built) is not first
    copies.forget()
    assert not copies.any()


def test_when_the_store_goes_away_readers_keep_the_page_and_the_owner_is_told(private_store, tmp_path):
    url, end = private_store
    app = create_app(Settings(secret_key="s" * 32, redis_url=url, data_dir=tmp_path))
    owner = Visitor(app.test_client())
    owner.submit("/setup", password=PASSWORD, again=PASSWORD, name="Example Inc.")
    assert "Nothing is shown here yet" in owner.get("/").text
    end()
    time.sleep(1.1)
    page = owner.get("/")
    assert page.status_code == 200
    assert "This is the last known state" in page.text
    refused = owner.get("/admin")
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    cold = create_app(Settings(secret_key="s" * 32, redis_url=url, data_dir=tmp_path))
    assert cold.test_client().get("/").status_code == 503


def test_days_are_shown_once_there_is_more_than_one():
    one = Bucket(NOW, Counts(up=1))
    none = Bucket(NOW, Counts(unknown=5))
    assert board.default_view({1: [none, one]}) == board.SLOTS
    assert board.default_view({1: [none, one], 2: [one, one]}) == board.DAYS
    assert board.default_view({}) == board.SLOTS


def test_gaps_in_the_measurement_are_told():
    row = board.day_row(line(1), [Bucket(NOW, Counts(up=90, unknown=10))])
    assert "90.00 % of the time measured" in row.sentence
    row = board.day_row(line(1), [Bucket(NOW, Counts(up=1, down=1))])
    assert row.sentence.endswith("50.00 % uptime in the last 90 days, failures on 1 day.")


def test_unknown_is_neither_up_nor_down():
    row = board.day_row(line(1), [Bucket(NOW, Counts(unknown=10))])
    assert row.counts.ratio is None
    assert row.sentence == "Component number 1: nothing was measured yet."
    assert [shape for shape, _ in row.bar[0].paths] == [bars.Shape.NONE]


@pytest.mark.parametrize("path", ["/nothing/here", "/monitors/12345"])
def test_browsers_get_a_page_for_what_is_not_there(owner, stranger, path):
    answer = stranger.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "<h1>" in answer.text


def test_crawlers_are_told_where_to_look(owner, stranger, target):
    made = add_monitor(owner, target)
    robots = stranger.get("/robots.txt").text.splitlines()
    assert {"Allow: /", "Disallow: /admin/", "Disallow: /api/", "Sitemap: http://localhost/sitemap.xml"} <= set(robots)
    assert f"<loc>http://localhost/monitors/{made}</loc>" in stranger.get("/sitemap.xml").text


def test_the_manifest_names_the_site(owner, stranger):
    manifest = json.loads(stranger.get("/manifest.json").text)
    assert manifest["name"] == "Example Inc."
    assert manifest["theme_color"] == "#0284c7"
    icon = stranger.get(manifest["icons"][0]["src"])
    assert icon.mimetype == "image/svg+xml"
    assert stranger.get("/default-favicon.svg").status_code == 301
    icon.close()
