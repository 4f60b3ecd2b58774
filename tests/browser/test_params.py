"""The controls of a page's parameters, in a browser: what one types, ticks and picks, and the address."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.harness import Pages, before_its_scripts

pytestmark = pytest.mark.browser


def test_what_is_typed_ticked_and_picked_stands_in_the_address_and_back_takes_it_back(
    browser_page: Pages,
) -> None:
    page = browser_page()
    browser_page.expect("400 (Bad Request)")
    page.goto("/test-controls/")
    page.evaluate("document.body.dataset.mark = 'never reloaded'")
    words = page.get_by_label("Words")
    # Typed in two goes, each waited for: one entry of the history, and nothing of it lost.
    words.press_sequentially("pri")
    expect(page).to_have_url(re.compile(r"\?words=pri$"))
    words.press_sequentially("nter")
    expect(page).to_have_url(re.compile(r"\?words=printer$"))
    expect(page.get_by_text("probe 7d printer")).to_be_visible()
    expect(words).to_be_focused()
    expect(words).to_have_value("printer")
    expect(page.locator(".changed-elsewhere")).to_have_count(0)
    page.go_back()
    expect(words).to_have_value("")
    page.go_forward()
    expect(words).to_have_value("printer")
    # Several, a switch that is on by default, and a switch.
    page.get_by_text("Brand <new>").click()
    expect(page).to_have_url(re.compile("words=printer&status=open$"))
    page.get_by_text("open", exact=True).click()
    expect(page).to_have_url(re.compile("words=printer&status=$"))
    page.get_by_role("switch", name="Fresh").uncheck()
    expect(page.get_by_text("probe 1 False False [] None None")).to_be_visible()
    # What cannot be is said beside the control, which keeps it; put right, it goes.
    least = page.get_by_label("At least")
    least.fill("99")
    expect(page.get_by_role("alert")).to_have_text("Use 9 or less.")
    expect(least).to_have_value("99")
    least.fill("3")
    expect(page.get_by_text("probe 3 False False [] None None")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    # A range by its name, by keyboard; then a day.
    days = page.locator("#date-range-received summary")
    days.press("Enter")
    page.get_by_role("link", name="Last 30 days").press("Enter")
    expect(days).to_have_text(re.compile("Last 30 days"))
    expect(days).to_be_focused()
    days.press("Enter")
    page.get_by_label("From").fill("2026-11-01")
    page.get_by_label("Until").fill("2026-11-30")
    expect(
        page.get_by_text("DateRange(datetime.date(2026, 11, 1), datetime.date(2026, 11, 30))")
    ).to_be_visible()
    expect(days).to_have_text(re.compile("1 Nov 2026 – 30 Nov 2026"))
    assert page.evaluate("document.body.dataset.mark") == "never reloaded"
    page.reload()
    expect(words).to_have_value("printer")
    expect(page.get_by_label("open", exact=True)).not_to_be_checked()


@pytest.mark.thorough
def test_the_controls_work_without_a_script(browser_page: Pages) -> None:
    page = browser_page(java_script_enabled=False)
    browser_page.expect("400 (Bad Request)")
    page.goto("/test-controls/?period=30d")
    page.locator("#toggle-fresh input[type=checkbox]").uncheck()
    page.locator("#toggle-fresh button").click()
    expect(page.get_by_text("probe 1 False False")).to_be_visible()
    page.locator("#select-status").get_by_text("open").click()
    page.locator("#select-status button").click()
    expect(page.get_by_text("probe 1 False False ['new']")).to_be_visible()
    page.locator("#number-input-least input[type=number]").fill("12")
    page.locator("#number-input-least button").click()
    expect(page.get_by_role("alert")).to_have_text("Use 9 or less.")
    expect(page.locator("#number-input-least input[type=number]")).to_have_value("12")
    expect(page.get_by_text("probe 30d")).to_be_visible()


def test_what_is_chosen_before_the_scripts_have_run_is_followed(browser_page: Pages) -> None:
    page = browser_page()
    with before_its_scripts(page, "/test-controls/"):
        page.get_by_text("open", exact=True).click()
    expect(page).to_have_url(re.compile("status=new$"))
