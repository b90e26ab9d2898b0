"""The pages in a real browser: the way from the set-up to a green bar, and axe over every screen."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.site.conftest import PASSWORD

CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), None)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """The system's Chromium. Without one the tests are skipped, or fail where REQUIRE_BROWSER is set."""
    if CHROMIUM is None:
        reason = "BROWSER TESTS NOT RUN: there is no /usr/bin/chromium. Install the package chromium."
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    """The address of the application on a free port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def opened(browser, base: str, **options):
    """A page of a fresh browser profile that notes script errors, broken policies and requests to other hosts."""

    def note(message) -> None:
        refused_form = "status of 400" in message.text
        if message.type == "error" and not refused_form:
            page.problems.append(message.text)

    context = browser.new_context(base_url=base, **options)
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", note)
    page.on("request", lambda request: page.problems.append(request.url) if not request.url.startswith(base) else None)
    return page


def set_up(page) -> None:
    page.goto("/")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_label("Name of the site").fill("Example Inc.")
    page.get_by_role("button", name="Set up").click()


def add(page, name: str, url: str) -> None:
    page.goto("/admin/monitors/new")
    page.get_by_label("Monitor name").fill(name)
    page.get_by_label(re.compile("^(Address|URL)")).first.fill(url)
    page.get_by_role("button", name="Add the monitor").click()
    page.get_by_role("button", name="Check now").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_the_set_up_to_the_first_green_bar(browser, base, target, scripts):
    page = opened(browser, base, java_script_enabled=scripts)
    set_up(page)
    assert page.get_by_role("heading", name="What shall we watch?").is_visible()
    page.get_by_role("link", name="Add the first monitor").click()
    page.get_by_role("button", name="Add the monitor").click()
    assert page.get_by_text("Monitor name is missing.").is_visible()
    add(page, "Website", target)
    assert page.get_by_role("img", name=re.compile("Website: 100.00 % uptime")).first.is_visible()
    page.goto("/")
    assert page.get_by_role("heading", name="All systems operational").is_visible()
    assert page.get_by_text("Operational").first.is_visible()
    page.get_by_role("link", name="as a table of Website").click()
    assert page.get_by_role("table").is_visible()
    assert page.problems == []
    page.context.close()


def test_an_open_page_follows_what_happens(app, browser, base, target):
    """The script asks again when somebody comes back to the page, and says what changed."""
    page = opened(browser, base)
    set_up(page)
    add(page, "Website", target)
    reader = opened(browser, base)
    reader.goto("/?view=slots")
    assert reader.get_by_role("heading", name="All systems operational").is_visible()
    core = app.extensions["core"]
    monitor = core.monitors.list(1)[0]
    page.goto(f"/admin/monitors/{monitor.id}/edit")
    page.get_by_label(re.compile("^(Address|URL)")).first.fill(target + "/broken")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Check now").click()
    reader.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    reader.get_by_role("heading", name="Major outage").wait_for(timeout=10_000)
    assert reader.locator("#said").text_content() == "Major outage"
    assert reader.problems == []
    page.context.close()
    reader.context.close()


@pytest.mark.parametrize("width", [320, 500, 1280])
def test_each_slot_of_a_bar_can_be_asked_about(browser, base, target, width):
    page = opened(browser, base, viewport={"width": width, "height": 800})
    set_up(page)
    add(page, "Website", target)
    page.goto("/?view=slots")
    bar, note = page.get_by_role("img", name=re.compile("^Website")), page.locator(".slot-note")
    bar.focus()
    page.keyboard.press("End")
    page.get_by_text(re.compile("UTC · Operational")).wait_for()
    page.keyboard.press("Home")
    page.get_by_text("No data", exact=True).first.wait_for()
    page.keyboard.press("Escape")
    assert note.count() == 0
    bar.hover()
    note.wait_for()
    assert page.problems == []
    page.context.close()


def test_the_keyboard_alone_is_enough(browser, base):
    page = opened(browser, base, viewport={"width": 1280, "height": 800})
    page.goto("/setup")
    page.keyboard.press("Tab")
    assert page.locator(":focus").text_content() == "Skip to the content"
    for text in (PASSWORD, PASSWORD, "Example Inc."):
        page.keyboard.press("Tab")
        page.keyboard.insert_text(text)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin?done=welcome")
    outline = page.evaluate("""() => {
        document.querySelector('.button').focus({focusVisible: true});
        return getComputedStyle(document.activeElement).outlineWidth;
    }""")
    assert outline == "2px"
    page.context.close()


SCREENS = {
    "status": "/",
    "checks": "/?view=slots",
    "days of a monitor": "/monitors/1",
    "checks of a monitor": "/monitors/1?view=slots",
    "not there": "/nothing",
    "overview": "/admin",
    "new monitor": "/admin/monitors/new",
    "monitor": "/admin/monitors/2",
    "edit": "/admin/monitors/1/edit",
    "remove": "/admin/monitors/1/delete",
    "jobs": "/admin/jobs",
    "runs": "/admin/runs",
    "keys": "/admin/keys",
    "settings": "/admin/settings",
    "password": "/admin/password",
}


def violations(page) -> list[str]:
    """What axe finds wrong, one line each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    return [
        f"{problem['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for problem in found.response["violations"]
        for node in problem["nodes"]
    ]


def test_axe_would_notice(browser, base):
    page = opened(browser, base, bypass_csp=True)
    page.goto("/setup")
    page.evaluate("document.querySelector('main').append(new Image())")
    assert any("image-alt" in line for line in violations(page))
    page.context.close()


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_screen(browser, base, target, scheme, width):
    page = opened(browser, base, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    page.goto("/")
    wrong = {"set-up": violations(page)}
    page.get_by_role("button", name="Set up").click()
    wrong["set-up refused"] = violations(page)
    set_up(page)
    wrong["empty"] = violations(page)
    page.goto("/")
    wrong["empty status"] = violations(page)
    add(page, "Website", target)
    add(page, "A name that is much longer than names of monitors are as a rule", target + "/broken")
    for name, path in SCREENS.items():
        page.goto(path)
        for details in page.locator("details").all():
            details.evaluate("element => element.open = true")
        wrong[name] = violations(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong[name].append("scrolls sideways")
    page.goto("/admin/monitors/new")
    page.get_by_role("button", name="Add the monitor").click()
    wrong["refused"] = violations(page)
    page.goto("/admin/keys")
    page.get_by_label("Name", exact=True).fill("script")
    page.get_by_role("button", name="Make the key").click()
    wrong["key made"] = violations(page)
    page.get_by_role("button", name="Log out").click()
    wrong["login"] = violations(page)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    wrong["login refused"] = violations(page)
    assert {name: found for name, found in wrong.items() if found} == {}
    page.context.close()
