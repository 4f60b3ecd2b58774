"""Many tables in one place: a list of them at the side, and one of them open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import slugify

from capsule.access import allows
from capsule.arguments import KnownArguments
from capsule.errors import ScopeError, TooCostly, Unavailable
from capsule.identity import current_identity
from capsule.widgets import Widget
from capsule.words import Words
from collections_app.handle import Collection
from collections_app.queries import Query
from collections_app.tables import rows_in_words
from handlers.declarations import Handler
from pages.errors import BadTable
from pages.ui.layout import Layout
from pages.ui.readings import resolved
from pages.ui.table import Source, Table

__all__ = ["TableBrowser", "TableGroup"]


@dataclass(frozen=True, init=False)
class TableGroup(KnownArguments):
    """Tables under a heading of a browser: ``ui.TableGroup("Desk", [threads, contacts])``.

    ``tables`` are tables, or sources of one.

    Example: ``ui.TableBrowser([ui.TableGroup("Desk", [threads, ui.Table(contacts, sort="name")])])``
    """

    label: Words
    tables: tuple[Table, ...]

    def __init__(self, label: Words, tables: Iterable[Table | Source]) -> None:
        object.__setattr__(self, "label", label)
        object.__setattr__(self, "tables", tuple(_table_of(one) for one in tables))


Groups = tuple[tuple[Words, tuple[Table, ...]], ...]


@dataclass(frozen=True, init=False)
class TableBrowser(Layout):
    """Several tables, of which one is open; which one stands in the address, so it can be shared.

    ``tables`` are tables, sources of one, or groups of them. Its key is its name in the address (default:
    ``tables``). Only the open table is evaluated; beside the names of collections stand their counts. Who
    may not read a table does not find it in the list. It works without JavaScript.

    Raises ``ValueError`` for none, and for two of one key.

    Example: ``ui.TableBrowser([ui.TableGroup("Desk", [threads, contacts]), packages])``
    """

    kind: ClassVar[str] = "tablebrowser"
    template: ClassVar[str] = "pages/_table_browser.html"
    styles: ClassVar[tuple[str, ...]] = ("pages/browser.css",)
    title: Words | None
    groups: Groups

    def __init__(
        self,
        tables: Sequence[Table | TableGroup | Source],
        *,
        title: Words | None = None,
        key: str | None = None,
    ) -> None:
        groups = tuple(_groups(tables))
        items = tuple(table for _label, inside in groups for table in inside)
        if not items:
            raise BadTable("A browser needs at least one table: ui.TableBrowser([threads]).")
        names = [table.name for table in items]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise BadTable(f"Two tables of a browser have the key '{twice}'. Give one another: key=.")
        self._keep(items=items, groups=groups, title=title, key=key)

    @property
    def name(self) -> str:
        return self.key or "tables"

    def children(self) -> tuple[Widget, ...]:
        return (self._list, *self.items)

    def shown(self, request: HttpRequest) -> tuple[Widget, ...]:
        opened = self.opened(request)
        return (self._list,) if opened is None else (self._list, opened)

    def opened(self, request: HttpRequest) -> Table | None:
        """The table that the address names, else the first that the person may read."""
        tables = [table for _label, inside in self.groups for table in inside]
        wanted = request.GET.get(self.name, "")
        if wanted:
            return next((table for table in tables if table.name == wanted), None)
        return next((table for table in tables if _may_read(table)), tables[0])

    @property
    def _list(self) -> _TableList:
        return _TableList(groups=self.groups, title=self.title, browser=self.name, key=self.name)

    def context(self, request: HttpRequest) -> dict[str, object]:
        return {**super().context(request), "unknown": self.opened(request) is None}


@dataclass(frozen=True, kw_only=True)
class _TableList(Widget):
    """The names at the side. A part of its own, so that a count that changed fetches no table."""

    kind: ClassVar[str] = "tablelist"
    groups: Groups
    title: Words | None
    browser: str

    def render(self, request: HttpRequest) -> SafeString:
        browser = TableBrowser(
            [table for _label, inside in self.groups for table in inside], key=self.browser
        )
        opened = browser.opened(request)
        groups = [
            (
                label,
                [
                    _entry(table, request, self.browser, table is opened)
                    for table in inside
                    if _may_read(table)
                ],
            )
            for label, inside in self.groups
        ]
        context = {
            "widget": self,
            "browser": browser,
            "groups": [(label, one) for label, one in groups if one],
        }
        return render_to_string("pages/_table_list.html", context)


def _entry(table: Table, request: HttpRequest, parameter: str, is_open: bool) -> dict[str, object]:
    query = request.GET.copy()
    query[parameter] = table.name
    return {
        "id": f"tablelist-{slugify(parameter)}-{slugify(table.name)}",
        "label": table.heading,
        "url": f"?{query.urlencode()}",
        "is_open": is_open,
        "count": _count(table),
    }


def _count(table: Table) -> str:
    """How many rows there are, where that costs little: of collections, whose counts are kept."""
    source: Any = resolved(table.source)
    if not isinstance(source, (Collection, Query)):
        return ""
    try:
        return rows_in_words(source, table.filter)
    except (ScopeError, TooCostly, Unavailable):
        return ""


def _may_read(table: Table) -> bool:
    source: Any = resolved(table.source)
    if isinstance(source, Query):
        source = source.collection
    if isinstance(source, Collection):
        return allows(source.declaration.access, current_identity())
    return not isinstance(source, Handler) or allows(source.access, current_identity())


def _groups(tables: Sequence[Any]) -> Iterator[tuple[Words, tuple[Table, ...]]]:
    """The groups in order; what stands by itself is in one without a heading."""
    alone: list[Table] = []
    for one in tables:
        if not isinstance(one, TableGroup):
            alone.append(_table_of(one))
            continue
        if alone:
            yield "", tuple(alone)
            alone = []
        yield one.label, one.tables
    if alone:
        yield "", tuple(alone)


def _table_of(one: Any) -> Table:
    return one if isinstance(one, Table) else Table(one)
