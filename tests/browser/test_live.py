"""Two browsers on one page: what changes anywhere shows in both, and disturbs nobody."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Response, WebSocketRoute, expect

from tests.browser.harness import Pages, on_each_database, with_and_without_redis
from tests.serving import Site
from tests.testapp.people import PASSWORD

pytestmark = pytest.mark.browser

TABLE = "#table-test_threads"
DESK = "/test-desk/?test_threads-size=200"
SOON = 5_000  # milliseconds: the page follows within one; the rest is for a machine that is busy

INSERT = """
from accounts.models import Organization, User
from capsule import acting_as
from tests.testapp.declared.collections import threads
with acting_as(user=User.objects.get(email="alice@example.com"), organization=Organization.objects.first()):
    threads.insert_one({{"subject": {subject!r}}})
"""


def desk(pages: Pages, person: str, *, server: int = 1, path: str = DESK, **options: Any) -> Page:
    """The desk as somebody sees it, once its socket listens."""
    page = pages(person, server=server, **options)
    page.goto(path)
    listens(page)
    return page


def listens(page: Page) -> None:
    expect(page.locator("body")).to_have_attribute("data-connection", "listening")


def add(page: Page, subject: str) -> None:
    """Add a thread by the drawer, and come back."""
    page.get_by_role("link", name="Add", exact=True).click()
    drawer(page).get_by_label("Subject").fill(subject)
    drawer(page).get_by_role("button", name="Add").click()
    expect(page.locator("#drawer-dialog")).to_be_hidden()


def drawer(page: Page) -> Any:
    return page.locator("#drawer")


def row(page: Page, subject: str) -> Any:
    return page.locator(f"{TABLE} tbody tr", has=page.get_by_role("link", name=subject, exact=True))


def refreshes(page: Page) -> list[Request]:
    """The requests for what is stale, from now on."""
    found: list[Request] = []
    page.on("request", lambda one: found.append(one) if "capsule-refresh" in one.headers else None)
    return found


def stale_parts(request: Request) -> set[str]:
    words = request.headers["capsule-refresh"].split(" ")
    return {word.partition("=")[0] for word in words if word.endswith("!")}


# From anywhere ---------------------------------------------------------------------------------------


@with_and_without_redis
def test_what_one_person_adds_the_other_sees(browser_page: Pages) -> None:
    alice, bob = desk(browser_page, "alice"), desk(browser_page, "bob")
    metric = bob.locator("#metric-all-threads data")
    before = int(metric.get_attribute("value") or "")
    add(alice, "Seen by both")
    expect(row(bob, "Seen by both")).to_be_visible(timeout=SOON)
    expect(metric).to_have_attribute("value", str(before + 1))
    bob.get_by_role("link", name="Seen by both", exact=True).click()
    drawer(bob).get_by_label("Status").select_option("waiting")
    drawer(bob).get_by_role("button", name="Save").click()
    expect(row(alice, "Seen by both")).to_contain_text("waiting", timeout=SOON)


@pytest.mark.thorough
def test_a_row_that_somebody_changed_says_who_and_when(browser_page: Pages) -> None:
    alice, bob = desk(browser_page, "alice"), desk(browser_page, "bob")
    add(bob, "Said to be Bob's")
    changed = row(alice, "Said to be Bob's")
    expect(changed).to_be_visible(timeout=SOON)
    bob.get_by_role("link", name="Said to be Bob's", exact=True).click()
    drawer(bob).get_by_label("Status").select_option("waiting")
    drawer(bob).get_by_role("button", name="Save").click()
    expect(changed.locator(".row-note")).to_have_text(
        re.compile("Changed by .*bob.*, just now", re.IGNORECASE), timeout=SOON
    )
    assert alice.locator("main.is-changed").count() == 0  # it is said of the row, not of the page
    expect(changed.locator(".row-note")).to_have_count(0, timeout=SOON)
    expect(changed).not_to_have_class(re.compile("is-changed"))
    add(bob, "Another of Bob's")
    expect(row(alice, "Another of Bob's")).to_be_visible(timeout=SOON)
    assert "is-changed" not in (changed.get_attribute("class") or ""), "a change is told once"


@on_each_database
def test_a_stranger_hears_nothing(browser_page: Pages) -> None:
    alice, charlie = desk(browser_page, "alice"), desk(browser_page, "charlie")
    heard = refreshes(charlie)
    add(alice, "Not for strangers")
    expect(row(alice, "Not for strangers")).to_be_visible()
    charlie.get_by_label("Test font size").fill("22")
    charlie.get_by_label("Test font size").press("Tab")
    expect(charlie.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    assert not [one for one in heard if "table-test_threads" in stale_parts(one)]


@pytest.mark.thorough
@with_and_without_redis
def test_what_a_second_server_saves_shows_at_the_first(browser_page: Pages) -> None:
    alice = desk(browser_page, "alice")
    bob = desk(browser_page, "bob", server=2)
    add(bob, "By the second server")
    expect(row(alice, "By the second server")).to_be_visible(timeout=SOON)
    add(alice, "By the first server")
    expect(row(bob, "By the first server")).to_be_visible(timeout=SOON)


@pytest.mark.thorough
@with_and_without_redis
def test_what_a_command_writes_shows_at_both(browser_page: Pages, server: Site) -> None:
    alice, bob = desk(browser_page, "alice"), desk(browser_page, "bob", server=2)
    server.manage("shell", "-c", INSERT.format(subject="From the shell"))
    for page in (alice, bob):
        expect(row(page, "From the shell")).to_be_visible(timeout=SOON)


@pytest.mark.thorough
@on_each_database
def test_what_the_admin_changes_shows_at_once(browser_page: Pages, server: Site) -> None:
    alice = desk(browser_page, "alice")
    add(alice, "For the admin")
    dana = browser_page("dana")
    dana.goto("/admin/collections_store/testthreads/")
    dana.get_by_role("link", name="For the admin", exact=True).first.click()
    dana.get_by_label("Subject").fill("By the admin")
    dana.get_by_role("button", name="Save", exact=True).click()
    expect(row(alice, "By the admin")).to_be_visible(timeout=SOON)


@pytest.mark.thorough
@on_each_database
def test_the_writers_page_follows_without_waiting_for_its_socket(browser_page: Pages) -> None:
    page = browser_page("alice")
    page.route_web_socket("**/live/", lambda socket: None)  # it opens, and never says a word
    page.goto(DESK)
    add(page, "Closed soon")
    page.get_by_role("link", name="Closed soon", exact=True).click()
    drawer(page).get_by_label("Status").select_option("closed")
    drawer(page).get_by_role("button", name="Save").click()
    expect(row(page, "Closed soon")).to_have_count(0)
    page.get_by_role("switch", name="Show closed threads").check()
    expect(row(page, "Closed soon")).to_be_visible(timeout=SOON)
    page.get_by_role("switch", name="Show closed threads").uncheck()
    expect(row(page, "Closed soon")).to_have_count(0, timeout=SOON)


@pytest.mark.thorough
def test_a_tick_and_a_choice_follow_in_another_browser_of_the_same_person(browser_page: Pages) -> None:
    here, there = desk(browser_page, "bob"), desk(browser_page, "bob")
    switch = {page: page.get_by_role("switch", name="Show closed threads") for page in (here, there)}
    for first, second in ((here, there), (there, here), (here, there)):
        wanted = not switch[first].is_checked()
        switch[first].set_checked(wanted)
        expect(switch[second]).to_be_checked(checked=wanted, timeout=SOON)
    here.get_by_label("Test density").select_option("cosy")
    expect(there.get_by_label("Test density")).to_have_value("cosy", timeout=SOON)
    there.get_by_label("Test density").select_option("compact")
    expect(here.get_by_label("Test density")).to_have_value("compact", timeout=SOON)


@pytest.mark.thorough
def test_a_page_of_another_shape_comes_whole_and_leaves_what_is_the_same(browser_page: Pages) -> None:
    alice, bob = desk(browser_page, "alice", path="/test-shape/"), desk(browser_page, "bob")
    words = alice.get_by_label("How to greet")
    words.fill("Half a sent")
    title = alice.get_by_role("heading", level=1)
    before = int(re.sub(r"\D", "", title.inner_text()))
    add(bob, "Another shape")
    expect(title).to_have_text(f"Shape of {before + 1}", timeout=SOON)
    expect(alice).to_have_title(re.compile(f"Shape of {before + 1}"))
    expect(alice.get_by_text(f"There are {before + 1} threads.")).to_be_visible()
    expect(words).to_be_focused()
    expect(words).to_have_value("Half a sent")
    alice.evaluate("document.querySelector('#table-test_threads').dataset.mark = 'the same element'")
    switch = alice.get_by_role("switch", name="Show closed threads")
    switch.evaluate("field => field.click()")  # without leaving the other field
    expect(alice.locator("#metric-all-threads")).to_be_visible(timeout=SOON)
    expect(words).to_be_focused()
    expect(words).to_have_value("Half a sent")
    assert alice.locator(TABLE).get_attribute("data-mark") == "the same element"
    switch.evaluate("field => field.click()")
    expect(alice.locator("#metric-all-threads")).to_have_count(0, timeout=SOON)
    assert alice.locator(TABLE).get_attribute("data-mark") == "the same element"


# Under a person's hands -------------------------------------------------------------------------------


@on_each_database
def test_a_refresh_moves_neither_focus_nor_caret_nor_scroll(browser_page: Pages) -> None:
    alice, bob = desk(browser_page, "alice"), desk(browser_page, "bob")
    words = alice.get_by_label("How to greet")
    words.fill("Half a sent")
    words.evaluate("field => field.setSelectionRange(2, 6)")
    alice.evaluate("scrollTo(0, 120)")
    size = bob.get_by_label("Test font size")
    add(bob, "Above all others")
    expect(row(alice, "Above all others")).to_be_visible(timeout=SOON)
    assert alice.evaluate("scrollY") == 120
    expect(words).to_be_focused()
    expect(words).to_have_value("Half a sent")
    assert words.evaluate("field => [field.selectionStart, field.selectionEnd]") == [2, 6]
    expect(size).to_be_visible()


@pytest.mark.thorough
def test_a_field_that_was_changed_and_left_is_left_alone_and_marked(browser_page: Pages) -> None:
    alice, elsewhere = desk(browser_page, "alice"), desk(browser_page, "alice")
    size = alice.get_by_label("Test font size")
    # Typed, and not sent yet: as when a request is still on its way, or was refused.
    size.evaluate("field => { field.value = '30'; }")
    other = elsewhere.get_by_label("Test font size")
    other.fill("12")
    other.press("Tab")
    expect(size).to_have_attribute("data-changed-elsewhere", "", timeout=SOON)
    expect(size).to_have_value("30")
    expect(alice.get_by_text("Changed elsewhere")).to_be_visible()


@pytest.mark.thorough
def test_a_field_in_use_takes_the_new_value_once_it_is_left(browser_page: Pages) -> None:
    alice, elsewhere = desk(browser_page, "alice"), desk(browser_page, "alice")
    size = alice.get_by_label("Test font size")
    size.focus()
    for value in ("10", "16"):
        other = elsewhere.get_by_label("Test font size")
        before = other.input_value()
        other.fill(value)
        other.press("Tab")
        if before != value:
            expect(size).to_have_attribute("data-changed-elsewhere", "", timeout=SOON)
    expect(size).to_be_focused()
    size.press("Tab")
    expect(size).to_have_value("16", timeout=SOON)
    expect(alice.get_by_text("Changed elsewhere")).to_have_count(0)


@pytest.mark.thorough
def test_what_was_opened_stays_open(browser_page: Pages) -> None:
    alice, bob = desk(browser_page, "alice"), desk(browser_page, "bob")
    alice.get_by_text("The data as a table").click()
    alice.locator(f"{TABLE} summary", has_text="Filter").click()
    alice.locator(f"{TABLE}-subject-has").fill("half")
    add(bob, "While a menu is open")
    expect(row(alice, "While a menu is open")).to_have_count(1, timeout=SOON)
    expect(alice.locator(f"{TABLE}-subject-has")).to_have_value("half")
    expect(alice.locator(f"{TABLE}-subject-has")).to_be_visible()
    expect(alice.locator("figure table")).to_be_visible()


@pytest.mark.parametrize("person", ["alice", "charlie"])
def test_a_row_that_somebody_is_in_stays_until_they_leave_it(browser_page: Pages, person: str) -> None:
    """Of a table with others, or the last of all: charlie has no other."""
    alice, bob = desk(browser_page, person), desk(browser_page, "bob" if person == "alice" else person)
    if person == "alice":
        add(bob, "Another one")
    add(bob, "Deleted elsewhere")
    mine = row(alice, "Deleted elsewhere")
    link = mine.get_by_role("link", name="Deleted elsewhere", exact=True)
    expect(link).to_be_visible(timeout=SOON)
    link.focus()
    bob.get_by_role("link", name="Deleted elsewhere", exact=True).click()
    bob.get_by_role("link", name="Delete", exact=True).click()
    drawer(bob).get_by_role("button", name="Delete").click()
    expect(mine).to_have_class(re.compile("is-gone"), timeout=SOON)
    expect(link).to_be_focused()
    alice.get_by_label("Test font size").focus()
    expect(mine).to_have_count(0)


@pytest.mark.thorough
def test_rows_wait_while_a_hand_is_on_them(browser_page: Pages) -> None:
    alice, bob = desk(browser_page, "alice"), desk(browser_page, "bob")
    add(bob, "Under the hand")
    target = row(alice, "Under the hand")
    expect(target).to_be_visible(timeout=SOON)
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    alice.mouse.move(box["x"] + 20, box["y"] + 10)
    alice.mouse.down()
    add(bob, "Comes while held")
    pill = alice.get_by_role("button", name=re.compile("1\\s+new"))
    expect(pill).to_be_visible(timeout=SOON)
    expect(row(alice, "Comes while held")).to_have_count(0)
    alice.mouse.up()
    pill.click()
    expect(row(alice, "Comes while held")).to_be_visible()
    expect(pill).to_have_count(0)


@pytest.mark.thorough
@on_each_database
def test_a_burst_becomes_few_refreshes(browser_page: Pages, server: Site) -> None:
    alice = desk(browser_page, "alice")
    asked = refreshes(alice)
    many = (
        INSERT.replace("{{", "{")
        .replace("}}", "}")
        .replace("    threads.insert_one", "    for n in range(60): threads.insert_one")
    )
    server.manage("shell", "-c", many.replace("{subject!r}", '"Burst %d" % n'))
    expect(row(alice, "Burst 59")).to_be_visible(timeout=SOON)
    assert len(asked) < 15


# Away, and back ---------------------------------------------------------------------------------------


@on_each_database
def test_offline_is_said_and_on_return_only_what_is_stale_is_fetched(browser_page: Pages) -> None:
    browser_page.expect("ERR_INTERNET_DISCONNECTED")
    alice, bob = desk(browser_page, "alice"), desk(browser_page, "bob")
    alice.context.set_offline(True)
    expect(alice.locator("#connection")).to_contain_text("No connection")
    add(bob, "While alice was away")
    compared: list[Response] = []
    alice.on("response", lambda one: compared.append(one) if one.url.endswith("/live/compare/") else None)
    asked = refreshes(alice)
    alice.context.set_offline(False)
    expect(row(alice, "While alice was away")).to_be_visible(timeout=SOON)
    expect(alice.locator("#connection")).to_be_empty()
    assert len(compared) == 1
    assert stale_parts(asked[0]) == {"metric-all-threads", "table-test_threads"}
    add(bob, "And it listens again")
    expect(row(alice, "And it listens again")).to_be_visible(timeout=SOON)


HIDE = """hidden => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.mark.thorough
def test_a_hidden_tab_rests_and_follows_on_return(browser_page: Pages) -> None:
    bob = desk(browser_page, "bob")
    alice = browser_page("alice")
    alice.clock.install()
    with alice.expect_websocket() as opened:
        alice.goto(DESK)
    listens(alice)
    alice.evaluate(HIDE, True)
    with opened.value.expect_event("close"):
        alice.clock.run_for(61_000)
    asked = refreshes(alice)
    add(bob, "While nobody looked")
    expect(row(bob, "While nobody looked")).to_be_visible()
    assert asked == []
    alice.evaluate(HIDE, False)
    alice.clock.resume()
    expect(row(alice, "While nobody looked")).to_be_visible(timeout=SOON)


