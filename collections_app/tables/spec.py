"""What a table shows and lets a browser ask for, whatever its rows come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import Any

from django.conf import settings
from django.utils.text import slugify

from capsule.errors import NotDeclared
from capsule.registry import did_you_mean
from collections_app.columns import column_type_of
from collections_app.declarations import Column, Declaration
from collections_app.errors import BadCall

__all__ = [
    "ColumnsWanted",
    "TableSpec",
    "keys_of",
    "page_size_of",
    "spec_of_declaration",
    "spec_of_rows",
]

ColumnsWanted = Sequence[str | Column] | None
LOOKED_AT = 50  # rows that are looked at for columns where none are declared


@dataclass(frozen=True)
class TableSpec:
    """The columns in order, which of them may be sorted and filtered, and how many rows a page has.

    ``sort`` is the order where the address names none: ``("-priority", "subject")``; ``searched`` are the
    keys that a search looks into, none where nothing is searched; ``unexported`` those of columns that no
    file has. ``largest`` is the most rows that its source gives for a page, where that is less than usual.
    """

    key: str
    label: str
    columns: tuple[Column, ...]
    sortable: tuple[Column, ...]
    filterable: tuple[Column, ...]
    page_size: int
    sort: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    unexported: frozenset[str] = frozenset()
    largest: int | None = None

    @cached_property
    def dom_id(self) -> str:
        """The id of the table's element: the same that a widget of this key has."""
        return f"table-{slugify(self.key, allow_unicode=True) or self.key}"

    @property
    def page_sizes(self) -> list[int]:
        """The sizes that are offered: the declared one among the usual ones."""
        limit = int(settings.CAPSULE_PAGE_SIZE_LIMIT)
        if self.largest is not None:
            limit = min(limit, self.largest)
        return sorted({size for size in (self.page_size, 25, 50, 100, 200) if size <= limit})

    def sort_values(self) -> list[str]:
        """What ``sort`` may be in an address."""
        return [sign + column.key for column in self.sortable for sign in ("", "-")]


def spec_of_declaration(
    declaration: Declaration,
    *,
    key: str,
    label: str | None = None,
    columns: ColumnsWanted = None,
    sort: str | Sequence[str] | None = None,
    page_size: int | None = None,
) -> TableSpec:
    """What is declared, with what a page says otherwise. Raises ``NotDeclared`` for an unknown column."""
    shown = declaration.visible_columns
    if columns is not None:
        here = (_here(declaration, column) for column in columns)
        shown = tuple(_declared_column(declaration, column) for column in here if column is not None)
    order = tuple(filter(None, (_sorted_here(declaration, name) for name in keys_of(sort))))
    for name in order:
        declaration.column(name.removeprefix("-"))
    return TableSpec(
        key=key,
        label=declaration.title if label is None else label,
        columns=shown,
        sortable=declaration.sortable_columns,
        filterable=declaration.filterable_columns,
        page_size=page_size_of(page_size or declaration.page_size),
        sort=order,
        searched=declaration.searched_keys,
    )


def _here(declaration: Declaration, wanted: str | Column) -> str | Column | None:
    """A column that a page names, as the scope of whoever looks calls it; ``None`` where it was removed."""
    key = wanted if isinstance(wanted, str) else wanted.key
    here = declaration.here.get(key, key)
    if not here or here == key:
        return wanted if here else None
    return here if isinstance(wanted, str) else replace(wanted, key=here)


def _sorted_here(declaration: Declaration, name: str) -> str:
    """The same of a key that a page sorts by."""
    key = name.removeprefix("-")
    here = declaration.here.get(key, key)
    return here and f"{'-' if name.startswith('-') else ''}{here}"


def _declared_column(declaration: Declaration, wanted: str | Column) -> Column:
    key = wanted if isinstance(wanted, str) else wanted.key
    visible = {column.key: column for column in declaration.visible_columns}
    if key not in visible:
        # A hidden column is answered like one that never was.
        raise NotDeclared(
            f"Collection '{declaration.name}' has no column '{key}'. {did_you_mean(key, [*visible])}"
        )
    return visible[key] if isinstance(wanted, str) else wanted


def spec_of_rows(
    rows: Iterable[Mapping[str, Any]],
    *,
    key: str,
    label: str,
    columns: ColumnsWanted = None,
    sort: str | Sequence[str] | None = None,
    page_size: int | None = None,
) -> TableSpec:
    """What plain rows show: the columns given, else those that the first rows have."""
    if columns is None:
        shown = _columns_of(rows)
    else:
        known = {column.key: column for column in _columns_of(rows)}
        shown = tuple(known.get(c, Column(c)) if isinstance(c, str) else c for c in columns)
    return TableSpec(
        key=key,
        label=label,
        columns=shown,
        sortable=tuple(c for c in shown if c.sortable is not False and column_type_of(c).sortable),
        filterable=tuple(column for column in shown if column.filterable),
        page_size=page_size_of(page_size or int(settings.CAPSULE_PAGE_SIZE)),
        sort=keys_of(sort),
        searched=tuple(column.key for column in shown if column_type_of(column).storage in ("text", "tags")),
    )


def _columns_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Column, ...]:
    found: dict[str, str] = {}
    for row in islice(rows, LOOKED_AT):
        for key, value in row.items():
            if key != "_id" and (found.get(key) is None) and value is not None:
                found[key] = _type_of(value)
            elif key != "_id":
                found.setdefault(key, None)  # type: ignore[arg-type]
    return tuple(Column(key, type=kind or "text") for key, kind in found.items())


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float, Decimal)):
        return "number"
    if isinstance(value, (date, datetime)):
        return "date"
    return "tags" if isinstance(value, list) and all(isinstance(item, str) for item in value) else "text"


def keys_of(sort: str | Sequence[str] | None) -> tuple[str, ...]:
    """An order as a page says it: one key may be given alone."""
    if not sort:
        return ()
    return (sort,) if isinstance(sort, str) else tuple(sort)


def page_size_of(size: int) -> int:
    """``size``, if a page may have so many rows. Raises ``ValueError``."""
    limit = int(settings.CAPSULE_PAGE_SIZE_LIMIT)
    if not 1 <= size <= limit:
        raise BadCall(f"A page of a table has 1 to {limit} rows, not {size}.")
    return size
