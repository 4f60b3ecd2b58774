"""Which index SQLite is to find the rows by.

Without statistics it cannot tell a filter that leaves half of the rows from one that leaves ten: it walks
the order's index and tests each row, or takes whichever index of two. So the matches of each part of the
filter are counted first, as far as it takes to decide. Few: they are fetched by that part's index, then
sorted. Many: the order's index is walked until enough have matched, for they come soon. Between the two it is
tried: a walk as long as the fetch would be has met enough, or it is broken off. That knows what no statistics
do, of a filter and an order that go together. The wrong one of the two costs a thousand times the right one.
Where one index was declared for both, there is nothing to decide.
PostgreSQL decides by itself, but for the words that are looked for in a small scope.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.expressions import OrderBy

from collections_app.declarations import Declaration
from collections_app.queries.compiling import compile_filter, compile_order
from collections_app.queries.expressions import NoIndex
from collections_app.queries.searching import RowsWithPhrases, rows_with_phrases
from collections_app.queries.shapes import (
    as_search,
    as_tag,
    gives_order,
    has_index,
    is_identity,
    is_served,
    parts_of,
    served_together,
    words_of,
)
from collections_app.queries.tagging import SQL, RowsWithTag, rows_with_tag
from collections_app.queries.tree import MATCH_ALL, Compare, Node, Search
from collections_app.storage.managers import EveryScope
from collections_app.storage.naming import search_table_name, side_table_name, tags_name

if TYPE_CHECKING:
    from collections_app.queries.query import Query

__all__ = ["CAP", "FREE", "Plan", "beside", "condition_of", "order_of", "plan_of", "shape_of", "sorted_by"]

CAP = 10_000  # matches that are counted, and may be fetched, at most
FEW = 100  # matches that are fetched at once: to look for a better way would take as long
SMALL = 2000  # rows of a scope that are walked for their words: an index looks through those of all scopes
PROBED = 4  # parts of a filter that are counted, at most
REMEMBERED = 10.0  # seconds that one count serves


@dataclass(frozen=True, slots=True)
class Plan:
    """What SQLite may use.

    ``by`` are the parts of the filter whose indexes it may; ``None`` is all. ``sorts``: not the order's. By
    ``tag`` the side table gives the rows, and no more than ``limit``; by ``search``, or a filter of a part of
    a text, that of the words gives those that may have them.
    """

    by: tuple[Node, ...] | None = None
    sorts: bool = False
    tag: Compare | None = None
    limit: int | None = None
    search: Search | Compare | None = None


FREE = Plan()  # whatever the database likes
WALK = Plan(by=())  # the rows of the scope one by one, in the order that is asked for


def condition_of(query: Query, plan: Plan) -> Q:
    """The query's filter, written so that SQLite can use no other index than the plan's."""
    declaration = query.collection.in_force
    if plan == FREE:
        return compile_filter(query.node, declaration)
    condition = Q()
    for part in parts_of(query.node):
        if plan.tag is not None and part == plan.tag:
            source = _side_table_of(plan.tag, declaration)
            condition &= Q(RowsWithTag(*source, query.collection.scope_key, plan.limit))
            continue
        compiled = compile_filter(part, declaration)
        if plan.search is not None and part == plan.search:
            compiled = Q(RowsWithPhrases(_rows_with(plan.search, query))) & compiled
        condition &= compiled if plan.by is None or part in plan.by else _unindexed(compiled)
    return condition


def order_of(query: Query, plan: Plan) -> list[OrderBy]:
    """The query's order, written so that SQLite sorts by it where the plan says so."""
    return sorted_by(compile_order(query.order, query.collection.in_force), plan)


def sorted_by(order: Iterable[OrderBy], plan: Plan) -> list[OrderBy]:
    """An order as a plan wants it, in expressions of its own."""
    copies = [key.copy() for key in order]
    if plan.sorts:
        for key in copies:
            key.set_source_expressions([NoIndex(key.expression)])
    return copies


def beside(condition: Q, plan: Plan) -> Q:
    """A further condition on a query's rows, by which none of them is found that the plan finds otherwise."""
    return _unindexed(condition) if plan.sorts else condition


def shape_of(query: Query, plan: Plan) -> tuple[object, ...]:
    """What of a plan decides the SQL of a query, whatever its values: which parts, by their places."""
    parts = parts_of(query.node)
    by = None if plan.by is None else tuple(parts.index(part) for part in plan.by)
    return (plan.sorts, by, plan.tag is None, plan.limit, plan.search is None)


