"""What the browser's suite brings along from others: which version, under which licence, unchanged."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

VENDOR = Path(__file__).parent / "vendor"
PACKAGES = json.loads((VENDOR / "manifest.json").read_text())["packages"]
FILES = {file["path"]: file["sha256"] for package in PACKAGES for file in package["files"]}


def test_each_package_says_what_it_is() -> None:
    for package in PACKAGES:
        assert package["package"].endswith(f"@{package['version']}")
        assert package["licence"] == "MPL-2.0"
        assert package["home"].startswith("https://")


def test_each_file_is_the_one_that_the_manifest_names() -> None:
    there = {path for path in VENDOR.rglob("*") if path.is_file()} - {VENDOR / "manifest.json"}
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in there
    }
    assert found == FILES


def test_its_own_head_names_the_version() -> None:
    assert f"axe v{PACKAGES[0]['version']}\n" in (VENDOR / "axe-core" / "axe.min.js").read_text()[:40]
