"""The packages page against the Django admin's changelist of a hand-written model, by HTTP.

    python -m benchmarks.packages_page [FILE] [--seconds 5]

FILE is NDJSON of packages, also gzipped; without one the demo's extract is multiplied to 63,666 records.

One Daphne serves both, with the site's settings, the same records, an index on the same columns and the same
signed-in superuser. The changelist offers filters as our table does: for the section, and for the two columns
for which ours has a choice. Two pairs:

- the whole page, first page of 25 rows, sorted by installed size. Target: at least 3 times the changelist's
  requests per second;
- the table alone, as htmx fetches it: 5 sections x 2 directions x 20 pages, cycled on both sides. Target: at
  least 4 times. A changelist that is filtered by its address alone, and so spared the queries for what its
  filters offer, is measured beside it.

Beside the same table a view that one writes by hand for speed: raw SQL and f-strings, which only shows.
Target: 0.45 times its requests a second when ours is drawn anew, and as many when nothing has changed since.

The changelist keeps nothing from one request to the next, so the figures that count are of a server of ours
that reads and draws each table anew, and keeps only in which order the rows of a filter come (10 of them for
the 200 addresses). Two more servers are measured beside it: one as it is installed, where the 200 tables are
drawn once, and one that keeps nothing at all.

Eight connections that stay open; the server on one CPU, the load on another where there are two; rounds
alternate. The figures are ratios of the median requests per second; it exits with 1 if either is missed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.load import Side, get, in_turns
from benchmarks.packages import addresses_by_hand, admin_addresses, load, our_addresses
from benchmarks.scratch import closing, prepare, records_file
from benchmarks.serving import Server, pin_load, serving
from benchmarks.sites import KEEPS_NOTHING, KEEPS_ORDERS, our_site

ROUNDS = 5
PAGE_TARGET, TABLE_TARGET = 3, 4
ANEW_TARGET, KEPT_TARGET = 0.45, 1.0  # times what is written by hand
PAGE, FIRST = "the page", "the changelist"
PART, LIST = "the table alone, 200 addresses, drawn anew", "the changelist with filters, 200"
KEPT, BARE = "the same, as it was last drawn", "the same, nothing kept at all"
HAND = "a view by hand: raw SQL, f-strings, 200"
BARE_LIST = "the changelist without filters, 200"


def main(given: Path | None, seconds: float) -> int:
    load(records_file(given, prepare()))
    site = our_site()
    pin_load()
    part = {**site.signed_in, "HX-Request": "true", "HX-Target": "div#table-packages"}
    with (
        serving(site.command, KEEPS_ORDERS) as server,
        serving(site.command) as keeping,
        serving(site.command, KEEPS_NOTHING) as bare,
    ):

        def side(name: str, addresses: list[str], headers: dict[str, str], on: Server = server) -> Side:
            return Side(name, on, [get(address, headers) for address in addresses], b"<table")

        addresses = list(our_addresses())
        found = in_turns(
            [
                side(PAGE, ["/packages/?packages-sort=-installed_size"], site.signed_in),
                side(FIRST, ["/admin/reference/filteredpackage/?o=-11"], site.signed_in),
                side(PART, addresses, part),
                side(KEPT, addresses, part, keeping),
                side(BARE, addresses, part, bare),
                side(LIST, list(admin_addresses("filteredpackage")), site.signed_in),
                side(HAND, list(addresses_by_hand()), site.signed_in),
                side(BARE_LIST, list(admin_addresses("package")), site.signed_in),
            ],
            rounds=ROUNDS,
            seconds=seconds,
        )
    for name in (KEPT, BARE):
        print(f"{name} : changelist with filters {found[name].rate / found[LIST].rate:.2f}")
    print(f"{PART} : changelist without filters {found[PART].rate / found[BARE_LIST].rate:.2f}")
    page = closing("packages_page", found[PAGE].rate / found[FIRST].rate, at_least=PAGE_TARGET)
    table = closing("packages_table", found[PART].rate / found[LIST].rate, at_least=TABLE_TARGET)
    anew = closing("packages_by_hand", found[PART].rate / found[HAND].rate, at_least=ANEW_TARGET)
    kept = closing("packages_by_hand_kept", found[KEPT].rate / found[HAND].rate, at_least=KEPT_TARGET)
    return page | table | anew | kept


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.packages_page")
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?")
    parser.add_argument("--seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    sys.exit(main(arguments.file, arguments.seconds))
