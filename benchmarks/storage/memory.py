"""S12: what memory it takes to read all documents one by one, and to load them from a file.

    python -m benchmarks.storage.memory iterate|load FOLDER

Each in a process of its own, which prints what it took at its highest, and of that before it began.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.scratch import ROOT, set_up
from benchmarks.storage.documents import tickets
from benchmarks.storage.figures import Figure

__all__ = ["memory"]

FILE = "tickets.ndjson"


def memory(count: int, folder: Path) -> list[Figure]:
    """The highest memory of iterating over ``count`` documents, and of loading as many."""
    from benchmarks.storage.declarations import bench_loaded  # noqa: PLC0415 - needs the settings
    from benchmarks.storage.filling import delete_above  # noqa: PLC0415

    path = folder / FILE
    delete_above(bench_loaded.model, 0)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(document) + "\n" for document in tickets(0, count))
    try:
        return [_figure(what, count, folder) for what in ("iterate", "load")]
    finally:
        path.unlink()
        delete_above(bench_loaded.model, 0)


def _figure(what: str, count: int, folder: Path) -> Figure:
    command = [sys.executable, "-m", "benchmarks.storage.memory", what, str(folder)]
    printed = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    if found["rows"] != count:
        raise SystemExit(f"{what} came to {found['rows']:,} documents of {count:,}.")
    print(f"  {what}: {found['highest']:.0f} MB, {count / found['seconds']:,.0f} a second", flush=True)
    return Figure("S12", what, found["highest"])


def _highest() -> float:
    """The most memory that this process has had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss, which Linux hands down from the process that started this one.
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def _iterate(folder: Path) -> int:
    from benchmarks.storage.declarations import bench_tickets  # noqa: PLC0415 - needs the settings

    return sum(1 for _row in bench_tickets.all().iterator())


def _load(folder: Path) -> int:
    from django.core.management import call_command  # noqa: PLC0415 - needs the settings

    from benchmarks.storage.declarations import bench_loaded  # noqa: PLC0415

    call_command("load_documents", "bench_loaded", folder / FILE, verbosity=0)
    return bench_loaded.count()


def main(what: str, folder: Path) -> None:
    set_up(folder, "benchmarks.storage.settings")
    began = time.perf_counter()
    rows = {"iterate": _iterate, "load": _load}[what](folder)
    seconds = time.perf_counter() - began
    print(json.dumps({"rows": rows, "highest": _highest(), "seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
