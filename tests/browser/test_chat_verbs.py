"""What a conversation shows besides text, in a real browser: live widgets, suggestions, questions."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import DESKTOP, PHONE, Pages, on_each_database
from tests.browser.test_chat import PANEL, begin, send

pytestmark = pytest.mark.browser  # by several people: one may write 20 messages a minute

TABLE = f"{PANEL} .chat-widget .data-table"


def add_thread(page: Page, subject: str) -> None:
    """A row of the table's collection, as another page adds one."""
    status = page.evaluate(
        """async (subject) => (await fetch("/collections/test_threads/", {
            method: "POST", headers: {
                "Content-Type": "application/json", Accept: "application/json",
                "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value},
            body: JSON.stringify({subject, status: "open"})})).status""",
        subject,
    )
    assert status == 201


@on_each_database
def test_a_table_in_a_reply_follows_and_is_there_after_a_reload(browser_page: Pages) -> None:
    page, other = browser_page("alice"), browser_page("alice")
    begin(page, "Assistant")
    expect(page.locator(PANEL)).to_contain_text("Hello Alice.")
    send(page, "table")
    expect(page.locator(TABLE)).to_be_visible()
    page.evaluate("document.body.dataset.mark = 'the same page'")
    other.goto("/conversations/")
    add_thread(other, "Came while it was looked at")
    expect(page.locator(TABLE)).to_contain_text("Came while it was looked at")
    assert page.evaluate("document.body.dataset.mark") == "the same page"
    page.locator(TABLE).get_by_role("link", name=re.compile("Subject")).first.click()
    page.wait_for_url(re.compile("sort="))
    expect(page.locator(TABLE)).to_contain_text("Came while it was looked at")
    expect(page.locator(f"{PANEL} .chat-person")).to_have_count(1)
    page.reload()
    expect(page.locator(TABLE)).to_contain_text("Came while it was looked at")
    add_thread(other, "Came after the reload")
    expect(page.locator(TABLE)).to_contain_text("Came after the reload")


@on_each_database
def test_a_question_is_answered_by_the_keyboard_and_all_is_there_after_a_reload(browser_page: Pages) -> None:
    page, other = browser_page("alice"), browser_page("alice")
    begin(page, "Assistant")
    send(page, "ask milk")
    approve = page.get_by_role("button", name="Approve")
    expect(approve).to_be_visible()
    other.goto(page.url)
    expect(other.get_by_role("button", name="Approve")).to_be_visible()
    approve.focus()
    page.keyboard.press("Enter")
    expect(page.locator(PANEL)).to_contain_text("Noted: milk (1)")
    expect(page.get_by_label(re.compile("Message to"))).to_be_focused()
    for one in (page, other):
        expect(one.get_by_role("button", name="Approve")).to_have_count(0)
        expect(one.locator(f"{PANEL} .chat-answered")).to_contain_text("Approve")
    page.reload()
    expect(page.locator(PANEL)).to_contain_text("Note milk?")
    expect(page.locator(PANEL)).to_contain_text("Noted: milk (1)")
    expect(page.locator(f"{PANEL} .chat-act")).to_have_count(1)


@pytest.mark.thorough
def test_a_suggestion_is_pressed_and_another_takes_its_place(browser_page: Pages) -> None:
    page = browser_page("alice")
    begin(page, "Assistant")
    send(page, "suggest")
    choice = page.locator(f"{PANEL} .chat-suggestions").get_by_role("button", name="metric of the open")
    choice.click()
    expect(page.locator(f"{PANEL} .chat-person").last).to_have_text(re.compile("metric of the open"))
    expect(page.locator(f"{PANEL} .metric")).to_be_visible()
    expect(page.locator(f"{PANEL} .chat-suggestions")).to_have_count(0)


@pytest.mark.thorough
def test_a_title_is_there_at_once_and_a_notice_is_announced(browser_page: Pages) -> None:
    page = browser_page("charlie")
    begin(page, "Assistant")
    send(page, "title Printers")
    expect(page.get_by_role("heading", level=1)).to_have_text("Printers")
    expect(page.locator(f"{PANEL} .chat-told")).to_have_text("It is called something else now.")
    expect(page.locator(f"{PANEL} [data-chat-said]")).to_contain_text("It is called something else now.")


@pytest.mark.thorough
def test_a_button_in_a_reply_does_its_action_once(browser_page: Pages) -> None:
    page = browser_page("charlie")
    begin(page, "Assistant")
    send(page, "button")
    page.locator(PANEL).get_by_role("button", name="Note it").dblclick()
    expect(page.locator(PANEL)).to_contain_text("Noted: pressed (1)")
    send(page, "That was it")
    expect(page.locator(PANEL)).to_contain_text("You wrote: That was it")
    assert page.locator(PANEL).inner_text().count("Noted: pressed") == 1


@pytest.mark.thorough
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_everything_fits_and_the_field_stays_in_sight(browser_page: Pages, size: object) -> None:
    page = browser_page("bob", viewport=size)
    begin(page, "Assistant")
    for word in ("table", "chart", "row", "suggest"):
        send(page, word)
        expect(page.locator(PANEL)).to_contain_text("What next?" if word == "suggest" else f"Here: {word}")
    expect(page.locator(f"{PANEL} canvas")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    inside = "(e) => e.scrollWidth <= e.clientWidth"
    assert page.locator(f"{PANEL} .chat-messages").evaluate(inside)
    expect(page.get_by_label(re.compile("Message to"))).to_be_in_viewport()
    expect(page.locator(f"{PANEL} .chat-suggestions")).to_be_in_viewport()


def test_without_a_script_all_of_it_works(browser_page: Pages) -> None:
    page = browser_page("charlie", java_script_enabled=False)
    page.goto("/conversations/")
    page.locator("main").get_by_role("button", name="New: Assistant", exact=True).click()
    page.get_by_label(re.compile("Message to")).fill("ask milk")
    page.get_by_role("button", name="Send").click()

    def until(words: str) -> None:
        for _try in range(50):
            if words in page.locator(PANEL).inner_text():
                return
            page.reload()
        raise AssertionError(page.locator(PANEL).inner_text())

    until("Decline")
    page.get_by_role("button", name="Decline").click()
    until("Left alone: milk")
    page.get_by_label(re.compile("Message to")).fill("suggest")
    page.get_by_role("button", name="Send").click()
    until("metric of the open")
    page.locator(f"{PANEL} .chat-suggestions").get_by_role("button", name="table").click()
    until("Here: table")
