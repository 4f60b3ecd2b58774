"""The packages page against the Django admin's changelist of a hand-written model, by HTTP.

    python -m benchmarks.packages_page [FILE] [--seconds 5]

FILE is NDJSON of packages, also gzipped; without one the demo's extract is multiplied to 63,666 records.

One Daphne serves both, with the site's settings, the same records and the same signed-in superuser: the
first page of 25 rows, sorted by installed size, over connections that stay open. Rounds alternate; the
figure is the ratio of the median requests per second. Target: at least 3, or it
exits with 1.
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks.scratch import ROOT, closing, lines, prepare, records_file

OURS = "/packages/?packages-sort=-installed_size"
ADMIN = "/admin/reference/package/?o=-11"
CLIENTS = 4
ROUNDS = 5
TARGET = 3


def load(path: Path) -> None:
    """The same records into both tables."""
    from django.core.management import call_command  # noqa: PLC0415 - needs the site that prepare() set up

    from benchmarks.reference.models import Package  # noqa: PLC0415

    call_command("load_documents", "packages", path, verbosity=0)
    names = {field.name for field in Package._meta.local_fields}
    file = lines(path)
    while batch := list(islice(file, 500)):
        records = (json.loads(line) for line in batch)
        Package._default_manager.bulk_create(
            Package(**{key: value for key, value in record.items() if key in names and value is not None})
            for record in records
        )


def session_cookie() -> str:
    """A signed-in superuser's session, made as signing in makes it."""
    from django.conf import settings  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415

    client = Client()
    client.force_login(User.objects.create_superuser("bench@example.com"), "accounts.backends.AccountBackend")
    return f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}"


@contextmanager
def served() -> Iterator[int]:
    """Daphne on a free port, with the folder and the environment that prepare() left."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "daphne",
        "-b",
        "127.0.0.1",
        "-p",
        str(port),
        "capsule_site.asgi:application",
    ]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()


def rate(port: int, path: str, headers: dict[str, str], seconds: float) -> float:
    """Requests per second of a few clients that each send the next request when they have the answer."""
    counts = [0] * CLIENTS
    problems: list[str] = []
    until = time.perf_counter() + seconds

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while time.perf_counter() < until:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            body = response.read()
            if response.status != 200 or b"<table" not in body:
                problems.append(f"{path} answered {response.status}, without a table.")
                return
            counts[number] += 1

    workers = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if problems:
        raise SystemExit(problems[0])
    return sum(counts) / seconds


def main(given: Path | None, seconds: float) -> int:
    load(records_file(given, prepare()))
    headers = {"Cookie": session_cookie()}
    part = {**headers, "HX-Request": "true", "HX-Target": "div#table-packages"}
    with served() as port:
        for target in (OURS, ADMIN):
            rate(port, target, headers, 1)
        rounds = [
            (
                rate(port, OURS, headers, seconds),
                rate(port, OURS, part, seconds),
                rate(port, ADMIN, headers, seconds),
            )
            for _ in range(ROUNDS)
        ]
    page, partial, admin = (median(side) for side in zip(*rounds, strict=True))
    print(f"packages page {page:.0f} requests/s, its table alone {partial:.0f}, admin changelist {admin:.0f}")
    print(f"table : admin {partial / admin:.2f}")
    return closing("packages_page", page / admin, at_least=TARGET)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.packages_page")
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?")
    parser.add_argument("--seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    sys.exit(main(arguments.file, arguments.seconds))
