"""From the start of the server's process to the first page with a table: ours, and bare Django on Daphne.

    python -m benchmarks.cold_start [--starts 9]

The database is prepared and both files' pages are in the system's cache. Ours starts as ``manage.py serve``
starts it once nothing is to be prepared, and shows the demo's packages to a signed-in person; the bare site
is what ``startproject`` makes, with one view and one template that list 25 rows. Starts alternate, each on
the servers' own CPU. The figure is the ratio of the medians. Target: at most 1.5, or it exits with 1; the
seconds are only reported, for they are the machine's (one second is what we are after).
"""

from __future__ import annotations

import argparse
import http.client
import sys
import time
from statistics import median

from benchmarks.scratch import EXTRACT, closing, prepare
from benchmarks.serving import LOOK_EVERY, START_LIMIT, pin_load, started
from benchmarks.sites import Site, our_site, stock_site

TARGET = 1.5


def main(starts: int) -> int:
    folder = prepare()
    from django.core.management import call_command  # noqa: PLC0415 - needs the site that prepare() set up

    call_command("load_documents", "packages", EXTRACT, verbosity=0)
    sides = [(our_site(), "/packages/"), (stock_site(folder), "/entries/")]
    # The site as it is, without what the benchmarks declare.
    sides[0][0].environment["DJANGO_SETTINGS_MODULE"] = "capsule_site.settings"
    pin_load()
    took: list[list[float]] = [[], []]
    spent: list[list[float]] = [[], []]
    for number in range(-1, starts):
        for at in (0, 1) if number % 2 else (1, 0):
            seconds, cpu = start(*sides[at])
            if number >= 0:  # the first start of each fills the caches
                took[at].append(seconds)
                spent[at].append(cpu)
    ours, bare = (median(times) for times in took)
    print(f"ours {ours:.2f} s, bare Django {bare:.2f} s (medians of {starts} starts)")
    ours_cpu, bare_cpu = (median(times) for times in spent)
    print(f"of CPU: ours {ours_cpu:.2f} s, bare Django {bare_cpu:.2f} s")
    return closing("cold_start", ours / bare, at_most=TARGET)


def start(site: Site, path: str) -> tuple[float, float]:
    """Seconds until the page was there, and how many of them the server had its CPU."""
    began = time.perf_counter()
    with started(site.command, site.environment) as server:
        until = began + START_LIMIT
        while time.perf_counter() < until and server.process.poll() is None:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=START_LIMIT)
            try:
                connection.request("GET", path, headers=site.signed_in)
                response = connection.getresponse()
                body = response.read()
            except ConnectionError:
                time.sleep(LOOK_EVERY)
                continue
            finally:
                connection.close()
            if response.status == 200 and b"<table" in body:
                return time.perf_counter() - began, server.cpu_seconds
            raise SystemExit(f"{path} answered {response.status}, without a table.")
    raise SystemExit("The server did not start.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cold_start")
    parser.add_argument("--starts", type=int, default=9)
    sys.exit(main(parser.parse_args().starts))
