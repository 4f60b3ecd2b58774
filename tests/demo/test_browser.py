"""What a new user does, in a real browser on the seeded demo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import DESKTOP, PHONE, Pages, browser_page, chromium, chromium_path
from tests.serving import Site

__all__ = ["browser_page", "chromium", "chromium_path", "server"]

pytestmark = pytest.mark.browser

PAGES = [
    "/", "/threads/", "/triage/", "/contacts/", "/my-things/", "/notes/", "/packages/", "/preferences/",
    "/counter/", "/widgets/",
]  # fmt: skip


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site as `make run` serves it: the demo is loaded because the database is empty."""
    with Site(tmp_path_factory.mktemp("demo") / "var", log="demo") as site:
        assert "Loading the demo" in site.output
        assert "Alice, Bob, Charlie, Dana" in site.output
        yield site
    assert "Traceback" not in site.output, site.output


def as_person(
    pages: Pages, name: str, *, path: str = "/", javascript: bool = True, viewport: Any = DESKTOP
) -> Page:
    """A page of one of the demo's people, who came in by their button on the sign-in page."""
    page = pages(viewport=viewport, java_script_enabled=javascript)
    page.goto(f"/sign-in/?next={path}")
    page.get_by_role("button", name=name).click()
    expect(page).to_have_url(f"{pages.site.url}{path}")
    return page


def cells(page: Page, column: int) -> list[str]:
    return page.locator(f"#table-threads tbody tr td:nth-child({column})").all_inner_texts()


def test_alice_sorts_and_pages_the_threads_and_goes_back(browser_page: Pages) -> None:
    page = as_person(browser_page, "Alice", path="/threads/")
    # 2,000, and those that the other tests have added.
    expect(page.locator("#table-threads .data-table-count")).to_contain_text("2,0")
    page.get_by_role("columnheader", name="Priority").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Priority")).to_have_attribute("aria-sort", "ascending")
    assert set(cells(page, 4)) == {"1"}
    page.get_by_role("columnheader", name="Priority").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Priority")).to_have_attribute("aria-sort", "descending")
    assert set(cells(page, 4)) == {"4"}
    first = cells(page, 1)
    page.locator("#table-threads").get_by_role("link", name="Page 2", exact=True).click()
    expect(page).to_have_url(re.compile("threads-page=2"))
    expect(page.locator("#table-threads [aria-current=page]")).to_have_text("2")
    assert cells(page, 1) != first
    page.go_back()
    expect(page.locator("#table-threads [aria-current=page]")).to_have_text("1")
    assert cells(page, 1) == first


@pytest.mark.parametrize("javascript", [True, False])
def test_alice_adds_a_thread_and_edits_it(browser_page: Pages, javascript: bool) -> None:
    subject = f"The kettle is broken, {'with' if javascript else 'without'} script"
    page = as_person(browser_page, "Alice", path="/threads/", javascript=javascript)
    page.get_by_role("link", name="Add", exact=True).click()
    page.get_by_label("Subject").fill(subject)
    browser_page.expect("422")
    page.get_by_label("Sender").fill("nobody")
    page.get_by_label("Received").fill("2026-11-23")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_label("Sender")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Subject")).to_have_value(subject)
    page.get_by_label("Sender").fill("cook@kitchen.example")
    page.get_by_role("button", name="Add").click()

    page.goto(f"/threads/?threads-is-subject={subject.replace(' ', '+')}")
    page.get_by_role("link", name=subject, exact=True).click()
    page.get_by_label("Status").select_option("waiting")
    page.get_by_role("button", name="Save").click()
    page.goto(f"/threads/?threads-is-subject={subject.replace(' ', '+')}")
    expect(page.locator("#table-threads tbody tr")).to_have_count(1)
    expect(page.locator("#table-threads tbody")).to_contain_text("waiting")


def test_bob_flips_a_switch_and_his_table_follows(browser_page: Pages) -> None:
    page = as_person(browser_page, "Bob")
    count = page.locator("#table-threads .data-table-count")
    expect(count).not_to_contain_text("2,0")
    switch = page.get_by_role("switch", name="Show closed threads")
    switch.check()
    expect(page.locator("#toggle-show_closed [role=status]")).to_have_text("Saved")
    page.reload()
    expect(switch).to_be_checked()
    expect(count).to_contain_text("2,0")
    switch.uncheck()
    expect(page.locator("#toggle-show_closed [role=status]")).to_have_text("Saved")


def test_bob_sees_the_organisations_settings_and_may_not_change_them(browser_page: Pages) -> None:
    bob = as_person(browser_page, "Bob", path="/preferences/")
    expect(bob.get_by_label("Daily goal")).to_be_disabled()
    alice = as_person(browser_page, "Alice", path="/preferences/")
    goal = alice.get_by_label("Daily goal")
    browser_page.expect("422")
    goal.fill("500")
    goal.press("Tab")
    expect(goal).to_have_attribute("aria-invalid", "true")
    goal.fill("9")
    goal.press("Tab")
    expect(alice.locator("#setting-daily_goal [role=status]")).to_have_text("Saved")
    bob.reload()
    expect(bob.get_by_label("Daily goal")).to_have_value("9")


