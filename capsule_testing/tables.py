"""A table of a page: its rows by column, and what one does with it, through the same addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from capsule_testing.elements import Element
from capsule_testing.forms import Button, Form
from capsule_testing.problems import NotShown, those_there
from collections_app.tables.filters import OPERATORS, UNSET

if TYPE_CHECKING:
    from capsule_testing.browsing import Page

__all__ = ["Cell", "Row", "Table"]


class Cell(str):
    """What a cell says; ``""`` for a value that is missing. ``value`` is what a program reads there.

    It is a text; ``url`` is where its link leads. Example: ``row["due"].value == "2026-12-24"``
    """

    value: str
    url: str

    @classmethod
    def of(cls, element: Element) -> Cell:
        missing = element.first("span.cell-missing") is not None
        several = element.all("span.chip", "span.pill")
        said = ", ".join(one.text for one in several) if len(several) > 1 else element.text
        cell = cls("" if missing else said)
        exact = element.first("time[datetime]", "data[value]")
        link = element.first("a[href]")
        cell.value = (exact.get("datetime") or exact.get("value")) if exact is not None else str(cell)
        cell.url = link.get("href") if link is not None else ""
        return cell


class Row(Mapping[str, Cell]):
    """A row: its cells by the column's key or its heading.

    Example: ``page.table("threads").rows[0]["subject"]``
    """

    def __init__(self, table: Table, element: Element) -> None:
        self.table, self.element = table, element
        own = [one for one in element.children if isinstance(one, Element) and one.tag in ("td", "th")]
        cells = [one for one in own if "row-acts" not in one.get("class")]
        headings = table.headings
        self._cells: dict[str, Cell] = {}
        self._keys: dict[str, str] = {}
        for at, one in enumerate(cells):
            heading = one.get("data-label") or (headings[at] if at < len(headings) else str(at))
            key = one.get("data-cell") or table.keys.get(heading, heading)
            self._cells[key] = Cell.of(one)
            self._keys[heading] = key

    def __repr__(self) -> str:
        return repr(dict(self._cells))

    def __getitem__(self, column: str) -> Cell:
        key = self._key_of(column)
        if not key:
            hint = those_there(column, self._cells)
            raise NotShown(f"The table '{self.table.name}' shows no column '{column}'. {hint}")
        return self._cells[key]

    def __contains__(self, column: object) -> bool:
        return isinstance(column, str) and bool(self._key_of(column))

    def _key_of(self, column: str) -> str:
        if column in self._cells:
            return column
        # A table that offers no choice of columns says their headings alone: by default the key in words.
        words = column.replace("_", " ").strip().capitalize()
        return self._keys.get(column) or self._keys.get(words, "")

    def __iter__(self) -> Iterator[str]:
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)

    @property
    def id(self) -> str:
        """The id of the record."""
        return self.element.id.removeprefix(f"row-{self.table.name}-")

    @property
    def url(self) -> str:
        """Where the row leads to."""
        link = self.element.first("a.row-link", "a[href]")
        return link.get("href") if link is not None else ""

    def open(self) -> Page:
        """The page that the row leads to: the record's own, or what ``row_link=`` says."""
        if not self.url:
            raise NotShown(f"The rows of '{self.table.name}' lead nowhere.")
        return self.table.page.open(self.url)

    def button(self, text: str) -> Button:
        """One of the actions beside the row: ``row.button("Close").press()``."""
        found = [Button(self.table.page, one) for one in self.element.all("a.row-act", "button")]
        for one in found:
            if text in (one.text, one.element.get("title")):
                return one
        hint = those_there(text, [one.text for one in found])
        raise NotShown(f"The rows of '{self.table.name}' have no button '{text}'. {hint}")


