"""A table as it stands in a page: toolbar, rows and pages, or the reason why there are none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import quote

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from capsule.access import Access, allows, require
from capsule.errors import ScopeError
from capsule.identity import current_identity
from collections_app.changing.knowledge import steady
from collections_app.columns.link import is_followed
from collections_app.declarations import Action, Column, Declaration
from collections_app.forms import cell_columns
from collections_app.handle import Collection
from collections_app.queries import Query
from collections_app.tables.arranging import arrangement_of, store
from collections_app.tables.body import NOT_EDITABLE, Editing, RowLink
from collections_app.tables.frame import TableFrame
from collections_app.tables.shared import shared
from collections_app.tables.sources import ListSource, PageOfRows, QuerySource, Source
from collections_app.tables.spec import ColumnsWanted, TableSpec, spec_of_declaration, spec_of_rows
from collections_app.tables.state import TableState
from collections_app.tables.table import DocumentTable
from live.topics import Topic

__all__ = ["RowLinkWanted", "TableSource", "render_table"]

TableSource = Collection | Query | Iterable[Mapping[str, Any]]


class HasUrl(Protocol):
    """A page with parameters."""

    def url(self, **params: Any) -> str: ...


# A function of the row, a page whose parameter is the row's id, or False for no link.
RowLinkWanted = Callable[[Any], "str | None"] | HasUrl | bool | None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a page says of a table beyond its declaration; ``None`` is always "as declared"."""

    key: str
    path: str
    came_from: str
    label: str | None
    columns: ColumnsWanted
    sort: str | Sequence[str] | None
    page_size: int | None
    editable: bool | Access | None
    filter: Mapping[str, Any] | None
    row_link: RowLinkWanted
    empty: str | None


def render_table(
    request: HttpRequest,
    source: TableSource,
    *,
    key: str,
    label: str | None = None,
    columns: ColumnsWanted = None,
    sort: str | Sequence[str] | None = None,
    page_size: int | None = None,
    editable: bool | Access | None = None,
    filter: Mapping[str, Any] | None = None,
    row_link: RowLinkWanted = None,
    empty: str | None = None,
    base_url: str | None = None,
) -> SafeString:
    """A table of a collection, of a query, or of rows that are here already, as the address asks for it.

    ``filter`` (Django lookups) and a query's own filter are the fixed part: a browser only narrows it.
    ``editable`` may take the Add button away; nothing gives more than the declaration does. ``base_url``
    is the page's address where the request's own is another.

    Raises ``ScopeError`` and ``PermissionDenied`` (access), ``BadInput`` (the address), ``NotDeclared``
    (a column that is not there).

    Example: ``render_table(request, threads.filter(status="open"), key="open", page_size=10)``
    """
    wanted = Wanted(
        key=key,
        path=base_url or request.path,
        came_from=base_url or request.get_full_path(),
        label=label,
        columns=columns,
        sort=sort,
        page_size=page_size,
        editable=editable,
        filter=filter,
        row_link=row_link,
        empty=empty,
    )
    query = source.all() if isinstance(source, Collection) else source
    if not isinstance(query, Query):
        return _drawn(request, _of_rows(request, query, wanted))
    with steady():  # the columns of the head are those of the rows
        return _drawn_or_kept(request, query, wanted)


def _drawn_or_kept(request: HttpRequest, query: Query, wanted: Wanted) -> SafeString:
    """A collection's table: as it was last drawn for somebody who would see the same, else drawn now."""
    declaration = query.collection.in_force
    require(declaration.access, current_identity())
    spec = spec_of_declaration(
        declaration,
        key=wanted.key,
        label=wanted.label,
        columns=wanted.columns,
        sort=wanted.sort or query.order,
        page_size=wanted.page_size,
    )
    editing = _editing(query.collection, wanted)
    drawing = _Drawing(request, spec, wanted, _add_url(declaration, wanted), query.collection.topics, editing)

    def draw() -> SafeString:
        narrowed = query.filter(**wanted.filter) if wanted.filter else query
        return _drawn(request, drawing.frame(_source_of(narrowed), _row_link(wanted, query.collection)))

    leads_elsewhere = not (wanted.row_link is None or isinstance(wanted.row_link, bool))
    if leads_elsewhere or drawing.state.is_wrong:  # to each their own, or nothing that is worth keeping
        return draw()
    # Who may add and change is said by the addresses for it, which is all that comes of it.
    said = (
        replace(wanted, editable=None),
        drawing.add_url,
        editing,
        drawing.arrange_url,
        drawing.arrangement,
    )
    asked = (*said, request.META.get("QUERY_STRING", ""))
    own = (column for column in wanted.columns or () if isinstance(column, Column))
    return shared(query, asked, [*declaration.visible_columns, *own], draw)


