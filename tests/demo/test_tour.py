"""`make tour` shows what it says, and says so when something is not as it should be."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from scripts import tour
from tests.browser.harness import Pages
from tests.serving import ROOT, environment_of


@pytest.mark.thorough
@pytest.mark.browser
@pytest.mark.slow
def test_the_tour_shows_what_it_says(tmp_path: Any) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "scripts.tour", "--quick"],
        cwd=ROOT,
        env=environment_of(tmp_path / "var"),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert all(f"{number}. {step.__doc__}" in finished.stdout for number, step in enumerate(tour.STEPS, 1))
    assert "no letter or focus was lost" in finished.stdout


@pytest.mark.browser
def test_the_windows_stand_side_by_side(browser_page: Pages) -> None:
    alice, bob = browser_page(), browser_page()
    assert tour.place(bob, tour.place(alice, 0)) > 0
    lefts = [tour.window_of(page)["bounds"]["left"] for page in (alice, bob)]
    assert lefts == [0, tour.window_of(alice)["bounds"]["width"]]


def test_a_step_that_is_not_so_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    seen = []

    def fails(tour: Any) -> None:
        """Nobody is refused."""
        raise AssertionError("Charlie was let in")

    def never(tour: Any) -> None:
        """Never reached."""
        seen.append(tour)

    nobody: Any = None
    assert not tour.shown(nobody, (fails, never))
    said = capsys.readouterr()
    assert "1. Nobody is refused." in said.out and "Charlie was let in" in said.err
    assert seen == []


@pytest.mark.parametrize(
    ("program", "given", "why"),
    [
        ("/usr/bin/chromium-headless-shell", {"DISPLAY": ":0"}, "has no windows: name a whole Chromium"),
        ("/usr/bin/chromium", {}, "There is no screen here"),
        ("/usr/bin/chromium", {"DISPLAY": ":0"}, ""),
        ("/usr/bin/chromium", {"WAYLAND_DISPLAY": "wayland-0"}, ""),
    ],
)
def test_windows_that_cannot_be_are_a_sentence(program: str, given: dict[str, str], why: str) -> None:
    said = tour.why_no_windows(program, "linux", given)
    assert why in said and bool(said) == bool(why)
    assert tour.why_no_windows("/Applications/Chromium", "darwin", {}) == ""
