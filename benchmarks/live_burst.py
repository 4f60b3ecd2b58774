"""A thousand changes within a second, with a thousand sockets that watch what changes.

    python -m benchmarks.live_burst [--sockets 1000]

One POST makes 1,000 changes a millisecond apart: each a commit that raises the version of a collection's
topic, as a write of a document does, without the document. The clock runs from the sending of that request
until every socket has been told of the last change.
Meanwhile a process of its own asks for a small JSON view, as it did before with the same sockets and nothing
to tell. Medians of five bursts. Targets: the last frame within 2 s, no socket lost, HTTP's median at most 3
times the idle one, or it exits with 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from dataclasses import dataclass
from statistics import median

from benchmarks.load import post
from benchmarks.scratch import ROOT, closing, prepare
from benchmarks.serving import Server, pin_load, serving
from benchmarks.sites import Site, our_site
from benchmarks.sockets import Fleet, Person, ask_apart, people_of, watching

BURSTS = 5
WITHIN = 60.0  # seconds
PROBED = 4.0  # seconds: longer than a burst should take
TIME_TARGET, PROBE_TARGET = 2, 3


@dataclass(frozen=True)
class Burst:
    """How one went, in seconds."""

    writing: float
    told: float
    frames: float  # to each socket
    probe: float  # median of HTTP meanwhile


def main(count: int) -> int:
    prepare()
    site, people = our_site(), people_of(count)
    pin_load()
    with serving(site.command) as server:
        watchers = watching(people, server, "/bench-items/")
        idle, bursts, lost = asyncio.run(measure(server, site, watchers))
    for one in bursts:
        print(
            f"committed in {one.writing:.2f} s, all told after {one.told:.2f} s, "
            f"{one.frames:.1f} frames to each, HTTP {one.probe * 1000:.1f} ms"
        )
    print(f"HTTP idle {idle * 1000:.1f} ms, sockets lost: {lost}")
    missed = closing("live_burst, seconds", median(one.told for one in bursts), at_most=TIME_TARGET)
    missed |= closing("live_burst, HTTP", median(one.probe for one in bursts) / idle, at_most=PROBE_TARGET)
    return missed | closing("live_burst, sockets lost", lost, at_most=0)


async def measure(server: Server, site: Site, watchers: list[Person]) -> tuple[float, list[Burst], int]:
    async with Fleet(server, watchers) as fleet:
        await fleet.settle()
        idle = median(took for _when, took in await probe(server))
        bursts = [await burst(fleet, site) for _number in range(BURSTS)]
        return idle, bursts, fleet.lost


async def burst(fleet: Fleet, site: Site) -> Burst:
    await fleet.settle()
    frames = fleet.frames
    probing = asyncio.create_task(probe(fleet.server))
    await asyncio.sleep(0.5)  # the prober is a process that starts
    began = time.monotonic()
    answer = json.loads(await ask_apart(fleet.server, post("/bench/burst", [], site.signed_in)))
    told = await fleet.until_all(f'"{answer["topic"]}":{answer["last"]}', began, WITHIN)
    meanwhile = [took for when, took in await probing if began < when < began + told]
    return Burst(answer["took"], told, (fleet.frames - frames) / len(fleet.sockets), median(meanwhile))


async def probe(server: Server) -> list[tuple[float, float]]:
    command = [sys.executable, "-m", "benchmarks.probing", str(server.port), "/bench/points", str(PROBED)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    output, _errors = await process.communicate()
    found: list[tuple[float, float]] = json.loads(output)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live_burst")
    parser.add_argument("--sockets", type=int, default=1000)
    sys.exit(main(parser.parse_args().sockets))