def test_a_machine_that_slept_asks_what_happened(browser_page: Pages) -> None:
    alice = browser_page("alice")
    alice.clock.install()
    alice.goto(DESK)
    listens(alice)
    with alice.expect_websocket(), alice.expect_response("**/live/compare/"):
        alice.clock.fast_forward(3_600_000)


def test_where_sockets_are_refused_the_page_asks(browser_page: Pages) -> None:
    bob = desk(browser_page, "bob")
    alice = browser_page("alice")
    alice.clock.install()

    def refuse(socket: WebSocketRoute) -> None:
        socket.close(code=4429)

    alice.route_web_socket("**/live/", refuse)
    alice.goto(DESK)
    expect(alice.locator(TABLE)).to_be_visible()
    add(bob, "Found by asking")
    with alice.expect_response("**/live/compare/"):
        alice.clock.run_for(5_100)
    alice.clock.resume()
    expect(row(alice, "Found by asking")).to_be_visible(timeout=SOON)


@pytest.mark.thorough
@on_each_database
def test_a_dropped_socket_comes_back_by_itself(browser_page: Pages) -> None:
    alice, bob = browser_page("alice"), desk(browser_page, "bob")
    drops: list[WebSocketRoute] = []

    def through(socket: WebSocketRoute) -> None:
        drops.append(socket)
        socket.connect_to_server()

    alice.route_web_socket("**/live/", through)
    alice.goto(DESK)
    expect(alice.locator(TABLE)).to_be_visible()
    with alice.expect_websocket():
        drops[0].close(code=1011)
    add(bob, "After the drop")
    expect(row(alice, "After the drop")).to_be_visible(timeout=SOON)


