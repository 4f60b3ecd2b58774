"""What a new user does, in a real browser on the seeded demo."""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import DESKTOP, PHONE, Pages, api

pytestmark = pytest.mark.browser

SOON = 10_000  # milliseconds: a page follows within one second; the rest is for a machine that is busy

PAGES = [
    "/", "/overview/", "/threads/", "/triage/", "/contacts/", "/my-things/", "/notes/", "/packages/",
    "/preferences/", "/counter/", "/widgets/", "/tables/", "/sign-up-customer/", "/talk/",
]  # fmt: skip


def as_person(pages: Pages, name: str, *, path: str = "/", javascript: bool = True, **options: Any) -> Page:
    """A page of one of the demo's people, who came in by their button on the sign-in page."""
    page = pages(java_script_enabled=javascript, **options)
    page.goto(f"/sign-in/?next={path}")
    page.get_by_role("button", name=name).click()
    expect(page).to_have_url(path)
    page.wait_for_load_state()  # the scripts have run
    return page


def cells(page: Page, column: int) -> list[str]:
    return page.locator(f"#table-threads tbody tr td:nth-child({column})").all_inner_texts()


def addresses(page: Page) -> set[str]:
    """Of the threads that the page lists."""
    links = page.locator("#table-threads tbody a[href*='/threads/']")
    return set(links.evaluate_all("links => links.map(link => link.href)"))


def test_on_a_phone_the_names_of_tables_begin_at_the_one_that_is_open(browser_page: Pages) -> None:
    page = as_person(browser_page, "Alice", viewport=PHONE)
    page.goto("/tables/?tables=calendar")
    expect(page.get_by_role("link", name="Calendar")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("link", name="Contacts")).not_to_be_in_viewport()


def test_a_first_page_with_chart_and_table_weighs_at_most_200_kb(browser_page: Pages) -> None:
    """In a browser that has nothing yet: each file as it is sent, the page as a proxy compresses it."""
    known = as_person(browser_page, "Alice").context.storage_state()
    for path in ("/", "/overview/"):
        page = browser_page(storage_state=known)
        with page.expect_response(lambda response: response.request.is_navigation_request()) as answer:
            page.goto(path)
        expect(page.locator("canvas").first).to_be_visible()
        sent = page.evaluate(
            "performance.getEntriesByType('resource').map((one) => [one.name, one.encodedBodySize])"
        )
        files = {name: size for name, size in sent if "/static/" in name}
        assert any("tabler" in name for name in files) and any("chart.umd" in name for name in files)
        assert 100_000 < sum(files.values()) + len(gzip.compress(answer.value.body())) <= 200_000, files


@pytest.mark.thorough
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


@pytest.mark.thorough
@pytest.mark.parametrize("javascript", [True, False])
def test_alice_adds_a_thread_and_edits_it(browser_page: Pages, javascript: bool) -> None:
    subject = f"The kettle is broken, {'with' if javascript else 'without'} script"
    page = as_person(browser_page, "Alice", path="/threads/", javascript=javascript)
    form = page.locator("#drawer" if javascript else "main")
    page.get_by_role("link", name="Add", exact=True).click()
    form.get_by_label("Subject").fill(subject)
    browser_page.expect("422")
    form.get_by_label("Sender").fill("nobody")
    form.get_by_label("Received").fill("2026-11-23")
    form.get_by_role("button", name="Add").click()
    expect(form.get_by_label("Sender")).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_label("Subject")).to_have_value(subject)
    form.get_by_label("Sender").fill("cook@kitchen.example")
    form.get_by_role("button", name="Add").click()
    expect(page.get_by_text("The record was added.")).to_be_visible()

    page.goto(f"/threads/?threads-is-subject={subject.replace(' ', '+')}")
    page.get_by_role("link", name=subject, exact=True).click()
    form.get_by_label("Status").select_option("waiting")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The record was saved.")).to_be_visible()
    page.goto(f"/threads/?threads-is-subject={subject.replace(' ', '+')}")
    expect(page.locator("#table-threads tbody tr")).to_have_count(1)
    expect(page.locator("#table-threads tbody")).to_contain_text("waiting")


