"""The pages as a person meets them: by mouse, keyboard, phone, screen reader, at night."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

pytestmark = pytest.mark.slow

DESK, PHONE = {"width": 1200, "height": 900}, {"width": 360, "height": 740}


@contextmanager
def opened(browser, path, **settings) -> Iterator[Any]:
    """Open a page; whatever it says to the console or asks of anybody else fails the test."""
    context = browser.new_context(**{"viewport": DESK, **settings})
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    yield page
    context.close()
    assert said == []
    assert [one for one in asked if not one.startswith(("file:", "data:"))] == []


def everything(folder):
    return sorted(folder.glob("*.html"))


def test_a_drifted_user_is_found_in_two_clicks(browser, folder):
    with opened(browser, folder / "index.html") as page:
        page.get_by_role("link", name="user/app-17 access_string").click()
        assert page.locator("article:target").get_by_text("on ~* +@all").is_visible()
        page.get_by_role("link", name="Who may do what").click()
        assert page.get_by_role("row", name="app-17 drifted").is_visible()


def test_every_page_opens_without_a_word_and_without_a_request(browser, folder):
    assert len(everything(folder)) == 6
    for path in everything(folder):
        with opened(browser, path) as page:
            assert page.get_by_role("heading", level=1).count() == 1


def test_the_filter_leaves_what_was_typed_and_says_how_many(browser, folder):
    with opened(browser, folder / "index.html") as page:
        page.get_by_role("searchbox").fill("app-18")
        assert page.locator("[data-filter]:visible").count() == 1
        assert page.get_by_role("status").inner_text() == "1 of 7 shown"
        page.get_by_role("searchbox").fill("")
        assert page.locator("[data-filter]:visible").count() == 7


def test_a_filter_leaves_no_table_of_nobody(browser, folder):
    page_of = next(
        one
        for one in everything(folder)
        if "app-17" in one.read_text() and one.stem not in {"index", "verify"}
    )
    with opened(browser, page_of) as page:
        page.get_by_role("searchbox").fill("nobody-of-this-name")
        assert page.locator("[data-part]:visible").count() == 0
        page.get_by_role("searchbox").fill("app-17")
        assert page.locator("[data-part]:visible").count() == 1


def test_without_scripts_everything_is_there_but_the_filter(browser, folder):
    with opened(browser, folder / "index.html", java_script_enabled=False) as page:
        assert page.locator("[data-filter]:visible").count() == 7
        assert not page.get_by_role("searchbox").is_visible()


def test_with_the_keyboard_alone_one_gets_to_the_finding(browser, folder):
    with opened(browser, folder / "index.html") as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        for _ in range(6):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.matches('a[href*=\\'#finding-\\']')"):
                break
        page.keyboard.press("Enter")
        page.locator("article:target").get_by_role("heading").wait_for(timeout=10_000)


def test_nothing_on_a_phone_has_to_be_pushed_sideways_but_tables(browser, folder):
    for path in everything(folder):
        with opened(browser, path, viewport=PHONE) as page:
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= PHONE["width"], path.name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_checker_of_accessibility_finds_nothing(browser, folder, scheme, size):
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - the extra browser

    for path in everything(folder):
        context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        page.goto(path.as_uri())
        found = Axe().run(page)
        context.close()
        told = [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]]
        assert told == [], path.name


def test_at_night_the_page_is_dark(browser, folder):
    with opened(browser, folder / "index.html", color_scheme="dark") as page:
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert ground == "rgb(20, 23, 28)"