def _unindexed(condition: Q) -> Q:
    # A plus before the whole: no operator that an index could serve is at its top any more.
    wrapped = ExpressionWrapper(condition, output_field=BooleanField())
    return Q(NoIndex(wrapped)) if condition else condition


def plan_of(query: Query, *, ordered: bool = True, matches: int | None = None) -> Plan:
    """How SQLite is to find the rows of ``query``: at most a short count for each part of the filter.

    ``matches`` is how many there are, where that is known already, as far as ``CAP`` + 1.
    """
    parts = parts_of(query.node)
    declaration = query.collection.in_force
    if declaration.model is not None or not parts:  # of a model's indexes we know nothing
        return FREE
    if connections[query.collection.model.objects.db].vendor != "sqlite":
        return _by_statistics(query, parts)
    served = [part for part in parts if is_served(part, declaration)][:PROBED]
    if not served or any(is_identity(part, declaration) for part in parts):
        return FREE
    if query.collection.is_of_nobody:
        return FREE  # no scope to count in: without one, tags are counted in all
    if any(words_of(part, declaration) for part in served) and _is_in_small_scope(query):
        served = [part for part in served if not words_of(part, declaration)]
        if not served:
            return WALK
    if not ordered:
        return _unordered(query, parts, served)
    if len(served) == 1 and gives_order(served[0], query):
        return FREE
    together = served_together(query, parts)
    if together.issuperset(served):
        return Plan(by=tuple(part for part in parts if part in together))
    return _ordered(query, parts, served, together, matches)


def _by_statistics(query: Query, parts: tuple[Node, ...]) -> Plan:
    """PostgreSQL's choice, but for a small scope: its index of words holds the texts of all scopes."""
    declaration = query.collection.in_force
    others = tuple(part for part in parts if not words_of(part, declaration))
    if len(others) == len(parts) or query.collection.is_of_nobody or not _is_in_small_scope(query):
        return FREE
    return Plan(by=others)


def _unordered(query: Query, parts: tuple[Node, ...], served: list[Node]) -> Plan:
    tag = as_tag(served[0], query.collection.in_force)
    if len(served) == 1 and as_search(served[0], query.collection.in_force) is None:
        if tag is None:
            return FREE
        if len(parts) == 1:
            return Plan(tag=tag, limit=_reach(query))
    best, count = _fewest(query, served, CAP)
    return _by(best, query, tag=count <= CAP)


def _ordered(
    query: Query, parts: tuple[Node, ...], served: list[Node], together: frozenset[Node], matches: int | None
) -> Plan:
    if matches is not None and (len(parts) == 1 or matches > CAP):  # no part has fewer than all together
        best, count = served[0], matches
    else:
        best, count = _fewest(query, served, CAP)
    if best not in together and count <= CAP and not _come_soon(query, count, matches):
        return _by(best, query, sorts=not gives_order(best, query))
    if together:
        return Plan(by=tuple(part for part in parts if part in together))
    if has_index(query):
        return Plan(by=tuple(part for part in served if gives_order(part, query)))
    return _by(best, query, tag=False, sorts=True)


def _by(part: Node, query: Query, *, tag: bool = True, sorts: bool = False) -> Plan:
    if not tag:  # no side table gives the rows
        return Plan((part,), sorts)
    declaration = query.collection.in_force
    return Plan((part,), sorts, as_tag(part, declaration), search=as_search(part, declaration))


def _come_soon(query: Query, count: int, matches: int | None) -> bool:
    """Whether a walk of the order meets as many as are wanted before it has tested ``count`` rows."""
    reach = _reach(query)
    if reach is None or reach >= min(count, count if matches is None else matches) or count <= FEW:
        return False
    return has_index(query) and _are_met(query, query.collection.scope_key, count, _now())


def _reach(query: Query) -> int | None:
    return None if query.limit_to is None else query.skip + query.limit_to


def _fewest(query: Query, served: list[Node], limit: int) -> tuple[Node, int]:
    """The part with the fewest matches by itself, and how many: more than ``limit`` are not told apart."""
    alone = tuple(_alone(query, part) for part in served)
    counts = _counts(alone, query.collection.scope_key, limit + 1, _now())
    at = min(range(len(served)), key=lambda i: (counts[i], _is_tag(served[i], query)))
    return served[at], counts[at]


