"""Which settings a run of tests has: the house's suites know no application but their own."""

from __future__ import annotations

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
    with pytest.raises(pytest.UsageError, match="give tests/ or theirs"):
        settings_for(["tests/test_words.py", "desk"], tmp_path)