def test_bob_flips_a_switch_and_his_table_follows(browser_page: Pages) -> None:
    page = as_person(browser_page, "Bob", path="/overview/")
    count = page.locator("#table-threads .data-table-count")
    expect(count).not_to_contain_text("2,0")
    switch = page.get_by_role("switch", name="Show closed threads")
    switch.check()
    expect(page.locator("#toggle-show_closed [role=status]")).to_have_text("Saved")
    expect(count).to_contain_text("2,0", timeout=SOON)
    page.reload()
    expect(switch).to_be_checked()
    expect(count).to_contain_text("2,0")
    switch.uncheck()
    expect(page.locator("#toggle-show_closed [role=status]")).to_have_text("Saved")


@pytest.mark.thorough
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
    page.get_by_role("button", name="To the summary").click()
    for said in (subject, "guest@hotel.example", "Urgent", "door, noise"):
        expect(page.get_by_role("definition").filter(has_text=said).first).to_be_visible()
    page.get_by_role("button", name="File it").click()
    page.get_by_role("link", name="Open it").click()
    expect(page).to_have_url(re.compile("/collections/threads/[0-9a-f-]{36}/"))
    expect(page.get_by_label("Subject")).to_have_value(subject)
    page.goto("/triage/")
    expect(page.get_by_label("What about?")).to_have_value("")


@pytest.mark.thorough
def test_the_wizard_waits_while_one_is_elsewhere_and_can_be_begun_anew(browser_page: Pages) -> None:
    page = as_person(browser_page, "Alice", path="/triage/")
    page.get_by_label("Who wrote?").fill("guest@hotel.example")
    page.get_by_label("What about?").fill("The lift hums")
    page.get_by_role("button", name="Next").click()
    page.goto("/packages/")
    page.goto("/triage/")
    expect(page.get_by_role("heading", name="Urgency")).to_be_visible()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("What about?")).to_have_value("The lift hums")
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_label("What about?")).to_have_value("")
    expect(page.get_by_text("nothing was saved")).to_be_visible()


def test_charlie_finds_nothing_of_acme(browser_page: Pages) -> None:
    alice, charlie = (as_person(browser_page, name, path="/threads/") for name in ("Alice", "Charlie"))
    acmes, charlies = addresses(alice), addresses(charlie)
    assert acmes and charlies and not acmes & charlies
    address = acmes.pop()
    expect(charlie.get_by_role("main")).to_contain_text("bicycle")
    browser_page.expect("404")
    response = charlie.goto(address)
    assert response is not None and response.status == 404
    charlie.goto("/my-things/")
    expect(charlie.get_by_role("main")).not_to_contain_text("the team's guide")


@pytest.mark.thorough
def test_dana_opens_the_admin_and_sees_whose_each_thread_is(browser_page: Pages) -> None:
    page = as_person(browser_page, "Dana", path="/admin/")
    page.locator("#content").get_by_role("link", name="Threads").first.click()
    expect(page.locator("#result_list")).to_contain_text("Acme Support")
    page.goto("/threads/")
    expect(page.locator("#table-threads tbody tr")).to_have_count(0)


@pytest.mark.thorough
def test_a_visitor_keeps_notes_and_counts_without_an_account(browser_page: Pages) -> None:
    page = browser_page()
    page.goto("/notes/")
    page.get_by_role("link", name=re.compile("^Add")).first.click()
    page.locator("#drawer").get_by_label("Text").fill("Water the plant")
    page.locator("#drawer").get_by_role("button", name="Add").click()
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


@pytest.mark.thorough
def test_the_packages_are_filtered_and_sorted(browser_page: Pages) -> None:
    page = as_person(browser_page, "Bob", path="/packages/")
    table = page.locator("#table-packages")
    expect(table.locator(".data-table-count")).to_contain_text("2,000")
    page.get_by_role("columnheader", name="Installed").get_by_role("link").click()
    expect(page).to_have_url(re.compile("packages-sort=installed_size"))  # else the old link is clicked again
    page.get_by_role("columnheader", name="Installed").get_by_role("link").click()
    expect(table.locator("tbody tr").first).to_contain_text("6.4 GiB")
    table.locator("summary", has_text="Filter").click()
    table.get_by_label("Section: Section").fill("games")
    table.get_by_role("button", name="Apply").first.click()
    expect(page).to_have_url(re.compile("packages-has-section=games"))
    expect(table.locator(".data-table-count")).not_to_contain_text("2,000")
    assert set(table.locator("tbody tr td:nth-child(3)").all_inner_texts()) == {"games"}