# Whose page it is -------------------------------------------------------------------------------------


@on_each_database
def test_signing_out_in_another_tab_ends_it(browser_page: Pages) -> None:
    alice = desk(browser_page, "alice")
    tab = alice.context.new_page()
    tab.goto("/account/")
    tab.locator("details[data-menu] summary").click()
    tab.get_by_role("button", name="Sign out", exact=True).click()
    expect(alice.locator("#connection")).to_contain_text("In another tab you signed out", timeout=SOON)
    expect(alice.locator(TABLE)).to_be_visible()


@on_each_database
def test_who_is_deactivated_sees_nothing_new(browser_page: Pages, server: Site) -> None:
    server.manage(
        "shell",
        "-c",
        f"from accounts.models import User; User.objects.create_user('eve@example.com', {PASSWORD!r})",
    )
    eve = desk(browser_page, "eve")
    dana = browser_page("dana")
    dana.goto("/admin/accounts/user/?q=eve")
    dana.get_by_role("link", name="eve@example.com").click()
    dana.get_by_label("Active").uncheck()
    dana.get_by_role("button", name="Save", exact=True).click()
    expect(eve.locator("#connection")).to_contain_text("In another tab you signed out", timeout=SOON)


@pytest.mark.thorough
def test_another_organisation_in_another_tab_is_said(browser_page: Pages) -> None:
    bob = desk(browser_page, "bob")
    tab = bob.context.new_page()
    tab.goto("/account/")
    tab.locator("details[data-menu] summary").click()
    tab.get_by_role("button", name="Personal").click()
    bob.get_by_role("switch", name="Show closed threads").click()
    expect(bob.locator("#connection")).to_contain_text("act for somebody else", timeout=SOON)
    bob.get_by_role("link", name="Load the page again").click()
    expect(bob.locator("#connection")).to_be_empty()
