"""Files beside a message in a real browser: chosen, dropped and pasted, taken out, kept, sent, and shown."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.harness import PHONE, Pages
from tests.browser.test_chat import PANEL, begin, send

pytestmark = pytest.mark.browser

TEXT = b"Hello from a file.\n"
PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
LINES = "[data-chat-file]"
PASSED = """([name, kind, text, how]) => {
    const carried = new DataTransfer();
    carried.items.add(new File([text], name, { type: kind }));
    const field = document.querySelector("[data-chat-form] textarea");
    const about = { bubbles: true, cancelable: true };
    field.dispatchEvent(how === "drop"
        ? new DragEvent("drop", { ...about, dataTransfer: carried })
        : new ClipboardEvent("paste", { ...about, clipboardData: carried }));
}"""


def payload(name: str, content: bytes = TEXT, kind: str = "text/plain") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


def attach(page: Page, *files: FilePayload) -> None:
    page.locator(".chat-file-input").set_input_files(list(files))


def pictures(page: Page) -> Any:
    return page.locator(f"{PANEL} .chat-picture img")


def test_files_are_attached_kept_over_a_reload_and_sent(browser_page: Pages) -> None:
    page = browser_page("alice")
    begin(page, "Helper")
    words = page.locator("[data-chat-file-words]")
    attach(page, payload("long.txt", b"x" * (1024 * 1024 + 1)))
    expect(words).to_contain_text("long.txt: This file is larger than")
    browser_page.expect("415")
    attach(page, payload("shot.png", b"%PDF-1.7 and no picture", "image/png"))
    expect(words).to_contain_text("shot.png: This file is of the type application/pdf")
    expect(page.locator(LINES)).to_have_count(0)
    attach(page, payload("one.txt"), payload("two.png", PNG, "image/png"))
    expect(page.locator(f"{LINES} input")).to_have_count(2)
    page.evaluate(PASSED, ["dropped.txt", "text/plain", "dropped", "drop"])
    expect(page.locator(f"{LINES} input")).to_have_count(3)
    page.evaluate(PASSED, ["pasted.txt", "text/plain", "pasted", "paste"])
    expect(words).to_have_text("A message holds at most 3 files.")
    page.get_by_role("button", name="Remove: dropped.txt").press("Enter")
    expect(page.locator(".chat-file-input")).to_be_focused()
    page.evaluate(PASSED, ["pasted.txt", "text/plain", "pasted", "paste"])
    expect(page.locator(LINES)).to_have_text(
        [re.compile(one) for one in ("one.txt", "two.png", "pasted.txt")]
    )
    expect(page.locator(f"{LINES} input")).to_have_count(3)
    page.get_by_label(re.compile("Message to")).fill("Three of them")
    page.reload()
    expect(page.locator(f"{LINES} input")).to_have_count(3)
    expect(page.get_by_label(re.compile("Message to"))).to_have_value("Three of them")
    send(page, "Three of them, then")
    expect(page.locator(f"{PANEL} .chat-sent-files li")).to_have_count(3)
    expect(page.locator(LINES)).to_have_count(0)
    expect(page.locator(f"{PANEL} .chat-person .chat-words")).to_have_text("Three of them, then")
    assert pictures(page).evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    with page.expect_download() as download:
        page.get_by_role("link", name="one.txt").click()
    assert download.value.path().read_bytes() == TEXT
    # One that stands alone is sent by Enter too; what another message changes takes nothing away.
    attach(page, payload("alone.txt"))
    expect(page.locator(f"{LINES} input")).to_have_count(1)
    page.get_by_label(re.compile("Message to")).press("Enter")
    expect(page.locator(f"{PANEL} .chat-sent-files li")).to_have_count(4)
    page.reload()
    expect(page.locator(LINES)).to_have_count(0)


@pytest.mark.thorough
def test_a_message_waits_for_its_file_and_a_live_page_leaves_what_is_attached(browser_page: Pages) -> None:
    page, elsewhere = browser_page("bob"), browser_page("bob")
    begin(page, "Helper")
    elsewhere.goto(page.url)
    held: list[Any] = []
    page.route("**/conversations/files/**", lambda route: held.append(route))
    with page.expect_request("**/conversations/files/**"):
        attach(page, payload("slow.txt"))
    send(page, "With a file")
    send(elsewhere, "From another window")
    expect(page.locator(f"{PANEL} .chat-person", has_text="From another window")).to_have_count(1)
    expect(page.locator(f"{LINES} progress")).to_have_count(1)
    expect(page.locator(f"{PANEL} .chat-person", has_text="With a file")).to_have_count(0)
    held[0].continue_()
    expect(page.locator(f"{PANEL} .chat-sent-files", has_text="slow.txt")).to_have_count(1)
    expect(elsewhere.locator(f"{PANEL} .chat-sent-files", has_text="slow.txt")).to_have_count(1)
    expect(page.locator(f"{PANEL} .chat-person", has_text="With a file")).to_have_count(1)


@pytest.mark.thorough
def test_without_a_script_the_form_carries_them(browser_page: Pages) -> None:
    page = browser_page("alice", java_script_enabled=False, viewport=PHONE)
    begin(page, "Helper")
    field = page.get_by_label(re.compile("Message to"))
    browser_page.expect("415")
    field.fill("Kept")
    attach(page, payload("good.txt"), payload("bad.pdf", b"%PDF-1.7", "application/pdf"))
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("bad.pdf: This file is of the type application/pdf")
    expect(field).to_have_value("Kept")
    expect(page.get_by_role("checkbox", name="good.txt")).to_be_checked()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(f"{PANEL} .chat-sent-files li")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
