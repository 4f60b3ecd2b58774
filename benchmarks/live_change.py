"""One change, told to a thousand sockets of one process: until the last of them has its frame.

    python -m benchmarks.live_change [--sockets 1000]

A POST makes a change in a transaction (ours through a collection), and the clock runs from the sending of
the request to the last socket's frame. The peer is Channels' own way on stock Daphne: the in-memory channel
layer with a group member for each socket, and a consumer that knows nobody and checks nothing. Our sockets
are of as many signed-in people, each of whom has a page with a table of the collection. The sockets are read
by one process on another CPU where there are two, which takes its own share of the time, on both sides.
Changes alternate; the figure is the ratio of the medians. Targets: at most 0.4, and at most 200 ms, or it
exits with 1.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from statistics import median

from benchmarks.load import post
from benchmarks.scratch import closing, prepare
from benchmarks.serving import Server, pin_load, serving
from benchmarks.sites import Site, our_site, stock_site
from benchmarks.sockets import Fleet, Person, ask_apart, people_of, watching

ROUNDS = 15
WITHIN = 30.0  # seconds
RATIO_TARGET, TIME_TARGET = 0.4, 0.2
PAUSE = 0.5  # seconds between two changes: longer than any of ours is held back


def main(count: int) -> int:
    folder = prepare()
    # These need the site that prepare() has set up.
    from benchmarks.ours.declarations import bench_items  # noqa: PLC0415

    bench_items.insert_one({"title": "counter"})
    ours, people = our_site(), people_of(count)
    stock = stock_site(folder, "benchmarks.stock.asgi_live:application")
    pin_load()
    with serving(ours.command) as our_server, serving(stock.command, stock.environment) as stock_server:
        watchers = watching(people, our_server, "/bench-items/")
        took = asyncio.run(measure((our_server, ours, watchers), (stock_server, stock, [Person("")] * count)))
    mine, theirs = (median(times) for times in took)
    print(f"the last of {count} sockets: ours {mine * 1000:.0f} ms, channel layer {theirs * 1000:.0f} ms")
    within = closing("live_change, seconds", mine, at_most=TIME_TARGET)
    return within | closing("live_change", mine / theirs, at_most=RATIO_TARGET)


async def measure(*sides: tuple[Server, Site, list[Person]]) -> list[list[float]]:
    took: list[list[float]] = [[] for _side in sides]
    async with Fleet(sides[0][0], sides[0][2]) as ours, Fleet(sides[1][0], sides[1][2]) as theirs:
        for number in range(-1, ROUNDS):
            for at, fleet in ((0, ours), (1, theirs)) if number % 2 else ((1, theirs), (0, ours)):
                await fleet.settle(PAUSE)
                seconds = await once(fleet, sides[at][1])
                if number >= 0:
                    took[at].append(seconds)
        print(f"sockets lost: ours {ours.lost}, channel layer {theirs.lost}")
    return took


async def once(fleet: Fleet, site: Site) -> float:
    request = post("/bench/change", [], site.signed_in)
    began = time.monotonic()
    asked = asyncio.create_task(ask_apart(fleet.server, request))
    seconds = await fleet.until_all("changed", began, WITHIN)
    await asked
    return seconds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live_change")
    parser.add_argument("--sockets", type=int, default=1000)
    sys.exit(main(parser.parse_args().sockets))
