"""What changes by itself is said once, and a conversation is whole for whoever cannot see it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import findings_in_every_look
from tests.browser.harness import Pages
from tests.browser.test_chat import GROWING, PANEL, begin, ended, growing_past, send

pytestmark = pytest.mark.browser

# Whatever a live region comes to hold, word for word and in order; not what it held already, however much
# else of the page changes.
LISTEN = """selector => {
    const said = () => document.querySelector(selector).textContent.replace(/\\s+/g, " ").trim();
    let last = said();
    window.heard = [];
    new MutationObserver(() => {
        if (said() === last) return;
        last = said();
        if (last) window.heard.push(last);
    }).observe(document.body, {childList: true, characterData: true, subtree: true});
}"""


def heard(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.heard")
    return found


@pytest.mark.thorough
def test_a_new_message_is_announced_once_and_not_letter_by_letter(browser_page: Pages) -> None:
    page = browser_page("alice")
    begin(page)
    page.evaluate(LISTEN, "[data-chat-said]")
    send(page, "40 words")
    growing_past(page, 10)
    assert heard(page) == [], "nothing is said while it is written"
    ended(page, 40)
    expect(page.locator("[data-chat-said]")).to_contain_text("The end.")
    assert len(heard(page)) == 1
    assert heard(page)[0].count("The end.") == 1


@pytest.mark.thorough
def test_a_change_of_a_table_is_announced_once_as_its_count(browser_page: Pages) -> None:
    page, other = browser_page("alice"), browser_page("bob")
    for one in (page, other):
        one.goto("/test-desk/")
        expect(one.locator("body")).to_have_attribute("data-connection", "listening")
    count = page.locator("#table-test_threads .data-table-count")
    expect(count).to_have_attribute("role", "status")
    before = count.inner_text()
    page.evaluate(LISTEN, "#table-test_threads .data-table-count")
    other.get_by_role("link", name=re.compile("^Add")).first.click()
    other.locator("#drawer").get_by_label("Subject").fill("Said once")
    other.locator("#drawer").get_by_role("button", name="Add").click()
    expect(count).not_to_have_text(before)
    expect(count).to_contain_text("records")
    assert len(heard(page)) == 1


@pytest.mark.thorough
def test_axe_finds_nothing_in_a_conversation_in_any_of_its_states(browser_page: Pages) -> None:
    page = browser_page("bob")
    begin(page, "Helper")
    assert findings_in_every_look(page) == [], "empty"
    send(page, "A [link](/contacts/), `code` and a list:\n\n1. one\n2. two")
    expect(page.locator(f"{PANEL} .chat-assistant .markdown")).to_be_visible()
    assert findings_in_every_look(page) == [], "answered"
    page.goto("/conversations/")
    assert findings_in_every_look(page) == [], "the list"
    begin(page)
    send(page, "900 words")
    growing_past(page, 3)
    assert findings_in_every_look(page) == [], "growing"
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.locator(GROWING)).to_have_count(0)
    assert findings_in_every_look(page) == [], "stopped"
    page.goto("/test-chat/")
    assert findings_in_every_look(page) == [], "two panels on a page"


def test_a_conversation_is_held_by_keyboard_alone(browser_page: Pages) -> None:
    page = browser_page("charlie")
    page.goto("/conversations/")
    page.locator("main").get_by_role("button", name="New: Writer", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/conversations/[0-9a-f-]{36}/"), wait_until="load")
    field = page.get_by_label(re.compile("Message to"))
    for _ in range(60):
        if field.evaluate("field => field === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(field).to_be_focused()
    page.keyboard.type("900 words")
    page.keyboard.press("Enter")
    growing_past(page, 3)
    stop = page.get_by_role("button", name="Stop")
    stop.focus()
    page.keyboard.press("Enter")
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    again.focus()
    page.keyboard.press("Space")
    growing_past(page, 3)
    page.get_by_role("button", name="Stop").press("Enter")
    expect(again).to_be_visible()
