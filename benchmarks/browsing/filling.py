"""The collection that is browsed, filled with real packages until there are enough of them.

The rows go in by the database's own bulk path, and what indexes them is made afterwards. Each document has
passed the collection's own door. A fill that was killed goes on.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from django.db import connection, transaction

from benchmarks.browsing.declarations import browsed
from benchmarks.browsing.documents import packages_of
from benchmarks.storage.filling import analyze, insert, last_id, prepared
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.storage.syncing import apply
from collections_app.storage.tables import table_of

__all__ = ["fill"]

BATCH = 5_000


def fill(path: Path, count: int) -> None:
    """Bring the collection to ``count`` documents."""
    begin = last_id(browsed.model)
    if begin >= count:
        return
    _without_indexes()
    records = islice(packages_of(path, count), begin, None)
    while batch := [browsed.cleaner.document(record) for record in islice(records, BATCH)]:
        rows = prepared(browsed.model, [{"scope_key": "app", "data": one} for one in batch])
        with transaction.atomic():
            insert(browsed.model, rows)
        begin += len(batch)
        if begin % 100_000 == 0:
            print(f"  {begin:,} documents", flush=True)
    print("  their indexes, and the texts that are searched", flush=True)
    apply(verbosity=0)
    analyze()


@opened(EVERY_SCOPE)
def _without_indexes() -> None:
    """Take away what every row would be entered in, until all are there."""
    table = table_of(connection, browsed.model._meta.db_table)
    named = [index.name for index in browsed.model._meta.indexes if index.name in table.indexes]
    with connection.cursor() as cursor:
        for name in named:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
        if connection.vendor == "sqlite":
            for name in table.triggers:
                cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
