"""``load_documents`` against a bare ``bulk_create`` of the same JSON.

    python -m benchmarks.load_documents [FILE] [--rounds 5]

FILE is NDJSON of packages, also gzipped; without one the demo's extract is multiplied to 63,666 records.

The bare side decodes each line and hands it to ``bulk_create`` of the same table, whose generated columns
and indexes both sides pay for: nothing is checked, coerced or announced. Target: at least 0.5, or it
exits with 1. For comparison a second ratio has a table with nothing but a JSONField, without a column or an
index.

Rounds alternate; each ratio is that of the median rates.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.scratch import closing, lines, prepare, records_file

BATCH = 500
TARGET = 0.5


def main(given: Path | None, rounds: int) -> int:
    path = records_file(given, prepare())
    # These need the site that prepare() has set up.
    from django.db import connection, transaction  # noqa: PLC0415

    from benchmarks.reference.models import BareDocument  # noqa: PLC0415
    from collections_app.declaring import collections  # noqa: PLC0415
    from collections_app.loading import load  # noqa: PLC0415
    from collections_app.storage.guarding import opened  # noqa: PLC0415
    from collections_app.transfer import read_records  # noqa: PLC0415

    packages = collections.get("packages")

    def ours() -> int:
        return load(packages, read_records(path), BATCH, lambda outcome: None).stored

    def bare(make: Callable[[Any], Any]) -> int:
        stored = 0
        with opened("app"):
            file = lines(path)
            while batch := list(islice(file, BATCH)):
                instances = [make(json.loads(line)) for line in batch]
                with transaction.atomic():
                    stored += len(type(instances[0]).objects.bulk_create(instances))
        return stored

    def same_table() -> int:
        return bare(lambda data: packages.model(scope_key="app", data=data))

    def json_only() -> int:
        return bare(lambda data: BareDocument(data=data))

    def rate(work: Callable[[], int], table: str) -> float:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")
        started = time.perf_counter()
        stored = work()
        return stored / (time.perf_counter() - started)

    tables = [
        (ours, "capsule_c_packages"),
        (same_table, "capsule_c_packages"),
        (json_only, "reference_baredocument"),
    ]
    rates = [[rate(work, table) for work, table in tables] for _ in range(rounds)]
    mine, same, bare_json = (median(side) for side in zip(*rates, strict=True))
    print(f"load_documents {mine:,.0f} records/s, bulk_create into the same table {same:,.0f}")
    print(f"bulk_create into a bare JSONField {bare_json:,.0f}: ratio {mine / bare_json:.2f}")
    return closing("load_documents", mine / same, at_least=TARGET)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load_documents")
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    sys.exit(main(arguments.file, arguments.rounds))
