"""The packages page against the Django admin's changelist of a hand-written model, by HTTP.

    python -m benchmarks.packages_page [FILE] [SECONDS]

One Daphne serves both, with the site's settings, the same records and the same signed-in superuser: the
first page of 25 rows, sorted by installed size, over connections that stay open. Rounds alternate; the
figure is the ratio of the median requests per second. Target: at least 3.
"""

from __future__ import annotations

import gzip
import http.client
import json
import os
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

from benchmarks.scratch import DATA, prepare

OURS = "/packages/?packages-sort=-installed_size"
PART = OURS
ADMIN = "/admin/reference/package/?o=-11"
CLIENTS = 4
ROUNDS = 5


def load(path: Path) -> None:
    """The same records into both tables."""
    from django.core.management import call_command  # noqa: PLC0415 - needs the site that prepare() set up

    from benchmarks.reference.models import Package  # noqa: PLC0415

    call_command("load_documents", "packages", path, verbosity=0)
    names = {field.name for field in Package._meta.local_fields}
    with gzip.open(path, "rb") as file:
        while lines := list(islice(file, 500)):
            records = (json.loads(line) for line in lines)
            Package._default_manager.bulk_create(
                Package(**{key: value for key, value in record.items() if key in names and value is not None})
                for record in records
            )


def session_key() -> str:
    """A signed-in superuser's session, made as signing in makes it."""
    from django.test import Client  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415

    client = Client()
    client.force_login(User.objects.create_superuser("bench@example.com"), "accounts.backends.AccountBackend")
    return client.session.session_key or ""


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """Daphne on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = {**os.environ, "CAPSULE_VAR": str(folder), "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
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
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
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


def main(path: Path, seconds: float) -> None:
    folder = prepare()
    load(path)
    headers = {"Cookie": f"sid={session_key()}"}
    part = {**headers, "HX-Request": "true", "HX-Target": "div#table-packages"}
    with served(folder) as port:
        for target in (OURS, ADMIN):
            rate(port, target, headers, 1)
        rounds = [
            (
                rate(port, OURS, headers, seconds),
                rate(port, PART, part, seconds),
                rate(port, ADMIN, headers, seconds),
            )
            for _ in range(ROUNDS)
        ]
    page, partial, admin = (median(side) for side in zip(*rounds, strict=True))
    print(f"packages page {page:.0f} requests/s, its table alone {partial:.0f}, admin changelist {admin:.0f}")
    print(f"ratio page : admin {page / admin:.2f} (at least 3), table : admin {partial / admin:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA, float(sys.argv[2]) if len(sys.argv) > 2 else 5.0)
