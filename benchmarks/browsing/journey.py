"""What a person does with a table of a million rows, step by step."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import uuid4

from playwright.sync_api import Locator, Page

from benchmarks.browsing.watching import Watch

__all__ = ["Journey"]

TABLE = "#table-browsed"
ROWS = "rows => document.querySelectorAll('#table-browsed tbody tr').length === rows"
SORTED = """([title, order]) => [...document.querySelectorAll('#table-browsed th')]
    .find(head => head.innerText.trim() === title)?.ariaSort === order"""
CHIP = """words => document.querySelector('#table-browsed .data-table-chips')?.innerText.includes(words)
    && document.querySelector('#table-browsed tbody tr, #table-browsed .empty')"""
NO_CHIP = "() => !document.querySelector('#table-browsed .data-table-chips')"
HAS_TEXT = "([selector, text]) => document.querySelector(selector)?.innerText.includes(text)"
HAS_NOT = "([selector, text]) => !document.querySelector(selector)?.innerText.includes(text)"
HEADS = "heads => document.querySelectorAll('#table-browsed thead th').length === heads"
FIRST_ROW = "text => document.querySelector('#table-browsed tbody tr')?.innerText !== text"
CLOSED = "() => !document.getElementById('drawer-dialog').open"
SEARCHED = """words => (new URLSearchParams(location.search).get('browsed-q') ?? '') === words
    && (words === '') !== Boolean(document.querySelector('#table-browsed :is(mark, .empty)'))"""

SORTS = (
    "Name", "Section", "Installed", "Priority", "Essential", "Download", "Needs", "Architecture",
    "Maintainer",
)  # fmt: skip
# A type of column, the field of the panel that asks for it, what is typed or ticked, and a word of its chip.
FILTERS = (
    ("text contains", "browsed-has-name", "python", "Name"),
    ("text is", "browsed-has-section", "games", "Section"),
    ("number from", "browsed-from-installed_size", "100000000", "Installed"),
    ("number to", "browsed-to-depends_count", "3", "Needs"),
    ("number has no value", "browsed-unset-installed_size", True, "Installed"),
    ("option", "browsed-is-priority", "required", "Priority"),
    ("tag", "browsed-is-tags", "game::strategy", "Tags"),
    ("yes", "browsed-is-essential", "true", "Essential"),
    ("address contains", "browsed-has-maintainer_email", "games", "Maintainer"),
)
SEARCHES = (
    ("two common words", "library files"),
    ("a rare word", "sudoku"),
    ("nothing", "kettlefish"),
)


class Journey:
    """Alice's way through the table, with Bob in a second browser."""

    def __init__(self, watch: Watch, bob: Page) -> None:
        self.watch = watch
        self.page = watch.page
        self.bob = bob
        self.copied = f"0a {uuid4().hex[:8]}"  # before all others

    def go(self) -> None:
        """All of it."""
        self.watch.step("first page", partial(self.page.goto, "/browsed/"), ROWS, 25)
        self.sorts()
        self.filters()
        self.pages()
        self.searches()
        self.columns()
        self.edits()
        self.exports()

    def sorts(self) -> None:
        """By each column, up and down."""
        for title in SORTS:
            link = self.page.locator(f"{TABLE} th").get_by_role("link", name=title, exact=True)
            orders = ("descending", "ascending") if title == "Name" else ("ascending", "descending")
            for order in orders:
                self.watch.step(f"sort by {title}, {order}", link.click, SORTED, [title, order])
        self.again()

    def filters(self) -> None:
        """By each type, and the chips away again."""
        for kind, name, value, chip in FILTERS:
            step = self.watch.step(f"filter: {kind}", partial(self._filter, name, value), CHIP, chip)
            clear = self.page.locator(f"{TABLE} .data-table-chips").get_by_role("link", name="Clear")
            if step.problems:
                self.again()
            else:
                self.watch.step(f"filter: {kind}, cleared", clear.click, NO_CHIP)

    def pages(self) -> None:
        """To the end and back, by number and by place."""
        self._turn("next page", "Next page")
        self._turn("last page", "Last page")
        self._turn("last page, and one back", "Previous page")
        self._turn("first page again", "First page")
        for number in (400, 401, 5_000):
            address = f"/browsed/?browsed-page={number}"
            self.watch.step(f"page {number:,} by its number", partial(self.page.goto, address), ROWS, 25)
        self.again()
        exact = self.page.locator(TABLE).get_by_role("link", name="Count exactly")
        self.watch.step("count exactly", exact.click, HAS_NOT, [f"{TABLE} .data-table-count", "+"])
        self._turn("last page, counted", "Last page")
        self.again()

    def searches(self) -> None:
        field = self.page.locator(TABLE).get_by_role("searchbox")
        for kind, words in SEARCHES:
            if self.watch.step(f"search: {kind}", partial(field.fill, words), SEARCHED, words).problems:
                self.again()
        self.watch.step("search: all again", partial(field.fill, ""), SEARCHED, "")

    def columns(self) -> None:
        """One hidden, one moved, and as they were declared."""
        heads = self.page.locator(f"{TABLE} thead th").count()
        panel = self._panel("Columns")
        panel.get_by_label("Summary", exact=True).uncheck()
        apply = panel.get_by_role("button", name="Apply")
        self.watch.step("a column hidden", apply.click, HEADS, heads - 1)
        panel = self._panel("Columns")
        for _step in range(2):
            panel.get_by_role("button", name="Move Installed forward").click()
        first = [f"{TABLE} thead th:nth-child(2)", "Installed"]
        self.watch.step("a column moved", apply.click, HAS_TEXT, first)
        panel = self._panel("Columns")
        declared = panel.get_by_role("button", name="As declared")
        self.watch.step("columns as declared", declared.click, HEADS, heads)

    def edits(self) -> None:
        """A cell, the drawer, a conflict, a copy, a deletion and its Undo."""
        self.bob.goto("/browsed/")
        size = self._cell(self.page, "section")
        size.dblclick()
        self.page.locator("#cell_section").fill("browsed")
        cell = f"{TABLE} tbody tr:first-child td[data-cell=section]"
        enter = partial(self.page.keyboard.press, "Enter")
        self.watch.step("cell edit saved", enter, HAS_TEXT, [cell, "browsed"])
        self.watch.step("the same seen by Bob", lambda: None, HAS_TEXT, [cell, "browsed"], page=self.bob)
        self._drawer_edit(cell)
        self._conflict(cell)
        self._copy()
        self._delete()

    def exports(self) -> None:
        """All rows as CSV, and as many as there are."""
        path = self.watch.folder / "browsed.csv"

        def export() -> None:
            with self.page.expect_download(timeout=600_000) as download:
                self._panel("Export").get_by_role("link", name="CSV").click()
            download.value.save_as(path)

        step = self.watch.step("export CSV", export, "() => true")
        lines = path.read_bytes().count(b"\r\n") if path.exists() else 0
        step.seen = f"{lines:,} lines, {path.stat().st_size / 1e6:,.0f} MB"
        path.unlink()

    def again(self) -> None:
        self.page.goto("/browsed/")

    # The parts -------------------------------------------------------------------------------------------

    def _drawer_edit(self, cell: str) -> None:
        opener = self.page.locator(f"{TABLE} tbody tr a.row-link").first
        drawer = self.page.locator("#drawer")
        self.watch.step("drawer opened", opener.click, HAS_TEXT, ["#drawer", "Save"])
        history = drawer.get_by_text("History", exact=True)
        self.watch.step("its history", history.click, HAS_TEXT, ["#drawer .record-past", "Changed"])
        drawer.get_by_label("Section").fill("drawer")
        save = drawer.get_by_role("button", name="Save")
        self.watch.step("drawer edit saved and seen", save.click, HAS_TEXT, [cell, "drawer"])

    def _conflict(self, cell: str) -> None:
        for page, value in ((self.page, "of Alice"), (self.bob, "of Bob")):
            page.locator(f"{TABLE} tbody tr a.row-link").first.click()
            page.locator("#drawer").get_by_label("Section").fill(value)
        self.bob.locator("#drawer").get_by_role("button", name="Save").click()
        self.bob.wait_for_function(CLOSED)
        save = self.page.locator("#drawer").get_by_role("button", name="Save")
        self.watch.step("conflict shown", save.click, HAS_TEXT, ["#drawer", "Somebody else changed this"])
        mine = self.page.locator("#drawer").get_by_role("button", name="Keep mine")
        self.watch.step("conflict settled and seen", mine.click, HAS_TEXT, [cell, "of Alice"])

    def _copy(self) -> None:
        self.page.locator(f"{TABLE} tbody tr a.row-link").first.click()
        drawer = self.page.locator("#drawer")
        copy = drawer.get_by_role("link", name="Duplicate")
        self.watch.step("duplicate opened", copy.click, HAS_TEXT, ["#drawer .record-actions", "Add"])
        drawer.get_by_label("Name").fill(self.copied)
        add = drawer.get_by_role("button", name="Add")
        self.watch.step("duplicate added and seen", add.click, HAS_TEXT, [f"{TABLE} tbody", self.copied])

    def _delete(self) -> None:
        self.page.get_by_role("link", name=self.copied).click()
        drawer = self.page.locator("#drawer")
        drawer.get_by_role("link", name="Delete", exact=True).click()
        delete = drawer.get_by_role("button", name="Delete")
        table = [f"{TABLE} tbody", self.copied]
        self.watch.step("deleted", delete.click, HAS_NOT, table)
        undo = self.page.locator("#toasts").get_by_role("button", name="Undo").last
        self.watch.step("Undo", undo.click, HAS_TEXT, table)

    def _filter(self, name: str, value: Any) -> None:
        panel = self._panel("Filter")
        if name == "browsed-has-section":
            panel.locator("[name=browsed-how-section]").select_option("is")
        field = panel.locator(f"[name={name}]")
        if value is True:
            field.check()
        elif field.count() > 1:
            panel.locator(f"[name={name}][value={value}]").check()
        else:
            field.fill(value)
        panel.get_by_role("button", name="Apply").click()

    def _turn(self, name: str, link: str) -> None:
        first = self.page.locator(f"{TABLE} tbody tr").first.inner_text()
        turned = self.page.locator(TABLE).get_by_role("link", name=link, exact=True)
        self.watch.step(name, turned.click, FIRST_ROW, first)

    def _panel(self, name: str) -> Locator:
        panel = self.page.locator(
            f"{TABLE} .data-table-menu", has=self.page.locator("summary", has_text=name)
        )
        if panel.get_attribute("open") is None:
            panel.locator("summary").click()
        return panel

    def _cell(self, page: Page, key: str) -> Locator:
        return page.locator(f"{TABLE} tbody tr:first-child td[data-cell={key}]")
