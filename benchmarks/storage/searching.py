"""S6: a first page of 25 rows that hold a word, through the API, beside the hand-written model's icontains.

Rare words are another number each time, so nothing about them is remembered; common ones stand in every sixth
document. The model has no index for either. A filter that the subject contains a word is measured likewise.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import cycle
from typing import Any

from django.db import connection

from benchmarks.storage.declarations import bench_found, bench_owned, bench_searched, bench_tickets
from benchmarks.storage.documents import owner_key
from benchmarks.storage.figures import Figure
from benchmarks.storage.filling import analyze, last_id
from benchmarks.storage.models import OwnedTicket, Ticket
from benchmarks.storage.pages import PAGE, Side
from benchmarks.storage.timing import clock_of_reads, compared
from capsule.identity import Identity
from collections_app.handle import Collection
from collections_app.rows import ROW_FIELDS
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.storage.syncing import apply

__all__ = ["searches"]

ORDERS = ("-created", "priority")
# Of a document's subject: in a sixth of them, in none, in a few; and two words at once.
COMMON = ("printer", "invoice", "password", "refund", "delivery", "license")
TWO = ("printer invoice", "refund delivery", "badge router")


def searches(count: int, seconds: float) -> list[Figure]:
    """Each kind of word, in one scope and in those of a large and of a small owner, by two orders."""
    _fill(bench_tickets, bench_searched)
    _fill(bench_owned, bench_found)
    analyze()
    figures = []
    for side in (Side("app", bench_searched, Ticket, "app"), _owner(0), _owner(100)):
        for order in ORDERS:
            for kind, words in _kinds(count).items():
                case = f"{side.name} by {order}, {kind}"
                ours, theirs = (partial(ask, side, order, cycle(words)) for ask in (_rows, _instances))
                _check_same(case, side, order, words[0])
                figures.append(compared("S6", case, [ours, theirs], seconds, clock_of_reads()))
        figures += _filters(side, count, seconds)
    return figures


def _filters(side: Side, count: int, seconds: float) -> list[Figure]:
    """The same words looked for by a filter, in the first order."""
    figures = []
    for kind, words in _kinds(count).items():
        ours, theirs = (partial(ask, side, ORDERS[0], cycle(words)) for ask in (_filtered, _containing))
        case = f"{side.name} by {ORDERS[0]}, filter by {kind}"
        figures.append(compared("S6", case, [ours, theirs], seconds, clock_of_reads()))
    return figures


def _kinds(count: int) -> dict[str, tuple[str, ...]]:
    numbers = tuple(f"#{number:06}"[:6] for number in range(100_007, 999_999, 7919))
    return {
        "a rare word": numbers,
        "a common word": COMMON,
        "two words": TWO,
        "no such word": ("kettle", "samovar"),
    }


def _owner(rank: int) -> Side:
    handle = bench_found.in_scope_of(Identity.of(user=1, organization=rank))
    return Side(f"owner {rank}", handle, OwnedTicket, owner_key(rank))


def _rows(side: Side, order: str, words: Iterator[str]) -> list[Any]:
    return side.handle.search(next(words)).order_by(order).limit(PAGE).rows()


def _filtered(side: Side, order: str, words: Iterator[str]) -> list[Any]:
    return side.handle.filter(subject__icontains=next(words)).order_by(order).limit(PAGE).rows()


def _containing(side: Side, order: str, words: Iterator[str]) -> list[Any]:
    found = side.model._default_manager.filter(scope=side.scope, subject__icontains=next(words))
    return list(found.order_by(order, "-id")[:PAGE])


def _instances(side: Side, order: str, words: Iterator[str]) -> list[Any]:
    last = "-id" if order.startswith("-") else "id"
    found = side.model._default_manager.filter(scope=side.scope)
    for word in next(words).split():
        found = found.filter(subject__icontains=word)
    return list(found.order_by(order, last)[:PAGE])


def _check_same(case: str, side: Side, order: str, word: str) -> None:
    ours = [row["subject"] for row in _rows(side, order, iter([word]))]
    theirs = [instance.subject for instance in _instances(side, order, iter([word]))]
    if ours != theirs:
        raise SystemExit(f"{case}: the two sides find different rows.")


def _fill(source: Collection, target: Collection) -> None:
    """The same documents, whose texts are then made as after a declaration that came later."""
    if last_id(target.model):
        return
    names = ", ".join(ROW_FIELDS)
    tables = [connection.ops.quote_name(handle.model._meta.db_table) for handle in (target, source)]
    with opened(EVERY_SCOPE), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {tables[0]} ({names}) SELECT {names} FROM {tables[1]} ORDER BY id")
    apply(verbosity=0)
