"""What a computation costs: counted for whoever inspects a page, and free for everybody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Literal, NamedTuple

from django.db import connection

__all__ = ["Asked", "Cache", "Cost", "costing", "note_asked"]

# By the setting that says how much of it is kept; "request" is what another widget of the page has asked.
Cache = Literal["CAPSULE_KEPT_HTML", "CAPSULE_KEPT_ORDERS", "CAPSULE_KEPT_RESULTS", "request"]


class Asked(NamedTuple):
    """A cache that was asked: whether it had the value, and for how many seconds already, if it says so."""

    cache: str
    had_it: bool
    age: float | None = None


@dataclass
class Cost:
    """Statements that the database was asked, seconds that passed, and the caches in between."""

    queries: int = 0
    seconds: float = 0.0
    caches: list[Asked] = field(default_factory=list)


_cost: ContextVar[Cost | None] = ContextVar("capsule_cost", default=None)


@contextmanager
def costing() -> Iterator[Cost]:
    """Count what the block costs, on this thread's connection. The block around it counts it too.

    Example::

        with costing() as cost:
            threads.count()
        assert cost.queries == 1
    """
    cost, outer = Cost(), _cost.get()

    def counted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        cost.queries += 1
        return execute(sql, params, many, context)

    token, begun = _cost.set(cost), perf_counter()
    try:
        with connection.execute_wrapper(counted):
            yield cost
    finally:
        cost.seconds = perf_counter() - begun
        _cost.reset(token)
        if outer is not None:
            outer.caches += cost.caches


def note_asked(cache: str, had_it: bool, age: float | None = None) -> None:
    """Say that a cache was asked. Free where nobody counts."""
    cost = _cost.get()
    if cost is not None:
        cost.caches.append(Asked(cache, had_it, age))
