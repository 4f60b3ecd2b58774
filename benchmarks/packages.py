"""The packages of the table benchmarks: the same records on each side, and the same 200 questions.

Five sections of very different size, sorted by installed size in both directions, the first twenty pages of
25 rows.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice, product
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.scratch import lines

__all__ = [
    "DIRECTIONS",
    "PAGES",
    "SECTIONS",
    "TABLE",
    "addresses_by_hand",
    "admin_addresses",
    "copy_as_plain_table",
    "load",
    "our_addresses",
]

SECTIONS = ("libs", "python", "utils", "science", "games")  # from the largest to one of 1,100 rows
DIRECTIONS = ("", "-")
PAGES = 20
SIZE_COLUMN = 11  # of the admin's list: installed_size
TABLE = "reference_package"


def load(path: Path) -> None:
    """The same records into the collection and into the hand-written model."""
    # These need the site that prepare() has set up.
    from django.core.management import call_command  # noqa: PLC0415

    from benchmarks.reference.models import Package  # noqa: PLC0415

    call_command("load_documents", "packages", path, verbosity=0)
    names = {field.name for field in Package._meta.local_fields}
    file = lines(path)
    while batch := list(islice(file, 500)):
        records = (json.loads(line) for line in batch)
        Package._default_manager.bulk_create(
            Package(**{key: value for key, value in record.items() if key in names and value is not None})
            for record in records
        )


def our_addresses() -> Iterator[str]:
    for section, direction, page in product(SECTIONS, DIRECTIONS, range(1, PAGES + 1)):
        sort = f"{direction}installed_size"
        asked = {"packages-is-section": section, "packages-sort": sort, "packages-page": page}
        yield f"/packages/?{urlencode(asked)}"


def addresses_by_hand() -> Iterator[str]:
    for section, direction, page in product(SECTIONS, DIRECTIONS, range(1, PAGES + 1)):
        asked = {"section": section, "sort": f"{direction}installed_size", "page": page}
        yield f"/bench/packages?{urlencode(asked)}"


def admin_addresses(model: str) -> Iterator[str]:
    for section, direction, page in product(SECTIONS, DIRECTIONS, range(1, PAGES + 1)):
        asked = {"section": section, "o": f"{direction}{SIZE_COLUMN}", "p": page}
        yield f"/admin/reference/{model}/?{urlencode(asked)}"


def copy_as_plain_table(target: Path) -> None:
    """The hand-written model's table, with its indexes and rows, as a SQLite file of its own."""
    from django.db import connection  # noqa: PLC0415 - needs the site that prepare() has set up

    if connection.vendor != "sqlite":
        raise SystemExit("This one compares on SQLite: leave BENCH_DATABASE_URL out.")
    with closing(sqlite3.connect(target)) as plain:
        plain.execute("ATTACH ? AS site", [str(connection.settings_dict["NAME"])])
        made_by = (
            "SELECT sql FROM site.sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type DESC"
        )
        for (sql,) in plain.execute(made_by, [TABLE]).fetchall():
            plain.execute(sql)
        plain.execute(f"INSERT INTO main.{TABLE} SELECT * FROM site.{TABLE}")
        plain.commit()
