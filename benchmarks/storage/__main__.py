"""The store beside a hand-written Django model: speed.md S1 to S10, S8h and S12.

    python -m benchmarks.storage 1000000 [FILE] [--seconds 1] [--record]

Measures on SQLite, and on the PostgreSQL of BENCH_DATABASE_URL where that names a database without tables.
As many ticket-like documents as are asked for in one scope, as many again in 2,000 scopes, beside models with
native columns and the same indexes in the same database; with FILE, NDJSON of packages, real records as well.
Of these a filter and an order that go together, a section by the number of dependencies, have one index on
either side. ``--only "pages of packages"`` measures one step alone.

Both sides take turns in one process; a figure is the ratio of the medians, and the worst case of a target
decides. Reads on SQLite are timed by the CPU time of their thread, all else by the clock. S11 is no figure:
it is what tests/collections_app asks of EXPLAIN.

A run that was killed goes on where it stood: loaded tables and the figures of this commit are kept in
var/bench-storage/. ``--drop`` removes them. It exits with 1 if a target is missed, with
2 if it could not be measured.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.scratch import ROOT
from benchmarks.storage.journal import Journal, commit
from benchmarks.storage.recording import print_table, record, summaries_of

KEPT = ROOT / "var" / "bench-storage"


def main(arguments: argparse.Namespace) -> int:
    folders = _folders(arguments.folder, arguments.count)
    measured = commit()  # of the whole run, whatever is committed meanwhile
    for database, folder in folders.items():
        print(f"== {database}: {folder}", flush=True)
        if subprocess.run(
            _command(arguments, folder, measured), cwd=ROOT, env=_environment(database)
        ).returncode:
            return 2
    if arguments.drop:
        return 0
    journals = {database: Journal(folder / "steps.jsonl", measured) for database, folder in folders.items()}
    missed = print_table(summaries_of(journals))
    if arguments.record:
        record(journals, arguments.count)
    return int(missed)


def _folders(kept: Path, count: int) -> dict[str, Path]:
    databases = ["SQLite", *(["PostgreSQL"] if os.environ.get("BENCH_DATABASE_URL") else [])]
    return {database: kept / f"{database.lower()}-{count}" for database in databases}


def _environment(database: str) -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if database == "PostgreSQL" or name != "BENCH_DATABASE_URL"
    }


def _command(arguments: argparse.Namespace, folder: Path, measured: str) -> list[str]:
    command = [sys.executable, "-m", "benchmarks.storage.run", str(arguments.count), str(folder)]
    command += ["--seconds", str(arguments.seconds), "--commit", measured]
    if arguments.file:
        command += ["--file", str(arguments.file.resolve())]
    if arguments.only:
        command += ["--only", arguments.only]
    return command + (["--drop"] if arguments.drop else [])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storage")
    parser.add_argument("count", metavar="N", type=int, help="documents, 200 or more")
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?", help="real records: NDJSON of packages")
    parser.add_argument("--seconds", type=float, default=1.0, help="about how long a case is measured")
    parser.add_argument("--only", default="", metavar="STEP", help="one of the steps that a run names")
    parser.add_argument("--record", action="store_true", help="write the figures into benchmarks/RESULTS.md")
    parser.add_argument("--folder", type=Path, default=KEPT, help="where tables and figures are kept")
    parser.add_argument("--drop", action="store_true", help="only remove what earlier runs have kept")
    given = parser.parse_intermixed_args()
    if given.count < 200:
        parser.error("N is at least 200.")
    if given.file and not given.file.is_file():
        parser.error(f"{given.file} is not a file.")
    given.folder = given.folder.resolve()
    sys.exit(main(given))
