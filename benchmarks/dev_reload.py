"""From a saved file to the open page that shows it, in ``make dev``, as a browser sees it.

    python -m benchmarks.dev_reload [--saves 9]

A small project of its own: a table, a metric of a data handler, three pages. Each save of its Python changes
a text of the page that is open, which shows it without being loaded again; a style needs no start. Target:
at most 2 s for Python, or it exits with 1. The seconds are the machine's.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from benchmarks.scratch import closing
from tests.browser.dev_project import DevSite
from tests.browser.harness import Pages
from tests.serving import QUIET, ROOT
from tests.testapp.people import PASSWORD

TARGET = 2.0  # seconds
LIMIT = 120_000  # milliseconds
SHOWS = "words => document.getElementById('main')?.textContent.includes(words)"
LOOKS = "color => getComputedStyle(document.getElementById('words')).color === color"


def main(saves: int) -> int:
    with (
        tempfile.TemporaryDirectory() as folder,
        DevSite(Path(folder)) as site,
        sync_playwright() as playwright,
    ):
        site.make_person("alice@example.com", PASSWORD)
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        page = Pages(browser, site, lambda: site)("alice")
        page.set_default_timeout(LIMIT)
        page.goto("/")
        texts = ["As it was", *(f"Save {number}" for number in range(saves + 1))]
        python = [
            seconds(site, page, "desk/declarations.py", old, new, SHOWS)
            for old, new in zip(texts, texts[1:], strict=False)
        ]
        page.goto("/notice/")
        colors = ["rgb(1, 2, 3)", *(f"rgb(9, 9, {number})" for number in range(saves))]
        styles = [
            seconds(site, page, "desk/static/desk/desk.css", old, new, LOOKS)
            for old, new in zip(colors, colors[1:], strict=False)
        ]
        browser.close()
    del python[0]  # fills the caches
    print(f"Python {min(python):.2f} to {max(python):.2f} s, a style {median(styles):.2f} s")
    return closing("dev_reload", median(python), at_most=TARGET)


def chromium() -> str:
    """The browser that the suites use."""
    finder = [sys.executable, str(ROOT / "scripts" / "find_chromium.py")]
    return subprocess.run(finder, capture_output=True, text=True, check=True).stdout.strip()


def seconds(site: DevSite, page: Page, name: str, old: str, new: str, predicate: str) -> float:
    """From the save until the page shows it."""
    began = time.perf_counter()
    site.edit(name, old, new)
    page.wait_for_function(predicate, arg=new, polling=10)
    took = time.perf_counter() - began
    page.wait_for_timeout(3000)  # a person reads what came; meanwhile the next site gets ready
    return took


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dev_reload")
    parser.add_argument("--saves", type=int, default=9)
    sys.exit(main(parser.parse_args().saves))