@pytest.mark.thorough
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_every_page_fits_its_screen_and_is_quiet(browser_page: Pages, viewport: Any) -> None:
    page = as_person(browser_page, "Alice", viewport=viewport)
    for path in PAGES:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


# Start here ------------------------------------------------------------------------------------------


def start(pages: Pages, name: str, **options: Any) -> Page:
    """The first page as somebody sees it, once its socket listens."""
    page = as_person(pages, name, **options)
    expect(page.locator("body")).to_have_attribute("data-connection", "listening")
    page.evaluate("document.body.dataset.mark = 'the same page'")
    return page


def first_row(page: Page) -> Any:
    return page.locator("#table-threads tbody tr").first


def shown(page: Page) -> int:
    """How many threads the third step says there are."""
    return int(page.locator("#metric-threads-shown-to-you data").get_attribute("value") or "")


def close_the_newest(page: Page) -> None:
    """So that one of the few in the table is closed, whatever other tests have added meanwhile."""
    row = first_row(page).get_by_role("link")
    address = (row.get_attribute("href") or "").split("?")[0]
    answer = page.request.patch(address, data={"status": "closed"}, headers=api(page.context))
    assert answer.ok, answer.text()
    expect(row).not_to_have_attribute("href", re.compile(re.escape(address)), timeout=SOON)


def opened_today(page: Page) -> int:
    """What the chart draws for its last day, as the table below it says."""
    return int(page.locator("#chart-thread_activity tbody tr:last-child td").first.text_content() or "")


def is_the_same(page: Page) -> bool:
    """Nothing was loaded anew meanwhile."""
    return bool(page.evaluate("document.body.dataset.mark === 'the same page'"))


def test_what_alice_adds_bob_sees_and_charlie_does_not(browser_page: Pages) -> None:
    alice, bob, charlie = (start(browser_page, name) for name in ("Alice", "Bob", "Charlie"))
    threads, opened, charlies = shown(alice), opened_today(bob), first_row(charlie).inner_text()
    field = alice.get_by_label("Subject of a new thread")
    field.fill("The lift sings")
    field.press("Enter")
    for page in (alice, bob):
        expect(first_row(page)).to_contain_text("The lift sings", timeout=SOON)
    expect(alice.locator("#metric-threads-shown-to-you data")).to_have_attribute("value", str(threads + 1))
    last_day = bob.locator("#chart-thread_activity tbody tr:last-child td").first
    expect(last_day).to_have_text(str(opened + 1), timeout=SOON)
    # The next one can be typed at once.
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    assert first_row(charlie).inner_text() == charlies
    assert is_the_same(alice) and is_the_same(bob)


