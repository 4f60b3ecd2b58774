"""Records as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

import django_tables2
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from capsule.access import Access
from capsule.widgets import Widget
from capsule.words import Words
from collections_app.declarations import Column
from collections_app.handle import Collection
from collections_app.queries import Query
from collections_app.row_actions import NOTHING_OFFERED, RowActions
from collections_app.tables import EXPORT, RowLinkWanted, RowsOfTable, render_table
from handlers.actions import Action, declared_action
from handlers.charts import in_words
from handlers.declarations import Handler
from pages.errors import BadTable
from pages.parameters import parameters_of
from pages.row_actions import row_actions, takes_row
from pages.rows_of_handlers import RowsOfHandler
from pages.ui.links import page_of
from pages.ui.readings import is_declared, key_of, resolved

__all__ = ["Table", "check_row_action", "check_row_link"]

Row = Mapping[str, Any]
TableClass = type[django_tables2.Table]
Source = Collection | Query | Handler[..., Any] | QuerySet[Any] | TableClass | str | Iterable[Row]


def check_row_action(action: Action[..., Any]) -> None:
    """Raises ``BadTable`` for an action that is done to no row."""
    if not takes_row(action):
        raise BadTable(
            f"ui.Table: the action '{action.name}' takes no row. Annotate a parameter of it with Row, or "
            f"give it to a button: ui.Button(..., action={action.name})."
        )


def check_row_link(link: object) -> None:
    """Raises ``BadTable`` for a declared page that is not one of a row's id."""
    declared = page_of(link)
    if declared is None or isinstance(declared.function, type):
        return  # a class reads what it needs for itself
    names = declared.route_names or tuple(parameters_of(declared.function).fields)
    if "id" not in names or (declared.route_names and len(names) > 1):
        raise BadTable(
            f"ui.Table: row_link= is the page '{declared.name}', whose address is not made of an id alone. "
            'Write its route as "rows/<str:id>/", or give a function: '
            f"row_link=lambda row: {declared.name}.url(...)."
        )


@dataclass(frozen=True)
class Table(Widget):
    """Records that a person sorts, filters and pages by the page's own address.

    ``source`` is a collection, a query of one (its filter is then the fixed part, which a browser only
    narrows), a ``@data`` function that returns rows or pages of them, the name of one of these, a Django
    query set (read-only; access is the page's), a django-tables2 class, whose rows are ``queryset``, or a
    list of rows. None of the others means "as declared". ``filter`` are Django lookups; ``sort`` is a key or
    several, ``-`` before one being falling; ``editable=False`` takes the Add button away, and nothing gives
    more than the declaration does; ``actions``, or their names, are done to a row of a collection, from the
    row and from its drawer, by those who may; ``row_link`` is a function from a row to an address, a page
    whose parameter is the row's id, or False; ``empty`` is the sentence for no rows; ``params`` are a data
    handler's. A list of rows that stands beside another needs a ``key``.

    Raises ``TypeError`` for a source that is none, and for arguments that do not fit it.

    Example: ``ui.Table(threads.exclude(status="closed"), columns=["subject", "status"], sort="-received")``
    """

    kind: ClassVar[str] = "table"
    styles: ClassVar[tuple[str, ...]] = (
        "collections_app/table.css",
        "collections_app/cells.css",
        "collections_app/record.css",
    )

    source: Source
    _: KW_ONLY
    columns: Sequence[str | Column] | None = None
    filter: Mapping[str, Any] | None = None
    sort: str | Sequence[str] | None = None
    page_size: int | None = None
    editable: bool | Access | None = None
    actions: Sequence[Action[..., Any] | str] = ()
    row_link: RowLinkWanted = None
    label: Words | None = None
    empty: Words | None = None
    params: Mapping[str, Any] | None = None
    queryset: QuerySet[Any] | Sequence[Any] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.source, django_tables2.Table):
            raise BadTable("Give the class and its rows: ui.Table(ContactTable, queryset=...).")
        is_class = isinstance(self.source, type) and issubclass(self.source, django_tables2.Table)
        if not (is_class or is_declared(self.source) or isinstance(self.source, Iterable)):
            raise BadTable(
                "ui.Table reads a collection, a query, a @data function, the name of one, a query set, "
                f"a django-tables2 class, or a list of rows, not {self.source!r}."
            )
        if is_class != (self.queryset is not None):
            raise BadTable("ui.Table: queryset= are the rows of a django-tables2 class, which needs them.")
        if self.actions and not isinstance(self.source, (Collection, Query, str)):
            raise BadTable("ui.Table: actions= are done to rows of a collection or of a query of one.")
        if self.params and not isinstance(self.source, (Handler, str)):
            raise BadTable("ui.Table: params= are a data handler's; any other is narrowed by filter=.")

    @property
    def scripts(self) -> tuple[str, ...]:
        """That of files where its records have any; a table's own are those of every page."""
        collection = self.source.collection if isinstance(self.source, Query) else self.source
        has_files = isinstance(collection, Collection) and collection.declaration.holds_files
        return ("collections_app/files.js",) if has_files else ()

    @property
    def name(self) -> str:
        if self.key:
            return self.key
        if isinstance(self.source, QuerySet):
            return str(self.source.model._meta.model_name)
        if isinstance(self.source, type):
            return self.source.__name__.lower()
        return key_of(self.source) or "rows"

    @property
    def heading(self) -> str:
        """What it is called: its label, else what its source is called."""
        source: Any = resolved(self.source)
        if self.label is not None:
            return str(self.label)
        if isinstance(source, Query):
            source = source.collection
        if isinstance(source, Collection):
            return source.in_force.title
        model = getattr(source if isinstance(source, QuerySet) else self.queryset, "model", None)
        return str(model._meta.verbose_name_plural).capitalize() if model is not None else in_words(self.name)

    def answers_alone(self, request: HttpRequest) -> bool:
        """Where the address asks it for a file."""
        return request.method in ("GET", "HEAD") and f"{self.name}-{EXPORT}" in request.GET

    def _offered(self, request: HttpRequest, source: Any) -> RowActions:
        collection = source.collection if isinstance(source, Query) else source
        if not self.actions or not isinstance(collection, Collection):
            return NOTHING_OFFERED
        actions = [declared_action(one) for one in self.actions]
        for action in actions:
            check_row_action(action)
        return row_actions(collection, actions, request.get_full_path())

    def render(self, request: HttpRequest) -> SafeString:
        check_row_link(self.row_link)
        source: Any = resolved(self.source)
        label = None if self.label is None else str(self.label)
        if isinstance(source, Handler):
            source = RowsOfHandler(source, request, self.params or {})
        elif isinstance(source, type):
            source = RowsOfTable(source, self.queryset, request)  # type: ignore[arg-type] # asked above
        return render_table(
            request,
            source,
            key=self.name,
            label=label,
            columns=self.columns,
            sort=self.sort,
            page_size=self.page_size,
            editable=self.editable,
            actions=self._offered(request, source),
            filter=self.filter,
            row_link=self.row_link,
            empty=None if self.empty is None else str(self.empty),
        )
