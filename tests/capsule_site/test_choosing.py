"""Which settings a run of tests has: the house's suites know no application but their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from capsule_site.testing.choosing import OF_APPLICATIONS, OF_THE_HOUSE, settings_for
from tests.serving import ROOT


@pytest.mark.parametrize(
    ("given", "settings"),
    [
        ([], OF_THE_HOUSE),
        (["tests"], OF_THE_HOUSE),
        (["tests/", "tests/pages/test_ui.py::test_one[a::b]"], OF_THE_HOUSE),
        (["desk"], OF_APPLICATIONS),
        (["desk/tests/test_pages.py::test_one", "./shop/tests"], OF_APPLICATIONS),
    ],
)
def test_a_run_is_of_the_house_or_of_applications(
    given: list[str], settings: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert settings_for(given, ROOT) == settings


def test_both_at_once_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for given in (["tests/test_words.py", "desk"], ["."]):
        with pytest.raises(pytest.UsageError, match="give tests/ or theirs"):
            settings_for(given, tmp_path)


def test_without_a_path_it_is_where_one_stands(tmp_path: Path) -> None:
    """As pytest itself has it: in the folder of an application its tests are meant."""
    for name in ("desk", "capsule_site"):
        (tmp_path / name).mkdir()
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (tmp_path / "desk/test_it.py").write_text("def test_it():\n    pass\n")
    asked = (
        "import os, pytest; pytest.main(['-q', '-p', 'capsule_site.testing.choosing', '-p', 'no:django']); "
    )
    asked += "print(os.environ['DJANGO_SETTINGS_MODULE'])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    told = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=tmp_path / "desk", env=environment, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert told.stdout.splitlines()[-1] == OF_APPLICATIONS, told.stdout + told.stderr
