"""``ui.Wizard`` under a hand: by keyboard, with and without JavaScript, on a phone, and on another device.

The console is watched: a violation of the Content-Security-Policy fails the test.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.axe import findings_in_every_look
from tests.browser.harness import PHONE, Pages, api
from tests.browser.partials import threads_of_acme

__all__ = ["threads_of_acme"]

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("threads_of_acme")]


def at_the_beginning(pages: Pages, person: str = "alice", **options: Any) -> Page:
    """The wizard, with nothing of an earlier test's in it."""
    page = pages(person, **options)
    page.goto("/test-wizard/")
    over = page.get_by_role("button", name="Start over")
    if over.count():
        over.click()
    expect(page.get_by_role("heading", name="Who")).to_be_visible()
    return page


def test_it_is_walked_by_keyboard_and_says_how_far_it_is(browser_page: Pages) -> None:
    browser_page.expect("422")
    page = at_the_beginning(browser_page)
    said = page.locator("#wizard-add-paper-said")
    page.get_by_label("Name").focus()
    page.keyboard.type("Ana")
    page.keyboard.press("Enter")  # which is Next, though the list of steps has buttons before it
    expect(page).to_have_url(re.compile(r"\?step=where$"))
    expect(said).to_have_text(re.compile("Step 2 of [456]: Place"))
    expect(page.get_by_label("Country")).to_be_focused()
    expect(page.get_by_role("group", name=re.compile("Step 2 of . ?: ?Place"))).to_be_visible()
    expect(page.locator("[aria-current=step]")).to_contain_text("Place")
    page.keyboard.press("u")  # the United States
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("How many people?")).to_be_focused()
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("One field needs another look.")
    expect(page.get_by_label("How many people?")).to_be_focused()
    assert findings_in_every_look(page) == []


@pytest.mark.thorough
def test_back_keeps_what_was_typed_and_so_does_the_browsers_own(browser_page: Pages) -> None:
    page = at_the_beginning(browser_page)
    page.get_by_label("Name").fill("Ana")
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_label("Send news").check()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Name")).to_have_value("Ana")
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_label("Send news")).to_be_checked()
    page.go_back()
    expect(page).to_have_url(re.compile(r"\?step=who$"))
    expect(page.get_by_label("Name")).to_have_value("Ana")
    page.get_by_label("Name").fill("Ben")
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_label("Send news")).to_be_checked()


@pytest.mark.thorough
@pytest.mark.parametrize("javascript", [True, False])
def test_a_closed_browser_and_another_device_go_on_to_the_end(browser_page: Pages, javascript: bool) -> None:
    page = at_the_beginning(browser_page, java_script_enabled=javascript)
    page.get_by_label("Name").fill("Ana")
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_label("Country").select_option("us")
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_label("How many people?")).to_be_visible()
    page.close()

    phone = browser_page("alice", viewport=PHONE, java_script_enabled=javascript)
    phone.goto("/test-wizard/")
    phone.get_by_label("How many people?").fill("1")
    phone.get_by_role("button", name="Next", exact=True).click()
    phone.get_by_role("textbox", name="Person").fill("Pat")
    phone.get_by_role("button", name="Next", exact=True).click()
    terms: FilePayload = {"name": "terms.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 terms"}
    phone.get_by_label("Terms").set_input_files(terms)
    phone.get_by_role("button", name="To the summary").click()
    expect(phone.get_by_role("definition").filter(has_text="terms.pdf")).to_be_visible()
    phone.get_by_role("button", name="Change Who").click()
    expect(phone.get_by_label("Name")).to_have_value("Ana")
    phone.get_by_role("button", name="Summary").click()
    phone.get_by_role("button", name="Finish").click()
    expect(phone.get_by_role("heading", name="That is done")).to_be_focused()
    expect(phone.get_by_text("“Ana” was added.").last).to_be_visible()
    if javascript:
        assert findings_in_every_look(phone) == []
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.get_by_role("link", name="Start again").click()
    expect(phone.get_by_label("Name")).to_have_value("")


@pytest.mark.thorough
def test_a_later_tab_is_told_what_the_other_has_answered(browser_page: Pages) -> None:
    browser_page.expect("409")
    one = at_the_beginning(browser_page)
    two = one.context.new_page()
    two.goto("/test-wizard/")
    one.get_by_label("Name").fill("Ana")
    one.get_by_role("button", name="Next", exact=True).click()
    expect(one.get_by_label("Country")).to_be_visible()
    two.get_by_label("Name").fill("Ben")
    two.get_by_role("button", name="Next", exact=True).click()
    expect(two.get_by_role("alert")).to_contain_text("answered elsewhere")
    expect(two.get_by_role("alert")).to_contain_text("Ana")
    expect(two.get_by_label("Name", exact=True)).to_have_value("Ben")
    two.get_by_role("button", name="Next", exact=True).click()
    expect(two.get_by_label("Country")).to_be_visible()


def test_a_choice_that_is_gone_leaves_nothing_chosen(browser_page: Pages) -> None:
    browser_page.expect("422")
    page = browser_page("alice")
    page.goto("/test-lending-wizard/")
    addresses = {}
    for title in ("Almanac", "Brochure"):
        answer = page.request.post(
            "/collections/test_papers/", data={"title": title}, headers=api(page.context)
        )
        assert answer.status == 201, answer.text()
        addresses[title] = answer.headers["location"]
    page.reload()
    page.get_by_label("Paper", exact=True).select_option("Brochure")
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_label("About")).to_be_visible()
    assert page.request.delete(addresses["Brochure"], headers=api(page.context)).status == 204
    page.get_by_role("button", name="Back").click()
    chosen = page.get_by_label("Paper", exact=True)
    expect(chosen).to_have_value("")
    expect(page.get_by_text("That choice is not there any more. Choose again.")).to_be_visible()
    page.get_by_role("button", name="Next", exact=True).click()  # in haste
    expect(page.get_by_text("This field is required.")).to_be_visible()
    expect(chosen).to_have_value("")
    page.request.delete(addresses["Almanac"], headers=api(page.context))
