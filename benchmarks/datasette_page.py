"""A table of ours against Datasette's HTML page of the same rows, by HTTP.

    python -m benchmarks.datasette_page [FILE] [--seconds 5]

FILE is NDJSON of packages, also gzipped; without one the demo's extract is multiplied to 63,666 records.

Datasette comes from ``requirements-bench.txt``. The first run installs it into an environment of its own,
``var/venv-bench``, never into the project's; delete the folder to be rid of it. It serves a SQLite file that
holds nothing but the hand-written model's table, with an index on each column on which ours has one,
immutable and without suggested facets: as fast as it can be asked to be.

Both sides are asked the same 200 questions: 5 sections x 2 directions x 20 pages of 25 rows (Datasette's
further pages by its own tokens). Ours is once the table alone, as htmx fetches it, and once the whole page,
both for a signed-in person: Datasette knows no people. Eight connections that stay open; the servers on one
CPU, the load on another where there are two; rounds alternate.

The figure is that of the table alone, read and drawn anew for each request: Datasette keeps nothing, and this
server of ours only in which order the rows of a filter come. Beside it are one that is as it is installed,
where the 200 tables are drawn once, and one that keeps nothing at all. Target: at least 1.7 times Datasette's
requests per second, or it exits with 1.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import venv
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.load import Side, get, in_turns
from benchmarks.packages import DIRECTIONS, PAGES, SECTIONS, TABLE, copy_as_plain_table, load, our_addresses
from benchmarks.scratch import ROOT, closing, prepare, records_file
from benchmarks.serving import Server, fetch, pin_load, serving
from benchmarks.sites import KEEPS_NOTHING, KEEPS_ORDERS, our_site

ROUNDS = 5
TARGET = 1.7
REQUIREMENTS = ROOT / "requirements-bench.txt"
ENVIRONMENT = ROOT / "var" / "venv-bench"
PART, PAGE, DATASETTE = "the table alone, drawn anew", "the whole page, drawn anew", "Datasette"
KEPT, BARE = "the table as it was last drawn", "the table, nothing kept at all"


def environment_python() -> Path:
    """The Python of an environment with Datasette; made by the first run, and when a version changes."""
    python = ENVIRONMENT / "bin" / "python"
    stamp = ENVIRONMENT / "requirements"
    if not stamp.is_file() or stamp.read_text() != REQUIREMENTS.read_text():
        print(f"Installing the packages of {REQUIREMENTS.name} into {ENVIRONMENT} ...")
        venv.create(ENVIRONMENT, clear=True, with_pip=True)
        quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
        install = [str(python), "-m", "pip", "install", *quiet, "-r", str(REQUIREMENTS)]
        subprocess.run(install, check=True)
        stamp.write_text(REQUIREMENTS.read_text())
    return python


def command(python: Path, file: Path) -> list[str]:
    served = [str(python), "-m", "datasette", "serve", "-i", str(file), "-h", "127.0.0.1", "-p", "{port}"]
    return [*served, "--setting", "suggest_facets", "off"]


def datasette_addresses(server: Server, file: Path) -> Iterator[str]:
    """The same pages, each found by the token that the one before it gives."""
    for section, direction in product(SECTIONS, DIRECTIONS):
        order = "_sort_desc" if direction else "_sort"
        asked = {"section": section, order: "installed_size", "_size": "25"}
        for _page in range(PAGES):
            yield f"/{file.stem}/{TABLE}?{urlencode(asked)}"
            found = json.loads(fetch(server, f"/{file.stem}/{TABLE}.json?{urlencode(asked)}"))
            asked["_next"] = str(found["next"])


def main(given: Path | None, seconds: float) -> int:
    python = environment_python()
    folder = prepare()
    load(records_file(given, folder))
    file = folder / "plain.db"
    copy_as_plain_table(file)
    site = our_site()
    pin_load()
    part = {**site.signed_in, "HX-Request": "true", "HX-Target": "div#table-packages"}
    ours = list(our_addresses())
    with (
        serving(site.command, KEEPS_ORDERS) as server,
        serving(site.command) as keeping,
        serving(site.command, KEEPS_NOTHING) as bare,
        serving(command(python, file)) as datasette,
    ):
        theirs = [get(address) for address in datasette_addresses(datasette, file)]
        found = in_turns(
            [
                Side(PART, server, [get(address, part) for address in ours], b"<table"),
                Side(KEPT, keeping, [get(address, part) for address in ours], b"<table"),
                Side(BARE, bare, [get(address, part) for address in ours], b"<table"),
                Side(PAGE, server, [get(address, site.signed_in) for address in ours], b"<table"),
                Side(DATASETTE, datasette, theirs, b"<table"),
            ],
            rounds=ROUNDS,
            seconds=seconds,
        )
    for name in (KEPT, BARE, PAGE):
        print(f"{name} : Datasette {found[name].rate / found[DATASETTE].rate:.2f}")
    return closing("datasette_page", found[PART].rate / found[DATASETTE].rate, at_least=TARGET)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.datasette_page")
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?")
    parser.add_argument("--seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    sys.exit(main(arguments.file, arguments.seconds))
