"""What a query asks of its collection: documents are read past the ORM's instances, models' rows by them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from django.db.models import F, QuerySet

from capsule.errors import NotAValue
from collections_app.queries.reading import placed_rows, read_in_chunks, read_rows

if TYPE_CHECKING:
    from collections_app.handle import Collection
    from collections_app.rows import Row

__all__ = ["Finding"]


class Finding:
    """The part of ``Collection`` that makes rows of what a queryset finds."""

    @property
    def looked_through(self) -> str:
        """The one scope whose rows are found, as its key; nothing where these are all there are."""
        handle = self._collection
        return "" if handle.declaration.scope == "app" else handle.scope_key or ""

    @property
    def number(self) -> F:
        """What tells rows apart that an order does not."""
        return F("id")

    @property
    def reversed_order(self) -> tuple[str, ...]:
        """The keys that turn the rows' own order around."""
        return ("-_id",)

    def rows_of(self, queryset: QuerySet[Any]) -> Iterator[Row]:
        """The rows that a queryset of this collection finds."""
        return read_rows(self._collection, queryset)

    def chunks_of(self, queryset: QuerySet[Any], size: int) -> Iterator[list[Row]]:
        """The rows in lists, each read when it is asked for; those that are gone by then are left out."""
        return read_in_chunks(self._collection, queryset, self._collection.scoped_queryset(), size)

    def placed_rows(
        self, queryset: QuerySet[Any], values: Sequence[Any], count: int
    ) -> list[tuple[Any, Sequence[Any], Row]]:
        """Rows with what a cursor says of their place: the number, and the values that order them."""
        return placed_rows(self._collection, queryset, values, count)

    def place_values(self, values: Sequence[Any]) -> Sequence[Any]:
        """What a cursor says of a place, as the database has it."""
        return values

    def __bool__(self) -> bool:
        # A handle is always there: an ``if`` of it would be true whether or not it has rows.
        name = self._collection.name
        raise NotAValue(f"The collection '{name}' is neither true nor false. Write {name}.exists().")

    @property
    def _collection(self) -> Collection:
        return cast("Collection", self)
