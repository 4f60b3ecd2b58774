"""What htmx asks for and gets: taken in its place, and said while it lasts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.harness import Pages
from tests.browser.partials import threads_of_acme

__all__ = ["threads_of_acme"]

pytestmark = pytest.mark.browser


def asking(browser_page: Pages, words: str = "What I typed") -> Page:
    page = browser_page()
    page.goto("/test-asking/")
    page.get_by_label("Words").fill(words)
    return page


def answer_with(page: Page, status: int, body: str) -> None:
    def fulfil(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=status, body=body, content_type="text/html")
        else:
            route.fallback()

    page.route("**/test-asking/", fulfil)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (404, "<!doctype html><title>x</title>", "not here any more"),
        (413, "<html><body>a proxy</body></html>", "too large"),
        (418, "", "was not accepted"),
        (500, "<h1>a proxy</h1>", "Something went wrong"),
        (502, "", "Something went wrong"),
        (200, "<!doctype html><form>a sign-in page</form>", "could not be loaded by itself"),
    ],
)
def test_what_is_not_ours_is_not_shown(status: int, body: str, words: str, browser_page: Pages) -> None:
    browser_page.expect(str(status))
    page = asking(browser_page)
    answer_with(page, status, body)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#asking").get_by_role("alert")).to_contain_text(words)
    expect(page.get_by_label("Words")).to_have_value("What I typed")
    expect(page.get_by_text("a proxy")).to_have_count(0)
    expect(page.get_by_text("a sign-in page")).to_have_count(0)


def test_a_form_that_comes_back_takes_the_place_of_the_old(browser_page: Pages) -> None:
    browser_page.expect("422")
    page = asking(browser_page)
    answer_with(page, 422, '<form id="asking"><p>Say more.</p></form>')
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Say more.")).to_be_visible()


def test_of_a_whole_page_only_the_part_is_taken(browser_page: Pages) -> None:
    page = asking(browser_page)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Sent: What I typed")).to_be_visible()
    expect(page.get_by_role("main")).to_have_count(1)


def test_what_was_opened_stays_open(browser_page: Pages) -> None:
    page = asking(browser_page)
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Sent: What I typed")).to_be_visible()
    expect(page.get_by_text("What more there is.")).to_be_visible()


def test_a_part_says_that_it_is_being_fetched(browser_page: Pages) -> None:
    page = asking(browser_page)
    waiting: list[Route] = []
    page.route("**/test-asking/", lambda route: waiting.append(route))
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#asking")).to_have_attribute("aria-busy", "true")
    waiting[0].continue_()
    expect(page.get_by_text("Sent: What I typed")).to_be_visible()
    expect(page.locator("#asking")).not_to_have_attribute("aria-busy", "true")


def test_a_tab_opens_in_place_and_back_closes_it(browser_page: Pages) -> None:
    page = browser_page()
    page.goto("/test-tabs/")
    page.get_by_role("link", name="Second").click()
    expect(page.get_by_text("probe right")).to_be_visible()
    expect(page.get_by_role("link", name="Second")).to_be_focused()
    assert page.url.endswith("?tab=second")
    page.go_back()
    expect(page.get_by_text("probe left")).to_be_visible()
    page.reload()
    expect(page.get_by_text("probe left")).to_be_visible()


def test_every_page_works_without_a_script(browser_page: Pages) -> None:
    page = browser_page(java_script_enabled=False)
    page.goto("/test-tabs/")
    page.get_by_role("link", name="Second").click()
    expect(page.get_by_text("probe right")).to_be_visible()
    page.goto("/test-asking/")
    page.get_by_label("Words").fill("Plain")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Sent: Plain")).to_be_visible()


# The place that is worth keeping after a rest is about to be kept as one goes back.
KEEP_IT_JUST_THEN = """() => {
    const {setTimeout: later, clearTimeout: forget} = window;
    let due = null;
    window.setTimeout = (work, wait, ...rest) => wait === 100 ? (due = work, -1) : later(work, wait, ...rest);
    window.clearTimeout = id => id === -1 ? due = null : forget(id);
    addEventListener("popstate", () => due?.());
    scrollTo(0, 40);
    return new Promise(seen => addEventListener("scroll", () => seen(due !== null), {once: true}));
}"""


@pytest.mark.usefixtures("threads_of_acme")
def test_who_goes_back_while_scrolling_arrives_where_the_page_was(browser_page: Pages) -> None:
    page = browser_page("alice", viewport={"width": 1440, "height": 300})
    page.goto("/collections/test_threads/")
    page.evaluate("scrollTo(0, 150)")
    page.evaluate("document.querySelector('th a[href*=priority]').click()")
    priority = page.get_by_role("columnheader", name="Priority")
    expect(priority).to_have_attribute("aria-sort", "ascending")
    assert page.evaluate(KEEP_IT_JUST_THEN)
    page.go_back()
    expect(priority).not_to_have_attribute("aria-sort", "ascending")
    page.wait_for_function("() => scrollY === 150", polling=50)


@pytest.mark.usefixtures("threads_of_acme")
def test_back_and_forward_restore_sort_filter_and_scroll(browser_page: Pages) -> None:
    page = browser_page("alice", viewport={"width": 1440, "height": 300})
    page.goto("/collections/test_threads/")
    priority = page.get_by_role("columnheader", name="Priority")
    page.evaluate("scrollTo(0, 150)")
    scrolled = page.evaluate("scrollY")
    assert scrolled > 0
    page.evaluate("document.querySelector('th a[href*=priority]').click()")
    expect(priority).to_have_attribute("aria-sort", "ascending")
    page.evaluate("scrollTo(0, 0)")
    panel = page.locator(".data-table-menu").first
    panel.locator("summary").click()
    panel.get_by_label("Priority: from").fill("3")
    panel.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("list", name="Filters in force")).to_contain_text("3")
    page.go_back()
    expect(page.get_by_role("list", name="Filters in force")).to_have_count(0)
    expect(priority).to_have_attribute("aria-sort", "ascending")
    page.go_back()
    expect(priority).not_to_have_attribute("aria-sort", "ascending")
    page.wait_for_function("scrolled => scrollY === scrolled", arg=scrolled)
    page.go_forward()
    expect(priority).to_have_attribute("aria-sort", "ascending")
    page.go_forward()
    expect(page.get_by_role("list", name="Filters in force")).to_contain_text("3")
    page.goto("/test-public/")
    page.go_back()
    expect(page.get_by_role("list", name="Filters in force")).to_contain_text("3")


@pytest.mark.thorough
@pytest.mark.usefixtures("threads_of_acme")
def test_a_page_whose_part_is_gone_heals_itself(browser_page: Pages) -> None:
    """The page was made with another table, which a new version of it no longer has."""
    browser_page.expect("410")
    page = browser_page("alice")
    page.goto("/test-desk/")
    page.evaluate(
        """() => {
          const table = document.getElementById("table-test_threads");
          const old = table.outerHTML.replaceAll("table-test_threads", "table-of_old");
          table.insertAdjacentHTML("afterend", old);
          table.remove();
          document.querySelector("main").dataset.digest = "of the old page";
          htmx.process(document.getElementById("table-of_old"));
        }"""
    )
    page.locator("#table-of_old th a").first.click()
    expect(page.locator("#table-test_threads")).to_be_visible()
    expect(page.locator("#table-of_old")).to_have_count(0)
