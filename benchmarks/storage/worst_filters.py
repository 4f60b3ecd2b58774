"""What the dearest filters take that are within the budget of 50 conditions, of N documents.

    python -m benchmarks.storage.worst_filters 100000

Each counts, so that every document is looked at, and none of its conditions holds, so that all are asked. On
SQLite, by the processor's time. It exits with 1 if one takes more than 2 s of a hundred thousand.
"""

from __future__ import annotations

import argparse
import sys
from time import process_time
from typing import Any

from benchmarks.storage.copies import filled_by_copies

__all__ = ["FILTERS", "main"]

MOST = 2.0  # seconds, of a hundred thousand
_NUMBERS = range(50)
FILTERS: dict[str, dict[str, Any]] = {
    "50 tags, none of them": {"$nor": [{"tags": f"none {n}"} for n in _NUMBERS]},
    "50 tags, any of them": {"$or": [{"tags": {"$all": [f"none {n}"]}} for n in _NUMBERS]},
    "25 pairs of tags": {"$nor": [{"tags": {"$all": ["billing", f"none {n}"]}} for n in _NUMBERS[:25]]},
    "50 undeclared keys": {"$nor": [{f"key{n}": 1} for n in _NUMBERS]},
    "50 paths": {"$nor": [{f"key{n}.inner.most": {"$gt": "a"}} for n in _NUMBERS]},
    "50 undeclared ranges of one text": {"$nor": [{"note": {"$gt": f"zzz {n}"}} for n in _NUMBERS]},
    "50 ranges of one text": {"$nor": [{"subject": {"$gt": f"zzz {n}"}} for n in _NUMBERS]},
    "50 amounts": {"$nor": [{"amount": {"$gt": 10**9 + n}} for n in _NUMBERS]},
    "50 lengths of a list": {"$nor": [{"tags": {"$size": 100 + n}} for n in _NUMBERS]},
    "50 elements": {"$nor": [{"tags": {"$elemMatch": {"$gt": f"zzz {n}"}}} for n in _NUMBERS]},
    "50 remainders": {"$nor": [{"key": {"$mod": [1000 + n, 999]}} for n in _NUMBERS]},
    "50 contained texts": {"$nor": [{"subject": {"$in": ["x", f"zzz {n}"]}} for n in _NUMBERS]},
    "8 patterns": {"$nor": [{"subject": {"$regex": f"(a|b)*zz{n}$"}} for n in _NUMBERS[:8]]},
    "4 patterns and 26 lengths": {
        "$nor": [
            *({"subject": {"$regex": f"(a|b)*zz{n}$"}} for n in _NUMBERS[:4]),
            *({"tags": {"$size": 100 + n}} for n in _NUMBERS[:26]),
        ]
    },
}


def main(count: int) -> int:
    """Ask each filter of ``count`` documents."""
    with filled_by_copies(count):
        from benchmarks.storage.declarations import bench_tickets  # noqa: PLC0415 - needs the settings

        took = {}
        for name, filter in FILTERS.items():
            start = process_time()
            bench_tickets.count(filter)
            took[name] = process_time() - start
            print(f"{took[name]:6.2f} s  {name}", flush=True)
    worst = max(took, key=lambda name: took[name])
    most = MOST * count / 100_000
    print(f"{count:,} documents, {len(took)} filters: {took[worst]:.2f} s at worst, {worst}; at most {most}")
    return int(took[worst] > most)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storage.worst_filters")
    parser.add_argument("count", metavar="N", type=int, help="documents: five thousand, or a multiple of it")
    sys.exit(main(parser.parse_args().count))
