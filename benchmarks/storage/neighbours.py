"""S9: what fifty further collections change. They come and go, so that both states take turns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from statistics import median

from django.apps import apps
from django.db import connection

from benchmarks.storage.declarations import bench_tickets, ticket_columns
from benchmarks.storage.documents import tickets
from benchmarks.storage.figures import Figure
from benchmarks.storage.filling import delete_above, insert, prepared
from benchmarks.storage.timing import Work, in_turns
from collections_app.declarations import Declaration, as_columns
from collections_app.declaring import collections
from collections_app.handle import Collection
from collections_app.storage.building import build_model
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.storage.naming import model_name
from collections_app.storage.syncing import apply

__all__ = ["PREFIX", "drop_neighbours", "with_neighbours"]

PREFIX = "bench_neighbour"
ROUNDS = 3
ROWS = 100  # in each of them


def with_neighbours(newest: int, count: int, seconds: float) -> list[Figure]:
    """A page, an insert and an update, with ``count`` further collections and without."""
    drop_neighbours()
    works = _works()
    alone: list[list[float]] = []
    among: list[list[float]] = []
    for _round in range(ROUNDS):
        alone.append(in_turns(list(works.values()), seconds))
        with _neighbours(count):
            among.append(in_turns(list(works.values()), seconds))
    delete_above(bench_tickets.model, newest)
    return [
        Figure("S9", name, median(one[at] for one in among), median(one[at] for one in alone))
        for at, name in enumerate(works)
    ]


def _works() -> dict[str, Work]:
    documents = tickets(0, 10**9)
    updated = bench_tickets.insert_one(next(documents)).id  # the others stay as they are
    return {
        "page": lambda: bench_tickets.filter(status="open").order_by("-created").limit(25).rows(),
        "insert": lambda: bench_tickets.insert_one(next(documents)),
        "update": lambda: bench_tickets.update_one({"_id": updated}, {"$inc": {"priority": 1}}),
    }


@contextmanager
def _neighbours(count: int) -> Iterator[None]:
    """As many collections, with seven columns and a hundred documents each, for one block."""
    with ExitStack() as stack:
        for number in range(count):
            name = f"{PREFIX}_{number}"
            declaration = Declaration(
                name, as_columns(ticket_columns()), sortable=True, filterable=True, app_label="bench_storage"
            )
            stack.enter_context(collections.temporarily(name, Collection(declaration)))
            build_model(declaration)
            stack.callback(apps.get_app_config("collections_store").models.pop, model_name(name).lower())
        apps.clear_cache()
        apply(verbosity=0)
        for number in range(count):
            _fill(collections.get(f"{PREFIX}_{number}"))
        yield
    apps.clear_cache()
    drop_neighbours()


def _fill(handle: Collection) -> None:
    rows = [{"scope_key": "app", "data": document} for document in islice(tickets(0, 1000), ROWS)]
    insert(handle.model, prepared(handle.model, rows))


@opened(EVERY_SCOPE)
def drop_neighbours() -> None:
    """Drop their tables, those of a run that was killed too."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if PREFIX in table:
                cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}")
