"""S2 within a minute or two: the first page of N documents through our API, beside a hand-written model.

    python -m benchmarks.storage.first_page 1000000

Five thousand documents are made one by one, and multiplied by the database, each copy with a subject, an
address and an instant of its own: on SQLite, in a folder that is gone afterwards. `make bench-storage` asks
far more of N documents that were all made one by one. The last line is the result; it exits with 1 if a page
takes longer than the model's.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.scratch import ROOT
from benchmarks.storage.figures import TARGETS, summaries
from benchmarks.storage.site import prepare_kept

__all__ = ["main"]

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


def main(count: int, seconds: float) -> int:
    """Fill both sides and compare each first page of S1's cases."""
    os.environ.pop("BENCH_DATABASE_URL", None)
    (ROOT / "var").mkdir(exist_ok=True)
    # Not in the system's folder for temporary files, which may be memory.
    with tempfile.TemporaryDirectory(prefix="first-page-", dir=ROOT / "var") as folder:
        prepare_kept(Path(folder))
        _fill(count)
        return _compare(count, seconds)


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


def _compare(count: int, seconds: float) -> int:
    from django.db import connection  # noqa: PLC0415 - needs the settings

    from benchmarks.storage import pages  # noqa: PLC0415

    figures = pages.first_pages(seconds, [pages.app_side()])
    by_target = {summary.target: summary for summary in summaries(figures, connection.display_name)}
    for summary in by_target.values():
        print(f"{summary.target}: {summary.text}; {TARGETS[summary.target].words()}")
    ours = by_target["S2"]
    print(f"{count:,} documents: {ours.median:.2f} x the model's time, {ours.worst.ratio:.2f} x at worst")
    return int((ours.worst.ratio or 0) > TARGETS["S2"].accept)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storage.first_page")
    parser.add_argument("count", metavar="N", type=int, help="documents: five thousand, or a multiple of it")
    parser.add_argument("--seconds", type=float, default=0.2, help="about how long a case is measured")
    given = parser.parse_args()
    sys.exit(main(given.count, given.seconds))
