"""What a page says of a table beyond its declaration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from capsule.access import Access
from collections_app.row_actions import NOTHING_OFFERED, RowActions
from collections_app.tables.body import RowLink
from collections_app.tables.sources.page import Source
from collections_app.tables.spec import ColumnsWanted, TableSpec

__all__ = ["HasUrl", "Prepared", "Preparing", "RowLinkWanted", "Wanted"]


@runtime_checkable
class HasUrl(Protocol):
    """A page with parameters."""

    def url(self, **params: Any) -> str: ...


# A function of the row, a page whose parameter is the row's id, or False for no link.
RowLinkWanted = Callable[[Any], "str | None"] | HasUrl | bool | None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """``None`` is always "as declared"."""

    key: str
    path: str = ""
    came_from: str = ""
    label: str | None = None
    columns: ColumnsWanted = None
    sort: str | Sequence[str] | None = None
    page_size: int | None = None
    editable: bool | Access | None = None
    filter: Mapping[str, Any] | None = None
    row_link: RowLinkWanted = None
    empty: str | None = None
    actions: RowActions = NOTHING_OFFERED


@dataclass(frozen=True)
class Prepared:
    """What a table offers, and where its rows come from."""

    spec: TableSpec
    source: Source
    row_link: RowLink | None = None


@runtime_checkable
class Preparing(Protocol):
    """A source of rows that knows itself what it can do: a query set, a data handler."""

    def prepared(self, wanted: Wanted) -> Prepared:
        """The table as the page wants it. Raises ``NotDeclared`` for a column that is not there."""
        ...
