"""Pages by keyset: a cursor is a place between two rows of an order, and a page begins or ends there.

Nothing before the place is read, so the last page costs as much as the first; and rows that come or go
elsewhere neither repeat nor skip one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import OrderBy

from capsule.digests import written
from capsule.json_values import dumps
from capsule.sealing import BadSeal, seal, unseal
from collections_app.errors import BadCursor, BadQuery
from collections_app.queries.compiling import compile_order
from collections_app.queries.keysets import from_here_on
from collections_app.queries.planning import beside, plan_of, sorted_by
from collections_app.queries.tree import MOST_ROWS
from collections_app.rows import Row
from collections_app.storage.naming import generated_name

if TYPE_CHECKING:
    from collections_app.queries.query import Query

__all__ = ["END", "Page", "page_of"]

END = "end"  # the place after the last row, whichever that is when it is asked for: no cursor looks like it

CURSOR_LENGTH = 8192  # characters that are looked at; those made here are shorter
# Levels of a filter and its values, as it is written: of a group they are up to five, a value has 32.
DEEPEST = 128
VALUES_SIZE = 2048  # bytes of sort values that a cursor carries; of longer ones their digest


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a query, in its order.

    ``next`` is the place after the last row and ``previous`` that before the first, whether or not more rows
    are there now: ``has_next`` and ``has_previous`` say that. In the direction that was walked they are
    exact; in the other they tell that there was a row when the cursor was made.

    Example: ``[row["subject"] for row in threads.order_by("-received").page(size=25)]``
    """

    rows: list[Row]
    next: str
    previous: str
    has_next: bool
    has_previous: bool

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Place:
    """Just before or just after a row: its number and, for each part of the order before it, its value."""

    number: Any  # of a document; of a model's row its primary key
    is_after: bool
    values: Sequence[Any]


START = Place(0, False, ())  # of an empty first page: before all rows that may come


def page_of(query: Query, size: int | None, after: str | None, before: str | None, skip: int = 0) -> Page:
    """The rows that follow ``after``, or those that precede ``before``, or the first ones but ``skip``.

    Raises ``BadCursor`` for a cursor that this query has not given, ``ValueError`` for other bad arguments.
    """
    size = query.collection.declaration.page_size if size is None else size
    if isinstance(size, bool) or not isinstance(size, int):
        raise BadQuery(f"size takes a whole number, not a {type(size).__name__}.")
    if not 1 <= size <= MOST_ROWS:
        raise BadQuery(f"size takes a whole number from 1 to {MOST_ROWS:,}.")
    if after is not None and before is not None:
        raise BadQuery("A page follows after= or precedes before=, not both.")
    if skip and (after is not None or before is not None):
        raise BadQuery("skip= counts from the first row: leave after= and before= out.")
    if query.is_sliced:
        raise BadQuery("page() walks a whole query: leave limit, offset and slices out.")
    backwards = before is not None
    given = before if backwards else after
    at_end = backwards and given == END
    place = None if given is None or at_end else _read(query, given)
    found = _walk(query.reverse() if backwards else query, place, size + 1, backwards, skip)
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    first, last = (found[0].before, found[-1].after) if found else (place or START, place or START)
    return Page(
        [row.row for row in found],
        next=_write(query, last),
        previous=_write(query, first),
        has_next=more if not backwards else not at_end,
        has_previous=more if backwards else skip > 0 or place not in (None, START),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    row: Row
    number: Any
    values: Sequence[Any]

    @property
    def before(self) -> Place:
        return Place(self.number, False, self.values)

    @property
    def after(self) -> Place:
        return Place(self.number, True, self.values)


def _walk(query: Query, place: Place | None, count: int, backwards: bool, skip: int) -> list[_Found]:
    order = _order_of(query)
    stretches = [Q()]
    if place is START:
        stretches = [] if backwards else [Q()]
    elif place is not None:
        # Backwards the row itself belongs to what precedes the place after it.
        pairs = connection.vendor == "postgresql"
        there = query.collection.place_values([*place.values, place.number])
        stretches = from_here_on(order, there, place.is_after == backwards, pairs)
    found: list[_Found] = []
    for stretch in stretches:
        if len(found) < count:
            found += _rows(query, order, stretch, count - len(found), skip)
    return found


def _rows(query: Query, order: list[OrderBy], stretch: Q, count: int, skip: int = 0) -> list[_Found]:
    plan = plan_of(query.limit(skip + count))
    rows = query.queryset(ordered=False, plan=plan).filter(beside(stretch, plan))
    queryset = rows.order_by(*sorted_by(order, plan))[skip:]
    found = query.collection.placed_rows(queryset, [part.expression for part in order[:-1]], count)
    return [_Found(row, number, values) for number, values, row in found]


def _order_of(query: Query) -> list[OrderBy]:
    """The parts of the order, the row's number last: nothing behind it would change anything."""
    order: list[OrderBy] = []
    for part in compile_order(query.order, query.collection.in_force):
        if part.expression == query.collection.number:
            # Never NULL: an order that says where NULLs stand would not be that of its index.
            return [*order, OrderBy(query.collection.number, descending=part.descending)]
        order.append(part)
    return order


# The text of a cursor --------------------------------------------------------------------------------


def _salt(query: Query) -> str:
    """What a cursor is bound to: one that was sealed under another salt does not open."""
    collection = query.collection
    bound = [collection.name, collection.scope_read(), query.order, _kinds(query), query.node]
    return "collections_app.cursor:" + blake2b(written(bound, DEEPEST).encode(), digest_size=16).hexdigest()


def _kinds(query: Query) -> list[tuple[str, str | None]]:
    """By what the order is declared. Of another declaration, before an update perhaps, its values differ."""
    declaration = query.collection.in_force
    keys = {key.removeprefix("-") for key in query.order}
    return [(c.type, generated_name(c, declaration)) for c in declaration.columns if c.key in keys]


def _write(query: Query, place: Place) -> str:
    values: Any = list(place.values)
    if len(dumps(values)) > VALUES_SIZE:
        values = _digest(values)
    # Sealed, not only signed: row numbers count over all scopes, and a sort value may be a hidden column's.
    return seal([place.number, place.is_after, values], _salt(query))


def _read(query: Query, cursor: str) -> Place:
    if not isinstance(cursor, str) or not cursor.isascii() or len(cursor) > CURSOR_LENGTH:
        raise BadCursor("This is not a cursor. Begin with the first page.")
    try:
        number, is_after, values = unseal(cursor, _salt(query))
    except BadSeal:
        raise BadCursor(
            "This cursor was changed, or belongs to another order, filter or identity. "
            "Begin with the first page."
        ) from None
    if (number, is_after) == (START.number, START.is_after):
        return START
    return Place(number, is_after, _read_again(query, number, values) if isinstance(values, str) else values)


def _read_again(query: Query, number: Any, digest: str) -> Sequence[Any]:
    """Sort values that were too long for the cursor, from the row itself while it still has them."""
    (there,) = query.collection.place_values([number])
    found = _rows(query, _order_of(query), Q(pk=there), 1)
    if not found or _digest(found[0].values) != digest:
        raise BadCursor("The row of this cursor is gone or was changed. Begin with the first page.")
    return found[0].values


def _digest(values: Sequence[Any]) -> str:
    return blake2b(dumps(list(values)), digest_size=16).hexdigest()
