"""What comes from others is listed: which version, under which licence, and that nobody changed it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "static" / "vendor"
PACKAGES: list[dict[str, Any]] = json.loads((VENDOR / "manifest.json").read_text())["packages"]
FILES = {file["path"]: file for package in PACKAGES for file in package["files"]}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: str(package["name"]))
def test_each_package_says_what_it_is(package: dict[str, Any]) -> None:
    assert all(package[key] for key in ("name", "version", "licence", "package", "home"))
    assert package["package"].endswith(f"@{package['version']}")
    assert any(file["path"].endswith("/LICENSE") for file in package["files"])


@pytest.mark.parametrize("path", sorted(FILES))
def test_each_file_is_the_one_that_the_manifest_names(path: str) -> None:
    assert hashlib.sha256((VENDOR / path).read_bytes()).hexdigest() == FILES[path]["sha256"]


def test_a_changed_file_says_what_was_changed_and_what_it_was() -> None:
    for file in FILES.values():
        is_changed = "source_sha256" in file
        assert not is_changed or ("change" in file and file["source_sha256"] != file["sha256"])


def test_nothing_stands_there_that_the_manifest_does_not_name() -> None:
    there = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert there - {"manifest.json"} == set(FILES)


def test_the_page_loads_the_versions_that_the_manifest_names() -> None:
    versions = {package["name"]: package["version"] for package in PACKAGES}
    assert f"Tabler v{versions['Tabler']}" in (VENDOR / "tabler/tabler.min.css").read_text()
    assert f'"{versions["htmx"]}"' in (VENDOR / "htmx/htmx.min.js").read_text()
    assert f"Chart.js v{versions['Chart.js']}" in (VENDOR / "chartjs/chart.umd.min.js").read_text()


def test_no_vendored_file_fetches_from_elsewhere() -> None:
    styles = (VENDOR / "tabler/tabler.min.css").read_text()
    assert "@import" not in styles
    assert "url(http" not in styles and "url(//" not in styles and "sourceMappingURL" not in styles


@pytest.mark.thorough
def test_every_static_file_is_collected_under_a_hashed_name(tmp_path: Path) -> None:
    ours = {"CAPSULE_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "capsule_site.settings"}
    environment = {**os.environ, **ours}
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    collected = json.loads((tmp_path / "static" / "staticfiles.json").read_text())["paths"]
    for path in FILES:
        hashed = collected[f"vendor/{path}"]
        assert hashed != f"vendor/{path}" and (tmp_path / "static" / hashed).exists()
    assert (tmp_path / "static" / f"{collected['vendor/tabler/tabler.min.css']}.gz").exists()