class Table:
    """A table that a page shows. What leads to another state of it gives the table of the new page.

    Example::

        threads = page("/threads/", as_=alice).table("threads")
        assert [row["subject"] for row in threads.filter(status="open").rows] == ["The lamp flickers"]
    """

    def __init__(self, page: Page, element: Element) -> None:
        self.page, self.element = page, element
        self.name = element.id.removeprefix("table-")

    def __repr__(self) -> str:
        return f"<Table '{self.name}' with {len(self.rows)} rows of {self.page}>"

    @property
    def label(self) -> str:
        """The heading above it, or ``""``."""
        heading = self.element.first("h2")
        return heading.text if heading is not None else ""

    @cached_property
    def headings(self) -> list[str]:
        """What stands above the columns."""
        heads = self.element.all("th[scope=col]")
        return [one.text for one in heads if "row-acts" not in one.get("class")]

    @cached_property
    def keys(self) -> dict[str, str]:
        """The keys of the columns by their headings, where the table says them."""
        boxes = self.element.all(f"input[name={self.name}-show]")
        labels = [(one.closest("label"), one.get("value")) for one in boxes]
        return {label.text: key for label, key in labels if label is not None}

    @cached_property
    def rows(self) -> list[Row]:
        """The rows of this page of the table, in its order."""
        body = self.element.first("tbody")
        return [] if body is None else [Row(self, one) for one in body.children if isinstance(one, Element)]

    @property
    def columns(self) -> list[str]:
        """The keys of the columns, or their headings where they have none."""
        return [self.keys.get(one, one) for one in self.headings]

    @property
    def count(self) -> str:
        """How many there are on all pages, as it is said: ``"60"``, ``"about 1,000,000"``."""
        said = self.element.first("span.data-table-count")
        return said.text.removesuffix("records").strip() if said is not None else str(len(self.rows))

    @property
    def empty(self) -> str:
        """What is said where there are no rows, else ``""``."""
        said = self.element.first("div.empty")
        return said.text if said is not None else ""

    @property
    def filters(self) -> list[str]:
        """The filters in force, as the table says them."""
        chips = self.element.all("a.chip-remove")
        return [one.children[0].strip() for one in chips if isinstance(one.children[0], str)]

    def row(self, **cells: str) -> Row:
        """The one row with these cells: ``table.row(subject="The lamp flickers")``."""
        found = [one for one in self.rows if all(one[key] == value for key, value in cells.items())]
        if len(found) != 1:
            shown = "\n".join(f"  {row!r}" for row in self.rows[:10]) or "  no row"
            raise NotShown(f"{len(found)} rows of '{self.name}' have {cells}. It shows:\n{shown}")
        return found[0]

    def sort(self, column: str) -> Table:
        """Press the heading of a column: once for ascending, again for descending."""
        headings = {_sorted_by(one): one for one in self.element.all("a.sort")}
        by_text = {one.text: one for one in headings.values()}
        link = headings.get(column) or by_text.get(column)
        if link is None:
            hint = those_there(column, headings)
            raise NotShown(f"The table '{self.name}' cannot be sorted by '{column}'. {hint}")
        return self._then(self.page.open(link.get("href")))

    def filter(self, **values: Any) -> Table:
        """Filter by columns, as the table's form does: ``status="open"``, ``subject__has="lamp"``.

        After ``__`` stands how it is asked: ``is`` (the default), ``has``, ``from``, ``to``, ``all``,
        ``unset``. Raises ``NotShown`` for a column that cannot be filtered, or asked so.
        """
        parts = urlsplit(self.page.url)
        kept = [pair for pair in parse_qsl(parts.query, True) if pair[0] != f"{self.name}-page"]
        filterable = self.filterable
        for given, value in values.items():
            column, how = given.rpartition("__")[::2] if "__" in given else (given, "is")
            if column not in filterable:
                hint = those_there(column, filterable)
                raise NotShown(f"The table '{self.name}' cannot be filtered by '{column}'. {hint}")
            several = value if isinstance(value, (list, tuple, set)) else [value]
            kept += [
                (f"{self.name}-{how}-{column}", UNSET if how == "unset" else _asked(one)) for one in several
            ]
        there = self.page.open(parts._replace(query=urlencode(kept)).geturl())
        if there.status == 400:
            own = [one for one in there.errors if one.startswith(f"{self.name}-") or one.startswith("table-")]
            raise NotShown(f"{values} is no filter of '{self.name}'. {' '.join(own or there.errors)}")
        return self._then(there)

    @property
    def filterable(self) -> list[str]:
        """The keys of the columns that the table's form asks for."""
        fields = self.element.all("input[name]", "select[name]")
        names = [one.get("name").removeprefix(f"{self.name}-") for one in fields]
        asked = [name.partition("-")[::2] for name in names if name.partition("-")[0] in OPERATORS]
        return list(dict.fromkeys(column for _, column in asked))

    def search(self, text: str) -> Table:
        """Type into the table's search."""
        form = self.element.first("form.data-table-search")
        if form is None:
            raise NotShown(f"The table '{self.name}' has no search: declare search=[...] on its collection.")
        return self._then(Form(self.page, form).fill({f"{self.name}-q": text}).submit())

    def next(self) -> Table:
        """The next page of the table."""
        steps = self.element.all("li.page-item")
        link = steps[-1].first("a[href]") if steps else None
        if link is None:
            raise NotShown(f"The table '{self.name}' has no next page.")
        return self._then(self.page.open(link.get("href")))

    def add(self, **values: Any) -> Page:
        """Press Add, fill the form, and send it: this page again, or the form with what is wrong."""
        link = next(
            (one for one in self.element.all("a[data-drawer-link]") if "/add/" in one.get("href")), None
        )
        if link is None:
            raise NotShown(f"{self.page.person_name} cannot add to the table '{self.name}'.")
        there = self.page.open(link.get("href"))
        return there.form("Add").fill(values).submit("Add")

    def export(self, kind: str = "csv") -> bytes:
        """The file that the table's Export gives: csv, xlsx, json or ndjson."""
        for link in self.element.all("a.btn"):
            if link.get("href").endswith(f"-export={kind}"):
                return self.page.open(link.get("href")).content
        raise NotShown(f"The table '{self.name}' has no export as '{kind}'.")

    def _then(self, page: Page) -> Table:
        return page.table(self.name)


def _sorted_by(link: Element) -> str:
    query = urlsplit(link.get("hx-get") or link.get("href")).query
    named = [part.partition("=")[2] for part in query.split("&") if "-sort=" in part]
    return named[0].removeprefix("-") if named else link.text


def _asked(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