@pytest.mark.parametrize("javascript", [True, False])
def test_the_wizard_is_walked_back_and_forth_into_a_thread(browser_page: Pages, javascript: bool) -> None:
    subject = f"The door squeaks, {'with' if javascript else 'without'} script"
    page = as_person(browser_page, "Alice", path="/triage/", javascript=javascript)
    page.get_by_label("Who wrote?").fill("guest@hotel.example")
    page.get_by_label("What about?").fill(subject)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("How urgent is it?").select_option("Urgent")
    page.get_by_label("Tags").fill("door, noise")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("What about?")).to_have_value(subject)
    page.get_by_label("What about?").press("Enter")  # Enter is Next, not Cancel
    expect(page.get_by_label("Tags")).to_have_value("door, noise")
    page.get_by_role("button", name="Next").click()
    for said in (subject, "guest@hotel.example", "Urgent", "door, noise"):
        expect(page.get_by_role("definition").filter(has_text=said).first).to_be_visible()
    page.get_by_role("button", name="File it").click()
    expect(page).to_have_url(re.compile("/collections/threads/[0-9a-f-]{36}/"))
    expect(page.get_by_label("Subject")).to_have_value(subject)
    page.goto("/triage/")
    expect(page.get_by_label("What about?")).to_have_value("")


def test_the_wizard_waits_while_one_is_elsewhere_and_cancel_forgets(browser_page: Pages) -> None:
    page = as_person(browser_page, "Alice", path="/triage/")
    page.get_by_label("Who wrote?").fill("guest@hotel.example")
    page.get_by_label("What about?").fill("The lift hums")
    page.get_by_role("button", name="Next").click()
    page.goto("/packages/")
    page.goto("/triage/")
    expect(page.get_by_label("What about?")).to_have_value("The lift hums")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_label("What about?")).to_have_value("")
    expect(page.get_by_text("nothing was saved")).to_be_visible()


def test_charlie_finds_nothing_of_acme(browser_page: Pages) -> None:
    alice = as_person(browser_page, "Alice", path="/threads/")
    address = alice.locator("#table-threads tbody a").first.get_attribute("href")
    assert address is not None
    charlie = as_person(browser_page, "Charlie", path="/threads/")
    expect(charlie.locator("#table-threads tbody tr")).to_have_count(7)
    expect(charlie.get_by_role("main")).to_contain_text("bicycle")
    browser_page.expect("404")
    response = charlie.goto(address)
    assert response is not None and response.status == 404
    charlie.goto("/my-things/")
    expect(charlie.get_by_role("main")).not_to_contain_text("the team's guide")


def test_dana_opens_the_admin_and_sees_whose_each_thread_is(browser_page: Pages) -> None:
    page = as_person(browser_page, "Dana", path="/admin/")
    page.locator("#content").get_by_role("link", name="Threads").first.click()
    expect(page.locator("#result_list")).to_contain_text("Acme Support")
    page.goto("/threads/")
    expect(page.locator("#table-threads tbody tr")).to_have_count(0)


def test_a_visitor_keeps_notes_and_counts_without_an_account(browser_page: Pages) -> None:
    page = browser_page()
    page.goto("/notes/")
    page.get_by_role("link", name=re.compile("^Add")).first.click()
    page.get_by_label("Text").fill("Water the plant")
    page.get_by_role("button", name="Add").click()
    page.goto("/notes/")
    expect(page.locator("#table-notes tbody")).to_contain_text("Water the plant")
    page.goto("/counter/")
    for click in (1, 2, 3):
        page.get_by_role("button", name="Add one").click()
        expect(page.locator("#clicks")).to_have_text(str(click))
    other = browser_page()
    other.goto("/counter/")
    expect(other.locator("#clicks")).to_have_text("0")
    # Signing in takes what was begun along.
    page.goto("/sign-in/?next=/counter/")
    page.get_by_role("button", name="Charlie").click()
    expect(page.locator("#clicks")).to_have_text("3")


def test_the_packages_are_filtered_and_sorted(browser_page: Pages) -> None:
    page = as_person(browser_page, "Bob", path="/packages/")
    table = page.locator("#table-packages")
    expect(table.locator(".data-table-count")).to_contain_text("2,000")
    page.get_by_role("columnheader", name="Installed").get_by_role("link").click()
    expect(page).to_have_url(re.compile("packages-sort=installed_size"))  # else the old link is clicked again
    page.get_by_role("columnheader", name="Installed").get_by_role("link").click()
    expect(table.locator("tbody tr").first).to_contain_text("6.4 GiB")
    table.locator("summary", has_text="Filter").click()
    page.get_by_label("Section", exact=True).fill("games")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("packages-is-section=games"))
    expect(table.locator(".data-table-count")).not_to_contain_text("2,000")
    assert set(table.locator("tbody tr td:nth-child(3)").all_inner_texts()) == {"games"}


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_every_page_fits_its_screen_and_is_quiet(browser_page: Pages, viewport: Any) -> None:
    page = as_person(browser_page, "Alice", viewport=viewport)
    for path in PAGES:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
