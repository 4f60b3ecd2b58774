"""A site of its own for a benchmark: a temporary folder, a fresh database, nothing left behind.

No database that the environment names is touched, for the benchmarks empty their tables. To measure on
another one, name it: ``BENCH_DATABASE_URL=postgres://... python -m benchmarks.load_documents``. It must be
without tables, and keeps those of the benchmark.
"""

from __future__ import annotations

import gzip
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
from django.core.management import call_command

__all__ = ["EXTRACT", "ROOT", "closing", "lines", "prepare", "records_file", "refuse_tables", "set_up"]

ROOT = Path(__file__).resolve().parent.parent
EXTRACT = ROOT / "demo" / "data" / "packages.ndjson.gz"
SIZE = 63_666  # records of the whole file that the extract is of

# What a site of its own does not take over: where its data is, and whom it answers.
NOT_OURS = (
    "DATABASE_URL", "SECRET_KEY", "SECRET_KEY_FALLBACKS", "ALLOWED_HOSTS", "HOST", "DEBUG",
    "CAPSULE_TLS", "CAPSULE_BEHIND_PROXY", "CAPSULE_PROXIES", "CAPSULE_SERVING", "EMAIL_URL", "REDIS_URL",
)  # fmt: skip

_folder: tempfile.TemporaryDirectory[str] | None = None


def prepare(settings: str = "benchmarks.settings") -> Path:
    """Set Django up on a new database in a temporary folder, and return the folder.

    The environment says the same to whatever is started from here.
    """
    global _folder
    _folder = tempfile.TemporaryDirectory(prefix="capsule-bench-")
    set_up(Path(_folder.name), settings)
    refuse_tables()
    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    return Path(_folder.name)


def set_up(folder: Path, settings: str) -> None:
    """Set Django up with its files in ``folder``, on the database of BENCH_DATABASE_URL or one there."""
    for name in NOT_OURS:
        os.environ.pop(name, None)
    os.environ["CAPSULE_VAR"] = str(folder)
    os.environ["CAPSULE_DEMO"] = "1"
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    if url := os.environ.get("BENCH_DATABASE_URL", ""):
        os.environ["DATABASE_URL"] = url
    django.setup()


def refuse_tables() -> None:
    """End with a sentence if the database has tables."""
    from django.db import connection  # noqa: PLC0415 - needs the settings

    if tables := connection.introspection.table_names(include_views=True):
        raise SystemExit(
            f"The database of BENCH_DATABASE_URL already has tables ({tables[0]} among them), and a "
            "benchmark empties tables: name a database that has none."
        )


def records_file(given: Path | None, folder: Path) -> Path:
    """The file to measure with: the one given, or the demo's extract multiplied to the claimed size."""
    if given:
        if not given.is_file():
            raise SystemExit(f"{given} is not a file. FILE is NDJSON, one package a line, also with .gz.")
        return given
    records = [json.loads(line) for line in lines(EXTRACT)]
    print(
        f"No FILE given: the demo's {len(records):,} records are multiplied to {SIZE:,}, names made unique."
    )
    path = folder / "packages.ndjson"
    with path.open("w", encoding="utf-8") as file:
        for number in range(SIZE):
            turn, at = divmod(number, len(records))
            # No package has a ~ in its name.
            name = f"{records[at]['name']}~{turn}" if turn else records[at]["name"]
            file.write(json.dumps({**records[at], "name": name}, ensure_ascii=False) + "\n")
    return path


def lines(path: Path) -> Iterator[bytes]:
    """The lines of an NDJSON file, also of a gzipped one."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        yield from file


def closing(name: str, ratio: float, *, at_least: float | None = None, at_most: float | None = None) -> int:
    """Print the closing line of a benchmark, and return its exit code: 1 when the target is missed."""
    missed = (at_least is not None and ratio < at_least) or (at_most is not None and ratio > at_most)
    target = f"at least {at_least:g}" if at_least is not None else f"at most {at_most:g}"
    print(f"{name}: {ratio:.2f} ({target}{', missed' if missed else ''})")
    return int(missed)
