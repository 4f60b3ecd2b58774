"""How many rows a filter finds, and which: kept, so that the pages of one order cost one sort.

No index holds a filter and an order together: the database finds all rows that match and sorts them, for
each page anew. Kept are the rows' numbers, and no row: what is shown is read when it is shown.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable
from typing import Any

from django.utils import timezone

from capsule.digests import digest_of
from capsule.errors import ScopeError
from capsule.identity import current_identity
from collections_app.aggregates import Measure
from collections_app.queries import Query
from collections_app.queries.planning import plan_of
from collections_app.queries.reading import rows_by_number
from collections_app.rows import Row
from live.keeping import Keeper
from live.tracking import adopt, tracking

__all__ = ["COUNT_LIMIT", "KEY_SIZE", "count_of", "key_of", "measured", "rows_between"]

COUNT_LIMIT = 10_000  # rows that are counted exactly; past it the table says "10,000+"
NUMBER_SIZE = 8  # bytes
GROUP_SIZE = 200  # bytes of a group's key and its measure, about
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


def measured(query: Query, measure: Measure, group_by: str | None = None) -> Any:
    """One measure of the rows that match, or a list of ``(group, measure)``: computed in the database once,
    until somebody writes. It is shared: change nothing in it.

    Raises what ``Query.aggregate`` raises.

    Example: ``measured(threads.filter(status="open"), Count()) == 12``
    """

    def computed() -> Any:
        if group_by is None:
            return query.aggregate(value=measure)["value"]
        return [(group[group_by], group["value"]) for group in query.aggregate(group_by, value=measure)]

    key = key_of(query if query.is_sliced else query.order_by())
    if key is None:
        return computed()
    zone = timezone.get_current_timezone_name() if group_by else ""
    asked = ("measure", key, measure, group_by, zone)
    return _orders.get(asked, computed, size=lambda found: GROUP_SIZE * (len(found) if group_by else 1))


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
    if not wanted:
        return []
    with query.collection.reading() as scope_key:
        rows, versions = rows_by_number(query.collection, scope_key, wanted, str(topic))
    # The rows are of the very moment at which they were in this order, or the order says nothing of them.
    return rows if len(rows) == len(wanted) and versions == {version} else None


def _numbers(query: Query) -> array[int]:
    every = query.limit(COUNT_LIMIT)
    found = every.queryset(plan=plan_of(every, matches=COUNT_LIMIT)).values_list("pk", flat=True)
    return array("q", found)
