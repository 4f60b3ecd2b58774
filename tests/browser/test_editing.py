"""Records by the drawer and by the cell: by keyboard, against somebody else, while the page moves."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.harness import DESKTOP, PHONE, Pages, hears_no_news, on_each_database
from tests.browser.partials import threads_of_acme
from tests.testapp.people import PASSWORD

__all__ = ["threads_of_acme"]

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("threads_of_acme")]

THREADS = "/collections/test_threads/?test_threads-sort=subject&test_threads-size=200"
TABLE = "#table-test_threads"
SOON = 5_000  # milliseconds: the page follows within one; the rest is for a machine that is busy


def table(pages: Pages, person: str, **options: Any) -> Page:
    """The table as somebody sees it, once its socket listens."""
    page = pages(person, **options)
    page.goto(THREADS)
    expect(page.locator("body")).to_have_attribute("data-connection", "listening")
    return page


def row(page: Page, subject: str) -> Locator:
    return page.locator(f"{TABLE} tbody tr", has=page.get_by_role("link", name=subject, exact=True))


def cell(page: Page, subject: str, key: str) -> Locator:
    return row(page, subject).locator(f"td[data-cell={key}]")


def drawer(page: Page) -> Locator:
    return page.locator("#drawer")


def opened(page: Page, subject: str) -> Locator:
    """The drawer of a row, opened by its link."""
    row(page, subject).get_by_role("link", name=subject, exact=True).click()
    expect(drawer(page).get_by_role("heading", name=subject)).to_be_focused()
    return drawer(page)


def add(page: Page, subject: str, **values: str) -> None:
    """Add a thread by the drawer, and wait until the table has it."""
    page.get_by_role("link", name="Add", exact=True).click()
    drawer(page).get_by_label("Subject").fill(subject)
    for label, value in values.items():
        drawer(page).get_by_label(label).fill(value)
    drawer(page).get_by_role("button", name="Add").click()
    expect(row(page, subject)).to_be_visible(timeout=SOON)
    expect(page.locator("#drawer-dialog")).to_be_hidden()


def toast(page: Page, words: str) -> Locator:
    return page.locator("#toasts .capsule-toast", has_text=words)


# By the keyboard alone --------------------------------------------------------------------------------


@on_each_database
def test_a_record_is_added_edited_deleted_and_brought_back(browser_page: Pages) -> None:
    browser_page.expect("422")
    page = table(browser_page, "alice")
    page.get_by_role("link", name="Add", exact=True).focus()
    page.keyboard.press("Enter")
    expect(drawer(page).get_by_label("Subject")).to_be_focused()
    page.keyboard.type("A keyboard")
    page.keyboard.press("Tab")
    page.keyboard.type("nobody")
    page.keyboard.press("Enter")
    expect(drawer(page).get_by_label("Sender")).to_be_focused()
    expect(drawer(page).get_by_label("Sender")).to_have_attribute("aria-invalid", "true")
    expect(drawer(page).get_by_label("Subject")).to_have_value("A keyboard")
    page.keyboard.press("Control+A")
    page.keyboard.type("ann@example.com")
    page.keyboard.press("Enter")
    expect(toast(page, "The record was added.")).to_be_visible()
    expect(row(page, "A keyboard")).to_be_visible(timeout=SOON)
    expect(page.get_by_role("link", name="Add", exact=True)).to_be_focused()

    link = row(page, "A keyboard").get_by_role("link", name="A keyboard", exact=True)
    link.focus()
    page.keyboard.press("Enter")
    expect(drawer(page).get_by_role("heading", name="A keyboard")).to_be_focused()
    assert page.url.endswith(THREADS), "the address stays"
    drawer(page).get_by_label("Priority").focus()
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    expect(page.locator("#drawer-dialog")).to_be_hidden()
    expect(cell(page, "A keyboard", "priority")).to_have_text("4", timeout=SOON)
    expect(link).to_be_focused()

    page.keyboard.press("Enter")
    drawer(page).get_by_role("link", name="Delete", exact=True).press("Enter")
    expect(drawer(page).get_by_role("heading", name="Delete this record?")).to_be_focused()
    page.keyboard.press("Tab")  # the title stands before the buttons of the row's neighbours
    drawer(page).get_by_role("button", name="Delete").press("Enter")
    expect(row(page, "A keyboard")).to_have_count(0, timeout=SOON)
    expect(page.locator(f"{TABLE} tbody tr a.row-link:focus")).to_have_count(1)
    toast(page, "The record was deleted.").get_by_role("button", name="Undo").press("Enter")
    expect(row(page, "A keyboard")).to_be_visible(timeout=SOON)
    expect(toast(page, "The record is back.")).to_be_visible()


def test_escape_asks_before_it_loses_what_was_typed(browser_page: Pages) -> None:
    page = table(browser_page, "alice")
    link = page.locator(f"{TABLE} a.row-link").first
    link.focus()
    page.keyboard.press("Enter")
    field = drawer(page).get_by_label("Subject")
    before = field.input_value()
    page.keyboard.press("Escape")
    expect(page.locator("#drawer-dialog")).to_be_hidden()
    expect(link).to_be_focused()

    page.keyboard.press("Enter")
    field.fill("Half a thought")
    for _ in range(3):  # a second Escape is no answer either
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Go on editing")).to_be_focused()
        page.keyboard.press("Escape")
        expect(field).to_be_focused()
    expect(field).to_have_value("Half a thought")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Discard")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#drawer-dialog")).to_be_hidden()
    expect(link).to_have_text(before)
    expect(link).to_be_focused()


@pytest.mark.thorough
def test_the_drawer_keeps_the_focus_and_walks_from_row_to_row(browser_page: Pages) -> None:
    page = table(browser_page, "alice")
    names = ["0 first of all", "0 second", "0 third"]
    for name in names:
        add(page, name)
    opened(page, names[1])
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body "
            "|| document.getElementById('drawer-dialog').contains(document.activeElement)"
        )
    page.keyboard.press("Alt+ArrowDown")
    expect(drawer(page).get_by_role("heading", name=names[2])).to_be_focused()
    drawer(page).get_by_role("button", name="Previous row").click()
    expect(drawer(page).get_by_role("heading", name=names[1])).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(drawer(page).get_by_role("heading", name=names[0])).to_be_focused()
    expect(drawer(page).get_by_role("button", name="Previous row")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name=names[0], exact=True)).to_be_focused()


def test_cells_by_arrows_enter_tab_and_escape(browser_page: Pages) -> None:
    browser_page.expect("422")
    page = table(browser_page, "alice")
    add(page, "Cells", Priority="1")
    row(page, "Cells").get_by_role("link", name="Cells", exact=True).focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    priority = cell(page, "Cells", "priority")
    expect(priority).to_be_focused()
    page.keyboard.press("ArrowDown")  # another row follows: those of Acme
    expect(priority).not_to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(priority).to_be_focused()
    page.keyboard.press("Home")
    expect(row(page, "Cells").locator("a.row-link")).to_be_focused()
    page.keyboard.press("End")
    expect(row(page, "Cells").locator("td").last).to_be_focused()
    priority.focus()

    page.keyboard.press("F2")
    field = priority.locator("#cell_priority")
    expect(field).to_be_focused()
    page.keyboard.type("lots")  # over what is there: it is selected
    page.keyboard.press("Enter")
    expect(priority.get_by_role("alert")).to_have_text("Enter a number.")
    expect(field).to_be_focused()
    expect(field).to_have_value("lots")
    page.keyboard.press("Escape")
    expect(priority).to_have_text("1")
    expect(priority).to_be_focused()

    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(priority).to_have_text("7")
    expect(priority).to_be_focused()

    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    page.keyboard.type("8")
    page.keyboard.press("Tab")
    expect(cell(page, "Cells", "received").locator("#cell_received")).to_be_focused()
    expect(priority).to_have_text("8")
    page.keyboard.press("Shift+Tab")
    expect(field).to_be_focused()
    expect(field).to_have_value("8")
    page.keyboard.press("Escape")
    page.reload()
    expect(cell(page, "Cells", "priority")).to_have_text("8")


def test_the_first_cell_stays_a_link(browser_page: Pages) -> None:
    page = table(browser_page, "alice")
    add(page, "First name")
    row(page, "First name").get_by_role("link", name="First name", exact=True).focus()
    page.keyboard.press("F2")
    expect(page.locator("#cell_subject")).to_be_focused()
    page.keyboard.type("Second name")
    page.keyboard.press("Enter")
    link = row(page, "Second name").get_by_role("link", name="Second name", exact=True)
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(drawer(page).get_by_role("heading", name="Second name")).to_be_focused()


@pytest.mark.thorough
def test_what_others_write_while_a_cell_is_saved_takes_no_focus(browser_page: Pages) -> None:
    page = table(browser_page, "alice")
    add(page, "Before it")
    held: list[Route] = []
    page.route(
        "**/cells/**",
        lambda route: held.append(route) if route.request.method == "POST" else route.continue_(),
    )
    cell(page, "Before it", "priority").dblclick()
    expect(page.locator("#cell_priority")).to_be_focused()
    page.keyboard.type("7")
    with page.expect_request("**/cells/**"):
        page.keyboard.press("Enter")
    add(table(browser_page, "bob"), "Meanwhile")
    expect(row(page, "Meanwhile")).to_be_visible(timeout=SOON)
    held.pop().continue_()
    expect(cell(page, "Before it", "priority")).to_have_text("7")
    expect(cell(page, "Before it", "priority")).to_be_focused()


# By hand ----------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_pencil_a_double_click_and_leaving_it(browser_page: Pages) -> None:
    page = table(browser_page, "alice")
    add(page, "By hand", Priority="1")
    status = cell(page, "By hand", "status")
    status.hover()
    page.get_by_role("button", name="Edit", exact=True).click()
    status.locator("#cell_status").select_option("open")
    page.get_by_role("button", name="Save").click()
    expect(status).to_have_text("open")
    priority = cell(page, "By hand", "priority")
    priority.dblclick()
    priority.locator("#cell_priority").fill("3")
    page.get_by_role("heading", name="Threads").first.click()  # who goes on means what they typed
    expect(priority).to_have_text("3")
    expect(priority.locator("form")).to_have_count(0)
    priority.dblclick()
    expect(priority.locator("#cell_priority")).to_be_focused()
    page.get_by_role("heading", name="Threads").first.click()
    expect(priority.locator("form")).to_have_count(0)


def test_a_cell_that_opens_moves_nothing(browser_page: Pages) -> None:
    page = table(browser_page, "alice")
    boxes = "[...document.querySelectorAll('.data-table-rows th')].map(one => one.getBoundingClientRect().x)"
    before = page.evaluate(boxes)
    height = page.locator(f"{TABLE} tbody tr").first.bounding_box()
    page.locator(f"{TABLE} td[data-cell=priority]").first.dblclick()
    expect(page.locator("#cell-form")).to_be_visible()
    moved = max(abs(one - other) for one, other in zip(before, page.evaluate(boxes), strict=True))
    now = page.locator(f"{TABLE} tbody tr").first.bounding_box()
    assert moved < 3 and height is not None and now is not None
    assert abs(height["height"] - now["height"]) < 3


@pytest.mark.thorough
def test_a_duplicate_is_a_record_of_its_own(browser_page: Pages) -> None:
    page = table(browser_page, "alice")
    add(page, "Original", Priority="3")
    opened(page, "Original").get_by_role("link", name="Duplicate").click()
    # The original has a form of the same fields.
    expect(drawer(page).get_by_role("button", name="Add")).to_be_visible()
    expect(drawer(page).get_by_label("Priority")).to_have_value("3")
    drawer(page).get_by_label("Subject").fill("Copy")
    drawer(page).get_by_role("button", name="Add").dblclick()  # twice is once
    expect(row(page, "Copy")).to_be_visible(timeout=SOON)
    page.reload()
    expect(row(page, "Copy")).to_have_count(1)
    expect(row(page, "Original")).to_have_count(1)


@pytest.mark.thorough
def test_an_undo_of_a_save_brings_the_values_back(browser_page: Pages) -> None:
    page = table(browser_page, "alice")
    add(page, "Undone", Priority="1")
    opened(page, "Undone").get_by_label("Priority").fill("9")
    drawer(page).get_by_role("button", name="Save").click()
    expect(cell(page, "Undone", "priority")).to_have_text("9", timeout=SOON)
    toast(page, "The record was saved.").get_by_role("button", name="Undo").click()
    expect(cell(page, "Undone", "priority")).to_have_text("1", timeout=SOON)


@pytest.mark.thorough
def test_the_history_opens_and_a_version_is_restored(browser_page: Pages) -> None:
    page = table(browser_page, "alice")
    add(page, "Twice told", Priority="1")
    opened(page, "Twice told").get_by_label("Priority").fill("2")
    drawer(page).get_by_role("button", name="Save").click()
    expect(cell(page, "Twice told", "priority")).to_have_text("2", timeout=SOON)
    more = opened(page, "Twice told").get_by_text("History", exact=True)
    box = more.bounding_box()
    assert box
    page.set_viewport_size({"width": 1440, "height": int(box["y"] + box["height"]) + 4})
    more.click()
    past = drawer(page).get_by_role("listitem")
    expect(past).to_have_count(2)
    expect(past.first).to_be_in_viewport()  # it came from below the fold
    expect(past.first).to_contain_text("by Alice")
    past.last.get_by_role("link", name="Restore this version").click()
    expect(drawer(page).get_by_role("heading", name="Restore version 1?")).to_be_focused()
    drawer(page).get_by_role("button", name="Restore").click()
    expect(cell(page, "Twice told", "priority")).to_have_text("1", timeout=SOON)


# Against somebody else --------------------------------------------------------------------------------


@on_each_database
def test_a_conflict_in_the_drawer_is_settled_field_by_field(browser_page: Pages) -> None:
    browser_page.expect("409")
    alice, bob = table(browser_page, "alice"), browser_page("bob")
    add(alice, "Disputed", Priority="1")
    hears_no_news(alice)
    opened(alice, "Disputed").get_by_label("Priority").fill("5")
    drawer(alice).get_by_label("Sender").fill("alice@example.com")
    bob.goto(THREADS)
    opened(bob, "Disputed").get_by_label("Priority").fill("7")
    drawer(bob).get_by_label("Sender").fill("bob@example.com")
    drawer(bob).get_by_role("button", name="Save").click()
    expect(cell(bob, "Disputed", "priority")).to_have_text("7", timeout=SOON)
    drawer(alice).get_by_role("button", name="Save").click()
    expect(drawer(alice).get_by_role("heading", name="Somebody else changed this")).to_be_focused()
    drawer(alice).get_by_role("group", name="Sender").get_by_label("Theirs").check()
    drawer(alice).get_by_role("button", name="Save as chosen").click()
    expect(cell(alice, "Disputed", "priority")).to_have_text("5", timeout=SOON)
    expect(cell(alice, "Disputed", "sender")).to_have_text("bob@example.com")


@pytest.mark.thorough
def test_both_values_of_one_disputed_field_are_in_sight(browser_page: Pages) -> None:
    browser_page.expect("409")
    alice, bob = table(browser_page, "alice"), browser_page("bob")
    add(alice, "Contested", Priority="1")
    hears_no_news(alice)
    opened(alice, "Contested").get_by_label("Priority").fill("5")
    bob.goto(THREADS)
    opened(bob, "Contested").get_by_label("Priority").fill("7")
    drawer(bob).get_by_role("button", name="Save").click()
    expect(cell(bob, "Contested", "priority")).to_have_text("7", timeout=SOON)
    drawer(alice).get_by_role("button", name="Save").click()
    for whose in ("Yours", "Theirs"):
        side = drawer(alice).locator(".record-side", has_text=whose)
        expect(side).to_be_in_viewport(ratio=1)
    drawer(alice).get_by_role("button", name="Take theirs").click()
    expect(cell(alice, "Contested", "priority")).to_have_text("7", timeout=SOON)


@pytest.mark.thorough
def test_a_conflict_in_a_cell(browser_page: Pages) -> None:
    browser_page.expect("409")
    alice, bob = table(browser_page, "alice"), table(browser_page, "bob")
    add(alice, "Two hands", Priority="1")
    priority = cell(alice, "Two hands", "priority")
    priority.dblclick()
    field = priority.locator("#cell_priority")
    field.fill("5")
    field.evaluate("field => { field.setSelectionRange(1, 1); window.kept = field; }")
    theirs = cell(bob, "Two hands", "priority")
    theirs.dblclick()
    theirs.locator("#cell_priority").fill("7")
    theirs.locator("#cell_priority").press("Enter")
    # Alice's page follows: what she types stays, and says that it is not what there is.
    expect(priority).to_contain_text("Changed elsewhere", timeout=SOON)
    state = "f => [f === window.kept, f === document.activeElement, f.value, f.selectionStart]"
    assert field.evaluate(state) == [True, True, "5", 1]
    expect(row(alice, "Two hands")).to_have_class(re.compile("is-changed"))
    field.press("Enter")
    expect(priority.get_by_role("alert")).to_contain_text("Somebody else changed this to 7")
    expect(field).to_have_value("5")
    priority.get_by_role("button", name="Keep mine").click()
    expect(priority).to_have_text("5")
    expect(theirs).to_have_text("5", timeout=SOON)
    expect(row(bob, "Two hands")).to_have_class(re.compile("is-changed"))
    expect(row(bob, "Two hands")).not_to_have_class(re.compile("is-changed"), timeout=SOON)


@pytest.mark.thorough
def test_a_cell_given_up_shows_what_is_there_now(browser_page: Pages) -> None:
    alice, bob = table(browser_page, "alice"), table(browser_page, "bob")
    add(alice, "Given up", Priority="1")
    priority = cell(alice, "Given up", "priority")
    priority.dblclick()
    priority.locator("#cell_priority").fill("5")
    theirs = cell(bob, "Given up", "priority")
    theirs.dblclick()
    theirs.locator("#cell_priority").fill("7")
    theirs.locator("#cell_priority").press("Enter")
    expect(priority).to_contain_text("Changed elsewhere", timeout=SOON)
    priority.locator("#cell_priority").press("Escape")
    expect(priority).to_have_text("7")


@pytest.mark.thorough
def test_a_record_gone_meanwhile_is_offered_as_a_new_one(browser_page: Pages) -> None:
    browser_page.expect("404")
    alice, bob = table(browser_page, "alice"), table(browser_page, "bob")
    add(alice, "Short life")
    opened(alice, "Short life").get_by_label("Subject").fill("A second life")
    opened(bob, "Short life").get_by_role("link", name="Delete", exact=True).click()
    drawer(bob).get_by_role("button", name="Delete").click()
    expect(row(bob, "Short life")).to_have_count(0, timeout=SOON)
    drawer(alice).get_by_role("button", name="Save").click()
    expect(drawer(alice)).to_contain_text("It was deleted meanwhile")
    expect(drawer(alice).get_by_label("Subject")).to_have_value("A second life")
    drawer(alice).get_by_role("button", name="Add as a new record").click()
    expect(row(alice, "A second life")).to_be_visible(timeout=SOON)


@pytest.mark.thorough
def test_nothing_is_lost_while_the_page_moves(browser_page: Pages) -> None:
    """Somebody else writes all the time: the drawer and the cell stay as they are."""
    alice, bob = table(browser_page, "alice"), table(browser_page, "bob")
    add(alice, "Busy", Priority="1")
    cell(alice, "Busy", "status").dblclick()
    alice.keyboard.press("Escape")
    cell(alice, "Busy", "priority").dblclick()
    field = cell(alice, "Busy", "priority").locator("#cell_priority")
    expect(field).to_be_focused()
    alice.keyboard.press("End")
    for number, digit in enumerate("23456"):
        add(bob, f"Meanwhile {number}")
        alice.keyboard.type(digit)
        expect(row(alice, f"Meanwhile {number}")).to_be_visible(timeout=SOON)
        expect(field).to_be_focused()
    expect(field).to_have_value("123456")


# When it goes wrong -----------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("status", [403, 500, 503])
def test_an_answer_that_went_wrong_is_said_in_the_drawer(browser_page: Pages, status: int) -> None:
    browser_page.expect(str(status))
    page = table(browser_page, "alice")
    add(page, f"Went wrong with {status}")
    opened(page, f"Went wrong with {status}").get_by_label("Sender").fill("kept@example.com")

    def refuse(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=status, body="<!doctype html><p>broken</p>", content_type="text/html")
        else:
            route.continue_()

    page.route("**/collections/test_threads/*/?**", refuse)
    drawer(page).get_by_role("button", name="Save").click()
    expect(drawer(page).get_by_role("alert")).to_be_visible()
    expect(drawer(page).get_by_label("Sender")).to_have_value("kept@example.com")
    expect(drawer(page).get_by_role("button", name="Save")).to_be_focused()


def test_without_a_network_nothing_is_lost_and_it_is_sent_again(browser_page: Pages) -> None:
    browser_page.expect("ERR_")
    browser_page.expect("Failed to fetch")
    page = table(browser_page, "alice")
    add(page, "No network", Priority="1")
    opened(page, "No network").get_by_label("Priority").fill("6")
    page.route("**/collections/test_threads/*/?**", lambda route: route.abort())
    drawer(page).get_by_role("button", name="Save").click()
    expect(drawer(page).get_by_role("alert")).to_contain_text("No connection")
    page.unroute("**/collections/test_threads/*/?**")
    drawer(page).get_by_role("button", name="Try again").click()
    expect(cell(page, "No network", "priority")).to_have_text("6", timeout=SOON)


@pytest.mark.thorough
def test_who_is_signed_out_meanwhile_comes_back_to_what_they_typed(browser_page: Pages) -> None:
    browser_page.expect("401")
    page = table(browser_page, "bob")
    add(page, "Signed out", Priority="1")
    opened(page, "Signed out").get_by_label("Priority").fill("6")
    page.context.clear_cookies(name="sid")
    drawer(page).get_by_role("button", name="Save").click()
    expect(drawer(page).get_by_role("alert")).to_be_visible()
    expect(drawer(page).get_by_label("Priority")).to_have_value("6")
    drawer(page).get_by_role("link", name="Sign in").click()
    page.get_by_label("E-mail address").fill("bob@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    # To the record's own page, where what was typed is sent; and from there back to the table.
    expect(page).to_have_url(re.compile(r"/collections/test_threads/\?"))
    expect(cell(page, "Signed out", "priority")).to_have_text("6")


# Without a script, and on a phone ---------------------------------------------------------------------


def test_without_a_script_it_is_pages(browser_page: Pages) -> None:
    page = browser_page("alice", java_script_enabled=False)
    page.goto(THREADS)
    page.get_by_role("link", name="Add", exact=True).click()
    page.get_by_label("Subject").fill("Without a script")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("link", name="Without a script", exact=True).click()
    page.get_by_role("link", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Without a script", exact=True)).to_be_visible()


@pytest.mark.thorough
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_drawer_fits(browser_page: Pages, viewport: dict[str, int]) -> None:
    page = table(browser_page, "alice", viewport=viewport)
    first = page.locator(f"{TABLE} tbody tr").first
    if viewport == PHONE:
        first.locator("td[data-cell=priority]").click(force=True)  # the card, of which all leads on
    else:
        first.locator("a.row-link").click()
    expect(drawer(page).get_by_role("button", name="Save")).to_be_visible()
    dialog = page.locator("#drawer-dialog")
    dialog.evaluate("one => Promise.all(one.getAnimations().map((each) => each.finished))")  # it slides in
    box = dialog.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] == pytest.approx(viewport["width"], abs=1)
    assert box["height"] == viewport["height"]
    assert (box["width"] == viewport["width"]) is (viewport == PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
