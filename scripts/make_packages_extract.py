"""Makes demo/data/packages.ndjson.gz: 2,000 records of a whole package index, the same ones each time.

    python scripts/make_packages_extract.py PACKAGES.ndjson.gz

A fair sample of every section, and before it the records that are hard to show: the longest, the largest,
the emptiest.
"""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections import defaultdict
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

Package = dict[str, Any]

WANTED = 2000  # records
AT_LEAST = 12  # records of each section, however small
EDGES = 10  # records at each extreme
TARGET = Path(__file__).resolve().parent.parent / "demo" / "data" / "packages.ndjson.gz"

EXTREMES: list[Callable[[Package], float]] = [
    lambda package: len(package["summary"]),
    lambda package: -len(package["summary"]),
    lambda package: len(package["name"]),
    lambda package: len(package["tags"]),
    lambda package: len(package["version"]),
    lambda package: len(package["maintainer"]),
    lambda package: len(package["homepage"] or ""),
    lambda package: package["download_size"],
    lambda package: package["installed_size"],
    lambda package: -package["installed_size"],
    lambda package: package["depends_count"],
    lambda package: package["essential"],
    lambda package: package["priority"] == "required",
    lambda package: package["priority"] == "important",
    lambda package: package["priority"] == "standard",
    lambda package: package["priority"] == "extra",
    lambda package: not package["summary"].isascii() or not package["maintainer"].isascii(),
]


def shuffled(packages: list[Package]) -> list[Package]:
    """In an order that is by chance and yet the same each time."""
    return sorted(packages, key=lambda package: sha256(package["name"].encode()).hexdigest())


def chosen(packages: list[Package]) -> list[Package]:
    """The extremes, then each section's share, then whoever is next until there are enough."""
    packages = shuffled(packages)
    picked: dict[str, Package] = {}
    for extreme in EXTREMES:
        for package in sorted(packages, key=extreme, reverse=True)[:EDGES]:
            picked[package["name"]] = package
    sections: dict[str, list[Package]] = defaultdict(list)
    for package in packages:
        sections[package["section"]].append(package)
    room = WANTED - len(picked) - AT_LEAST * len(sections)
    for section in sections.values():
        share = AT_LEAST + room * len(section) // len(packages)
        picked.update((package["name"], package) for package in section[:share])
    for package in packages:
        if len(picked) >= WANTED:
            break
        picked[package["name"]] = package
    return sorted(picked.values(), key=lambda package: str(package["name"]))


def main() -> None:
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as source:
        packages = [json.loads(line) for line in source]
    lines = "".join(json.dumps(package, ensure_ascii=False) + "\n" for package in chosen(packages))
    # No clock and no name in the archive: twice the same bytes.
    with io.BytesIO() as buffer:
        with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0, compresslevel=9) as archive:
            archive.write(lines.encode())
        TARGET.write_bytes(buffer.getvalue())
    print(f"{lines.count(chr(10)):,} records in {TARGET} ({TARGET.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main()
