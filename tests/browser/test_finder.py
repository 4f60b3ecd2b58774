"""Ctrl K and ?: a dialog over any page, complete by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import PHONE, Pages

pytestmark = pytest.mark.browser


def test_ctrl_k_goes_to_a_collection_and_question_mark_lists_the_keys(browser_page: Pages) -> None:
    page = browser_page("alice")
    page.goto("/account/")
    dialog = page.get_by_role("dialog", name="Find")
    page.keyboard.press("Control+k")
    field = dialog.get_by_role("searchbox")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("link").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    page.keyboard.type("letters?")  # in a field it is a character
    expect(dialog).to_contain_text("Nothing here is called “letters?”")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")  # before what is typed is answered
    expect(page).to_have_url(re.compile("/collections/test_letters/$"))
    expect(dialog).to_be_hidden()

    page.keyboard.press("Shift+?")
    expect(dialog.get_by_role("heading", name="Keys")).to_be_focused()
    expect(dialog).to_contain_text("goes to a page, a collection or a record")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


@pytest.mark.thorough
def test_on_a_phone_it_is_a_button(browser_page: Pages) -> None:
    page: Page = browser_page("alice", viewport=PHONE)
    page.goto("/account/")
    page.get_by_role("banner").get_by_role("link", name="Find").click()
    expect(page.get_by_role("dialog", name="Find").get_by_role("searchbox")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
