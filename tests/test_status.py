"""docs/status.md names tests that exist, and leaves no cell empty where a figure is not the point."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(?:(\w+)::)?(\w+)`", (ROOT / "docs" / "status.md").read_text())


@pytest.mark.parametrize(("path", "group", "name"), NAMED, ids=[name for _path, _group, name in NAMED])
def test_a_named_test_exists(path: str, group: str, name: str) -> None:
    if path.startswith("tests/demo/") and not (ROOT / "tests" / "demo").is_dir():
        return  # the demo may be taken away, and its rows with it
    source = (ROOT / path).read_text()
    assert re.search(rf"^\s*def {name}\b", source, re.MULTILINE)
    assert not group or f"class {group}" in source


def test_every_row_has_its_four_cells() -> None:
    rows = [line for line in (ROOT / "docs" / "status.md").read_text().splitlines() if line.startswith("| ")]
    assert all(len(cells := row.split("|")) == 6 and all(cell.strip() for cell in cells[1:5]) for row in rows)
