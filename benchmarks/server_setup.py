"""Our set-up of Daphne, threads and middlewares against stock Daphne with stock middlewares: the same view.

    python -m benchmarks.server_setup [--seconds 5]

The view makes 30 points as JSON, once for everybody and once behind ``login_required``. The stock side is
what ``startproject`` makes, with CSP's and htmx's middleware and our SQLite options. Eight connections that
stay open; the servers on one CPU, the load on another where there are two; rounds alternate. The figure is
the worse of the two ratios of requests per second. Target: at least 1.4, or it exits with 1.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.load import Side, get, in_turns
from benchmarks.scratch import closing, prepare
from benchmarks.serving import pin_load, serving
from benchmarks.sites import our_site, stock_site

ROUNDS = 5
TARGET = 1.4


def main(seconds: float) -> int:
    folder = prepare()
    ours, stock = our_site(), stock_site(folder)
    pin_load()
    with (
        serving(ours.command, ours.environment) as our_server,
        serving(stock.command, stock.environment) as stock_server,
    ):
        found = in_turns(
            [
                Side("ours, everybody", our_server, [get("/bench/points")], b"2026-11-30"),
                Side("stock, everybody", stock_server, [get("/bench/points")], b"2026-11-30"),
                Side(
                    "ours, signed in", our_server, [get("/bench/own-points", ours.signed_in)], b"2026-11-30"
                ),
                Side(
                    "stock, signed in",
                    stock_server,
                    [get("/bench/own-points", stock.signed_in)],
                    b"2026-11-30",
                ),
            ],
            rounds=ROUNDS,
            seconds=seconds,
        )
    ratios = {
        who: found[f"ours, {who}"].rate / found[f"stock, {who}"].rate for who in ("everybody", "signed in")
    }
    for who, ratio in ratios.items():
        print(f"{who}: {ratio:.2f}")
    return closing("server_setup", min(ratios.values()), at_least=TARGET)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server_setup")
    parser.add_argument("--seconds", type=float, default=5.0)
    sys.exit(main(parser.parse_args().seconds))
