"""A conversation in a real browser: it streams, survives a closed page, stops, tries again, keeps a draft."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import DESKTOP, PHONE, Pages, on_each_database

pytestmark = pytest.mark.browser

PANEL = "#chat-conversation"
GROWING = f"{PANEL} [data-growing]"


def begin(page: Page, handler: str = "Writer") -> None:
    page.goto("/conversations/")
    page.locator("main").get_by_role("button", name=f"New: {handler}", exact=True).click()
    page.wait_for_url(re.compile("/conversations/[0-9a-f-]{36}/"), wait_until="load")  # the scripts have run


def send(page: Page, text: str) -> None:
    page.get_by_label(re.compile("Message to")).fill(text)
    page.get_by_label(re.compile("Message to")).press("Enter")


def words_so_far(page: Page) -> int:
    return len(re.findall(r"word\d+", page.locator(PANEL).inner_text()))


def growing_past(page: Page, words: int) -> None:
    """Wait until more words than these stand there, while they are still being written."""
    expect(page.locator(GROWING)).to_contain_text(f"word{words} ")


def ended(page: Page, words: int) -> None:
    """It has gone on to the end: all of the words, each once, and formatted."""
    last = page.locator(f"{PANEL} .chat-assistant").last
    expect(last.locator(".markdown strong")).to_have_text("The end.", timeout=30_000)
    assert re.findall(r"word(\d+)", last.inner_text()) == [str(at) for at in range(1, words + 1)]
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)


@on_each_database
def test_a_message_is_answered_as_it_is_written(browser_page: Pages) -> None:
    page = browser_page("alice")
    begin(page)
    page.evaluate("document.body.dataset.mark = 'the same page'")
    send(page, "60 words")
    expect(page.locator(f"{PANEL} .chat-person")).to_have_text(re.compile("60 words"))
    growing_past(page, 5)
    assert words_so_far(page) < 60, "it is seen before it has ended"
    expect(page.locator(PANEL)).to_contain_text("Writing")
    expect(page.get_by_role("heading", level=1)).to_have_text("60 words")
    expect(page).to_have_title(re.compile("^60 words · "))
    expect(page.get_by_label(re.compile("Message to"))).to_have_value("")
    ended(page, 60)
    expect(page.locator(f"{PANEL} [data-chat-said]")).to_contain_text("The end.")
    assert page.evaluate("document.body.dataset.mark") == "the same page"
    page.goto("/conversations/")
    expect(page.get_by_role("link", name="60 words")).to_have_count(1)


@pytest.mark.thorough
@on_each_database
def test_a_page_that_is_closed_in_mid_stream_and_opened_again_goes_on(browser_page: Pages) -> None:
    page = browser_page("alice")
    begin(page)
    send(page, "250 words")
    growing_past(page, 10)
    address = page.url
    context = page.context
    page.close()
    again = context.new_page()
    again.goto(address)
    expect(again.locator(GROWING)).to_contain_text("word10 ")
    first = words_so_far(again)
    assert first < 250
    growing_past(again, first + 20)
    ended(again, 250)


@pytest.mark.thorough
@on_each_database
def test_two_browsers_of_one_person_see_the_same_text(browser_page: Pages) -> None:
    one, other = browser_page("alice"), browser_page("alice")
    begin(one)
    other.goto(one.url)
    send(one, "120 words")
    growing_past(other, 20)
    growing_past(one, 20)
    other.goto(one.url)
    growing_past(other, 40)
    ended(one, 120)
    ended(other, 120)


@on_each_database
def test_another_process_shows_it_too(browser_page: Pages) -> None:
    one, other = browser_page("alice"), browser_page("alice", server=2)
    begin(one)
    other.goto(one.url.partition("//")[2].partition("/")[1] + one.url.partition("//")[2].partition("/")[2])
    send(other, "150 words")
    for page in (one, other):
        growing_past(page, 20)
    for page in (one, other):
        ended(page, 150)


@pytest.mark.thorough
def test_what_is_typed_while_it_streams_stays(browser_page: Pages) -> None:
    page = browser_page("alice")
    begin(page)
    send(page, "100 words")
    growing_past(page, 3)
    field = page.get_by_label(re.compile("Message to"))
    field.press_sequentially("next question", delay=40)
    expect(field).to_be_focused()
    ended(page, 100)
    expect(field).to_have_value("next question")
    expect(field).to_be_focused()


def test_the_draft_is_kept_across_a_reload_and_goes_with_the_message(browser_page: Pages) -> None:
    page = browser_page("alice")
    begin(page, "Helper")
    field = page.get_by_label(re.compile("Message to"))
    field.fill("a thought\nin two lines")
    page.reload()
    expect(field).to_have_value("a thought\nin two lines")
    field.press("Enter")
    expect(page.locator(f"{PANEL} .markdown")).to_contain_text("in two lines")
    page.reload()
    expect(field).to_have_value("")


def test_enter_sends_and_shift_enter_breaks_the_line(browser_page: Pages) -> None:
    page = browser_page("alice")
    begin(page, "Helper")
    field = page.get_by_label(re.compile("Message to"))
    field.focus()
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    expect(page.locator(f"{PANEL} .chat-person")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator(f"{PANEL} .chat-person .chat-words")).to_have_text("one\ntwo", use_inner_text=True)
    expect(field).to_be_focused()
    page.keyboard.press("Enter")  # nothing to send
    expect(page.locator(f"{PANEL} .chat-assistant")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send")).to_be_focused()


@on_each_database
def test_stop_keeps_the_text_so_far_and_try_again_writes_it_anew(browser_page: Pages) -> None:
    page = browser_page("alice")
    begin(page)
    send(page, "400 words")
    growing_past(page, 10)
    page.get_by_role("button", name="Stop").press("Enter")
    expect(page.locator(f"{PANEL} .chat-state")).to_contain_text("Stopped.")
    assert 10 <= words_so_far(page) < 400
    send(page, "5 words")
    ended(page, 5)
    send(page, "60 words")
    growing_past(page, 5)
    page.get_by_role("button", name="Stop").click()
    again = page.locator(PANEL).get_by_role("button", name="Try again")
    expect(again).to_have_count(2)  # either can be tried again
    again.last.click()
    growing_past(page, 3)
    ended(page, 60)
    expect(page.locator(f"{PANEL} .chat-assistant")).to_have_count(3)
    expect(page.locator(f"{PANEL} .chat-state")).to_have_text(re.compile(r"Stopped\."))


def test_a_refused_message_says_why_and_keeps_what_was_typed(browser_page: Pages) -> None:
    page = browser_page("bob")
    begin(page, "Helper")
    browser_page.expect("422")
    field = page.get_by_label(re.compile("Message to"))
    field.fill("x" * (32 * 1024 + 1))
    expect(page.locator(f"{PANEL} .chat-over")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(f"{PANEL} [role=alert]")).to_contain_text("1 byte too many")
    expect(field).to_have_value("x" * (32 * 1024 + 1))
    field.fill("short")
    expect(page.locator(f"{PANEL} .chat-over")).to_be_hidden()
    field.press("Enter")
    expect(page.locator(f"{PANEL} .markdown")).to_contain_text("short")
    expect(page.locator(f"{PANEL} [role=alert]")).to_have_count(0)


@pytest.mark.thorough
def test_what_did_not_get_through_says_so_and_can_be_sent_again(browser_page: Pages) -> None:
    page = browser_page("bob")
    begin(page, "Helper")
    browser_page.expect("ERR_FAILED")
    browser_page.expect("Failed to fetch")
    page.route("**/messages/", lambda route: route.abort())
    field = page.get_by_label(re.compile("Message to"))
    field.fill("only once")
    field.press("Enter")
    notice = page.locator(f"{PANEL} .chat-notice [role=alert]")
    expect(notice).to_contain_text("No connection")
    # Whatever else happens here meanwhile, the notice stays.
    elsewhere = page.context.new_page()
    elsewhere.goto(page.url)
    send(elsewhere, "another")
    expect(page.locator(f"{PANEL} .markdown strong")).to_have_text("another")
    expect(notice).to_be_visible()
    expect(field).to_have_value("only once")
    page.unroute("**/messages/")
    notice.get_by_role("button", name="Try again").click()
    expect(page.locator(f"{PANEL} .chat-person").last).to_contain_text("only once")
    expect(field).to_have_value("")
    expect(notice).to_have_count(0)


@on_each_database
def test_what_arrived_though_its_answer_did_not_is_written_once(browser_page: Pages) -> None:
    page = browser_page("bob")
    begin(page, "Helper")
    browser_page.expect("ERR_FAILED")
    browser_page.expect("Failed to fetch")
    page.route("**/messages/", lambda route: (route.fetch(), route.abort()))
    field = page.get_by_label(re.compile("Message to"))
    field.fill("only once")
    field.press("Enter")
    expect(page.locator(f"{PANEL} .markdown strong")).to_have_text("only once")
    expect(field).to_have_value("")
    page.reload()
    expect(field).to_have_value("")
    expect(page.locator(f"{PANEL} .chat-person")).to_have_count(1)


@pytest.mark.thorough
def test_who_scrolled_up_stays_there_and_who_is_at_the_end_follows(browser_page: Pages) -> None:
    page = browser_page("alice")
    begin(page)
    send(page, "900 words")
    messages = page.locator(f"{PANEL} .chat-messages")
    page.wait_for_function(
        "messages => messages.scrollHeight > messages.clientHeight + 200", arg=messages.element_handle()
    )
    at_end = "messages => messages.scrollHeight - messages.scrollTop - messages.clientHeight < 60"
    assert messages.evaluate(at_end)
    messages.evaluate("messages => messages.scrollTo(0, 0)")
    before = words_so_far(page)
    growing_past(page, before + 30)
    assert messages.evaluate("messages => messages.scrollTop") == 0
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(f"{PANEL} .chat-state")).to_contain_text("Stopped.")


def test_it_works_without_a_script(browser_page: Pages) -> None:
    page = browser_page("alice", java_script_enabled=False)
    begin(page, "Helper")
    page.get_by_label(re.compile("Message to")).fill("plain")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(f"{PANEL} .chat-person")).to_have_text(re.compile("plain"))
    for _ in range(50):
        if page.locator(f"{PANEL} .markdown strong").count():
            break
        page.reload()
    expect(page.locator(f"{PANEL} .markdown strong")).to_have_text("plain")


@pytest.mark.thorough
def test_a_panel_on_a_page_begins_with_the_first_message(browser_page: Pages) -> None:
    page = browser_page("dana")
    page.goto("/test-chat/")
    panel = page.locator("#chat-test-helper")
    expect(panel).to_contain_text("Repeats what you write")
    panel.get_by_role("textbox").fill("from a page")
    panel.get_by_role("textbox").press("Enter")
    expect(panel.locator(".markdown strong")).to_have_text("from a page")
    expect(page).to_have_url(re.compile("/test-chat/$"))
    other = page.locator("#chat-test-writer")
    other.get_by_role("textbox").fill("30 words")
    other.get_by_role("textbox").press("Enter")
    expect(other.locator(".markdown strong")).to_have_text("The end.")
    other.get_by_role("button", name="New conversation").click()
    expect(other.locator(".chat-assistant")).to_have_count(0)
    other.get_by_text("Earlier").click()
    other.get_by_role("link", name="30 words").click()
    expect(other.locator(".markdown strong")).to_have_text("The end.")


def test_one_that_is_begun_in_another_tab_turns_no_page_over(browser_page: Pages) -> None:
    page = browser_page("alice")
    page.goto("/test-chat/")
    here = page.locator("#chat-test-writer")
    with page.expect_navigation():
        here.get_by_role("button", name="New conversation").click()
    here.get_by_role("textbox").fill("3 words")
    here.get_by_role("textbox").press("Enter")
    expect(here.locator(".markdown strong")).to_have_text("The end.")
    other = page.context.new_page()
    other.goto("/test-chat/")
    here.get_by_role("textbox").fill("about these three")
    other.locator("#chat-test-writer").get_by_role("button", name="New conversation").click()
    there = other.locator("#chat-test-writer")
    expect(there.locator(".chat-assistant")).to_have_count(0)
    there.get_by_role("textbox").fill("2 words")
    there.get_by_role("textbox").press("Enter")
    here.get_by_text("Earlier").click()
    expect(here.get_by_role("link", name="2 words")).to_be_visible()  # it has heard of the other
    expect(here.locator(".chat-person")).to_contain_text("3 words")
    expect(here.get_by_role("textbox")).to_have_value("about these three")


@on_each_database
def test_a_stranger_finds_nothing_there(browser_page: Pages) -> None:
    page = browser_page("alice")
    begin(page, "Helper")
    stranger = browser_page("charlie")
    browser_page.expect("404")
    stranger.goto(page.url)
    expect(stranger.get_by_role("heading", name="There is nothing here")).to_be_visible()
    visitor = browser_page()
    visitor.goto(page.url)
    expect(visitor).to_have_url(re.compile("/sign-in/"))


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_sticks_out(scheme: str, browser_page: Pages) -> None:
    page = browser_page("alice", viewport=PHONE, color_scheme=scheme)
    begin(page)
    send(page, "80 words")
    ended(page, 80)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport()
    page.goto("/conversations/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_panel_on_a_page_leaves_the_pages_name_alone(browser_page: Pages) -> None:
    page = browser_page("bob")
    page.goto("/test-chat/")
    heading = page.get_by_role("heading", level=1)
    before = heading.inner_text()
    panel = page.locator("#chat-test-helper")
    panel.get_by_label(re.compile("Message to")).fill("Rename this page")
    panel.get_by_label(re.compile("Message to")).press("Enter")
    expect(panel.locator(".chat-assistant").last).to_contain_text("Rename this page")
    expect(heading).to_have_text(before)
    page.reload()
    expect(heading).to_have_text(before)


@pytest.mark.thorough
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_stop_stays_where_it_is_while_the_text_grows(browser_page: Pages, viewport: Any) -> None:
    page = browser_page("alice", viewport=viewport)
    begin(page)
    send(page, "900 words")
    stop = page.get_by_role("button", name="Stop")
    places = []
    for words in (3, 40, 120):
        growing_past(page, words)
        places.append(stop.bounding_box())
    # Whoever reads above has it in sight as well.
    page.locator(f"{PANEL} .chat-messages").evaluate("messages => { messages.scrollTop = 0 }")
    growing_past(page, 160)
    places.append(stop.bounding_box())
    assert places == [places[0]] * 4
    stop.click()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
