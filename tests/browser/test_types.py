"""The types of columns in a real browser: relative dates, and five hundred texts that run nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from capsule.json_values import InvalidJSON, clean_text
from tests.browser.axe import findings_in_every_look
from tests.browser.harness import Pages
from tests.hostile import HOSTILE, some
from tests.serving import Site
from tests.testapp.declared.types import HOSTILE_COLUMNS, stored_document

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 23, 10, 5, tzinfo=UTC)  # five minutes after the moment in the rows
EXACT = "Nov. 23, 2026, 10:00"
RECORDS = 200  # texts that are looked at on a record's page too

# What a page holds that only a text could have put there: all that cells are made of is named.
FOUND = """() => {
    const known = "A BDI DIV METER SPAN TIME TD".split(" ");
    const isOurs = (one) => one.closest("svg.glyph-file"); // a file's icon, which no text writes
    const cells = [...document.querySelectorAll("td, dd")].flatMap(one => [...one.querySelectorAll("*")])
        .filter(one => !isOurs(one));
    const found = cells.filter(one => !known.includes(one.tagName)).map(one => one.outerHTML);
    const safe = ["http:", "https:", "mailto:", "tel:"];
    for (const link of document.links) {
        if (!safe.includes(link.protocol)) found.push(link.outerHTML);
        if (link.target === "_blank" && !link.relList.contains("noopener")) found.push(link.outerHTML);
    }
    for (const one of cells) for (const {name} of one.attributes) {
        if (/^(on|hx-|data-hx|style|id$|data-live)/.test(name)) found.push(one.outerHTML);
    }
    return found.map(one => one.slice(0, 300));
}"""


def watched(page: Page) -> list[str]:
    """What ran on the page from now on: a dialog, a report of the policy, a window."""
    ran: list[str] = []

    def dismissed(dialog: Any) -> None:
        ran.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", dismissed)
    page.on("popup", lambda popup: ran.append(f"window: {popup.url}"))
    page.on(
        "request", lambda one: ran.append(f"report: {one.post_data}") if one.url.endswith("/csp") else None
    )
    return ran


# Dates ------------------------------------------------------------------------------------------------------


@pytest.fixture
def at_ten(browser_page: Pages) -> Page:
    """The page of types, five minutes after the moment that its rows show."""
    page = browser_page(timezone_id="Asia/Tokyo")  # where it is evening; who looks is in UTC
    page.clock.install(time=NOW)
    page.goto("/test-types/")
    return page


def shown(page: Page, label: str) -> Any:
    """The first row's cell of a column."""
    return page.locator(f'tbody tr:first-child td[data-label="{label}"] time')


def test_a_moment_is_relative_and_exact_in_its_title(at_ten: Page) -> None:
    expect(shown(at_ten, "Moment")).to_have_text("5 minutes ago")
    expect(shown(at_ten, "Moment")).to_have_attribute("title", EXACT)
    expect(shown(at_ten, "Day")).to_have_text("today")
    for label, text in (("Exact", EXACT), ("Own", "23 Nov 2026"), ("Always", "5 minutes ago")):
        expect(shown(at_ten, label)).to_have_text(text)


def test_it_stays_right_as_time_passes(at_ten: Page) -> None:
    moment, day, always = (shown(at_ten, label) for label in ("Moment", "Day", "Always"))
    for passed, of_moment, of_day, of_always in (
        (timedelta(minutes=30), "30 minutes ago", "today", "30 minutes ago"),
        (timedelta(hours=14), "14 hours ago", "yesterday", "14 hours ago"),
        (timedelta(days=3), "3 days ago", "3 days ago", "3 days ago"),
        (timedelta(days=8), EXACT, "Nov. 23, 2026", "last week"),
        (timedelta(days=400), EXACT, "Nov. 23, 2026", "last year"),
    ):
        # The page looks at the clock every twenty seconds, and whenever it is looked at.
        at_ten.clock.set_fixed_time(NOW - timedelta(minutes=5) + passed)
        at_ten.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(moment).to_have_text(of_moment)
        expect(day).to_have_text(of_day)
        expect(always).to_have_text(of_always)
    assert moment.get_attribute("title") is None


@pytest.mark.thorough
def test_it_updates_by_itself(at_ten: Page) -> None:
    at_ten.clock.fast_forward("10:00")
    expect(shown(at_ten, "Moment")).to_have_text("15 minutes ago")