class _Drawing:
    """What stands around the rows, whatever they come from."""

    def __init__(
        self,
        request: HttpRequest,
        spec: TableSpec,
        wanted: Wanted,
        add_url: str = "",
        topics: Iterable[Topic] = (),
        editing: Editing = NOT_EDITABLE,
    ) -> None:
        self.spec = spec
        self.wanted = wanted
        self.add_url = add_url
        self.editing = editing
        self.state = TableState.from_request(request, wanted.key, spec, wanted.path)
        self.arrangement = arrangement_of(wanted.key, topics)
        kept = store()
        self.arrange_url = kept.address() if kept is not None and not self.state.show else ""

    def frame(self, source: Source, row_link: RowLink | None) -> TableFrame:
        state, spec = self.state, self.spec
        page = PageOfRows((), 0, False) if state.is_wrong else source.page(spec, state)
        ordered = self.arrangement.ordered(spec.columns)
        table = DocumentTable(page, spec, state, row_link, self._shown(), self.editing)
        empty = self.wanted.empty or ""
        return TableFrame(spec, state, page, table, self.add_url, empty, ordered, self.arrange_url)

    def _shown(self) -> tuple[Column, ...]:
        if not self.state.show:
            return self.arrangement.shown(self.spec.columns)
        columns = {column.key: column for column in self.spec.columns}
        return tuple(columns[key] for key in self.state.show)


def _drawn(request: HttpRequest, frame: TableFrame) -> SafeString:
    if frame.state.is_wrong:
        request.__dict__["has_bad_input"] = True  # the answer is a 400, with the whole form in it
    return render_to_string("collections_app/_table_frame.html", {"frame": frame})


def _source_of(query: Query) -> Source:
    # "The five newest" stay these five, in whatever order a person looks at them.
    return ListSource(query.rows()) if query.is_sliced else QuerySource(query)


def _of_rows(request: HttpRequest, rows: Iterable[Mapping[str, Any]], wanted: Wanted) -> TableFrame:
    found = list(rows)
    if wanted.filter:
        found = [row for row in found if all(row.get(key) == value for key, value in wanted.filter.items())]
    spec = spec_of_rows(
        found,
        key=wanted.key,
        label=wanted.label or "",
        columns=wanted.columns,
        sort=wanted.sort,
        page_size=wanted.page_size,
    )
    return _Drawing(request, spec, wanted).frame(ListSource(found), _own_link(wanted))


def _may(action: Action, declaration: Declaration, wanted: Wanted) -> bool:
    """Whether the table offers ``action``: what is declared, where the page does not take it away."""
    identity, allowed = current_identity(), wanted.editable
    if allowed is False or not declaration.may(action, identity):
        return False
    return allowed is None or allowed is True or allows(allowed, identity)


def _editing(collection: Collection, wanted: Wanted) -> Editing:
    """What the table's scripts may do with its rows: no more than the person may."""
    opens_drawer = wanted.row_link is None or wanted.row_link is True
    declaration = collection.in_force
    if not collection.is_of_whoever_acts or not _may("change", declaration, wanted):
        return Editing(opens_drawer=opens_drawer)
    keys = tuple(column.key for column in cell_columns(declaration))
    return Editing(reverse("collections_app:collection", args=[collection.name]), keys, opens_drawer)


def _add_url(declaration: Declaration, wanted: Wanted) -> str:
    if not _may("add", declaration, wanted):
        return ""
    address = reverse("collections_app:add", args=[declaration.name])
    return f"{address}?{urlencode({'next': wanted.came_from})}"


def _row_link(wanted: Wanted, collection: Collection) -> RowLink | None:
    if wanted.row_link is not None and wanted.row_link is not True:
        return _own_link(wanted)
    try:
        own_key = current_identity().key(collection.declaration.scope)
    except ScopeError:
        return None
    address = reverse("collections_app:collection", args=[collection.name])
    tail = "?" + urlencode({"next": wanted.came_from})
    # A row of another scope, seen by a job or an administrator, has no page in this one.
    # A model's key may hold anything.
    return lambda row: f"{address}{quote(row.id, safe='')}/{tail}" if row.scope_key == own_key else None


def _own_link(wanted: Wanted) -> RowLink | None:
    link = wanted.row_link
    if link is None or isinstance(link, bool):
        return None
    address = link if callable(link) else lambda row: link.url(id=row["_id"])

    def followed(row: Any) -> str | None:
        href = address(row)
        # A function may take the address from the row itself, and so from whoever wrote the row.
        return href if href and is_followed(href) else None

    return followed
