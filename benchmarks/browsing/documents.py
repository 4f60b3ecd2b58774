"""As many packages as are asked for, out of those of a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.scratch import lines

__all__ = ["packages_of"]

STEP = 1024  # bytes by which each repetition of a package is larger than the one before


def packages_of(path: Path, count: int) -> Iterator[dict[str, Any]]:
    """The packages of the file, again and again, each under a name and with a size of its own."""
    records = [json.loads(line) for line in lines(path)]
    for number in range(count):
        turn, at = divmod(number, len(records))
        record = records[at]
        # No package has a ~ in its name.
        changed = {
            "name": f"{record['name']}~{turn}",
            "installed_size": record["installed_size"] + turn * STEP,
        }
        yield {**record, **changed} if turn else record
