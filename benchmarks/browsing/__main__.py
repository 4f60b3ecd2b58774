"""Browses a million documents as a person does, in Chromium, and says how long each step took.

    python -m benchmarks.browsing FILE [--rows 1000000] [--folder FOLDER]

FILE is NDJSON of packages, also gzipped; its records are repeated, with names and sizes of their own. On
SQLite, or on the empty PostgreSQL of ``BENCH_DATABASE_URL``. With ``--folder`` the site is kept, and filled
once; the pictures of each step are in its ``pictures``.

*Answered* is when the server's first answer had come, *settled* when the page showed what was asked for. A
step over a second, or with something wrong, is marked. There is no target: ``benchmarks/storage`` compares.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.browsing.journey import Journey
from benchmarks.browsing.watching import LIMIT, SLOW, Step, Watch
from benchmarks.scratch import ROOT, set_up
from tests.serving import Site

SETTINGS = "benchmarks.browsing.settings"
DESKTOP = (1440, 900)


def main(path: Path, rows: int, folder: Path) -> int:
    database = os.environ.get("BENCH_DATABASE_URL", "")
    _fill(path, rows, folder / "var")
    given = {"DATABASE_URL": database} if database else {}
    with Site(folder / "var", DJANGO_SETTINGS_MODULE=SETTINGS, **given) as site:
        steps = _browse(site, folder / "pictures")
    return _report(steps)


def _fill(path: Path, rows: int, folder: Path) -> None:
    set_up(folder, SETTINGS)
    # These need the settings.
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    from benchmarks.browsing.filling import fill  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    fill(path, rows)
    connections.close_all()


def _browse(site: Site, folder: Path) -> list[Step]:
    folder.mkdir(parents=True, exist_ok=True)
    finder = [sys.executable, str(ROOT / "scripts" / "find_chromium.py")]
    chromium = subprocess.run(finder, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        pages: dict[str, Page] = {}
        for name in ("Alice", "Bob"):
            width, height = DESKTOP
            context = browser.new_context(base_url=site.url, viewport={"width": width, "height": height})
            page = pages[name] = context.new_page()
            page.set_default_timeout(LIMIT)
            page.goto("/sign-in/")
            page.get_by_role("button", name=name).click()
        watch = Watch(pages["Alice"], folder)
        Journey(watch, pages["Bob"]).go()
        browser.close()
    return watch.steps


def _report(steps: list[Step]) -> int:
    print("\n| step | answered | settled | seen |\n|---|---|---|---|")
    for step in steps:
        answered = "" if step.answered is None else f"{step.answered:.2f} s"
        wrong = "; ".join(step.problems)
        mark = "**" if step.settled > SLOW or wrong else ""
        print(f"| {step.name} | {answered} | {mark}{step.settled:.2f} s{mark} | {step.seen} {wrong} |")
    return int(any(step.problems for step in steps))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.browsing")
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where the site is kept; else it is thrown away")
    arguments = parser.parse_args()
    if arguments.folder:
        sys.exit(main(arguments.file, arguments.rows, arguments.folder))
    with tempfile.TemporaryDirectory(prefix="capsule-browsing-") as scratch:
        sys.exit(main(arguments.file, arguments.rows, Path(scratch)))
