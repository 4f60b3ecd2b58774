"""A table as it stands in a page: toolbar, rows and pages, or the reason why there are none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.access import Access, allows, require
from capsule.errors import AnswerInstead, BadInput, ScopeError
from capsule.identity import current_identity
from collections_app.changing.knowledge import steady
from collections_app.columns.link import is_followed
from collections_app.declarations import Action, Column, Declaration
from collections_app.exporting import Exported, file_answer
from collections_app.forms import cell_columns
from collections_app.handle import Collection
from collections_app.queries import Query
from collections_app.row_actions import NOTHING_OFFERED, OFFER, RowActions
from collections_app.tables.arranging import arrangement_of, store
from collections_app.tables.body import NOT_EDITABLE, Editing, RowLink
from collections_app.tables.frame import TableFrame
from collections_app.tables.matches import count_of
from collections_app.tables.shared import shared
from collections_app.tables.sources.lists import ListSource
from collections_app.tables.sources.page import COUNT_LIMIT, PageOfRows, Source
from collections_app.tables.sources.queries import QuerySource
from collections_app.tables.sources.querysets import RowsOfQuerySet
from collections_app.tables.spec import ColumnsWanted, TableSpec, spec_of_declaration, spec_of_rows
from collections_app.tables.state import TableState
from collections_app.tables.table import DocumentTable
from collections_app.tables.toolbar import count_in_words
from collections_app.tables.wanted import HasUrl, Prepared, Preparing, RowLinkWanted, Wanted
from live.topics import Topic

__all__ = ["TableSource", "render_table", "rows_in_words"]

TableSource = Collection | Query | Preparing | QuerySet[Any] | Iterable[Mapping[str, Any]]


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
    actions: RowActions = NOTHING_OFFERED,
) -> SafeString:
    """A table of a collection, a query, a query set or plain rows, as the address asks for it.

    ``filter`` (Django lookups) and a query's own filter are the fixed part: a browser only narrows it.
    ``editable`` may take the Add button away; nothing gives more than the declaration does. ``base_url``
    is the page's address where the request's own is another. ``actions`` stand at each row of a collection.

    Raises ``ScopeError`` and ``PermissionDenied`` (access), ``BadInput`` (the address), ``NotDeclared``
    (a column that is not there); and where the address asks for an export ``AnswerInstead``, with the file.

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
        actions=actions,
    )
    query = source.all() if isinstance(source, Collection) else source
    if not isinstance(query, Query):
        prepared = _prepared(query, wanted)
        drawing = _Drawing(request, prepared.spec, wanted)
        drawing.leave_if_exporting(prepared.source)
        return _drawn(request, drawing.frame(prepared.source, prepared.row_link))
    with steady():  # the columns of the head are those of the rows
        return _drawn_or_kept(request, query, wanted)


def rows_in_words(source: Collection | Query, filter: Mapping[str, Any] | None = None) -> str:
    """How many rows a table of it has: ``1,204``, or ``10,000+`` where nobody counts on."""
    query = source.all() if isinstance(source, Collection) else source
    counted = count_of(query.filter(**filter) if filter else query)
    return count_in_words(PageOfRows((), counted if counted <= COUNT_LIMIT else None, False))


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

    def source() -> Source:
        return _source_of(query.filter(**wanted.filter) if wanted.filter else query)

    def draw() -> SafeString:
        return _drawn(request, drawing.frame(source(), _row_link(wanted, query.collection)))

    if drawing.state.export:
        drawing.leave_if_exporting(source())

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
        self.request = request
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
        acts = self.wanted.actions.acts
        table = DocumentTable(page, spec, state, row_link, self._shown(), self.editing, acts)
        empty = self.wanted.empty or ""
        return TableFrame(spec, state, page, table, self.add_url, empty, ordered, self.arrange_url)

    def leave_if_exporting(self, source: Source) -> None:
        """Raise ``AnswerInstead`` where the address asks for a file: all rows of what it asks for else."""
        state, spec = self.state, self.spec
        if state.export is None or self.request.method not in ("GET", "HEAD"):
            return
        if state.is_wrong:
            problems = {
                f"{state.prefix}-{one.operator}-{one.column.key}": [one.problem]
                for one in state.conditions
                if one.problem
            }
            if state.search_problem:
                problems[f"{state.prefix}-q"] = [state.search_problem]
            raise BadInput(_("This cannot be asked as it is, so nothing is exported."), problems)
        columns = tuple(column for column in self._shown() if column.key not in spec.unexported)
        rows = source.every(spec, state)
        raise AnswerInstead(
            file_answer(self.request, Exported(spec.label or spec.key, columns, rows), state.export)
        )

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


def _prepared(source: Preparing | QuerySet[Any] | Iterable[Mapping[str, Any]], wanted: Wanted) -> Prepared:
    if isinstance(source, QuerySet):
        source = RowsOfQuerySet(source)
    if isinstance(source, Preparing):
        prepared = source.prepared(wanted)
        return replace(prepared, row_link=_own_link(wanted))
    found = list(source)
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
    return Prepared(spec, ListSource(found), _own_link(wanted))


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
    offer = {OFFER: wanted.actions.offer} if wanted.actions.offer else {}
    tail = "?" + urlencode({"next": wanted.came_from, **offer})
    # A row of another scope, seen by a job or an administrator, has no page in this one.
    # A model's key may hold anything.
    return lambda row: f"{address}{quote(row.id, safe='')}/{tail}" if row.scope_key == own_key else None


def _own_link(wanted: Wanted) -> RowLink | None:
    link = wanted.row_link
    if link is None or isinstance(link, bool):
        return None
    # A declared page is a function too, but one of the request: its address is what leads there.
    address = (lambda row: link.url(id=row["_id"])) if isinstance(link, HasUrl) else link

    def followed(row: Any) -> str | None:
        href = address(row)
        # A function may take the address from the row itself, and so from whoever wrote the row.
        return href if href and is_followed(href) else None

    return followed
