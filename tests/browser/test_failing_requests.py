"""A request of htmx that fails: said in its place, nothing typed is lost, the next step is offered."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.harness import Pages
from tests.testapp.people import PASSWORD

pytestmark = pytest.mark.browser

NOTICE = '<div class="alert capsule-error" role="alert"><p>The server says why.</p></div>'


def asking(browser_page: Pages, words: str = "What I typed") -> Page:
    page = browser_page()
    page.goto("/test-asking/")
    page.get_by_label("Words").fill(words)
    return page


def answer_with(page: Page, status: int, body: str = "") -> None:
    def fulfil(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=status, body=body, content_type="text/html")
        else:
            route.fallback()

    page.route("**/test-asking/", fulfil)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, "", "You are signed out"),
        (403, "", "You do not have permission"),
        (404, "<!doctype html><title>x</title>", "not here any more"),
        (409, "", "Somebody else changed this"),
        (413, "<html><body>a proxy</body></html>", "too large"),
        (422, NOTICE, "The server says why."),
        (429, "", "Too many requests"),
        (500, "<h1>a proxy</h1>", "Something went wrong"),
        (502, "", "Something went wrong"),
        (503, "", "Not just now"),
        (200, "<!doctype html><form>a sign-in page</form>", "could not be loaded by itself"),
    ],
)
def test_it_is_said_in_its_place(status: int, body: str, words: str, browser_page: Pages) -> None:
    browser_page.expect(str(status))
    page = asking(browser_page)
    answer_with(page, status, body)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#asking").get_by_role("alert")).to_contain_text(words)
    expect(page.get_by_label("Words")).to_have_value("What I typed")
    expect(page.get_by_text("a proxy")).to_have_count(0)
    expect(page.get_by_text("a sign-in page")).to_have_count(0)


def test_without_a_connection_it_can_be_tried_again(browser_page: Pages) -> None:
    browser_page.expect("ERR_FAILED")
    browser_page.expect("Failed to fetch")
    page = asking(browser_page)
    page.route("**/test-asking/", lambda route: route.abort())
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("No connection")
    page.unroute("**/test-asking/")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Sent: What I typed")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


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


def test_signing_in_again_brings_back_what_was_typed(browser_page: Pages) -> None:
    browser_page.expect("401")
    page = asking(browser_page, "A long <b>story</b>")
    answer_with(page, 401)
    page.get_by_role("button", name="Send").click()
    page.get_by_role("alert").get_by_role("link", name="Sign in").click()
    page.unroute("**/test-asking/")
    page.locator("[name=username]").fill("bob@example.com")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("What you had typed is back")
    expect(page.get_by_label("Words")).to_have_value("A long <b>story</b>")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Sent: A long <b>story</b>")).to_be_visible()


def test_what_was_typed_is_not_shown_to_somebody_else(browser_page: Pages) -> None:
    browser_page.expect("401")
    page = browser_page("alice")
    page.goto("/test-asking/")
    page.get_by_label("Words").fill("Mine alone")
    answer_with(page, 401)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.context.clear_cookies()
    page.unroute("**/test-asking/")
    page.goto("/sign-in/?next=/test-asking/")
    page.locator("[name=username]").fill("bob@example.com")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Asking")).to_be_visible()
    expect(page.get_by_label("Words")).to_have_value("")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_token_that_has_grown_old_offers_to_load_the_page_again(browser_page: Pages) -> None:
    browser_page.expect("403")
    page = asking(browser_page)
    page.context.clear_cookies()
    page.get_by_role("button", name="Send").click()
    alert = page.locator("#asking").get_by_role("alert")
    expect(alert).to_contain_text("open for too long")
    alert.get_by_role("link", name="Load the page again").click()
    expect(page.get_by_label("Words")).to_have_value("What I typed")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Sent: What I typed")).to_be_visible()


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
