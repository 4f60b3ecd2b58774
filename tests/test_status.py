"""docs/status.md names tests that exist, and leaves no cell empty where a figure is not the point."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(?:(\w+)::)?(\w+)`", (ROOT / "docs" / "status.md").read_text())


def test_a_named_test_exists() -> None:
    has_demo = (ROOT / "tests" / "demo").is_dir()  # it may be taken away, and its rows with it
    named = [one for one in NAMED if has_demo or not one[0].startswith("tests/demo/")]
    missing = [one for one in named if not exists(*one)]
    assert named and not missing


def exists(path: str, group: str, name: str) -> bool:
    source = source_of(path)
    has_group = not group or f"class {group}" in source
    return has_group and bool(re.search(rf"^\s*def {name}\b", source, re.MULTILINE))


@cache
def source_of(path: str) -> str:
    return (ROOT / path).read_text() if (ROOT / path).is_file() else ""


def test_every_row_has_its_four_cells() -> None:
    rows = [line for line in (ROOT / "docs" / "status.md").read_text().splitlines() if line.startswith("| ")]
    assert all(len(cells := row.split("|")) == 6 and all(cell.strip() for cell in cells[1:5]) for row in rows)
