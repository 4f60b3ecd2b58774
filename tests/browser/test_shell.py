from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import PHONE, Pages
from tests.testapp.people import PASSWORD

pytestmark = pytest.mark.browser

SIGN_IN = re.compile(r"/sign-in/\?next=(/|%2F)account(/|%2F)$")


def fill_in(page: Page, person: str, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail address").fill(f"{person}@example.com")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_signing_in_returns_to_the_page_that_was_asked_for(browser_page: Pages) -> None:
    browser_page.expect("422")  # a wrong password, which Chromium's console remarks on
    page = browser_page()
    page.goto("/account/")
    expect(page).to_have_url(SIGN_IN)
    fill_in(page, "alice", "wrong " + PASSWORD)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("E-mail address")).to_have_value("alice@example.com")
    fill_in(page, "alice")
    expect(page).to_have_url(f"{browser_page.site.url}/account/")
    expect(page.get_by_role("complementary")).to_contain_text("Alice")


@pytest.mark.thorough
def test_signing_in_needs_no_script(browser_page: Pages) -> None:
    page = browser_page(java_script_enabled=False)
    page.goto("/account/")
    fill_in(page, "bob")
    expect(page).to_have_url(f"{browser_page.site.url}/account/")
    page.locator("summary", has_text="Bob").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto("/account/")
    expect(page).to_have_url(SIGN_IN)


def test_after_signing_out_the_way_back_shows_nothing(browser_page: Pages) -> None:
    page = browser_page("alice")
    page.goto("/account/")
    page.locator("summary", has_text="Alice").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url(lambda url: "/account/" not in url)
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_the_sidebar_is_a_drawer_on_a_phone(browser_page: Pages) -> None:
    page = browser_page("alice", viewport=PHONE)
    page.goto("/test-public/")
    sidebar = page.locator("#sidebar")
    expect(sidebar).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(sidebar).to_be_visible()
    page.keyboard.press("Escape")
    expect(sidebar).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    sidebar.get_by_role("link", name="Test probes").click()
    expect(page).to_have_url(f"{browser_page.site.url}/test-probes/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"


def test_the_look_follows_the_system_until_one_chooses(browser_page: Pages) -> None:
    page = browser_page("alice", color_scheme="dark")
    page.goto("/test-public/")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    page.locator("summary", has_text="Alice").click()
    with page.expect_response("**/account/theme/"):
        page.get_by_role("button", name="Light").click()
    expect(page.locator("html")).to_have_attribute("data-look", "light")
    light = page.evaluate(background)
    assert light != dark
    page.reload()
    assert page.evaluate(background) == light, "the server has kept it"
    page.emulate_media(color_scheme="light")
    page.locator("summary", has_text="Alice").click()
    with page.expect_response("**/account/theme/"):
        page.get_by_role("button", name="Dark").click()
    page.reload()
    assert page.evaluate(background) == dark


def test_the_keyboard_reaches_the_content_first(browser_page: Pages) -> None:
    page = browser_page("bob")
    page.goto("/test-public/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


@pytest.mark.thorough
def test_every_stop_of_the_keyboard_can_be_seen(browser_page: Pages) -> None:
    page = browser_page("bob")
    page.goto("/test-public/")
    for _ in range(8):
        page.keyboard.press("Tab")
        focused = "document.activeElement"
        assert page.evaluate(f"{focused} !== document.body"), "Tab leads somewhere"
        box = page.evaluate(f"(({{width, height}}) => [width, height])({focused}.getBoundingClientRect())")
        assert min(box) > 0


@pytest.mark.parametrize("person", [None, "charlie"])
def test_a_page_that_is_not_there_is_a_page_of_the_house(person: str | None, browser_page: Pages) -> None:
    browser_page.expect("404")
    page = browser_page(person)
    response = page.goto("/nowhere/at/all/")
    assert response is not None
    assert response.status == 404
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text("nowhere")
    page.get_by_role("main").get_by_role("link").first.click()
    assert "/nowhere/" not in page.url


def test_somebody_without_permission_is_told_so(browser_page: Pages) -> None:
    browser_page.expect("403")
    page = browser_page("bob")
    response = page.goto("/test-staff/")
    assert response is not None
    assert response.status == 403
    expect(page.get_by_role("main")).to_be_visible()
    expect(page.get_by_role("link", name="Test staff")).to_have_count(0)


@pytest.mark.parametrize("path", ["/admin/", "/admin/accounts/user/", "/admin/accounts/user/add/"])
def test_the_administration_runs_under_the_same_policy(path: str, browser_page: Pages) -> None:
    page = browser_page("dana")
    response = page.goto(path)
    assert response is not None
    assert response.status == 200
    expect(page.locator("#content")).to_be_visible()


def test_where_motion_is_reduced_the_theme_changes_at_once(browser_page: Pages) -> None:
    """Nothing is on its way from one colour to the other: a page of many elements stood still for it."""
    page = browser_page("alice", color_scheme="dark", reduced_motion="reduce")
    page.goto("/settings/")
    page.evaluate("document.documentElement.dataset.bsTheme = 'light'")
    assert page.evaluate("document.getAnimations().length") == 0
