"""Fifty writes a second, and a person in the middle of them: nothing of what they do is taken from them."""

from __future__ import annotations

import re
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import Pages, on_each_database
from tests.serving import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ADDRESS = "/collections/test_storm/?test_storm-size=50"
TABLE = "#table-test_storm"
SECONDS = 20  # the storm lasts as long
RATE = 50  # writes a second, of rows that nobody is in
SOON = 20_000  # milliseconds

ROWS = """
from accounts.models import Organization, User
from capsule import acting_as
from tests.testapp.declared.collections import storm
with acting_as(user=User.objects.get(email="alice@example.com"), organization=Organization.objects.first()):
    storm.delete_many({}, confirm_all=True)
    storm.insert_many({"name": f"Row {n:02}", "count": n} for n in range(40))
"""
STORM = """
import random, time
from accounts.models import Organization, User
from capsule import acting_as
from tests.testapp.declared.collections import storm
begun, done = time.monotonic(), 0
with acting_as(user=User.objects.get(email="alice@example.com"), organization=Organization.objects.first()):
    others = [row.id for row in storm.exclude(name__in=["Row 07"]).rows()]
    while (spent := time.monotonic() - begun) < SECONDS:
        if done > spent * RATE:
            time.sleep(0.005)
            continue
        done += 1
        kind = done % 10
        if kind == 0:
            others.append(storm.insert_one({"name": f"New {done:04}", "count": 100 + done}).id)
        elif kind == 5 and len(others) > 30:
            storm.delete_many({"_id": others.pop(random.randrange(len(others)))})
        else:
            storm.update_one({"_id": random.choice(others)}, {"$inc": {"count": 1}})
print(done)
"""
# Looks twenty times a second at what must not change, and notes each time that it did.
WATCH = """([selector, what]) => {
    const of = {
        field: (field) => document.activeElement === field
            ? JSON.stringify([field.value, field.selectionStart, field.selectionEnd]) : "left",
        menu: (menu) => menu.open,
        rows: (table) => [...table.querySelectorAll("tbody tr")].map((row) => row.id).join(" "),
        scroll: () => scrollY,
    };
    const first = document.querySelector(selector);
    const before = of[what](first);
    const seen = [];
    const timer = setInterval(() => {
        const now = first.isConnected ? of[what](first) : "gone";
        if (now !== before) seen.push(`${what} ${selector}: ${before} became ${now}`);
    }, 50);
    (window.watching ??= []).push(() => { clearInterval(timer); return seen; });
}"""
SEEN = "() => (window.watching ?? []).splice(0).flatMap((stop) => stop())"


def watch(page: Page, selector: str, what: str) -> None:
    page.evaluate(WATCH, [selector, what])


def texts(page: Page) -> list[str]:
    rows: list[str] = page.locator(f"{TABLE} tbody tr").all_inner_texts()
    return rows


def storming(server: Site) -> tuple[ThreadPoolExecutor, Future[str]]:
    pool = ThreadPoolExecutor(1)
    script = STORM.replace("SECONDS", str(SECONDS)).replace("RATE", str(RATE))
    return pool, pool.submit(server.manage, "shell", "-c", script)


def refreshes(page: Page) -> list[Any]:
    found: list[Any] = []
    page.on("requestfinished", lambda one: found.append(one) if "capsule-refresh" in one.headers else None)
    return found


@pytest.mark.thorough
@on_each_database
def test_nothing_is_taken_from_whoever_is_in_the_middle_of_it(browser_page: Pages, server: Site) -> None:
    server.manage("shell", "-c", ROWS)
    page = browser_page("alice", viewport={"width": 1280, "height": 700})
    page.goto(ADDRESS)
    expect(page.locator("body")).to_have_attribute("data-connection", "listening")
    page.evaluate("scrollTo(0, 60)")
    asked = refreshes(page)
    pool, storm = storming(server)
    with pool:
        _edits_a_cell(page, asked)
        _fills_a_filter(page)
        _points_at_rows(page, storm)
        done = int(storm.result().strip().splitlines()[-1])
    assert done > SECONDS * RATE / 4, "a machine that is busy writes less, but this is no storm"
    _sees_what_is_there(page, browser_page)


def _edits_a_cell(page: Page, asked: list[Any]) -> None:
    """Half a word in an open cell, its middle selected, while the other rows change around it."""
    cell = page.locator(f"{TABLE} tbody tr", has_text="Row 07").locator("td[data-cell=name]")
    cell.dblclick()
    field = page.locator("#cell-form input[type=text]")
    field.fill("Half a na")
    field.evaluate("field => field.setSelectionRange(2, 5)")
    watch(page, "#cell-form input[type=text]", "field")
    watch(page, "body", "scroll")
    before = len(asked)
    while len(asked) < before + 8:  # as many refreshes arrive under it
        page.wait_for_event("requestfinished", timeout=SOON)
    assert page.evaluate(SEEN) == []
    field.press("Enter")
    expect(page.locator(f"{TABLE} tbody tr", has_text="Half a na")).to_have_count(1, timeout=SOON)


def _fills_a_filter(page: Page) -> None:
    """A menu that is open, and half a word in it."""
    page.locator(f"{TABLE} summary", has_text="Filter").click()
    field = page.locator(f"{TABLE}-name-has")
    field.fill("half")
    field.evaluate("field => field.setSelectionRange(1, 3)")
    watch(page, f"{TABLE}-name-has", "field")
    watch(page, f"{TABLE} .data-table-menu", "menu")
    with page.expect_event("requestfinished", lambda one: "capsule-refresh" in one.headers, timeout=SOON):
        pass
    with page.expect_event("requestfinished", lambda one: "capsule-refresh" in one.headers, timeout=SOON):
        pass
    assert page.evaluate(SEEN) == []
    page.keyboard.press("Escape")


def _points_at_rows(page: Page, storm: Future[str]) -> None:
    """A pointer that moves over rows holds them; the pill counts what is new, and one click shows it."""
    box = page.locator(f"{TABLE} tbody tr").nth(3).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    watch(page, TABLE, "rows")
    pill = page.locator(f"{TABLE} .live-pill")
    step = 0
    while not storm.done() and not (pill.count() and re.search(r"\d", pill.inner_text())):
        step += 1
        page.mouse.move(box["x"] + 10 + step % 40, box["y"] + 10)
        page.wait_for_timeout(60)  # a hand that moves
    assert page.evaluate(SEEN) == []
    expect(pill).to_be_visible()
    before = texts(page)
    pill.click()
    expect(pill).to_have_count(0)
    assert texts(page) != before


def _sees_what_is_there(page: Page, browser_page: Pages) -> None:
    """Once it is quiet, the page shows what a new one shows."""
    page.mouse.move(5, 5)
    fresh = browser_page("alice", viewport={"width": 1280, "height": 700})
    fresh.goto(ADDRESS)
    expect(page.locator(f"{TABLE} tbody tr")).to_have_count(
        fresh.locator(f"{TABLE} tbody tr").count(), timeout=SOON
    )
    for at, text in enumerate(texts(fresh)):
        shown = page.locator(f"{TABLE} tbody tr").nth(at)
        expect(shown).to_have_text(re.compile(r"\s*".join(map(re.escape, text.split()))), timeout=SOON)
