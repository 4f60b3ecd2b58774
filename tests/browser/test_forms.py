"""``ui.Form`` under a hand: what is typed stays, the focus goes where it is needed, the page follows."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.harness import Pages
from tests.browser.partials import threads_of_acme

__all__ = ["threads_of_acme"]

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("threads_of_acme")]


@pytest.mark.thorough
def test_a_form_keeps_what_is_typed_and_its_page_follows_what_it_adds(browser_page: Pages) -> None:
    browser_page.expect("422")
    page = browser_page("alice")
    page.goto("/test-forms/")
    thread, other = page.locator("#form-test_threads"), page.locator("#form-another")
    other.get_by_label("Subject").fill("Half written")
    thread.get_by_label("Subject").fill("From a form")
    thread.get_by_label("Sender").fill("nobody")
    thread.get_by_label("Priority").fill("3")
    thread.get_by_label("Sender").press("Enter")
    expect(thread.get_by_role("alert")).to_have_text("One field needs another look.")
    expect(thread.get_by_label("Sender")).to_be_focused()

    # While another's thread comes in, the page itself has changed: both forms would begin otherwise now.
    page.evaluate("history.replaceState(null, '', '?status=open')")
    bob = browser_page("bob")
    bob.goto("/test-forms/")
    bob.locator("#form-test_threads").get_by_label("Subject").fill("From Bob")
    bob.locator("#form-test_threads").get_by_role("button", name="Add").click()
    table = page.locator("#table-test_threads")
    expect(table).to_contain_text("From Bob")
    expect(thread.get_by_label("Subject")).to_have_value("From a form")
    expect(thread.get_by_label("Priority")).to_have_value("3")
    expect(thread.get_by_role("alert")).to_be_visible()
    expect(other.get_by_label("Subject")).to_have_value("Half written")

    thread.get_by_label("Sender").fill("ana@example.com")
    thread.get_by_role("button", name="Add").click()
    expect(table).to_contain_text("From a form")
    expect(page.get_by_text("The record was added.")).to_be_visible()
    expect(thread.get_by_label("Subject")).to_be_focused()
    expect(thread.get_by_label("Subject")).to_have_value("")
    expect(other.get_by_label("Subject")).to_have_value("Half written")


@pytest.mark.thorough
def test_a_file_that_was_chosen_is_there_when_the_form_comes_back(browser_page: Pages) -> None:
    browser_page.expect("422")
    page = browser_page("alice")
    page.goto("/test-report/")
    page.get_by_label("Picture").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": b"a picture"}
    )
    page.get_by_role("button", name="Report").click()
    expect(page.get_by_label("Subject")).to_be_focused()
    expect(page.get_by_label("Picture")).to_have_value("C:\\fakepath\\a.png")
    page.get_by_label("Subject").fill("Ink")
    page.get_by_role("button", name="Report").click()
    expect(page.get_by_text("Reported: Ink")).to_be_visible()
    expect(page).to_have_url("/test-forms/")


def test_what_was_saved_stands_in_the_form_and_is_not_taken_back(browser_page: Pages) -> None:
    page = browser_page("alice")
    page.goto("/test-edit-form/")
    subject, save = page.get_by_label("Subject"), page.get_by_role("button", name="Save")
    subject.fill("Saved once")
    save.click()
    expect(page.get_by_text("Renamed.")).to_be_visible()
    expect(subject).to_have_value("Saved once")
    expect(page.get_by_text("Changed elsewhere")).to_have_count(0)
    with page.expect_response(lambda response: response.request.method == "POST"):
        save.click()
    page.reload()
    expect(subject).to_have_value("Saved once")


@pytest.mark.parametrize("place", ["in a field", "elsewhere"])
def test_what_others_save_meanwhile_is_not_overwritten(browser_page: Pages, place: str) -> None:
    """The hidden version stays beside what it was read with, in the field that a person is in, too."""
    browser_page.expect("409")
    alice, bob = browser_page("alice"), browser_page("bob")
    for page in (alice, bob):
        page.goto("/test-edit-form/")
    mine, theirs = alice.get_by_label("Subject"), bob.get_by_label("Subject")
    mine.focus()
    if place == "elsewhere":
        mine.fill("Typed by Alice")
        alice.get_by_text("Beside the form.").click()
    theirs.fill(f"Saved by Bob, {place}")
    bob.get_by_role("button", name="Save").click()
    expect(bob.get_by_text("Renamed.")).to_be_visible()
    if place == "in a field":
        expect(alice.get_by_text("Changed elsewhere")).to_be_visible()
        mine.fill("Typed by Alice")
    alice.get_by_role("button", name="Save").click()
    expect(alice.get_by_text("Renamed.")).to_have_count(0)
    bob.reload()
    expect(theirs).to_have_value(f"Saved by Bob, {place}")
