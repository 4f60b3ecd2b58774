"""N documents within a minute: five thousand made one by one, and multiplied by the database.

Each copy has a subject, an address and an instant of its own. On SQLite, in a folder that is gone afterwards.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.scratch import ROOT
from benchmarks.storage.site import prepare_kept

__all__ = ["filled_by_copies"]

MADE = 5_000

_COPIES = """
WITH RECURSIVE copies (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < %s)
"""
OURS = (
    """
INSERT INTO {ours} (public_id, scope_key, data, version, created_at, updated_at)
"""
    + _COPIES
    + """
SELECT lower(hex(randomblob(16))), scope_key, json_set(
    data,
    '$.subject', json_extract(data, '$.subject') || '-' || n,
    '$.email', n || '.' || json_extract(data, '$.email'),
    '$.created', strftime('%%Y-%%m-%%dT%%H:%%M:%%f000Z', json_extract(data, '$.created'), n || ' hours')
), version, created_at, updated_at
FROM copies CROSS JOIN {ours} WHERE id <= %s
"""
)
THEIRS = (
    """
INSERT INTO {theirs} (public_id, scope, subject, status, priority, amount, email, created, tags, note)
"""
    + _COPIES
    + """
SELECT lower(hex(randomblob(16))), scope, subject || '-' || n, status, priority, amount, n || '.' || email,
    strftime('%%Y-%%m-%%d %%H:%%M:%%f000', created, n || ' hours'), tags, note
FROM copies CROSS JOIN {theirs} WHERE id <= %s
"""
)


@contextmanager
def filled_by_copies(count: int) -> Iterator[None]:
    """A site of its own with ``count`` tickets on both sides, a multiple of five thousand."""
    os.environ.pop("BENCH_DATABASE_URL", None)
    (ROOT / "var").mkdir(exist_ok=True)
    # Not in the system's folder for temporary files, which may be memory.
    with tempfile.TemporaryDirectory(prefix="copies-", dir=ROOT / "var") as folder:
        prepare_kept(Path(folder))
        _fill(count)
        yield


def _fill(count: int) -> None:
    # These need the settings.
    from django.db import connection, transaction  # noqa: PLC0415

    from benchmarks.storage import filling  # noqa: PLC0415
    from benchmarks.storage.declarations import bench_tickets  # noqa: PLC0415
    from benchmarks.storage.models import Ticket  # noqa: PLC0415
    from collections_app.storage.guarding import EVERY_SCOPE, opened  # noqa: PLC0415

    filling.fill(min(count, MADE))
    filling.without_indexes()
    tables = {"ours": bench_tickets.model._meta.db_table, "theirs": Ticket._meta.db_table}
    if copies := max(count // MADE - 1, 0):
        with opened(EVERY_SCOPE), transaction.atomic(), connection.cursor() as cursor:
            for statement in (OURS, THEIRS):
                cursor.execute(statement.format(**tables), [copies, MADE])
    filling.index()
    filling.analyze()
