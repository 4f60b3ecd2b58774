"""docs/proofs.md names tests and commands that exist, and every claim has a figure; so has the README."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from benchmarks import prove
from benchmarks.prove import PAGE, ROOT, Claim, added_up, claims_of
from tests.reader import README, comments, sentences
from tests.test_status import exists

TRIED, _HEADING, OF_THE_README = PAGE.read_text().partition("\n## What the README says")
CLAIMS = claims_of(TRIED)
SAID = re.findall(r"^\| (.+) \| (.+) \|$", OF_THE_README, re.MULTILINE)
SHOWN = [(sentence, cell) for sentence, cell in SAID if "::" in cell]


@pytest.mark.parametrize("claim", CLAIMS, ids=[claim.claim[:40] for claim in CLAIMS])
def test_a_claim_is_shown_by_what_exists(claim: Claim) -> None:
    assert claim.last.strip()
    if claim.test is None:
        module = re.match(r"python -m ([\w.]+)", claim.shown_by)
        assert module, claim.shown_by
        path = ROOT.joinpath(*module[1].split("."))
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists()
        return
    path_of_test, _, name = claim.test.partition("::")
    function = name.rpartition("::")[2].partition("[")[0]
    assert re.search(
        rf"^\s*def {function}\([^)]*\bproof\b", Path(ROOT / path_of_test).read_text(), re.MULTILINE
    )


def test_no_row_is_missed() -> None:
    rows = [line for line in TRIED.splitlines() if line.startswith("| ")]
    assert len(rows) - 1 == len(CLAIMS) > 0


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (["3 of 24"], "3 of 24"),
        (["1,000 sent, 0 lost", "500 sent, 1 lost"], "1,500 sent, 1 lost"),
        (["7 of 8", "8 of 8", "8 of 8"], "23 of 24"),
        (["nothing"] * 3, "nothing"),
    ],
)
def test_what_the_parts_of_a_test_say_is_added_up(parts: list[str], whole: str) -> None:
    assert added_up(parts) == whole


def test_a_claim_one_of_whose_parts_fails_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], *, env: dict[str, str], **options: object) -> object:
        said = [{"test": f"t.py::{name}[{at}]", "result": "1 of 1"} for name in "ab" for at in range(2)]
        Path(env["PROOFS"]).write_text("".join(json.dumps(one) + "\n" for one in said))
        return subprocess.CompletedProcess(command, code, "FAILED t.py::a[2] - assert 0\n", "")

    monkeypatch.setattr("benchmarks.prove.subprocess.run", run)
    code = 1
    assert prove.results_of_tests(["t.py::a", "t.py::b"]) == {"t.py::b": "2 of 2"}
    code = 2
    assert prove.results_of_tests(["t.py::a", "t.py::b"]) == {}


# What the README says -----------------------------------------------------------------------------------


def test_each_sentence_of_the_readme_has_its_row_and_each_row_its_sentence() -> None:
    """Where to read on is left out: it has links alone."""
    text = README.read_text().partition("## Where to read on")[0]
    said = [*sentences(text), *comments(text)]
    rows = [sentence for sentence, _cell in SAID if sentence != "sentence"]
    assert sorted(rows) == sorted(said)


def test_what_shows_a_sentence_exists() -> None:
    has_demo = (ROOT / "tests" / "demo").is_dir()  # it may be taken away
    missing = []
    for sentence, cell in SHOWN:
        named = re.findall(r"`(tests/[\w/]+\.py)::(?:(\w+)::)?(\w+)`", cell)
        assert len(named) == len(cell.split(", ")), f"{sentence}: {cell}"
        missing += [one for one in named if not exists(*one) and (has_demo or "tests/demo/" not in one[0])]
    assert SHOWN and missing == []


def test_each_figure_of_the_readme_was_measured() -> None:
    """What its table says is in one row of RESULTS.md or of this page, of the command that it names."""
    table = README.read_text().partition("## What was measured")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in row.strip("|").split("|")]
        for row in re.findall(r"^\|.*`.*$", table, re.MULTILINE)
    ]
    measured = [
        *PAGE.read_text().splitlines(),
        *(ROOT / "benchmarks" / "RESULTS.md").read_text().splitlines(),
    ]
    assert len(rows) > 5
    for what, against, came_to, command in rows:
        figures = re.findall(r"\d+(?:\.\d+)?", came_to)
        of_it = [row for row in with_ditto(measured) if f"-m {command.strip('`')}" in row]
        assert what and against and figures
        assert any(all(number_in(one, row) for one in figures) for row in of_it), (command, figures)


def with_ditto(rows: list[str]) -> list[str]:
    """The rows, with the command of the row above where one says "the same"."""
    found, above = [], ""
    for row in rows:
        above = above if "| the same |" in row else row
        found.append(row if above is row else f"{above} {row}")
    return found


def number_in(figure: str, row: str) -> bool:
    return bool(re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d,]|\.\d)", row))


def test_each_variable_of_the_readme_is_in_the_configuration() -> None:
    section = README.read_text().partition("## Configuration")[2].partition("\n## ")[0]
    names = re.findall(r"`([A-Z_]{4,})`", section)
    described = (ROOT / "docs" / "configuration.md").read_text()
    assert len(names) > 5
    assert [name for name in names if f"`{name}`" not in described] == []
