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
from collections_app.declarations import Column, Declaration
from collections_app.handle import Collection
from collections_app.queries import Query
from collections_app.tables.body import RowLink
from collections_app.tables.frame import TableFrame
from collections_app.tables.shared import shared
from collections_app.tables.sources import page_of_list, page_of_query
from collections_app.tables.spec import ColumnsWanted, spec_of_declaration, spec_of_rows
from collections_app.tables.state import TableState
from collections_app.tables.table import DocumentTable

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
        return _drawn(_of_rows(request, query, wanted))
    with steady():  # the columns of the head are those of the rows
        return _drawn_or_kept(request, query, wanted)


def _drawn_or_kept(request: HttpRequest, query: Query, wanted: Wanted) -> SafeString:
    """A collection's table: as it was last drawn for somebody who would see the same, else drawn now."""
    declaration = query.collection.in_force
    require(declaration.access, current_identity())
    add_url = _add_url(declaration, wanted)

    def draw() -> SafeString:
        return _drawn(_of_query(request, query, wanted, add_url))

    if not (wanted.row_link is None or isinstance(wanted.row_link, bool)):  # it may lead each elsewhere
        return draw()
    # Who may add is said by the address of its button, which is all that comes of it.
    asked = (replace(wanted, editable=None), add_url, request.META.get("QUERY_STRING", ""))
    own = (column for column in wanted.columns or () if isinstance(column, Column))
    return shared(query, asked, [*declaration.visible_columns, *own], draw)


def _drawn(frame: TableFrame) -> SafeString:
    return render_to_string("collections_app/_table_frame.html", {"frame": frame})


def _of_query(request: HttpRequest, query: Query, wanted: Wanted, add_url: str) -> TableFrame:
    collection, declaration = query.collection, query.collection.in_force
    spec = spec_of_declaration(
        declaration,
        key=wanted.key,
        label=wanted.label,
        columns=wanted.columns,
        sort=wanted.sort or query.order,
        page_size=wanted.page_size,
    )
    state = TableState.from_request(request, wanted.key, spec, wanted.path)
    if wanted.filter:
        query = query.filter(**wanted.filter)
    if query.limit_to is not None or query.skip:
        # "The five newest" stay these five, in whatever order a person looks at them.
        page = page_of_list(query.rows(), spec, state)
    else:
        page = page_of_query(query, spec, state)
    table = DocumentTable(page, spec, state, _row_link(wanted, collection))
    return TableFrame(spec, state, page, table, add_url, wanted.empty or "")


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
    state = TableState.from_request(request, wanted.key, spec, wanted.path)
    page = page_of_list(found, spec, state)
    return TableFrame(
        spec, state, page, DocumentTable(page, spec, state, _own_link(wanted)), "", wanted.empty or ""
    )


def _add_url(declaration: Declaration, wanted: Wanted) -> str:
    identity = current_identity()
    allowed = wanted.editable
    if allowed is False or not declaration.may("add", identity):
        return ""
    if allowed is not None and allowed is not True and not allows(allowed, identity):
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
