"""Settings by hand: saved, undone, in a second tab, for an organisation, from its history; no script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import findings_in_every_look
from tests.browser.harness import Pages, before_its_scripts

pytestmark = pytest.mark.browser

FOUND = "#settings-found"


def control(page: Page, name: str) -> Locator:
    return page.locator(f"#setting-test_{name}")


def done(page: Page, name: str) -> Locator:
    return control(page, name).get_by_role("status").first


def distance(page: Page) -> float:
    """How far below the one control the other begins: whatever moves within the first moves the second."""
    top = "document.getElementById('setting-test_{}').getBoundingClientRect().top"
    return float(page.evaluate(f"{top.format('theme')} - {top.format('font_size')}"))


def test_a_setting_is_changed_taken_back_and_followed(browser_page: Pages) -> None:
    browser_page.expect("422")
    page, second = browser_page("alice"), browser_page("alice")
    for one in (page, second):
        one.goto("/settings/")
    size, its = page.get_by_label("Test font size"), second.get_by_label("Test font size")

    # Saved and undone by keyboard; nothing moves, and the focus stays where it is.
    before = distance(page)
    size.fill("20")
    size.press("Enter")
    expect(done(page, "font_size")).to_have_text("Saved")
    expect(its).to_have_value("20")
    assert distance(page) == before
    undo = control(page, "font_size").get_by_role("button", name="Undo")
    undo.press("Enter")
    expect(done(page, "font_size")).to_have_text("Undone")
    expect(its).to_have_value("14")
    page.keyboard.press("Enter")
    expect(done(page, "font_size")).to_have_text("Saved")
    expect(size).to_have_value("20")
    control(page, "font_size").get_by_role("button", name="Reset").press("Enter")
    expect(done(page, "font_size")).to_have_text("Reset")
    expect(undo).to_be_focused()

    # What cannot be stays typed; what others set does not touch a field in use.
    size.fill("99")
    size.press("Tab")
    expect(control(page, "font_size").get_by_role("alert")).to_contain_text("32")
    its.fill("24")
    its.press("Tab")
    expect(done(second, "font_size")).to_have_text("Saved")
    expect(control(page, "font_size").get_by_text("Changed elsewhere")).to_be_visible()
    expect(size).to_have_value("99")

    # The search follows what is typed.
    page.get_by_role("searchbox").fill("cosy density")
    expect(page.get_by_text("No setting matches")).to_be_visible()
    page.get_by_role("searchbox").fill("density")
    expect(page.locator(f"{FOUND} form.setting")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=density"))
    assert "\n".join(findings_in_every_look(page)) == ""


@pytest.mark.thorough
def test_a_layer_the_history_and_a_secret(browser_page: Pages) -> None:
    page, bobs = browser_page("alice"), browser_page("bob")
    page.goto("/settings/?q=theme")
    bobs.goto("/settings/test_theme/")
    theme = page.get_by_label("Test theme")
    menu = control(page, "theme").locator("summary")
    menu.press("Enter")
    control(page, "theme").get_by_role("link", name="For Acme").press("Enter")
    expect(menu).to_contain_text("For Acme")
    expect(menu).to_be_focused()
    for value in ("light", "dark"):
        theme.select_option(value)
        expect(bobs.get_by_label("Test theme")).to_have_value(value)
    expect(bobs.get_by_text("From Acme, set by Alice")).to_be_visible()
    assert "\n".join(findings_in_every_look(page)) == ""

    history = control(page, "theme").get_by_role("link", name="History")
    history.press("Enter")
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("by you")
    drawer.get_by_role("button", name="Set this again").first.press("Enter")
    expect(page.get_by_text("is as it was then")).to_be_visible()
    expect(theme).to_have_value("light")
    expect(bobs.get_by_label("Test theme")).to_have_value("light")
    expect(history).to_be_focused()
    control(page, "theme").get_by_role("button", name="Reset").click()
    expect(done(page, "theme")).to_have_text("Reset")

    page.goto("/settings/test_api_key/")
    key = page.get_by_label("API key")
    key.fill("sk-0123456789abcd")
    key.press("Enter")
    expect(done(page, "api_key")).to_have_text("Saved")
    expect(key).to_have_value("")
    expect(key).to_have_attribute("placeholder", "•••• abcd")
    expect(key).to_be_focused()
    control(page, "api_key").get_by_role("button", name="Remove").click()
    expect(done(page, "api_key")).to_have_text("Removed")


@pytest.mark.thorough
def test_without_a_script_there_is_no_less(browser_page: Pages) -> None:
    page = browser_page("alice", java_script_enabled=False)
    page.goto("/settings/?q=theme")
    theme = page.get_by_label("Test theme")
    save = control(page, "theme").get_by_role("button", name="Save")
    for value in ("dark", "light"):
        theme.select_option(value)
        save.click()
        expect(page).to_have_url(re.compile("q=theme"))
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("was undone")).to_be_visible()
    expect(theme).to_have_value("dark")
    control(page, "theme").get_by_role("link", name="History").click()
    page.get_by_role("button", name="Set this again").first.click()
    expect(page).to_have_url(re.compile("q=theme"))
    expect(theme).to_have_value("light")
    control(page, "theme").locator("summary").click()
    control(page, "theme").get_by_role("link", name="For Acme").click()
    expect(control(page, "theme").locator("summary")).to_contain_text("For Acme")
    theme.select_option("dark")
    save.click()
    expect(page.get_by_text("Set by you")).to_be_visible()
    control(page, "theme").get_by_role("button", name="Reset").click()
    expect(page.get_by_text("was reset")).to_be_visible()
    expect(theme).to_have_value("system")


def test_what_is_set_before_the_scripts_have_run_is_saved(browser_page: Pages) -> None:
    page = browser_page("alice")
    with before_its_scripts(page, "/settings/"):
        page.get_by_label("Test font size").fill("18")
        page.get_by_label("Test font size").press("Tab")
        page.get_by_role("searchbox").press_sequentially("font")
    expect(done(page, "font_size")).to_have_text("Saved")
    expect(page).to_have_url(re.compile("q=font"))
    page.reload()
    expect(page.get_by_label("Test font size")).to_have_value("18")
    control(page, "font_size").get_by_role("button", name="Reset").click()
    expect(done(page, "font_size")).to_have_text("Reset")
