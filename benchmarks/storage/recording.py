"""The table at the end, and its rows in ``benchmarks/RESULTS.md``."""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import mean

from benchmarks.storage.figures import TARGETS, Summary, summaries
from benchmarks.storage.journal import Journal

__all__ = ["RESULTS", "print_table", "record", "summaries_of"]

RESULTS = Path(__file__).resolve().parent.parent / "RESULTS.md"
HEADING = "## Storage"
COLUMNS = (
    "| date | commit | documents | what | SQLite | PostgreSQL | target |\n|---|---|---|---|---|---|---|\n"
)


def summaries_of(journals: dict[str, Journal]) -> dict[str, list[Summary]]:
    """By database, what was measured on this commit."""
    return {
        database: summaries([one for one in journal.figures() or [] if not one.note], database)
        for database, journal in journals.items()
    }


def print_table(found: dict[str, list[Summary]]) -> bool:
    """Print each target with its verdict. Returns whether one was missed."""
    missed = False
    for database, of_database in found.items():
        print(f"\n{database}")
        for summary in of_database:
            target = TARGETS[summary.target]
            print(f"  {summary.target:8} {summary.verdict:20} {summary.text}")
            print(f"  {'':8} {'':20} {target.what}: {target.words()}")
            missed |= summary.verdict.startswith("missed")
    return missed


def record(journals: dict[str, Journal], count: int) -> None:
    """Put the figures on top of the section on storage, which is made where there is none."""
    found = summaries_of(journals)
    text = RESULTS.read_text(encoding="utf-8")
    if HEADING not in text:
        text = f"{text.rstrip()}\n\n{HEADING}\n\n{COLUMNS}"
    before, _heading, section = text.partition(COLUMNS)
    commit = next(iter(journals.values())).commit
    today = time.strftime("%Y-%m-%d")
    rows = [_machine(journals, today, commit, count)]
    for name, target in TARGETS.items():
        cells = [_cell(found.get(database, []), name) for database in ("SQLite", "PostgreSQL")]
        if any(cells):
            rows.append(
                f"| {today} | `{commit}` | {count:,} | {name}: {target.what} | {cells[0] or 'not run'} "
                f"| {cells[1] or 'not run'} | {target.words()} |"
            )
    RESULTS.write_text(before + COLUMNS + "\n".join(rows) + "\n" + section, encoding="utf-8")


def _machine(journals: dict[str, Journal], today: str, commit: str, count: int) -> str:
    loads = [entry["load"] for one in journals.values() for entry in one.entries() if "figures" in entry]
    servers = [(journal.data("server") or {}).get("name", "") for journal in journals.values()]
    about = f"{os.cpu_count()} cores with a load of {mean(loads):.1f}; {', '.join(servers)}" if loads else ""
    return (
        f"| {today} | `{commit}` | {count:,} | `make bench-storage N={count}` on {about} "
        f"| worst case (ours : reference); median | the same | at most, of the worst |"
    )


def _cell(of_database: list[Summary], name: str) -> str:
    for summary in of_database:
        if summary.target == name:
            missed = f"**{summary.verdict}**: " if summary.verdict.startswith("missed") else ""
            return missed + summary.text
    return ""
