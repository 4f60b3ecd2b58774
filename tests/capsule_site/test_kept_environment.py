"""What the site was told once, in a file of its folder: read at each start, and the environment wins."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from capsule_site.kept_environment import keep_in_environment, kept_environment
from tests.capsule_site.test_settings import settings_under


def test_without_a_file_nothing_is_kept(tmp_path: Path) -> None:
    assert kept_environment(tmp_path / "nowhere") == {}


def test_what_is_kept_is_read_again_and_nobody_elses(tmp_path: Path) -> None:
    path = keep_in_environment(tmp_path / "var", "CAPSULE_DEMO", "1")
    path.write_text(path.read_text() + "\n# of the house\nEMAIL_URL=smtp://a:b=c@localhost:25\n")
    keep_in_environment(tmp_path / "var", "CAPSULE_DEMO", "0")
    assert kept_environment(path.parent) == {"CAPSULE_DEMO": "0", "EMAIL_URL": "smtp://a:b=c@localhost:25"}
    assert "# of the house" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["environment"]


@pytest.mark.parametrize("line", ["CAPSULE_DEMO", "demo=0", "export CAPSULE_DEMO=0", "=1"])
def test_a_line_that_cannot_be_read_is_a_sentence(line: str, tmp_path: Path) -> None:
    (tmp_path / "environment").write_text(f"HOST=localhost\n{line}\n")
    with pytest.raises(ImproperlyConfigured, match=r"environment, line 2: write NAME=value"):
        kept_environment(tmp_path)


def test_a_file_that_is_no_text_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "environment").write_bytes(b"\xff\xfe")
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        kept_environment(tmp_path)


def test_the_settings_follow_it_and_the_environment_wins(tmp_path: Path) -> None:
    keep_in_environment(tmp_path, "CAPSULE_PROXIES", "2")
    keep_in_environment(tmp_path, "CAPSULE_DEMO", "0")
    kept, said = settings_under(tmp_path, {}, {"CAPSULE_PROXIES": "3"})
    assert (kept["CAPSULE_DEMO"], kept["CAPSULE_PROXIES"]) == (False, 2)
    assert "demo" not in kept["INSTALLED_APPS"]
    assert said["CAPSULE_PROXIES"] == 3
