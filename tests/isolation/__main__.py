"""``python -m tests.isolation 1000000``: random operations by 50 identities, as many as one likes.

Worlds of 10,000 operations, each decided by its number alone. What is done is kept in ``var``, so a run that
was broken off goes on, and one that was finished begins anew. The figure is for docs/proofs.md.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

import django

WORLD = 10_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.isolation", description=__doc__)
    parser.add_argument("operations", type=int, nargs="?", default=20_000)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import setup_databases, teardown_databases  # noqa: PLC0415

    record = Path("var") / f"isolation-{connection.vendor}-{options.operations}.json"
    record.parent.mkdir(exist_ok=True)
    made = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    try:
        return _run(options.operations, record)
    finally:
        teardown_databases(made, verbosity=0)


def _run(wanted: int, record: Path) -> int:
    from tests.isolation.driver import run  # noqa: PLC0415
    from tests.isolation.world import Leak  # noqa: PLC0415

    state = {"operations": 0, "seconds": 0.0, "refused": 0}
    if record.exists():
        begun_before = json.loads(record.read_text())
        state = begun_before if begun_before["operations"] < wanted else state
        _say(f"Going on after {state['operations']:,} operations.")
    while state["operations"] < wanted:
        seed, begun = int(state["operations"]), time.monotonic()
        try:
            world = run(seed, min(WORLD, wanted - seed))
        except Leak as leak:
            _say(f"LEAK in the world of seed {seed}: {leak}")
            return 1
        state["operations"] += min(WORLD, wanted - seed)
        state["refused"] += world.refused
        state["seconds"] = round(state["seconds"] + time.monotonic() - begun, 1)
        record.write_text(json.dumps(state))
        _say(f"{state['operations']:>12,} operations, 0 leaks, {state['seconds']:,.0f} s")
    _say(f"{state['operations']:,} operations by 50 identities, {state['refused']:,} refused, 0 leaks.")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
