"""Writes and changes of columns, one after the other: nothing is written by columns that are not in force.

On SQLite a transaction has the only write lock from its beginning. On PostgreSQL a write takes the lock on
the table that it needs anyway, before it reads the columns, and a change of columns takes one that lets no
writer in. Neither holds a reader up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from django.db import connection

from collections_app.changing.knowledge import may_be_changed, steady
from collections_app.storage.guarding import EVERY_SCOPE, opened
from live.changes import changes

if TYPE_CHECKING:
    from collections_app.handle import Collection

__all__ = ["columns_held", "holding_columns", "let_no_writer_in"]

Params = ParamSpec("Params")
Result = TypeVar("Result")


def columns_held(
    write: Callable[Concatenate[Any, Params], Result],
) -> Callable[Concatenate[Any, Params], Result]:
    """Decorate a method of a ``Writer``: see ``holding_columns``."""

    @wraps(write)
    def held(self: Any, /, *args: Params.args, **options: Params.kwargs) -> Result:
        if not may_be_changed(self.collection.name):
            return write(self, *args, **options)
        with holding_columns(self.collection):
            return write(self, *args, **options)

    return held


@contextmanager
def holding_columns(collection: Collection) -> Iterator[None]:
    """Within the block the columns that are in force stay so, until all that it writes is committed."""
    if not may_be_changed(collection.name):
        yield
        return
    with changes(), steady(fresh=True):
        _lock(collection.writer.table, "ROW EXCLUSIVE")
        yield


def let_no_writer_in(table: str) -> None:
    """Wait for whoever writes to a table, and let nobody write until the transaction ends."""
    _lock(table, "SHARE ROW EXCLUSIVE")


def _lock(table: str, mode: str) -> None:
    if connection.vendor == "postgresql":
        with opened(EVERY_SCOPE), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN {mode} MODE")
