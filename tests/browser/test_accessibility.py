"""Every page of the house and of the suites' application before axe-core: nothing is found, in any look."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import NARROW, WIDE, findings, findings_in_every_look
from tests.browser.harness import Pages
from tests.browser.partials import threads_of_acme

__all__ = ["threads_of_acme"]

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("threads_of_acme")]

THREADS = "/collections/test_threads/"
FOR_ANYBODY = [
    "/sign-in/", "/sign-up/", "/password-reset/", "/password-reset/sent/", "/password-reset/complete/",
    "/password-reset/x/y/", "/test-public/", "/test-mishaps/", "/test-tabs/", "/test-gallery/",
    "/test-asking/", "/test-template/", "/test-records/7/", "/testapp/counter/", "/testapp/wizard/1/",
    "/testapp/wizard/2/", "/testapp/summary/", "/settings/", "/collections/test_notes/", "/nowhere/",
    "/collections/", "/test-broken/", "/test-parameters/?count=many", "/data/everything", "/conversations/",
]  # fmt: skip
FOR_ALICE = [
    "/account/", "/account/password/", "/organization/", "/organization/new/", "/settings/",
    "/settings/?q=font", "/settings/?q=nothing-like-it", "/settings/test_density/",
    "/settings/test_show_closed/", "/settings/test_greeting/", "/test-desk/", "/test-probes/", "/data/",
    "/data/activity", "/data/staff_only", THREADS, f"{THREADS}add/", f"{THREADS}?test_threads-page=99",
    f"{THREADS}?test_threads-page=x", f"{THREADS}?test_threads-is-subject=nothing",
    "/collections/test_bookmarks/", "/collections/test_everything/add/", "/collections/test_staff_only/",
    "/collections/", "/test-staff/", "/conversations/",
]  # fmt: skip
FOR_BOB = ["/settings/test_greeting/", "/organization/"]  # a member's: much of it is not his to change
FOR_DANA = [
    "/admin/", "/admin/accounts/user/", "/admin/accounts/user/add/", "/admin/password_change/",
    "/admin/collections_store/testeverything/?from_number=1", "/admin/collections_app/documentread/",
    "/declared/", "/declared/?layer=pages&q=desk", "/declared/?q=nothing-like-it",
]  # fmt: skip


def walk(page: Page, paths: list[str]) -> list[str]:
    found = []
    for path in paths:
        page.goto(path)
        found += [f"{path}: {one}" for one in findings_in_every_look(page)]
    return found


def well(found: list[str]) -> None:
    assert not found, "\n".join(["", *found])


@pytest.mark.thorough
def test_the_pages_that_anybody_sees(browser_page: Pages) -> None:
    for status in ("400", "401", "404", "410", "500"):
        browser_page.expect(status)
    well(walk(browser_page(), FOR_ANYBODY))


@pytest.mark.thorough
def test_the_pages_of_an_admin_of_an_organisation(browser_page: Pages) -> None:
    for status in ("400", "403"):
        browser_page.expect(status)
    well(walk(browser_page("alice"), FOR_ALICE))


@pytest.mark.thorough
def test_the_pages_of_a_member(browser_page: Pages) -> None:
    well(walk(browser_page("bob"), FOR_BOB))


@pytest.mark.thorough
def test_the_administration(browser_page: Pages) -> None:
    page = browser_page("dana")
    found = walk(page, FOR_DANA)
    page.goto("/admin/accounts/user/")
    page.get_by_role("link", name="alice@example.com").click()
    found += findings_in_every_look(page)
    page.goto("/admin/collections_store/testthreads/")
    page.locator("#result_list a").first.click()
    found += findings_in_every_look(page)
    page.goto("/declared/?layer=collections")
    for columns in page.locator("summary", has_text="columns").all()[:3]:
        columns.click()
    expect(page.get_by_role("region", name="Columns of").first).to_be_visible()
    well(found + findings_in_every_look(page))


def test_forms_that_come_back(browser_page: Pages) -> None:
    browser_page.expect("422")
    page = browser_page()
    found = []
    for path in ("/sign-in/", "/sign-up/", "/testapp/wizard/1/"):
        page.goto(path)
        page.locator("form").evaluate_all("forms => { for (const form of forms) form.noValidate = true }")
        page.get_by_role("main").locator("form button").last.click()
        expect(page.locator("[aria-invalid=true], [role=alert]").first).to_be_visible()
        found += [f"{path}: {one}" for one in findings_in_every_look(page)]
    well(found)


def record(page: Page) -> Locator:
    """Where a record is: in the drawer, or on a page of its own."""
    return page.locator("#drawer" if page.locator("#drawer-dialog[open]").count() else "main")


def save(page: Page, label: str, text: str) -> None:
    record(page).get_by_label(label).fill(text)
    record(page).get_by_role("button", name=re.compile("^(Save|Add)$")).click()


def open_record(page: Page, subject: str) -> None:
    page.goto(f"{THREADS}?test_threads-is-subject={subject}")
    page.get_by_role("link", name=subject, exact=True).click()


@pytest.mark.thorough
def test_a_record_through_all_of_its_states(browser_page: Pages) -> None:
    for status in ("404", "409", "422"):
        browser_page.expect(status)
    alice, bob = browser_page("alice"), browser_page("bob")
    found: list[str] = []

    def look(state: str) -> None:
        found.extend(f"{state}: {one}" for one in findings_in_every_look(alice))
        alice.set_viewport_size(WIDE)

    alice.goto(f"{THREADS}add/")
    save(alice, "Sender", "not an address")
    expect(alice.get_by_label("Sender")).to_have_attribute("aria-invalid", "true")
    look("refused")
    alice.get_by_label("Subject").fill("Stateful")
    save(alice, "Sender", "ann@example.com")
    expect(alice.locator("#toasts")).to_contain_text("added")
    look("added")
    for page in (alice, bob):
        open_record(page, "Stateful")
        expect(record(page).get_by_label("Priority")).to_be_visible()
    record(alice).get_by_text("History", exact=True).click()
    expect(record(alice).get_by_role("listitem").first).to_be_visible()
    look("edited")
    record(alice).get_by_label("Priority").fill("2")  # before he saves, for her drawer follows what he does
    save(bob, "Priority", "1")
    expect(bob.locator("#drawer-dialog")).to_be_hidden()
    save(alice, "Priority", "2")
    expect(alice.get_by_role("heading", name="Somebody else changed this")).to_be_visible()
    look("in conflict")
    alice.get_by_role("button", name="Keep mine").click()
    expect(alice.locator("#drawer-dialog")).to_be_hidden()
    for page in (alice, bob):
        open_record(page, "Stateful")
    bob.get_by_role("link", name="Delete", exact=True).click()
    expect(bob.get_by_role("heading", name="Delete this record?")).to_be_visible()
    found += findings_in_every_look(bob)
    record(bob).get_by_role("button", name="Delete").click()
    expect(bob.locator("#toasts")).to_contain_text("deleted")
    save(alice, "Priority", "3")
    expect(alice.get_by_role("heading", name="This record is not here")).to_be_visible()
    look("gone")
    well(found)


@pytest.mark.thorough
def test_a_cell_in_each_of_its_states(browser_page: Pages) -> None:
    browser_page.expect("422")
    page = browser_page("alice")
    page.goto(THREADS)
    page.locator("td[data-cell=priority]").first.dblclick()
    expect(page.locator("#cell_priority")).to_be_focused()
    found = findings_in_every_look(page)
    page.set_viewport_size(WIDE)
    page.locator("#cell_priority").fill("many")
    page.keyboard.press("Enter")
    expect(page.locator("#cell-form").get_by_role("alert")).to_be_visible()
    found += findings_in_every_look(page)
    well(found)


@pytest.mark.thorough
def test_what_one_opens(browser_page: Pages) -> None:
    page = browser_page("alice")
    found = []
    page.goto("/test-desk/")
    for name, opener in (
        ("account", page.locator("summary", has_text="Alice")),
        ("filter", page.locator("summary", has_text="Filter")),
        ("data", page.get_by_text("The data as a table")),
    ):
        opener.click()
        found += [f"{name}: {one}" for one in findings(page)]
        page.keyboard.press("Escape")
    page.set_viewport_size(NARROW)
    page.get_by_role("button", name="Menu").click()
    expect(page.locator("#sidebar")).to_be_visible()
    well(found + [f"drawer: {one}" for one in findings(page)])


def invited(alice: Page, email: str = "") -> str:
    """The link of a new invitation, which stands on the page."""
    alice.goto("/organization/")
    alice.get_by_role("link", name=re.compile("Invite")).first.click()
    alice.locator("[type=email]").fill(email)
    alice.get_by_role("main").locator("form button").last.click()
    return alice.locator("input[readonly]").first.input_value()


@pytest.mark.thorough
def test_an_invitation_and_one_that_is_not_theirs(browser_page: Pages) -> None:
    browser_page.expect("410")
    alice, charlie = browser_page("alice"), browser_page("charlie")
    charlie.goto(invited(alice))
    found = findings_in_every_look(alice) + findings_in_every_look(charlie)
    charlie.goto(invited(alice, "somebody-else@example.com"))
    found += findings_in_every_look(charlie)
    found += walk(alice, ["/organization/"])
    alice.get_by_role("link", name=re.compile("Invite")).first.click()
    well(found + findings_in_every_look(alice))


def test_axe_finds_what_is_wrong(browser_page: Pages) -> None:
    page = browser_page()
    page.goto("/test-public/")
    page.evaluate("document.getElementById('main').append(new Image())")
    assert [one for one in findings_in_every_look(page) if "image-alt" in one]