def test_a_part_that_comes_anew_is_relative_again(at_ten: Page) -> None:
    at_ten.get_by_role("link", name="Number", exact=True).click()
    expect(at_ten.locator('th[aria-sort="ascending"]')).to_contain_text("Number")
    rows = at_ten.locator('tbody tr:has(td[data-label="Moment"] time)')
    expect(rows.locator('td[data-label="Moment"] time')).to_have_text("5 minutes ago")
    expect(rows.locator('td[data-label="Moment"] time')).to_have_attribute("title", EXACT)


@pytest.mark.thorough
def test_without_a_script_it_is_exact(browser_page: Pages) -> None:
    page = browser_page(java_script_enabled=False)
    page.goto("/test-types/")
    expect(shown(page, "Moment")).to_have_text(EXACT)


# Looks ------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_every_type_in_every_look(browser_page: Pages) -> None:
    page = browser_page()
    page.goto("/test-types/")
    found = findings_in_every_look(page)
    assert not found, "\n".join(["", *found])
    for width in (1440, 768, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


def test_text_from_right_to_left_leaves_its_neighbours_alone(browser_page: Pages) -> None:
    page = browser_page()
    page.goto("/test-types/")
    row = page.locator("tbody tr", has_text="مفتوح")
    assert row.locator(".pill bdi").evaluate("one => getComputedStyle(one).unicodeBidi") == "isolate"
    chips = row.locator(".chip").evaluate_all("all => all.map(one => one.getBoundingClientRect().left)")
    assert chips == sorted(chips)  # in the order in which they are given, whatever is written in them


# Hostile texts ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stored(server: Site, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Some of the texts as documents of a collection, in a column of every type; how many."""
    path: Path = tmp_path_factory.mktemp("hostile") / "hostile.ndjson"
    texts = [text for text in some(RECORDS + 50) if is_stored(text)][:RECORDS]
    path.write_text("\n".join(json.dumps(stored_document(text)) for text in texts))
    server.manage("load_documents", "test_hostile", str(path), "--as", "alice@example.com")
    return len(texts)


def is_stored(text: str) -> bool:
    try:
        clean_text(text)
    except InvalidJSON:
        return False
    return True


@pytest.fixture
def quiet(browser_page: Pages) -> Iterator[Page]:
    """A page on which nothing runs."""
    page = browser_page()
    ran = watched(page)
    yield page
    assert ran == []


def test_five_hundred_texts_in_every_type_of_a_table_run_nothing(quiet: Page) -> None:
    seen = 0
    for number in range(1, 6):
        quiet.goto(f"/test-hostile/?hostile-size=100&hostile-page={number}")
        assert quiet.evaluate(FOUND) == []
        poke(quiet)
        seen += quiet.locator("tbody tr").count()
        assert quiet.locator("tbody tr:first-child td").count() == len(HOSTILE_COLUMNS)
    assert seen == len(HOSTILE) == 500


@pytest.mark.thorough
def test_hostile_texts_run_nothing_on_the_page_of_a_record(quiet: Page, stored: int) -> None:
    quiet.goto(f"/collections/test_hostile/?test_hostile-size={RECORDS}")
    assert quiet.evaluate(FOUND) == []
    rows = quiet.locator("tbody tr")
    addresses = rows.locator("a.row-link").evaluate_all("all => all.map(one => one.href)")
    assert len(addresses) == stored == RECORDS
    for address in addresses:
        quiet.goto(address, wait_until="domcontentloaded")
        assert quiet.evaluate(FOUND) == [], address
        poke(quiet)
    expect(quiet.locator(".record-values")).to_be_visible()
    assert re.search("/collections/test_hostile/", quiet.url)


def poke(page: Page) -> None:
    """What a hand would set off: each cell is pointed at, entered and clicked, though no link is followed."""
    page.evaluate(
        """() => {
            const stay = event => event.preventDefault();
            document.addEventListener("click", stay, true);
            for (const one of document.querySelectorAll("td *, dd *")) {
                for (const type of ["mouseover", "pointerdown", "focus", "click", "animationstart"]) {
                    one.dispatchEvent(new MouseEvent(type, {bubbles: true, cancelable: true}));
                }
            }
            document.removeEventListener("click", stay, true);
        }"""
    )
