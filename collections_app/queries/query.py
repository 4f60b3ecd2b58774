"""A lazy, chainable question to a collection. A value: each step gives a new one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, overload

from asgiref.sync import sync_to_async
from django.db.models import Q, QuerySet

from collections_app.aggregates.computing import aggregate_of, distinct_of
from collections_app.aggregates.measures import GroupBy, Measure
from collections_app.changing.knowledge import steadily
from collections_app.errors import BadQuery, NotOne
from collections_app.queries.compiling import compile_order
from collections_app.queries.cursors import Page, page_of
from collections_app.queries.lookups import from_lookups
from collections_app.queries.mongo import from_document
from collections_app.queries.planning import Plan, condition_of, order_of, plan_of, shape_of
from collections_app.queries.searching import search_for
from collections_app.queries.statements import plain_rows
from collections_app.queries.tree import MATCH_ALL, MOST_ROWS, Node, Not, both, parse_key
from collections_app.queries.unknown_keys import doubt_keys, doubt_query
from collections_app.rows import Row, values_of
from collections_app.twins import twin
from collections_app.updates import DeleteResult, UpdateResult, parse_update

if TYPE_CHECKING:
    from collections_app.handle import Collection

__all__ = ["Query"]

NO_END = "A query does not know its end, so nothing is counted from there: reverse it, or take last()."


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
        """This query itself, as a collection has ``all()``."""
        return self

    def filter(self, *conditions: Q, **lookups: Any) -> Query:
        """Only rows that fulfil all conditions and lookups too. Raises ``ValueError`` for an unknown lookup.

        Example: ``threads.filter(Q(status="new") | Q(priority__gte=3), subject__icontains="printer")``
        """
        return self._where(from_lookups(lookups, self._declared, conditions))

    def exclude(self, *conditions: Q, **lookups: Any) -> Query:
        """Only rows that do not fulfil all of it together. A missing value does not match."""
        return self._where(Not(from_lookups(lookups, self._declared, conditions)))

    def matching(self, document: dict[str, Any] | None) -> Query:
        """Only rows that match a Mongo document too.

        Example: ``threads.matching({"tags": {"$size": 2}}).order_by("-received").page(size=25)``
        """
        return self._where(from_document(document))

    def search(self, text: str) -> Query:
        """Only rows in whose searched keys every word of ``text`` stands too, anywhere within a word.

        Without regard to case, in any language; at least one word has three letters. What is typed is text:
        no character in it is a wildcard or an operator. Raises ``TooShort``, a ``ValueError``, where none
        has, and ``NotDeclared`` where the collection declares no ``search=``.

        Example: ``threads.filter(status="open").search("kettle").order_by("-received").page(size=25)``
        """
        return self._where(search_for(text, self.collection.declaration))

    def order_by(self, *keys: str) -> Query:
        """In the order of these keys; ``-`` before a key is descending. Ties keep the rows' own order."""
        compile_order(keys, self.collection.declaration)
        if {"", "-"} & set(keys):  # which is what a model's own order is called among ourselves
            raise BadQuery("A sort's keys are not empty.")
        return replace(self, order=keys)

    def reverse(self) -> Query:
        """The same rows from the last to the first. Raises ``ValueError`` after a limit."""
        if self.is_sliced:
            raise BadQuery("Reverse first, then limit: the last rows would be others.")
        flipped = (key.removeprefix("-") if key.startswith("-") else f"-{key}" for key in self.order)
        return replace(self, order=tuple(flipped) or self.collection.reversed_order)

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
    def is_sliced(self) -> bool:
        """Whether it is a part of the rows that match, by a limit or an offset."""
        return self.limit_to is not None or self.skip > 0

    @property
    def _declared(self) -> frozenset[str]:
        return frozenset(column.key for column in self.collection.declaration.columns)

    def _where(self, node: Node) -> Query:
        if self.is_sliced:
            raise BadQuery("Filter first, then limit: a filter after a limit would be a different question.")
        return replace(self, node=both(self.node, node))

    # Asking ---------------------------------------------------------------------------------------

    @steadily
    def queryset(self, *, ordered: bool = True, plan: Plan | None = None) -> QuerySet[Any]:
        """The ORM's queryset: the scope is the outermost condition, and nothing can be put beside it.

        Where SQLite has to be told which index to use, it may take a count first; see ``planning``.
        """
        queryset = self._whole(ordered, plan_of(self, ordered=ordered) if plan is None else plan)
        if self.limit_to is not None:
            return queryset[self.skip : self.skip + self.limit_to]
        return queryset[self.skip :] if self.skip else queryset

    def _whole(self, ordered: bool, plan: Plan) -> QuerySet[Any]:
        doubt_query(self)
        queryset = self.collection.scoped_queryset().filter(condition_of(self, plan))
        return queryset.order_by(*(order_of(self, plan) if ordered else ()))  # a model's own order is one too

    @steadily
    def rows(self, *, plan: Plan | None = None) -> list[Row]:
        """All rows as a list, read now."""
        plan = plan_of(self) if plan is None else plan
        rows = plain_rows(self, shape_of(self, plan), lambda: self._whole(True, plan))
        return list(self.collection.rows_of(self.queryset(plan=plan))) if rows is None else rows

    def first(self) -> Row | None:
        """The first row, or ``None``."""
        return next(iter(self.limit(1).rows()), None)

    def last(self) -> Row | None:
        """The last row, or ``None``."""
        if not self.is_sliced:
            return self.reverse().first()
        there = self.count()
        return self.offset(there - 1).first() if there else None

    def one(self) -> Row:
        """The only row. Raises ``NotOne``, a ``LookupError``, where there is none, or another."""
        found = self.limit(2).rows()
        if len(found) != 1:
            raise NotOne(self.collection.name, len(found))
        return found[0]

    def get(self, id: object) -> Row | None:
        """The row of that id, if it is one of this query's; else ``None``."""
        if not self.is_sliced:
            return self.matching({"_id": str(id)}).first()
        return next((row for row in self.rows() if row.id == str(id)), None)

    def values(self, *keys: str) -> list[dict[str, Any]]:
        """Of each row these keys alone (dotted paths too), ``None`` where it is missing; or all of them.

        Example: ``threads.filter(status="open").values("_id", "subject", "meta.plan")``
        """
        paths = {key: parse_key(key, self._declared) for key in keys}
        doubt_keys(self.collection, keys)
        return values_of(self.rows(), paths)

    @steadily
    def page(
        self,
        size: int | None = None,
        *,
        after: str | None = None,
        before: str | None = None,
        skip: int = 0,
    ) -> Page:
        """A page of this query, from its beginning or from a cursor that a page has given.

        It costs the same at any depth, and rows that come or go between two pages neither repeat nor skip
        another. ``size`` is the collection's own page size where it is not given. Raises ``BadCursor``, a
        ``ValueError``, for a cursor that was changed or is of another order, filter or identity. ``skip``
        begins further on; the database walks through what is left out. ``before="end"`` is the last page.

        Example::

            page = threads.order_by("-received").page(size=25)
            while page.has_next:
                page = threads.order_by("-received").page(size=25, after=page.next)
        """
        return page_of(self, size, after, before, skip)

    @overload
    def aggregate(self, group_by: None = None, **measures: Measure) -> dict[str, Any]: ...
    @overload
    def aggregate(self, group_by: str | Sequence[str], **measures: Measure) -> list[dict[str, Any]]: ...
    @overload
    def aggregate(self, group_by: GroupBy, **measures: Measure) -> dict[str, Any] | list[dict[str, Any]]: ...
    def aggregate(
        self, group_by: GroupBy = None, **measures: Measure
    ) -> dict[str, Any] | list[dict[str, Any]]:
        """Measures of all rows as a dict; with ``group_by`` a dict for each group, ordered by the groups.

        Groups are the values of a key or of several, or the parts of a date (``received__month``); an array
        counts once under each of its values, and what is missing under ``None``. Raises ``ValueError`` for
        a measure or key that cannot be computed, and ``TooManyGroups`` past 10,000.

        Example: ``threads.all().aggregate(group_by=["status", "received__week"], threads=Count())``
        """
        return self._aggregated(group_by, measures)

    @steadily
    def _aggregated(
        self, group_by: GroupBy, measures: dict[str, Measure]
    ) -> dict[str, Any] | list[dict[str, Any]]:
        return aggregate_of(self, group_by, measures)

    @steadily
    def distinct(self, key: str) -> list[Any]:
        """The different values of a key, by type and value; those of an array one by one.

        Raises ``TooManyGroups`` past 10,000.
        """
        return distinct_of(self, key)

    @steadily
    def count(self, limit: int | None = None) -> int:
        """How many rows there are; with ``limit`` no more than that are counted, however many there are."""
        if limit is None:
            return self.queryset(ordered=False).count()
        return self.limit(limit).queryset(ordered=False).values("pk").count()

    @steadily
    def exists(self) -> bool:
        """Whether there is any row."""
        return self.queryset(ordered=False).exists()

    def iterator(self, chunk_size: int = 500) -> Iterator[Row]:
        """The rows one by one, read ``chunk_size`` at a time: for more than memory should hold.

        Which rows they are, and their order, is decided at the beginning. Each is as it is when its chunk is
        read, at most 1,000 at a time, and left out if it is gone by then: so the loop may change them.
        """
        return chain.from_iterable(self._chunks(chunk_size))

    @steadily
    def _chunks(self, size: int) -> Iterator[list[Row]]:
        """The rows in lists. What is wrong with the question is said now, and not by the first ``next``."""
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise BadQuery(f"chunk_size takes a whole number from 1, not {size!r}.")
        return self.collection.chunks_of(self.queryset(), size)

    @steadily
    def update(self, update: Mapping[str, Any]) -> UpdateResult:
        """Update these rows, all or none; in their order, no more than the limit. See ``update_many``.

        Example: ``threads.filter(status="new").order_by("received").limit(10).update({"status": "open"})``
        """
        return self.collection.writer.update(self, parse_update(update))

    @steadily
    def delete(self, *, confirm_all: bool = False) -> DeleteResult:
        """Delete these rows, all or none; in their order, no more than the limit. See ``delete_many``."""
        return self.collection.writer.delete(self, confirm_all=confirm_all)

    # A template calls what it is given the name of: {{ query.delete }} must delete nothing.
    update.alters_data = True  # type: ignore[attr-defined]
    delete.alters_data = True  # type: ignore[attr-defined]
    aupdate = twin(update)
    adelete = twin(delete)

    async def arows(self) -> list[Row]:
        return await sync_to_async(self.rows)()

    async def afirst(self) -> Row | None:
        return await sync_to_async(self.first)()

    async def alast(self) -> Row | None:
        return await sync_to_async(self.last)()

    async def aone(self) -> Row:
        return await sync_to_async(self.one)()

    async def aget(self, id: object) -> Row | None:
        return await sync_to_async(self.get)(id)

    async def avalues(self, *keys: str) -> list[dict[str, Any]]:
        return await sync_to_async(self.values)(*keys)

    async def apage(
        self,
        size: int | None = None,
        *,
        after: str | None = None,
        before: str | None = None,
        skip: int = 0,
    ) -> Page:
        return await sync_to_async(self.page)(size, after=after, before=before, skip=skip)

    @overload
    async def aaggregate(self, group_by: None = None, **measures: Measure) -> dict[str, Any]: ...
    @overload
    async def aaggregate(
        self, group_by: str | Sequence[str], **measures: Measure
    ) -> list[dict[str, Any]]: ...
    async def aaggregate(
        self, group_by: GroupBy = None, **measures: Measure
    ) -> dict[str, Any] | list[dict[str, Any]]:
        return await sync_to_async(self._aggregated)(group_by, measures)

    async def adistinct(self, key: str) -> list[Any]:
        return await sync_to_async(self.distinct)(key)

    async def acount(self, limit: int | None = None) -> int:
        return await sync_to_async(self.count)(limit)

    async def aexists(self) -> bool:
        return await sync_to_async(self.exists)()

    async def aiterator(self, chunk_size: int = 500) -> AsyncIterator[Row]:
        """As ``iterator``: nothing is open between two chunks, however long the loop awaits something."""
        chunks = await sync_to_async(self._chunks)(chunk_size)
        while (chunk := await sync_to_async(_next_of)(chunks)) is not None:
            for row in chunk:
                yield row

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows())

    def __await__(self) -> Generator[Any, None, list[Row]]:
        return self.arows().__await__()

    async def __aiter__(self) -> AsyncIterator[Row]:
        for row in await self.arows():
            yield row

    def __len__(self) -> int:
        # list() asks for it beside the rows, only to know how much room they take.
        return self.count()

    def __bool__(self) -> bool:
        # As of Django's query sets: whether it finds any row.
        return self.exists()

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Query: ...
    def __getitem__(self, at: int | slice) -> Row | Query:
        if isinstance(at, slice):
            return self._sliced(at)
        if isinstance(at, int) and at < 0:
            raise BadQuery(NO_END)
        row = self.offset(at).first()
        if row is None:
            raise IndexError(f"This query has no row {at}.")
        return row

    def _sliced(self, at: slice) -> Query:
        if at.step not in (None, 1):
            raise BadQuery("A query is sliced in steps of one.")
        start = at.start or 0
        if any(isinstance(bound, int) and bound < 0 for bound in (start, at.stop)):
            raise BadQuery(NO_END)
        skipped = self.offset(start)
        return skipped if at.stop is None else skipped.limit(max(0, at.stop - start))


def _next_of(chunks: Iterator[list[Row]]) -> list[Row] | None:
    return next(chunks, None)


def _natural(count: int, what: str) -> None:
    if isinstance(count, bool) or not isinstance(count, int):
        raise BadQuery(f"{what} takes a whole number, not a {type(count).__name__}.")
    if not 0 <= count <= MOST_ROWS:
        raise BadQuery(f"{what} takes a whole number from 0 to {MOST_ROWS:,}.")
