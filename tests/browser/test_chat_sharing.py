"""Whose a chat is, in real browsers: beside its record, shared by all, a visitor's; and the list of all."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.harness import PHONE, Pages, api, on_each_database
from tests.browser.test_chat import begin, send

pytestmark = pytest.mark.browser

KEEPER = "#chat-test-keeper"


def write(panel: Locator, text: str) -> None:
    panel.get_by_role("textbox").fill(text)
    panel.get_by_role("textbox").press("Enter")


def begin_and_ask(page: Page, text: str) -> None:
    begin(page, "Helper")
    send(page, text)
    expect(page.locator("#chat-conversation .markdown strong")).to_have_text(text)


@on_each_database
def test_one_chat_beside_each_record(browser_page: Pages) -> None:
    page = browser_page("alice")
    panel = page.locator(KEEPER)
    for record in ("red", "blue"):
        page.goto(f"/test-beside/{record}/")
        expect(panel.locator(".chat-message")).to_have_count(0)
        for turn in (1, 2):
            write(panel, f"about {record} {turn}")
            expect(panel.locator(".markdown").last).to_have_text(f"{record}, turn {turn}")
    page.goto("/test-beside/red/")
    expect(panel.locator(".chat-person")).to_have_text([re.compile("about red 1"), re.compile("about red 2")])
    write(panel, "about red 3")
    expect(panel.locator(".markdown").last).to_have_text("red, turn 3")
    other = browser_page("bob")
    other.goto("/test-beside/red/")
    expect(other.locator(f"{KEEPER} .chat-message")).to_have_count(0)


@pytest.mark.thorough
def test_a_panel_in_the_template_of_a_plain_view(browser_page: Pages) -> None:
    page = browser_page("bob")
    page.goto("/testapp/beside/order-7/")
    panel = page.locator(KEEPER)
    write(panel, "from a template")
    expect(panel.locator(".markdown")).to_have_text("order-7, turn 1")
    expect(page).to_have_url(re.compile("/testapp/beside/order-7/$"))
    page.goto("/testapp/beside/order-8/")
    expect(panel.locator(".chat-message")).to_have_count(0)


@pytest.mark.thorough
@on_each_database
def test_what_a_page_says_seeds_its_data_once_and_is_not_the_browsers_to_choose(browser_page: Pages) -> None:
    page = browser_page("alice")
    page.goto("/test-beside/green/")
    panel = page.locator(KEEPER)
    signed = page.locator(f"{KEEPER} [name=context]").last.input_value()
    write(panel, "one")
    expect(panel.locator(".markdown").last).to_have_text("green, turn 1")
    page.goto("/test-beside/yellow/")
    browser_page.expect("422")
    page.locator(f"{KEEPER}-form [name=context]").evaluate(
        "(field, other) => { field.value = other + 'x' }", signed
    )
    write(panel, "two")
    expect(panel.locator("[role=alert]")).to_contain_text("Load it again")
    page.goto("/test-beside/green/")
    write(panel, "three")
    expect(panel.locator(".markdown").last).to_have_text("green, turn 2")


@pytest.mark.thorough
@on_each_database
def test_a_single_one_is_shared_live_and_each_word_stands_once(browser_page: Pages) -> None:
    alice, bob = browser_page("alice"), browser_page("bob")
    for page in (alice, bob):
        page.goto("/test-chat/")
    panels = {page: page.locator("#chat-test-helper") for page in (alice, bob)}
    write(panels[alice], "from alice here")
    for page in (alice, bob):
        expect(panels[page].locator(".markdown strong", has_text="from alice here")).to_have_count(1)
    write(panels[bob], "from bob there")
    for page in (alice, bob):
        expect(panels[page].locator(".markdown strong", has_text="from bob there")).to_have_count(1)
        expect(panels[page].locator(".chat-person", has_text="from alice here")).to_have_count(1)
        expect(panels[page].locator(".chat-person", has_text="from bob there")).to_have_count(1)
    mine = panels[bob].locator(".chat-person", has_text="from alice here")
    expect(mine.locator(".chat-sender")).to_have_text("Alice")
    expect(
        panels[bob].locator(".chat-person", has_text="from bob there").locator(".chat-sender")
    ).to_have_count(0)
    alice.goto("/conversations/")
    expect(alice.locator(".chat-index li", has_text="Shared")).to_have_count(1)


@on_each_database
def test_a_visitor_chats_and_finds_it_again_after_signing_in(browser_page: Pages) -> None:
    page = browser_page()
    page.goto("/test-front-desk/")
    panel = page.locator("#chat-test-visitors")
    write(panel, "anybody here?")
    expect(panel.locator(".markdown")).to_have_text("Hello a visitor, turn 1")
    write(panel, "and again")
    expect(panel.locator(".markdown").last).to_have_text("Hello a visitor, turn 2")
    other = browser_page()
    other.goto("/test-front-desk/")
    expect(other.locator("#chat-test-visitors .chat-message")).to_have_count(0)
    page.goto("/sign-in/?next=/test-front-desk/")
    page.get_by_label("E-mail").fill("charlie@example.com")
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile("/test-front-desk/"))
    expect(panel.locator(".chat-person").first).to_contain_text("anybody here?")
    write(panel, "as myself")
    expect(panel.locator(".markdown").last).to_have_text("Hello Charlie, turn 3")


@pytest.mark.thorough
@on_each_database
def test_the_list_is_searched_renamed_and_deleted_from_with_undo(browser_page: Pages) -> None:
    page = browser_page("dana")
    begin_and_ask(page, "pumpkin soup")
    begin_and_ask(page, "apple pie")
    elsewhere = browser_page("dana")
    elsewhere.goto("/conversations/")
    page.goto("/conversations/")
    search = page.get_by_label("Search conversations")
    search.fill("pumpkin")
    search.press("Enter")
    lines = page.locator(".chat-index li")
    expect(lines).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?q=pumpkin"))
    lines.locator("summary").press("Enter")
    lines.get_by_label("Name").fill("Autumn")
    lines.get_by_label("Name").press("Enter")
    expect(lines.get_by_role("link", name="Autumn")).to_be_visible()
    expect(elsewhere.get_by_role("link", name="Autumn")).to_be_visible()
    expect(lines.get_by_role("button", name="Delete")).to_be_hidden()
    expect(lines.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    lines.get_by_role("button", name="Delete").click()
    expect(lines).to_have_count(0)
    expect(elsewhere.get_by_role("link", name="Autumn")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Autumn")).to_be_visible()
    expect(elsewhere.get_by_role("link", name="Autumn")).to_be_visible()


@pytest.mark.thorough
def test_the_list_works_without_javascript(browser_page: Pages) -> None:
    page = browser_page("dana", java_script_enabled=False)
    page.goto("/conversations/")
    page.locator("main").get_by_role("button", name="New: Helper", exact=True).click()
    page.get_by_label(re.compile("Message to")).fill("without a script")
    page.get_by_role("button", name="Send").click()
    page.goto("/conversations/?q=without+a+script")
    lines = page.locator(".chat-index li")
    lines.locator("summary").click()
    lines.get_by_label("Name").fill("Plain")
    lines.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Plain")).to_be_visible()
    lines.locator("summary").click()
    lines.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="Plain")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Plain")).to_be_visible()


@pytest.mark.thorough
@pytest.mark.parametrize("viewport", [None, PHONE])
def test_earlier_messages_come_above_and_what_was_in_sight_stays(browser_page: Pages, viewport: Any) -> None:
    page = browser_page("charlie", **({"viewport": viewport} if viewport else {}))
    begin_and_ask(page, "first of all")
    address = page.url
    panel = page.locator("#chat-conversation")
    send(page, "second\n" + "and more\n\n" * 60)
    expect(panel.locator(".chat-assistant").last).to_contain_text("Turn 2")
    page.goto(f"{address}?chat-conversation-from=2")
    expect(panel.get_by_text("first of all")).to_have_count(0)
    messages = panel.locator(".chat-messages")
    messages.evaluate("messages => { messages.scrollTop = 0 }")
    second = panel.locator(".chat-person", has_text="second").first
    before = second.bounding_box()
    panel.get_by_role("link", name="Earlier messages").press("Enter")
    expect(panel.locator(".chat-person", has_text="first of all")).to_have_count(1)
    after = second.bounding_box()
    assert before and after and abs(before["y"] - after["y"]) < 80, "it stays where it was read"
    expect(page).to_have_url(re.compile("chat-conversation-from=1"))
    page.reload()
    expect(panel.locator(".chat-person", has_text="first of all")).to_have_count(1)


@on_each_database
def test_a_program_hears_the_answer_while_it_is_written(browser_page: Pages) -> None:
    page = browser_page("alice")
    page.goto("/conversations/")
    headers = api(page.context)
    start = "/conversations/start/test-writer/"
    streamed = page.evaluate(
        """async ([address, headers]) => {
            const answer = await fetch(address, {method: "POST", headers: {...headers,
                "Content-Type": "application/json", "Accept": "text/event-stream"},
                body: JSON.stringify({text: "120 words"})});
            const reader = answer.body.getReader(), decoder = new TextDecoder();
            let text = "", pieces = 0;
            for (;;) {
                const {done, value} = await reader.read();
                if (done) return {kind: answer.headers.get("Content-Type"), text, pieces};
                text += decoder.decode(value, {stream: true});
                pieces += 1;
            }
        }""",
        [start, headers],
    )
    blocks = [block.split("\n", 1) for block in streamed["text"].strip().split("\n\n")]
    bodies = [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks
    ]
    words = re.findall(r"word(\d+)", "".join(body["text"] for name, body in bodies if name == "text"))
    assert words == [str(at) for at in range(1, 121)]
    assert streamed["pieces"] > 2, "it came while it was written"
    assert (bodies[-1][0], bodies[-1][1]["message"]["state"]) == ("end", "done")
    whole = page.context.request.post(
        start,
        data=json.dumps({"text": "3 words", "answer": "whole"}),
        headers={**headers, "Content-Type": "application/json"},
    )
    assert whole.json()["replies"][0]["text"].startswith("word1 word2 word3 ")
