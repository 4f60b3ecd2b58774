"""A lazy, chainable question to a collection. A value: each step gives a new one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

from asgiref.sync import sync_to_async
from django.db.models import QuerySet

from collections_app.queries.compiling import compile_filter, compile_order
from collections_app.queries.lookups import from_lookups
from collections_app.queries.mongo import from_document
from collections_app.queries.tree import MATCH_ALL, Node, Not, both
from collections_app.rows import Row

if TYPE_CHECKING:
    from collections_app.handle import Collection

__all__ = ["Query"]

ROW_FIELDS = ("public_id", "data", "version", "created_at", "updated_at", "scope_key")


@dataclass(frozen=True)
class Query:
    """Rows of a collection that match. Nothing is asked of the database until the rows are.

    The scope is that of whoever acts when the rows are asked for.

    Example: ``threads.filter(status="open", priority__gte=3).order_by("-received").limit(5)``
    """

    collection: Collection
    node: Node = MATCH_ALL
    order: tuple[str, ...] = ()
    limit_to: int | None = None
    skip: int = 0

    # Building -------------------------------------------------------------------------------------

    def all(self) -> Query:
        """This query."""
        return self

    def filter(self, **lookups: Any) -> Query:
        """Only rows that match all lookups too. Raises ``ValueError`` for an unknown lookup."""
        return self._where(from_lookups(lookups, self._declared))

    def exclude(self, **lookups: Any) -> Query:
        """Only rows that do not match all lookups together. A missing value does not match."""
        return self._where(Not(from_lookups(lookups, self._declared)))

    def matching(self, document: dict[str, Any] | None) -> Query:
        """Only rows that match a Mongo document too."""
        return self._where(from_document(document))

    def order_by(self, *keys: str) -> Query:
        """In the order of these keys; ``-`` before a key is descending. Ties keep the rows' own order."""
        compile_order(keys, self.collection.declaration)
        return replace(self, order=keys)

    def limit(self, count: int) -> Query:
        """At most ``count`` rows. 0 is none; raises ``ValueError`` below."""
        _natural(count, "limit")
        return replace(self, limit_to=count if self.limit_to is None else min(count, self.limit_to))

    def offset(self, count: int) -> Query:
        """Leave out the first ``count`` rows of this query."""
        _natural(count, "offset")
        left = None if self.limit_to is None else max(0, self.limit_to - count)
        return replace(self, skip=self.skip + count, limit_to=left)

    @property
    def _declared(self) -> frozenset[str]:
        return frozenset(column.key for column in self.collection.declaration.columns)

    def _where(self, node: Node) -> Query:
        if self.limit_to is not None or self.skip:
            raise ValueError(
                "Filter first, then limit: a filter after a limit would be a different question."
            )
        return replace(self, node=both(self.node, node))

    # Asking ---------------------------------------------------------------------------------------

    def queryset(self, *, ordered: bool = True) -> QuerySet[Any]:
        """The ORM's queryset: the scope is the outermost condition, and nothing can be put beside it."""
        declaration = self.collection.declaration
        queryset = self.collection.scoped_queryset().filter(compile_filter(self.node, declaration))
        if ordered:
            queryset = queryset.order_by(*compile_order(self.order, declaration))
        if self.limit_to is not None:
            return queryset[self.skip : self.skip + self.limit_to]
        return queryset[self.skip :] if self.skip else queryset

    def rows(self) -> list[Row]:
        """The rows, read now."""
        # Only the document's own columns: the generated ones would cost bytes and converters.
        return [Row(self.collection, *values) for values in self.queryset().values_list(*ROW_FIELDS)]

    def first(self) -> Row | None:
        """The first row, or ``None``."""
        return next(iter(self.limit(1).rows()), None)

    def count(self, limit: int | None = None) -> int:
        """How many rows there are; with ``limit`` no more than that are counted, however many there are."""
        queryset = self.queryset(ordered=False)
        if limit is not None:
            queryset = queryset.values("pk")[:limit]
        return queryset.count()

    def exists(self) -> bool:
        """Whether there is any row."""
        return self.queryset(ordered=False).exists()

    def iterator(self, chunk_size: int = 500) -> Iterator[Row]:
        """The rows one by one, read ``chunk_size`` at a time: for more than memory should hold."""
        values = self.queryset().values_list(*ROW_FIELDS).iterator(chunk_size=chunk_size)
        return (Row(self.collection, *row) for row in values)

    async def arows(self) -> list[Row]:
        return await sync_to_async(self.rows)()

    async def afirst(self) -> Row | None:
        return await sync_to_async(self.first)()

    async def acount(self, limit: int | None = None) -> int:
        return await sync_to_async(self.count)(limit)

    async def aexists(self) -> bool:
        return await sync_to_async(self.exists)()

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows())

    def __await__(self) -> Generator[Any, None, list[Row]]:
        return self.arows().__await__()

    async def __aiter__(self) -> AsyncIterator[Row]:
        for row in await self.arows():
            yield row

    def __len__(self) -> int:
        return len(self.rows())

    def __bool__(self) -> bool:
        # A query is a value that was given, whether or not it finds anything.
        return True

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Query: ...
    def __getitem__(self, at: int | slice) -> Row | Query:
        if isinstance(at, slice):
            return self._sliced(at)
        row = self.offset(at).first()
        if row is None:
            raise IndexError(f"This query has no row {at}.")
        return row

    def _sliced(self, at: slice) -> Query:
        if at.step not in (None, 1):
            raise ValueError("A query is sliced in steps of one.")
        start = at.start or 0
        skipped = self.offset(start)
        return skipped if at.stop is None else skipped.limit(max(0, at.stop - start))


def _natural(count: int, what: str) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise ValueError(f"{what} takes a whole number from 0, not {count!r}.")
