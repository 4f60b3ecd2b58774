"""S2 within a minute or two: the first page of N documents through our API, beside a hand-written model.

    python -m benchmarks.storage.first_page 1000000

On SQLite, of documents that the database has multiplied (`copies.py`): `make bench-storage` asks far more of
N documents that were all made one by one. The last line is the result; it exits with 1 if a page takes longer
than the model's.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.storage.copies import filled_by_copies
from benchmarks.storage.figures import TARGETS, summaries

__all__ = ["main"]


def main(count: int, seconds: float) -> int:
    """Fill both sides and compare each first page of S1's cases."""
    with filled_by_copies(count):
        return _compare(count, seconds)


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
