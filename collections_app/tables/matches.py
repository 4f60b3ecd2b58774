"""How many rows a filter finds, and which: kept, so that the pages of one order cost one sort.

No index holds a filter and an order together: the database finds all rows that match and sorts them, for
each page anew. Kept are the rows' numbers, and no row: what is shown is read when it is shown.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from capsule.digests import digest_of
from capsule.errors import ScopeError
from capsule.identity import current_identity
from capsule.lookups import ValuesByNumber
from collections_app.queries import Query
from collections_app.queries.planning import plan_of
from collections_app.queries.reading import as_rows
from collections_app.rows import ROW_FIELDS, Row
from live.keeping import Keeper
from live.tracking import adopt, tracking
from live.versions import VERSION_NOW

__all__ = ["COUNT_LIMIT", "KEY_SIZE", "count_of", "key_of", "rows_between"]

COUNT_LIMIT = 10_000  # rows that are counted exactly; past it the table says "10,000+"
NUMBER_SIZE = 8  # bytes
KEY_SIZE = 16  # bytes: a digest, for an address may be long

_orders = Keeper("CAPSULE_KEPT_ORDERS")


def key_of(query: Query) -> Hashable | None:
    """What tells two questions apart, whose scope included; ``None`` for one that nobody else asks.

    The handle stands for its declaration. One for a given identity, or for all scopes, is of a job.
    """
    collection = query.collection
    if not collection.is_of_whoever_acts or collection.declaration.model is not None:
        return None  # and a model others may write to without a word
    try:
        scope_key = current_identity().key(collection.declaration.scope)
    except ScopeError:
        return None
    asked = (query.node, query.order, query.limit_to, query.skip, collection.in_force.changes)
    return (collection, scope_key, digest_of(asked, KEY_SIZE))


def count_of(query: Query) -> int:
    """How many rows match, counted no further than one past ``COUNT_LIMIT``."""
    key = key_of(query.order_by())

    def counted() -> int:
        return query.count(limit=COUNT_LIMIT + 1)

    return counted() if key is None else _orders.get(("count", key), counted, size=lambda _count: NUMBER_SIZE)


def rows_between(query: Query, start: int, stop: int) -> list[Row] | None:
    """The rows from ``start`` to before ``stop`` of a query that finds no more than ``COUNT_LIMIT``.

    ``None`` where its order cannot be kept, or somebody wrote between the order and the rows.
    """
    key = key_of(query)
    if key is None or not _orders.is_keeping:
        return None
    with tracking() as reads:
        order = _orders.get(("order", key), lambda: _numbers(query), size=lambda one: len(one) * NUMBER_SIZE)
    adopt(reads)
    if len(reads.topics) != 1:
        return None
    ((topic, version),) = reads.topics.items()
    wanted = order[start:stop]
    with query.collection.reading() as scope_key:
        values_of = _values_of(query.collection.model)
        found = values_of.get(scope_key, wanted, [str(topic)]) if wanted else []
    # The rows are of the very moment at which they were in this order, or the order says nothing of them.
    if len(found) != len(wanted) or any(values[-1] != version for values in found):
        return None
    return list(as_rows(query.collection, [values[:-1] for values in found]))


def _numbers(query: Query) -> array[int]:
    every = query.limit(COUNT_LIMIT)
    found = every.queryset(plan=plan_of(every, matches=COUNT_LIMIT)).values_list("pk", flat=True)
    return array("q", found)


@lru_cache(maxsize=256)
def _values_of(model: Any) -> ValuesByNumber:
    return ValuesByNumber(model, ROW_FIELDS, within="scope_key", beside=VERSION_NOW)