def test_a_subject_that_is_none_stays_with_its_message(browser_page: Pages) -> None:
    browser_page.expect("422")
    page = start(browser_page, "Alice")
    field = page.get_by_label("Subject of a new thread")
    field.fill("   ")
    field.press("Enter")
    expect(page.locator("#add-thread-error")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    assert is_the_same(page)


@pytest.mark.thorough
def test_the_switch_is_followed_in_ones_own_windows_only(browser_page: Pages) -> None:
    alice, bob = start(browser_page, "Alice"), start(browser_page, "Bob")
    close_the_newest(alice)
    second = alice.context.new_page()
    second.goto("/")
    few, bobs = shown(alice), shown(bob)
    alice.get_by_role("switch", name="Show closed threads").check()
    for page in (alice, second):
        expect(page.locator("#metric-threads-shown-to-you data")).not_to_have_attribute(
            "value", str(few), timeout=SOON
        )
        expect(page.locator("#table-threads tbody")).to_contain_text("closed", timeout=SOON)
    assert shown(bob) == bobs
    alice.get_by_role("switch", name="Show closed threads").uncheck()
    expect(alice.locator("#metric-threads-shown-to-you data")).to_have_attribute(
        "value", str(few), timeout=SOON
    )
    assert is_the_same(alice)


def test_a_period_changes_the_address_and_the_chart(browser_page: Pages) -> None:
    page = start(browser_page, "Alice")
    days = page.locator("#chart-thread_activity tbody tr")
    expect(days).to_have_count(7)
    page.get_by_label("Period").select_option("30d")
    expect(page).to_have_url(re.compile(r"\?period=30d$"))
    expect(days).to_have_count(30)
    page.go_back()
    expect(days).to_have_count(7)


@pytest.mark.thorough
def test_the_counter_counts_in_a_second_tab(browser_page: Pages) -> None:
    page = start(browser_page, "Bob")
    second = page.context.new_page()
    second.goto("/counter/")
    expect(second.locator("body")).to_have_attribute("data-connection", "listening")
    before = int(page.locator("#clicks").inner_text())
    page.get_by_role("button", name="Add one").click()
    for tab in (page, second):
        expect(tab.locator("#clicks")).to_have_text(str(before + 1), timeout=SOON)
    second.get_by_role("button", name="Add one").click()
    for tab in (page, second):
        expect(tab.locator("#clicks")).to_have_text(str(before + 2), timeout=SOON)
    assert is_the_same(page)


def test_mail_arrives_for_the_whole_desk(browser_page: Pages) -> None:
    alice, bob, charlie = (start(browser_page, name) for name in ("Alice", "Bob", "Charlie"))
    threads, opened, charlies = shown(bob), opened_today(alice), shown(charlie)
    alice.get_by_role("button", name="Let mail arrive").click()
    arriving = re.compile(r"Mail is arriving: \d+ of 30")
    for page in (alice, bob):
        expect(page.get_by_role("button", name=arriving)).to_be_visible(timeout=SOON)
    for page in (alice, bob):
        expect(page.get_by_role("button", name="Let mail arrive")).to_be_visible(timeout=20_000)
        # Six of the thirty only say thank you, and are closed.
        expect(page.locator("#metric-threads-shown-to-you data")).to_have_attribute(
            "value", str(threads + 24), timeout=SOON
        )
    last_day = alice.locator("#chart-thread_activity tbody tr:last-child td").first
    expect(last_day).to_have_text(str(opened + 30), timeout=SOON)
    assert shown(charlie) == charlies
    assert is_the_same(alice) and is_the_same(bob)


@pytest.mark.thorough
def test_mail_is_seen_and_stopped_at_another_server(browser_page: Pages) -> None:
    charlie, elsewhere = start(browser_page, "Charlie"), start(browser_page, "Charlie", server=2)
    charlie.get_by_role("button", name="Let mail arrive").click()
    elsewhere.get_by_role("button", name="Stop", exact=True).click(timeout=SOON)
    for page in (charlie, elsewhere):
        expect(page.get_by_role("button", name="Let mail arrive")).to_be_visible(timeout=SOON)


def test_the_assistant_answers_and_counts(browser_page: Pages) -> None:
    page = start(browser_page, "Dana")
    said = page.locator("#chat-desk-assistant .chat-assistant .markdown")
    for turn, (question, answer) in enumerate(
        [("how many are open?", "0 open"), ("find kettle", "No thread has"), ("hello", "You can ask me")], 1
    ):
        page.get_by_label("Message to Desk assistant").fill(question)
        page.get_by_label("Message to Desk assistant").press("Enter")
        expect(said).to_have_count(1 + turn, timeout=SOON)  # it greets first
        expect(said.last).to_contain_text(f"Turn {turn}.")
        expect(said.last).to_contain_text(answer)
    assert is_the_same(page)


@pytest.mark.thorough
def test_the_address_for_another_window_is_copied(browser_page: Pages) -> None:
    page = start(browser_page, "Alice", permissions=["clipboard-read", "clipboard-write"])
    bob = page.locator("#witness-bob")
    bob.get_by_role("button", name="Copy").click()
    expect(bob.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{browser_page.site.url}/sign-in/?next=%2Fstart%2F"


def test_without_a_script_every_step_works_by_itself(browser_page: Pages) -> None:
    page = as_person(browser_page, "Alice", javascript=False)
    page.get_by_label("Subject of a new thread").fill("The stairs creak")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(first_row(page)).to_contain_text("The stairs creak")
    page.get_by_label("Period").select_option("90d")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile("period=90d"))
    before = int(page.locator("#clicks").inner_text())
    page.get_by_role("button", name="Add one").click()
    expect(page).to_have_url(re.compile("period=90d"))
    expect(page.locator("#clicks")).to_have_text(str(before + 1))
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    page.get_by_role("button", name="Let mail arrive").click()
    expect(page.get_by_role("button", name=re.compile("Mail is arriving"))).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Let mail arrive")).to_be_visible()


def test_what_one_types_stays_as_another_begins_the_conversation(browser_page: Pages) -> None:
    alice, bob = (as_person(browser_page, name, path="/talk/") for name in ("Alice", "Bob"))
    address = alice.locator("#table-threads tbody a[href*='/talk/']").last.get_attribute("href") or ""
    for page in (alice, bob):
        page.goto(address)
        expect(page.locator("body")).to_have_attribute("data-connection", "listening")
    field = alice.get_by_label("Message to About this thread")
    field.fill("I was about to say")
    bob.get_by_label("Message to About this thread").fill("First!")
    bob.get_by_label("Message to About this thread").press("Enter")
    said = alice.locator("#chat-beside-thread .chat-person .chat-words")
    expect(said).to_have_text(["First!"], timeout=SOON)
    expect(field).to_have_value("I was about to say")
    expect(field).to_be_focused()
    field.press("Enter")
    expect(said).to_have_text(["First!", "I was about to say"], timeout=SOON)
    expect(field).to_have_value("")


@pytest.mark.thorough
def test_two_people_write_in_the_demos_chats_and_each_word_stands_once(browser_page: Pages) -> None:
    alice, bob = (as_person(browser_page, name, path="/talk/") for name in ("Alice", "Bob"))
    pages = {"alice": alice, "bob": bob}
    for name, page in pages.items():
        expect(page.locator("body")).to_have_attribute("data-connection", "listening")
        field = page.get_by_label("Message to The desk")
        field.fill(f"Written by {name}")
    for page in pages.values():  # at once
        page.get_by_label("Message to The desk").press("Enter")
    for page in pages.values():
        for name in pages:
            said = page.locator("#chat-desk-talk .chat-words", has_text=f"Written by {name}")
            expect(said).to_have_count(1, timeout=SOON)
    # Beside two threads stand two histories, and whoever of the desk looks reads along.
    links = alice.locator("#table-threads tbody a[href*='/talk/']")
    addresses = list(dict.fromkeys(links.evaluate_all("links => links.map(link => link.pathname)")))[:2]
    for number, address in enumerate(addresses):
        for page in pages.values():
            page.goto(address)
            expect(page.locator("body")).to_have_attribute("data-connection", "listening")
        for name, page in pages.items():
            page.get_by_label("Message to About this thread").fill(f"{name} about {number}")
            page.get_by_label("Message to About this thread").press("Enter")
        for page in pages.values():
            own = page.locator("#chat-beside-thread .chat-person .chat-words")
            expect(own).to_have_count(2, timeout=SOON)
            for name in pages:
                expect(own.filter(has_text=f"{name} about {number}")).to_have_count(1)
    # What one attaches hangs on the thread, also in the other's window.
    alice.locator(".chat-file-input").set_input_files(
        {"name": "log.txt", "mimeType": "text/plain", "buffer": b"It smoked."}
    )
    expect(alice.locator("[data-chat-file] input")).to_have_count(1)
    alice.get_by_role("button", name="Send").click()
    for page in pages.values():
        expect(page.locator(".desk-facts").get_by_text("log.txt")).to_be_visible(timeout=SOON)
