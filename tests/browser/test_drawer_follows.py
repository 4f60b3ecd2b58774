"""A drawer that is open while somebody else writes to its record; and what a save offers to take back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.harness import Pages
from tests.browser.partials import threads_of_acme
from tests.browser.test_editing import SOON, THREADS, add, cell, drawer, opened, row, table, toast

__all__ = ["threads_of_acme"]

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("threads_of_acme")]


def test_an_open_drawer_follows_what_others_do_to_its_record(browser_page: Pages) -> None:
    browser_page.expect("404")  # of a record that is deleted
    alice, bob = table(browser_page, "alice"), browser_page("bob")
    add(alice, "Followed", Priority="1")
    form, news = opened(alice, "Followed"), drawer(alice).locator("#drawer-news")
    form.get_by_label("Priority").fill("5")
    form.get_by_label("Sender").focus()
    bob.goto(THREADS)
    opened(bob, "Followed").get_by_label("Status").select_option("closed")
    drawer(bob).get_by_label("Priority").fill("7")
    drawer(bob).get_by_label("Sender").fill("bob@example.com")
    drawer(bob).get_by_role("button", name="Save").click()

    expect(news).to_have_text(re.compile(r"Changed by Bob.* at .*: Sender, Status, Priority"), timeout=SOON)
    expect(form.get_by_label("Status")).to_have_value("closed")
    expect(form.get_by_label("Priority")).to_have_value("5")
    expect(form.locator(".form-hint", has_text="Changed elsewhere to 7")).to_be_visible()
    sender = form.get_by_label("Sender")
    expect(sender).to_be_focused()  # and so it stays as it is, until it is left
    expect(sender).to_have_value("")
    expect(sender).to_have_attribute("data-changed-elsewhere", "said")
    sender.press("Tab")
    expect(sender).to_have_value("bob@example.com", timeout=SOON)
    expect(sender).not_to_have_attribute("data-changed-elsewhere", "said")
    form.get_by_label("Priority").fill("7")  # as it has become: nothing is in dispute

    opened(bob, "Followed").get_by_role("link", name="Delete", exact=True).click()
    drawer(bob).get_by_role("button", name="Delete").click()
    expect(news).to_have_text(re.compile(r"Deleted by Bob.* at"), timeout=SOON)
    expect(form.get_by_label("Priority")).to_have_value("7")
    news.get_by_role("button", name="Restore").click()
    expect(news).to_have_text(re.compile(r"Brought back by Alice.* at"), timeout=SOON)
    expect(row(bob, "Followed")).to_be_visible(timeout=SOON)
    drawer(alice).get_by_role("button", name="Save").click()
    expect(alice.locator("#drawer-dialog")).to_be_hidden()
    expect(row(alice, "Followed").locator("a.row-link")).to_be_focused()


@pytest.mark.thorough
def test_a_cell_is_taken_back_unless_somebody_changed_it_since(browser_page: Pages) -> None:
    browser_page.expect("409")
    alice, bob = table(browser_page, "alice"), browser_page("bob")
    add(alice, "Retyped", Priority="1")
    priority = cell(alice, "Retyped", "priority")

    def typed(value: str) -> None:
        priority.dblclick()
        priority.locator("#cell_priority").fill(value)
        alice.keyboard.press("Enter")
        expect(priority).to_have_text(value)
        expect(priority).to_be_focused()

    typed("4")
    toast(alice, "Priority of “Retyped” was saved.").get_by_role("button", name="Undo").click()
    expect(priority).to_have_text("1", timeout=SOON)
    expect(toast(alice, "It is as it was before.")).to_be_visible()
    typed("6")
    bob.goto(THREADS)
    opened(bob, "Retyped").get_by_label("Priority").fill("8")
    drawer(bob).get_by_role("button", name="Save").click()
    expect(priority).to_have_text("8", timeout=SOON)
    toast(alice, "Priority of “Retyped” was saved.").get_by_role("button", name="Undo").click()
    expect(toast(alice, "Somebody else changed this since. Nothing was undone")).to_be_visible()
    expect(priority).to_have_text("8")
