"""The steps on one database, those that are done left out: ``__main__.py`` starts it for each database."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.storage.figures import Figure, summaries
from benchmarks.storage.journal import Journal
from benchmarks.storage.site import drop, prepare_kept, server

__all__ = ["main"]

NEIGHBOURS = 50


def main(count: int, folder: Path, file: Path | None, seconds: float, measured: str, only: str = "") -> None:
    journal = prepare_kept(folder, measured)
    _prepare_data(journal, count, file)
    measurements = _measurements(journal, count, folder, seconds)
    if only and only not in measurements:
        raise SystemExit(f"There is no step {only!r}: it is one of {', '.join(measurements)}.")
    for name, measure in measurements.items():
        if only and name != only:
            continue
        if journal.figures(name) is not None:
            print(f"{name}: done before", flush=True)
            continue
        began = time.monotonic()
        figures = measure()
        journal.note_figures(name, figures)
        print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
        _show(figures)


def _show(figures: list[Figure]) -> None:
    """Each case, or of more than a dozen the worst."""
    measured = summaries([figure for figure in figures if not figure.note], "")
    for summary in measured if len(figures) > 12 else []:
        print(f"  {summary.target:8} {summary.text}", flush=True)
    for figure in figures if len(figures) <= 12 else []:
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        print(
            f"  {figure.target:8} {ratio:8} {figure.case:32} {figure.milliseconds} {figure.note}", flush=True
        )


def _prepare_data(journal: Journal, count: int, file: Path | None) -> None:
    from benchmarks.storage import filling  # noqa: PLC0415 - needs the settings, as all imports within do

    journal.note_data("server", {"name": server()})
    filled = journal.data("filled")
    if filled is None:
        print(f"{count:,} documents for each side, once in one scope and once in 2,000 ...", flush=True)
        filling.fill(count)
        filling.fill_packages(file)
        filling.index()
        journal.note_data("filled", {"count": count})
    elif filled["count"] != count:
        raise SystemExit(f"This folder holds {filled['count']:,} documents, not {count:,}.")
    # What a run that was killed while it measured has left.
    from benchmarks.storage.neighbours import drop_neighbours  # noqa: PLC0415

    drop_neighbours()
    for handle, model in filling.PAIRS[:2]:
        for side in (handle.model, model):
            filling.delete_above(side, count)
    filling.analyze()


def _measurements(
    journal: Journal, count: int, folder: Path, seconds: float
) -> dict[str, Callable[[], list[Figure]]]:
    # These need the settings.
    from benchmarks.storage import bump, growth, memory, neighbours, pages, searching, writes  # noqa: PLC0415

    neighbours_count = NEIGHBOURS if count >= 10_000 else 2
    return {
        "first pages": lambda: pages.first_pages(seconds),
        "pages of packages": lambda: pages.package_pages(seconds),
        "filtered pages": lambda: pages.filtered_pages(seconds),
        "growth": lambda: growth.growth(2 * seconds),
        "capped counts": lambda: growth.capped_counts(2 * seconds),
        "searches": lambda: searching.searches(count, seconds),
        "inserts": lambda: writes.inserts(count, folder, 5 * seconds),
        "increments": lambda: writes.increments(count, 5 * seconds),
        "history": lambda: writes.with_history(count, 5 * seconds),
        "neighbours": lambda: neighbours.with_neighbours(count, neighbours_count, 2 * seconds),
        "versions": lambda: bump.raising_versions(count, 10 * seconds),
        "memory": lambda: memory.memory(count, folder),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storage.run")
    parser.add_argument("count", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--commit", default="")
    parser.add_argument("--only", default="")
    parser.add_argument("--drop", action="store_true")
    arguments = parser.parse_args()
    if arguments.drop:
        drop(arguments.folder)
        sys.exit()
    main(
        arguments.count,
        arguments.folder,
        arguments.file,
        arguments.seconds,
        arguments.commit,
        arguments.only,
    )
