"""The README is executed: in an empty folder each command and each snippet in its order, as by a reader."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.harness import chromium, chromium_path
from tests.reader import (
    FILE,
    PAGE,
    PATIENCE,
    README,
    Clone,
    Made,
    blocks,
    first_app,
    lines_of,
    listens,
    signed_in,
    take,
)
from tests.serving import ROOT

__all__ = ["chromium", "chromium_path"]

TEXT = README.read_text()
SECTIONS = [
    "Two commands", "A first app", "Which layer?", "The four layers", "If you know Django",
    "What was measured", "When not to use it", "Configuration", "Where to read on",
]  # fmt: skip
TABLE = "#table-tickets tbody"
DRAWN = "#chart-tickets tbody"  # the same numbers as a table, for whoever does not see the chart


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    if not (ROOT / "demo").is_dir():
        pytest.skip("The README's people are the demo's, which was taken away.")
    return Clone(tmp_path)


@pytest.mark.thorough
@pytest.mark.browser
@pytest.mark.slow
def test_who_has_only_the_readme_succeeds(clone: Clone, chromium: Browser, tmp_path: Path) -> None:
    reading = iter(blocks(TEXT))
    run, test = commands(next(reading))
    with clone.serve(run) as site:
        the_demo_has_four_people(chromium, site)
    only_a_part_of_the_suites_runs(clone, test)

    lines = next(reading)[1]
    clone.paste(FILE, lines)
    with clone.serve("make dev") as site:
        alice = signed_in(chromium, site, "Alice", "/")
        the_first_app_is_live(chromium, site, alice)
        assert "5 records loaded" in clone.load_csv(*commands(next(reading)))
        the_csv_is_everybodys_at_the_desk(alice)
        take(alice, tmp_path / "first-app.webp", lines)
        each_column_has_its_index(clone)
        for look in (the_collection, the_handler, the_setting, the_conversation):
            clone.paste(FILE, next(reading)[1], site)
            look(alice)
        view, (language, template) = next(reading)[1], next(reading)
        assert language == "django"
        clone.paste("templates/new_tickets.html", template)
        clone.paste(FILE, view, site)
        the_view_is_live(alice)
        assert "Traceback" not in site.output
    (begin,) = commands(next(reading))
    with clone.serve(begin) as site:
        the_demo_is_gone_and_desk_is_there(chromium, clone, site)
    assert next(reading, None) is None, "something of the README was not tried"
    assert lines_of(tmp_path / "first-app.webp") == lines


def commands(block: tuple[str, str]) -> list[str]:
    """The commands of a block, without what stands behind them."""
    language, text = block
    assert language == "sh"
    return [line.partition("  #")[0].strip() for line in text.splitlines()]


# Two commands -----------------------------------------------------------------------------------------


def the_demo_has_four_people(browser: Browser, site: Made) -> None:
    assert "Loading the demo" in site.output
    seen = {}
    for name in ("Alice", "Bob", "Charlie"):
        page = signed_in(browser, site, name, "/threads/")
        links = page.locator("#table-threads tbody a[href*='/threads/']")
        seen[name] = set(links.evaluate_all("links => links.map(link => link.href)"))
        page.context.close()
    assert seen["Alice"] == seen["Bob"]
    assert seen["Charlie"] and not seen["Charlie"] & seen["Alice"]
    page = browser.new_page(base_url=site.url)
    page.goto("/")
    for name in ("Alice", "Bob", "Charlie", "Dana"):
        expect(page.get_by_role("button", name=f"As {name}")).to_be_visible()
    page.get_by_role("button", name="As Dana").click()
    expect(page.get_by_role("heading", level=1, name="Start here")).to_be_visible()
    for step in ("collection(", "@data", "setting(", "request.conversation.data"):
        expect(page.locator("main pre").filter(has_text=step).first).to_be_attached()
    page.goto("/admin/")
    expect(page.locator("#content")).to_contain_text("Threads")
    page.context.close()


def only_a_part_of_the_suites_runs(clone: Clone, command: str) -> None:
    """Of `make test` all but the suites, of which this is one: of them, that every link leads somewhere."""
    assert command == "make test"
    one = "tests/test_docs.py::test_every_link_and_every_anchor_exists"
    said = clone.run(f"{command} PYTEST='.venv/bin/python -m pytest -q -p no:cacheprovider {one}'")
    assert "1 passed" in said


# How far the header's switch is from the middle of the title, the page's edge and the cards below it.
PLACED = """() => {
  const box = selector => document.querySelector(selector).getBoundingClientRect();
  const middle = one => (one.top + one.bottom) / 2;
  const label = box(".shell-actions label"), head = box(".shell-head"), card = box(".shell-main .card");
  return {
    title: Math.abs(middle(label) - middle(box("h1"))),
    edge: Math.abs(head.right - label.right),
    below: card.top - box(".shell-actions .setting").bottom,
  };
}"""


# A first app ------------------------------------------------------------------------------------------


def the_first_app_is_live(browser: Browser, site: Made, alice: Page) -> None:
    bob, charlie = (signed_in(browser, site, name, PAGE) for name in ("Bob", "Charlie"))
    alice.locator("#sidebar").get_by_role("link", name="Tickets").click()
    expect(alice).to_have_url(re.compile(PAGE))
    listens(alice)
    alice.get_by_role("link", name="Add", exact=True).first.click()
    drawer = alice.locator("#drawer")
    drawer.get_by_label("Subject").fill("The lift sings")
    drawer.get_by_role("button", name="Add").click()
    for page in (alice, bob):
        expect(page.locator(TABLE)).to_contain_text("The lift sings", timeout=PATIENCE)
        expect(page.locator(DRAWN)).to_have_text(re.compile(r"^\s*new\s*1\s*$"), timeout=PATIENCE)
    is_edited_in_its_place(bob, alice)
    assert "The stairs sing" not in charlie.content()
    charlie.reload()
    expect(charlie.locator("#table-tickets")).not_to_contain_text("stairs")
    switched_for_oneself_alone(alice, bob)
    for page in (bob, charlie):
        page.context.close()


def is_edited_in_its_place(bob: Page, alice: Page) -> None:
    bob.locator(TABLE).locator("td[data-cell=subject]").dblclick()
    field = bob.locator("#cell-form input[type=text]")
    field.fill("The stairs sing")
    field.press("Enter")
    expect(alice.locator(TABLE)).to_contain_text("The stairs sing", timeout=PATIENCE)
    bob.get_by_role("heading", level=1).click()  # a row stays while somebody is in it
    alice.get_by_role("link", name="The stairs sing").click()
    drawer = alice.locator("#drawer")
    drawer.get_by_label("Status").select_option("closed")
    drawer.get_by_role("button", name="Save").click()
    expect(bob.locator("#table-tickets")).not_to_contain_text("stairs", timeout=PATIENCE)


def switched_for_oneself_alone(alice: Page, bob: Page) -> None:
    second = alice.context.new_page()
    second.goto(PAGE)
    before = alice.evaluate(PLACED)
    assert before["below"] > 0 and before["title"] < 4 and before["edge"] < 1
    alice.get_by_role("switch", name="Show closed tickets").check()
    for page in (alice, second):
        expect(page.locator(TABLE)).to_contain_text("The stairs sing", timeout=PATIENCE)
    assert alice.evaluate(PLACED) == before
    expect(bob.locator("#table-tickets")).not_to_contain_text("stairs")
    second.close()


def the_csv_is_everybodys_at_the_desk(alice: Page) -> None:
    for words in ("Printer on fire", "No heating in the hall", "closed"):
        expect(alice.locator(TABLE)).to_contain_text(words, timeout=PATIENCE)
    expect(alice.locator(DRAWN).get_by_role("row")).to_have_count(3, timeout=PATIENCE)


def each_column_has_its_index(clone: Clone) -> None:
    with closing(sqlite3.connect(clone.root / "var" / "db.sqlite3")) as database:
        rows = database.execute("SELECT sql FROM sqlite_master WHERE type = 'index'")
        made = " ".join(sql for (sql,) in rows if sql and '"capsule_c_tickets"' in sql)
    assert all(column in made for column in ("subject", "status", "due")), made


# The four layers --------------------------------------------------------------------------------------


def the_collection(alice: Page) -> None:
    alice.goto("/collections/suppliers/")
    listens(alice)
    alice.get_by_role("link", name="Add", exact=True).first.click()
    drawer = alice.locator("#drawer")
    for label, text in {"Name": "Harbour Hotel", "Email": "mia@harbour.example", "Fee": "1200.50"}.items():
        drawer.get_by_label(label, exact=False).fill(text)
    drawer.get_by_role("button", name="Add").click()
    table = alice.locator("#table-suppliers")
    expect(table.locator("tbody")).to_contain_text("1,200.50")
    expect(table.get_by_placeholder("Search")).to_be_visible()
    answer = alice.request.get("/collections/suppliers/", headers={"Accept": "application/json"})
    assert [row["email"] for row in answer.json()["rows"]] == ["mia@harbour.example"]


def the_handler(alice: Page) -> None:
    assert alice.request.get("/data/ticket_share?status=open").json() == {"share": 2 / 6}
    refused = alice.request.get("/data/ticket_share?status=lost")
    assert refused.status == 400 and "closed" in refused.text()


def the_setting(alice: Page) -> None:
    alice.goto("/settings/")
    expect(alice.get_by_label("Busy from")).to_have_value("20")


def the_conversation(alice: Page) -> None:
    alice.goto("/conversations/")
    alice.get_by_role("main").get_by_role("button", name="New: Ticket clerk", exact=True).click()
    alice.wait_for_url(re.compile("/conversations/[0-9a-f-]{36}/"), wait_until="load")
    listens(alice)
    field = alice.get_by_label(re.compile("Message to"))
    field.fill("Window is open")
    field.press("Enter")
    expect(alice.get_by_role("main")).to_contain_text("Turn 1: that makes 7 tickets.", timeout=PATIENCE)


def the_view_is_live(alice: Page) -> None:
    alice.goto("/new-tickets/")
    expect(alice.locator(TABLE)).to_contain_text("Lamp flickers")
    listens(alice)
    token = next(one["value"] for one in alice.context.cookies() if one["name"] == "csrf")
    headers = {"X-CSRFToken": token, "Accept": "application/json"}
    assert alice.request.post("/collections/tickets/", data={"subject": "Lamp is out"}, headers=headers).ok
    expect(alice.locator(TABLE)).to_contain_text("Lamp is out", timeout=PATIENCE)
    expect(alice.locator("#sidebar")).to_contain_text("New tickets")


def the_demo_is_gone_and_desk_is_there(browser: Browser, clone: Clone, site: Made) -> None:
    assert "make admin makes one." in site.output
    page = browser.new_page(base_url=site.url)
    page.goto("/sign-in/")
    expect(page.get_by_label("Password")).to_be_visible()
    expect(page.get_by_role("button", name="Alice")).to_have_count(0)
    page.context.close()
    written = (clone.root / "desk" / "declarations.py").read_text()
    assert all(layer in written for layer in ("collection(", "@data", "setting(", "conversation.data"))
    assert (clone.root / "desk" / "tests").is_dir()


# What it is -------------------------------------------------------------------------------------------


def test_its_sections_stand_in_their_order() -> None:
    assert re.findall(r"^## (.+)$", TEXT, re.MULTILINE) == SECTIONS


def test_it_begins_with_three_sentences_and_a_picture() -> None:
    opening = TEXT.partition("\n## ")[0]
    assert len(re.findall(r"[.!?](?=\s)", opening.partition("![")[0])) == 3
    assert opening.count("![") == 1


def test_the_first_app_has_at_most_fifteen_lines() -> None:
    assert len([line for line in first_app().splitlines() if line.strip()]) <= 15


def test_the_picture_of_the_first_app_shows_what_its_lines_make() -> None:
    how = "make it anew: .venv/bin/python scripts/screenshot.py first-app"
    assert lines_of(ROOT / "docs" / "images" / "first-app.webp") == first_app(), how


def test_every_picture_is_shown_with_its_words_and_all_are_small() -> None:
    shown = set()
    for page in (README, *(ROOT / "docs").glob("*.md")):
        text = page.read_text()
        pairs = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", text)
        pairs += [(words, name) for name, words in re.findall(r'<img src="([^"]+)"[^>]* alt="([^"]+)"', text)]
        assert len(pairs) == text.count("![") + text.count("<img "), f"{page.name}: a picture without words"
        shown |= {(page.parent / name).resolve() for _words, name in pairs}
    pictures = set((ROOT / "docs" / "images").iterdir())
    assert shown == pictures
    assert sum(picture.stat().st_size for picture in pictures) < 1_200_000