def _is_in_small_scope(query: Query) -> bool:
    if _scope_of(query) is None:
        return False
    every = _alone(query, MATCH_ALL)
    return _counts((every,), query.collection.scope_key, SMALL + 1, _now())[0] <= SMALL


def _alone(query: Query, part: Node) -> Query:
    return type(query)(query.collection, part)


def _now() -> int:
    return int(time.monotonic() / REMEMBERED)


@lru_cache(maxsize=1024)
def _counts(queries: tuple[Query, ...], scope_key: str | None, limit: int, now: int) -> tuple[int, ...]:
    """How many each finds, by one statement.

    Remembered a short while: a plan need not be exact, and a count costs as much as a page of rows.
    """
    found = [_found_by(query, scope_key, limit) for query in queries]
    counts = ", ".join(f"(SELECT COUNT(*) FROM ({sql}) AS found)" for sql, _parameters in found)  # noqa: S608 - our own
    with connections[queries[0].collection.model.objects.db].cursor() as cursor:
        cursor.execute(f"SELECT {counts}", [one for _sql, parameters in found for one in parameters])
        return tuple(int(count) for count in cursor.fetchone())


def _found_by(query: Query, scope_key: str | None, limit: int) -> tuple[str, Sequence[Any]]:
    """The statement that finds what a part alone does, ``limit`` of them at most, and its parameters."""
    declaration = query.collection.in_force
    tag = as_tag(query.node, declaration)
    search = as_search(query.node, declaration)
    if search is not None:
        return _rows_with(search, query, limit)
    if tag is not None:
        return rows_with_tag(*_side_table_of(tag, declaration), scope_key, limit)
    rows = query.queryset(ordered=False, plan=FREE).values("pk")[:limit]
    try:
        sql, parameters = rows.query.get_compiler(using=rows.db).as_sql()
    except EmptyResultSet:  # one of a list without any, of which Django makes no statement
        return "SELECT 1 WHERE 1 = 0", ()
    return sql, parameters


@lru_cache(maxsize=1024)
def _are_met(query: Query, scope_key: str | None, within: int, now: int) -> bool:
    """Whether enough match among the first rows of the order. Remembered as a count is."""
    declaration = query.collection.in_force
    matching = ExpressionWrapper(compile_filter(query.node, declaration), output_field=BooleanField())
    first = compile_order(query.order[:1], declaration)
    rows = query.collection.scoped_queryset().order_by(*first)
    tested = rows.annotate(met=matching).values("met")[:within]
    connection = connections[tested.db]
    sql, parameters = tested.query.get_compiler(connection=connection).as_sql()
    reach = _reach(query)
    with connection.cursor() as cursor:
        # It ends with the last that is wanted: the rows below are tested as they are asked for.
        cursor.execute(
            f"SELECT COUNT(*) FROM (SELECT 1 FROM ({sql}) WHERE met LIMIT %s)",  # noqa: S608
            [*parameters, reach],
        )
        return bool(cursor.fetchone()[0] == reach)


# What a plan is written with ---------------------------------------------------------------------------


def _rows_with(part: Search | Compare, query: Query, limit: int | None = None) -> SQL:
    """The ids of the rows that may fulfil ``part``, by the index of words."""
    phrases = words_of(part, query.collection.in_force)
    others = _unmade(query) if isinstance(part, Compare) else ("", [])
    table = search_table_name(query.collection.name)
    return rows_with_phrases(table, phrases, _scope_of(query), limit, others)


def _unmade(query: Query) -> SQL:
    """The ids of rows whose text is not made yet: no search finds them, but a filter does."""
    index = query.collection.model.search_index
    # Untold it would rather walk the scope than an index that is empty nearly always.
    sql = f'SELECT id FROM "{index.table}" INDEXED BY "{index.unmade}" WHERE "{index.column}" IS NULL AND '  # noqa: S608
    if query.collection.scope_key is None:
        return f"{sql}{EveryScope.SQL}", []
    with query.collection.reading() as key:
        return f"{sql}scope_key = %s", [key]


def _side_table_of(tag: Compare, declaration: Declaration) -> tuple[str, str, str]:
    name = tags_name(declaration.column(tag.path[0]), declaration)
    return side_table_name(declaration.name), str(name), tag.value


def _scope_of(query: Query) -> str | None:
    """The scope whose rows a search is to find; ``None`` where all rows are of one, or all are meant."""
    return None if query.collection.declaration.scope == "app" else query.collection.scope_key


def _is_tag(part: Node, query: Query) -> bool:
    return as_tag(part, query.collection.in_force) is not None
