"""Records as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.access import Access
from capsule.errors import BadInput
from capsule.widgets import Widget
from capsule.words import Words
from collections_app.declarations import Column
from collections_app.handle import Collection
from collections_app.queries import Query
from collections_app.tables import RowLinkWanted, render_table
from handlers.declarations import Handler
from handlers.results import plain
from pages.ui.readings import is_declared, key_of, resolved

__all__ = ["Table"]

Row = Mapping[str, Any]
Source = Collection | Query | Handler[..., Any] | str | Iterable[Row]


@dataclass(frozen=True)
class Table(Widget):
    """Records that a person sorts, filters and pages by the page's own address.

    ``source`` is a collection, a query of one (its filter is then the fixed part, which a browser only
    narrows), a ``@data`` function that returns rows, the name of one of these, or a list of rows. None of
    the others means "as declared". ``filter`` are Django lookups; ``sort`` is a key or several, ``-`` before
    one being falling; ``editable=False`` takes the Add button away, and nothing gives more than the
    declaration does; ``row_link`` is a function from a row to an address, a page whose parameter is the
    row's id, or False; ``empty`` is the sentence for no rows; ``params`` are a data handler's. A list of
    rows that stands beside another needs a ``key``.

    Raises ``TypeError`` for a source that is none.

    Example: ``ui.Table(threads.exclude(status="closed"), columns=["subject", "status"], sort="-received")``
    """

    kind: ClassVar[str] = "table"
    styles: ClassVar[tuple[str, ...]] = (
        "collections_app/table.css",
        "collections_app/cells.css",
        "collections_app/record.css",
    )
    own_scripts: ClassVar[tuple[str, ...]] = (
        "collections_app/table.js",
        "collections_app/drawer.js",
        "collections_app/edit.js",
    )

    source: Source
    _: KW_ONLY
    columns: Sequence[str | Column] | None = None
    filter: Mapping[str, Any] | None = None
    sort: str | Sequence[str] | None = None
    page_size: int | None = None
    editable: bool | Access | None = None
    row_link: RowLinkWanted = None
    label: Words | None = None
    empty: Words | None = None
    params: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if not is_declared(self.source) and not isinstance(self.source, Iterable):
            raise TypeError(
                "ui.Table reads a collection, a query, a @data function, the name of one, or a list of rows, "
                f"not {self.source!r}."
            )
        if self.params and isinstance(self.source, (Collection, Query)):
            raise TypeError("ui.Table: params= are a data handler's; a collection is narrowed by filter=.")

    @property
    def scripts(self) -> tuple[str, ...]:
        """Its own, and that of files where its records have any."""
        collection = self.source.collection if isinstance(self.source, Query) else self.source
        has_files = isinstance(collection, Collection) and collection.declaration.holds_files
        return (*self.own_scripts, "collections_app/files.js") if has_files else self.own_scripts

    @property
    def name(self) -> str:
        if self.key:
            return self.key
        return key_of(self.source) or "rows"

    def render(self, request: HttpRequest) -> SafeString:
        source: Any = resolved(self.source)
        label = None if self.label is None else str(self.label)
        if isinstance(source, Handler):
            label = label or source.name.replace("_", " ").strip().capitalize()
            source = _rows_of(source, request, self.params or {})
        return render_table(
            request,
            source,
            key=self.name,
            label=label,
            columns=self.columns,
            sort=self.sort,
            page_size=self.page_size,
            editable=self.editable,
            filter=self.filter,
            row_link=self.row_link,
            empty=None if self.empty is None else str(self.empty),
        )


def _rows_of(handler: Handler[..., Any], request: HttpRequest, params: Mapping[str, Any]) -> list[Row]:
    rows = plain(handler.call(request, **params))
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        sentence = _("“%(name)s” does not return rows, so no table can show it.")
        raise BadInput(sentence % {"name": handler.name})
    return rows
