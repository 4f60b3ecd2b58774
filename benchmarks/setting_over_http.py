"""A setting's POST over HTTP against ``update_or_create`` in a hand-written view on stock Daphne.

    python -m benchmarks.setting_over_http [--seconds 5]

Both post as a signed-in person's htmx does, CSRF checked, and answer with the control. The stock side is
what ``startproject`` makes, with CSP's and htmx's middleware and our SQLite options (WAL, IMMEDIATE,
synchronous=FULL); each side has a database file of its own. Eight connections that stay open; the servers on
one CPU, the load on another where there are two; rounds alternate. The figure is the ratio of requests per
second. Target: at least 1.7, or it exits with 1.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.load import Side, in_turns, post
from benchmarks.scratch import closing, prepare
from benchmarks.serving import pin_load, serving
from benchmarks.sites import Site, our_site, stock_site

ROUNDS = 5
TARGET = 1.7
OURS, STOCK = "ours, a setting", "stock, update_or_create"


def toggles(site: Site, address: str, target: str) -> list[bytes]:
    """On and off, as the control posts them."""
    headers = {**site.signed_in, "HX-Request": "true", "HX-Target": target}
    return [
        post(address, [("value", "off"), ("value", "on")], headers),
        post(address, [("value", "off")], headers),
    ]


def main(seconds: float) -> int:
    folder = prepare()
    ours, stock = our_site(), stock_site(folder)
    our_posts = toggles(ours, "/settings/bench_switch/", "form#toggle-bench_switch")
    stock_posts = toggles(stock, "/switch/", "form#bare")
    pin_load()
    with (
        serving(ours.command, ours.environment) as our_server,
        serving(stock.command, stock.environment) as stock_server,
    ):
        found = in_turns(
            [
                Side(OURS, our_server, our_posts, b"Saved"),
                Side(STOCK, stock_server, stock_posts, b"Saved"),
            ],
            rounds=ROUNDS,
            seconds=seconds,
        )
    return closing("setting_over_http", found[OURS].rate / found[STOCK].rate, at_least=TARGET)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.setting_over_http")
    parser.add_argument("--seconds", type=float, default=5.0)
    sys.exit(main(parser.parse_args().seconds))
