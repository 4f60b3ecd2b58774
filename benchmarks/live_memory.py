"""What a socket takes of the server's memory, and what the server takes when nothing happens.

    python -m benchmarks.live_memory [--sockets 1000]

The server has answered the first page, and then idles: its resident memory. Then each of as many signed-in
people is given a page with a live table, and is taken as a new start (answering them makes the process grow
a little, sockets or not); then all of them open their page's socket. The figure is the growth from there,
divided by the sockets, once all is quiet. Linux only, for it is read from ``/proc``.
Targets: at most 50 kB a socket, at most 120 MB idle, or it exits with 1.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from benchmarks.scratch import closing, prepare
from benchmarks.serving import Server, fetch, pin_load, serving
from benchmarks.sites import our_site
from benchmarks.sockets import Fleet, Person, people_of, watching

IDLE_TARGET, SOCKET_TARGET = 120, 50  # MB, kB
QUIET = 3.0  # seconds


def main(count: int) -> int:
    prepare()
    site, people = our_site(), people_of(count)
    pin_load()
    with serving(site.command) as server:
        if not server.resident:
            raise SystemExit("This system does not tell what memory a process has.")
        fetch(server, "/bench-items/", site.signed_in)
        idle = server.resident
        watchers = watching(people, server, "/bench-items/")
        before = server.resident
        after = asyncio.run(memory_with(server, watchers))
    grown = f"after {count} pages {before / 1e6:.1f} MB, with {count} sockets {after / 1e6:.1f} MB"
    print(f"idle {idle / 1e6:.1f} MB, {grown}")
    missed = closing("live_memory, idle MB", idle / 1e6, at_most=IDLE_TARGET)
    return missed | closing("live_memory, kB a socket", (after - before) / count / 1e3, at_most=SOCKET_TARGET)


async def memory_with(server: Server, watchers: list[Person]) -> int:
    async with Fleet(server, watchers) as fleet:
        await fleet.settle(QUIET)
        if fleet.lost:
            raise SystemExit(f"{fleet.lost} sockets were lost.")
        return server.resident


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live_memory")
    parser.add_argument("--sockets", type=int, default=1000)
    sys.exit(main(parser.parse_args().sockets))
