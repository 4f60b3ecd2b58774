"""``python -m benchmarks.probing PORT PATH SECONDS``: asks one thing again and again, and prints how it went.

A process of its own, so that what it measures is the server and not whatever else the benchmark does. Prints
JSON: pairs of when the answer was there (monotonic seconds) and the seconds that it took.
"""

from __future__ import annotations

import json
import sys
import time

from benchmarks.load import Connection, get

EVERY = 0.01  # seconds between two questions


def main(port: int, path: str, seconds: float) -> None:
    connection = Connection(port)
    request = get(path)
    until = time.monotonic() + seconds
    found = []
    while time.monotonic() < until:
        began = time.monotonic()
        status, _body = connection.ask(request)
        if status != 200:
            raise SystemExit(f"{path} answered {status}.")
        answered = time.monotonic()
        found.append((answered, answered - began))
        time.sleep(EVERY)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
