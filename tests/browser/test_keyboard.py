"""By the keyboard alone: the shell, the table, the forms and the settings."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import Pages
from tests.browser.partials import threads_of_acme

__all__ = ["threads_of_acme"]

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("threads_of_acme")]

THREADS = "/collections/test_threads/"


def tab_to(page: Page, name: str, limit: int = 60) -> None:
    """Press Tab until what has the focus is called ``name``."""
    words = "(document.activeElement.labels?.[0] ?? document.activeElement).innerText.trim()"
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate(words) == name:
            return
    raise AssertionError(f"Tab never came to “{name}”.")


# What a screen reader would say: the texts that come into the page's live regions, in their order.
LISTEN = """() => {
    window.said = [];
    const regions = "[role=status], [role=alert], [aria-live]";
    new MutationObserver(changes => {
        const places = changes.map(({target}) => (target.closest ? target : target.parentElement));
        const touched = new Set(places.map(place => place?.closest(regions)).filter(Boolean));
        for (const region of touched) window.said.push(region.innerText.trim());
    }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


def said(page: Page, words: str) -> None:
    """Wait until that was announced."""
    page.wait_for_function("words => window.said.some(one => one.includes(words))", arg=words)


def test_the_sidebar_leads_to_a_page(browser_page: Pages) -> None:
    page = browser_page("bob")
    page.goto("/test-public/")
    tab_to(page, "Test gallery")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/test-gallery/$"))


def test_a_menu_opens_and_escape_gives_the_focus_back(browser_page: Pages) -> None:
    page = browser_page("bob")
    page.goto("/test-public/")
    menu = page.locator("details[data-menu]", has=page.locator("summary", has_text="Bob"))
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    assert menu.evaluate("menu => menu.contains(document.activeElement)"), "Tab leads into the menu"
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()


def test_a_header_sorts_and_keeps_the_focus(browser_page: Pages) -> None:
    page = browser_page("alice")
    page.goto(THREADS)
    tab_to(page, "Priority")
    header = page.get_by_role("columnheader", name="Priority")
    for order in ("ascending", "descending"):
        page.keyboard.press("Enter")
        expect(header).to_have_attribute("aria-sort", order)
        expect(header.get_by_role("link")).to_be_focused()


@pytest.mark.thorough
def test_the_filter_panel_opens_applies_and_closes(browser_page: Pages) -> None:
    page = browser_page("alice")
    page.goto(THREADS)
    panel = page.locator(".data-table-menu", has=page.locator("summary", has_text="Filter"))
    tab_to(page, "Filter")
    page.keyboard.press("Enter")
    expect(panel).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(panel).not_to_have_attribute("open", "")
    expect(panel.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "Columns")  # who goes on leaves no panel open above the rows
    expect(panel).not_to_have_attribute("open", "")
    panel.locator("summary").press("Enter")
    tab_to(page, "from")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Filters in force")).to_contain_text("3")
    expect(panel.locator("summary")).to_be_focused()


def test_the_pager_turns_and_a_row_opens(browser_page: Pages) -> None:
    page = browser_page("alice")
    page.goto(f"{THREADS}?test_threads-size=2&test_threads-sort=subject")
    next_page = page.locator("#table-test_threads").get_by_role("link", name="Page 2", exact=True)
    next_page.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[aria-current=page]", has_text="2")).to_be_visible()
    expect(page.locator(".pagination a:focus")).to_have_count(1)  # that to this page is none
    row = page.locator("tbody tr").first.get_by_role("link").first
    subject = row.inner_text()
    row.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#drawer").get_by_label("Subject")).to_have_value(subject)


def test_a_form_is_filled_in_and_sent(browser_page: Pages) -> None:
    browser_page.expect("422")
    page = browser_page("alice")
    page.goto(f"{THREADS}add/")
    tab_to(page, "Subject")
    page.keyboard.type("By the keyboard")
    page.keyboard.press("Tab")
    page.keyboard.type("nobody")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Sender")).to_have_attribute("aria-invalid", "true")
    tab_to(page, "Sender")
    page.keyboard.press("Control+A")
    page.keyboard.type("ann@example.com")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Status")).to_have_value("open")
    tab_to(page, "Add")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("The record was added.")


@pytest.mark.thorough
def test_settings_are_set_and_the_focus_goes_on(browser_page: Pages) -> None:
    page = browser_page("bob")
    page.goto("/settings/?q=test")
    switch = page.get_by_role("switch", name="Show closed threads")
    before = switch.is_checked()
    switch.focus()
    with page.expect_response("**/settings/test_show_closed/"):
        page.keyboard.press("Space")
    expect(switch).to_be_checked(checked=not before)
    expect(switch).to_be_focused()
    size = page.get_by_label("Test font size")
    typed = int(size.input_value())
    size.focus()
    with page.expect_response("**/settings/test_font_size/"):
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Tab")
    expect(size).to_have_value(str(typed + 2))
    expect(page.get_by_label("Test density")).to_be_focused()


def test_a_search_announces_what_it_found_and_keeps_the_caret(browser_page: Pages) -> None:
    page = browser_page("alice")
    page.goto(THREADS.replace("threads", "letters"))
    page.evaluate(LISTEN)
    search = page.get_by_role("searchbox")
    search.focus()
    page.keyboard.type("nothing like it")
    said(page, "Nothing matches")
    expect(search).to_be_focused()
    assert search.evaluate("field => field.selectionStart") == len("nothing like it")
    expect(search).to_have_value("nothing like it")


@pytest.mark.thorough
def test_a_filter_announces_how_many_are_left(browser_page: Pages) -> None:
    page = browser_page("alice")
    page.goto(THREADS)
    page.evaluate(LISTEN)
    tab_to(page, "Filter")
    page.keyboard.press("Enter")
    tab_to(page, "from")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    said(page, "records")
    chip = page.get_by_role("list", name="Filters in force").get_by_role("link").first
    chip.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Filters in force")).to_have_count(0)
    expect(page.locator(".data-table-menu > summary", has_text="Filter")).to_be_focused()


def test_shift_and_enter_add_a_second_column_to_the_order(browser_page: Pages) -> None:
    page = browser_page("alice")
    page.goto(THREADS)
    tab_to(page, "Priority")
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Priority")).to_have_attribute("aria-sort", "ascending")
    subject = page.get_by_role("columnheader", name="Subject").get_by_role("link")
    subject.focus()
    page.keyboard.press("Shift+Enter")
    expect(page).to_have_url(re.compile("sort=priority%2Csubject"))
    expect(page.get_by_role("columnheader", name="Subject").get_by_role("link")).to_be_focused()


@pytest.mark.thorough
def test_columns_are_moved_and_hidden(browser_page: Pages) -> None:
    page = browser_page("bob")
    page.goto(THREADS)
    menu = page.locator(".data-table-menu", has=page.locator("summary", has_text="Columns"))
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    move = menu.get_by_role("button", name="Move Subject back")
    move.focus()
    page.keyboard.press("Enter")
    expect(move).to_be_focused()
    for _ in range(menu.get_by_role("checkbox").count() - 2):  # to the end, where only the way back is left
        page.keyboard.press("Enter")
    expect(menu.get_by_role("button", name="Move Subject forward")).to_be_focused()
    menu.get_by_role("checkbox", name="Tags").focus()
    page.keyboard.press("Space")
    menu.get_by_role("button", name="Apply").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Tags")).to_have_count(0)
    expect(page.get_by_role("columnheader").first).not_to_contain_text("Subject")
    assert page.locator("tr.is-changed").count() == 0, "nobody changed a row"
    expect(menu.locator("summary")).to_be_focused()
    menu.locator("summary").press("Enter")
    menu.get_by_role("button", name="As declared").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Tags")).to_be_visible()


def test_a_row_is_headed_by_what_leads_to_its_record(browser_page: Pages) -> None:
    page = browser_page("alice")
    page.goto(THREADS)
    header = page.get_by_role("rowheader").first
    expect(header.get_by_role("link")).to_be_visible()
    assert page.get_by_role("rowheader").count() == page.locator("tbody tr").count()
