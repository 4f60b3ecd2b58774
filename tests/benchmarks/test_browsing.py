"""What is browsed is as many packages as are asked for, each under a name of its own."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.browsing.documents import packages_of


def test_packages_are_repeated_under_names_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "packages.ndjson"
    file.write_text("".join(json.dumps({"name": name, "installed_size": 10}) + "\n" for name in "abc"))
    found = [(one["name"], one["installed_size"]) for one in packages_of(file, 7)]
    assert [name for name, _size in found] == ["a", "b", "c", "a~1", "b~1", "c~1", "a~2"]
    assert [size for _name, size in found] == [10, 10, 10, 1034, 1034, 1034, 2058]
