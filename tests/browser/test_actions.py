"""Buttons, what is done to rows, and a data handler's form: by mouse, by keyboard and on a phone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.harness import PHONE, Pages

pytestmark = pytest.mark.browser

TABLE = "#table-test_threads"
AT_ONCE = """document.addEventListener("DOMContentLoaded", () => {
    document.querySelector("a.row-link").click();
}, { capture: true });"""


def opened(pages: Pages, named: str, **options: Any) -> Page:
    """The page of actions, whose table has the threads of that name alone."""
    page = pages("alice", **options)
    page.goto(f"/test-actions/?named={named}")
    expect(page.locator("body")).to_have_attribute("data-connection", "listening")
    return page


def row(page: Page, subject: str) -> Locator:
    return page.locator(f"{TABLE} tbody tr", has=page.get_by_role("link", name=subject, exact=True))


def drawer(page: Page) -> Locator:
    return page.locator("#drawer")


def toast(page: Page, words: str) -> Locator:
    return page.locator("#toasts .capsule-toast", has_text=words)


@pytest.mark.thorough
def test_a_button_acts_once_asks_first_and_keeps_what_was_typed(browser_page: Pages) -> None:
    browser_page.expect("422")
    page = opened(browser_page, "Zara")
    page.get_by_role("button", name="Add at once").dblclick()  # twice is once
    expect(row(page, "Zara")).to_have_count(1)
    expect(toast(page, "Zara was added.")).to_have_count(1)
    # By keyboard alone: what is wrong stands beside the field, with what was typed, until it is right.
    page.get_by_role("link", name="Add what you name").press("Enter")
    field = drawer(page).get_by_label("Subject")
    expect(field).to_be_focused()
    for wrong, why in (("Zi", "3 char"), ("Zara", "There is one of this name.")):
        page.keyboard.press("Control+A")
        page.keyboard.type(wrong)
        page.keyboard.press("Enter")
        expect(drawer(page).locator(".invalid-feedback")).to_contain_text(why)
        expect(field).to_be_focused()
        expect(field).to_have_value(wrong)
        expect(field).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("End")
    page.keyboard.type(" too")
    page.keyboard.press("Enter")
    expect(toast(page, "Zara too was added.")).to_be_visible()
    expect(page.locator("#drawer-dialog")).to_be_hidden()
    expect(row(page, "Zara too")).to_have_count(1)
    expect(page.get_by_role("link", name="Add what you name")).to_be_focused()
    # A question is left by Escape, and nothing happens; said yes to, it does.
    ring = page.get_by_role("link", name="Ring", exact=True)
    ring.press("Enter")
    expect(drawer(page)).to_contain_text("Ring the bell?")
    page.keyboard.press("Escape")
    expect(ring).to_be_focused()
    expect(toast(page, "Pong.")).to_have_count(0)
    ring.press("Enter")
    expect(drawer(page)).to_contain_text("Ring the bell?")  # until then its one button closes it
    drawer(page).get_by_role("button").last.press("Enter")
    expect(toast(page, "Pong.")).to_be_visible()


def test_a_row_is_acted_on_where_it_stands_and_in_its_drawer(browser_page: Pages) -> None:
    page = opened(browser_page, "Zoltan")
    page.get_by_role("button", name="Add at once").click()
    own = row(page, "Zoltan")
    own.get_by_title("Wait").dblclick()
    expect(own).to_contain_text("waiting")
    expect(toast(page, "Zoltan waits.")).to_have_count(1)
    toast(page, "Zoltan waits.").get_by_role("button", name="Undo").click()
    expect(own).to_contain_text("new")
    # What it shows and asks comes into the drawer, and the focus goes back to where it was asked for.
    look = own.get_by_title("Look")
    look.press("Enter")
    expect(drawer(page)).to_contain_text("Looked at Zoltan.")
    expect(drawer(page).get_by_role("heading", name="Look")).to_be_focused()
    page.keyboard.press("Escape")
    expect(look).to_be_focused()
    browser_page.expect("422")
    own.get_by_title("Rename").press("Enter")
    name = drawer(page).get_by_label("Name")
    name.fill("Zoltan")
    # Made larger by hand, as a browser does it, it is a style that our policy does not let a script copy.
    name.evaluate("field => { field.style.height = '80px'; }")
    name.press("Enter")
    expect(drawer(page).locator(".invalid-feedback")).to_have_text("It has this name already.")
    expect(name).to_have_value("Zoltan")
    name.fill("Zoltan II")
    drawer(page).get_by_role("button", name="Rename").dblclick()
    expect(row(page, "Zoltan II")).to_be_visible()
    expect(toast(page, "It was renamed.")).to_have_count(1)
    # The same in the record's own drawer, of which a part is the answer.
    row(page, "Zoltan II").get_by_role("link", name="Zoltan II", exact=True).press("Enter")
    acts = drawer(page).get_by_role("group", name="Actions")
    acts.get_by_text("Look").click()
    expect(drawer(page)).to_contain_text("Looked at Zoltan II.")
    drawer(page).get_by_text("Close", exact=True).click()
    row(page, "Zoltan II").get_by_role("link", name="Zoltan II", exact=True).press("Enter")
    acts.get_by_text("Close", exact=True).click()
    drawer(page).get_by_label("Reason").fill("Paid.")
    drawer(page).get_by_label("Reason").press("Enter")
    expect(toast(page, "Zoltan II is closed. Paid.")).to_be_visible()
    expect(row(page, "Zoltan II")).to_contain_text("closed")
    # Who is quicker than the page's scripts is not left with a drawer that waits.
    page.add_init_script(AT_ONCE)
    page.reload()
    expect(drawer(page).get_by_label("Subject")).to_have_value("Zoltan II")


@pytest.mark.thorough
def test_a_row_stays_as_it_is_when_what_it_changed_stands_elsewhere_on_the_page(browser_page: Pages) -> None:
    page = opened(browser_page, "Zelda")
    page.get_by_role("button", name="Add at once").click()
    expect(row(page, "Zelda")).to_have_count(1)
    page.goto("/test-begun/?named=Zelda")
    row(page, "Zelda").get_by_title("Begin").click()
    expect(page.get_by_text("Begun: Zelda", exact=True)).to_be_visible()
    expect(row(page, "Zelda").get_by_title("Begin")).to_be_focused()
    expect(page.locator(".is-gone")).to_have_count(0)


def test_what_may_not_be_done_is_said_where_it_was_tried(browser_page: Pages) -> None:
    for complaint in ("403", "404", "500"):
        browser_page.expect(f"status of {complaint}")
    page = opened(browser_page, "Zeno")
    expect(page.get_by_role("button", name="Ring as staff")).to_have_count(0)
    expect(page.locator(".action-card")).to_contain_text("You do not have permission to do this.")
    add = page.locator(".button-form", has=page.get_by_role("button", name="Add at once"))
    add.get_by_role("button").click()
    own = row(page, "Zeno")
    own.get_by_title("Break").click()
    broken = page.get_by_role("alert").filter(has_text="This could not be done.")
    expect(broken).to_be_visible()
    expect(broken).not_to_contain_text("secret")
    broken.get_by_role("button", name="Try again").click()
    expect(broken).to_be_visible()
    # A button that was changed in the browser does no more than its person may.
    add.evaluate("form => form.setAttribute('hx-post', '/actions/test_staff_ping/')")
    add.get_by_role("button").click()
    expect(page.get_by_role("alert").filter(has_text="permission")).to_be_visible()
    expect(row(page, "Zeno")).to_have_count(1)
    visitor = browser_page()
    visitor.goto("/test-actions/?named=Zeno")
    visitor.get_by_role("link", name="Add what you name").click()
    expect(visitor).to_have_url(re.compile("/sign-in/.next="))


@pytest.mark.thorough
def test_on_a_phone_each_card_says_what_may_be_done(browser_page: Pages) -> None:
    page = opened(browser_page, "Zita", viewport=PHONE)
    page.get_by_role("button", name="Add at once").click()
    own = row(page, "Zita")
    rename = own.get_by_text("Rename")
    expect(rename).to_be_visible()
    rename.click()
    expect(drawer(page).get_by_label("Name")).to_be_focused()
    drawer(page).get_by_label("Name").fill("Zita II")
    drawer(page).get_by_role("button", name="Rename").click()
    expect(row(page, "Zita II")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_handlers_form_answers_beside_itself(browser_page: Pages) -> None:
    browser_page.expect("400")
    page = browser_page("alice")
    page.goto("/data/activity")
    answer = page.locator("#try .data-json")
    page.get_by_label("Period").select_option("30d")
    page.get_by_role("button", name="Send").press("Enter")
    expect(answer).to_contain_text("Day 30")
    expect(page).to_have_url(re.compile(r"\?period=30d$"))
    page.go_back()
    expect(page.get_by_label("Period")).to_have_value("")
    expect(answer).not_to_contain_text("Day 30")
    page.goto("/data/everything")
    page.get_by_label("Small").fill("99")
    page.get_by_label("Text").fill("What <b>I</b> typed")
    page.get_by_label("Text").press("Enter")
    expect(page.get_by_label("Small")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Text")).to_have_value("What <b>I</b> typed")
    expect(page.locator("#try .data-facts")).to_contain_text("400")
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
