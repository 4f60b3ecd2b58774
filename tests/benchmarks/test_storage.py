"""The storage benchmark runs from beginning to end, on a few documents: so it cannot rot unseen."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.scratch import EXTRACT, ROOT
from benchmarks.storage import recording
from benchmarks.storage.documents import owners, tickets
from benchmarks.storage.figures import TARGETS, Figure, summaries
from benchmarks.storage.journal import Journal

COUNT = 200
with_its_records = pytest.mark.skipif(
    not EXTRACT.exists(), reason="The records are the demo's, which is not here."
)


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "BENCH_DATABASE_URL"}
    environment["BENCH_QUICK"] = "1"
    command = [sys.executable, "-m", "benchmarks.storage", str(COUNT), "--folder", str(folder), *options]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.thorough
@with_its_records
@pytest.mark.slow
def test_it_measures_every_target_and_a_second_run_measures_nothing_again(tmp_path: Path) -> None:
    first = run(tmp_path, str(EXTRACT), "--seconds", "0.002")
    assert first.returncode in (0, 1), first.stderr  # 1: a target is missed, which says nothing here
    journal = Journal(tmp_path / f"sqlite-{COUNT}" / "steps.jsonl")
    figures = journal.figures() or []
    assert {figure.target for figure in figures} == set(TARGETS)
    assert any(figure.case.startswith("packages") for figure in figures)
    second = run(tmp_path, str(EXTRACT), "--seconds", "0.002")
    assert second.stdout.count("done before") == len(list_of_steps(journal))
    assert run(tmp_path, "--drop").returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.thorough
@with_its_records
@pytest.mark.slow
def test_a_first_page_is_measured_and_said_in_the_last_line() -> None:
    command = [sys.executable, "-m", "benchmarks.storage.first_page", "10000", "--seconds", "0.001"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode in (0, 1), run.stderr  # 1: slower than the model, which says nothing here
    assert re.fullmatch(
        r"10,000 documents: [\d.]+ x the model's time, [\d.]+ x at worst", run.stdout.splitlines()[-1]
    )


def list_of_steps(journal: Journal) -> set[str]:
    return {entry["step"] for entry in journal.entries() if "figures" in entry}


class TestJournal:
    def test_a_line_that_a_kill_cut_short_is_measured_again(self, tmp_path: Path) -> None:
        path = tmp_path / "steps.jsonl"
        journal = Journal(path)
        journal.note_figures("one", [Figure("S1", "a", 1.0, 2.0)])
        journal.note_figures("two", [Figure("S2", "b", 1.0, 2.0)])
        path.write_text(path.read_text()[:-20])
        assert journal.figures("one") == [Figure("S1", "a", 1.0, 2.0)]
        assert journal.figures("two") is None
        journal.note_figures("two", [Figure("S2", "b", 3.0, 2.0)])
        assert journal.figures("two") == [Figure("S2", "b", 3.0, 2.0)]

    def test_figures_of_another_commit_are_not_this_one_s_but_its_data_is(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path / "steps.jsonl")
        journal.commit = "before"
        journal.note_figures("one", [Figure("S1", "a", 1.0, 2.0)])
        journal.note_data("filled", {"count": 3})
        now = Journal(journal.path)
        assert now.figures("one") is None
        assert now.data("filled") == {"count": 3}


class TestVerdict:
    def verdict(self, *figures: Figure, database: str = "SQLite") -> str:
        (summary,) = summaries(figures, database)
        return summary.verdict

    def test_the_worst_case_decides(self) -> None:
        good, fair, bad = (Figure("S1", "x", ratio, 1.0) for ratio in (1.0, 1.2, 1.31))
        assert self.verdict(good) == "aim"
        assert self.verdict(good, fair) == "accepted"
        assert self.verdict(good, bad, good) == "missed (1 of 3)"

    def test_a_case_without_a_reference_has_only_its_limit(self) -> None:
        assert self.verdict(Figure("S4", "tags", 0.004), Figure("S4", "x", 0.001, 0.001)) == "aim"
        assert self.verdict(Figure("S4", "tags", 0.006), Figure("S4", "x", 0.001, 0.001)) == "missed (1 of 2)"

    def test_a_database_may_have_a_floor_of_its_own(self) -> None:
        figure = Figure("S8", "$inc", 2.2, 1.0)
        assert self.verdict(figure) == "accepted"
        assert self.verdict(figure, database="PostgreSQL") == "missed (1 of 1)"

    def test_megabytes_are_compared_as_they_are(self) -> None:
        assert self.verdict(Figure("S12", "load", 119)) == "aim"
        assert self.verdict(Figure("S12", "load", 201)) == "missed (1 of 1)"


def test_documents_are_the_same_at_every_run_wherever_it_begins() -> None:
    whole = list(tickets(0, 3000))
    assert whole[1000:] == list(tickets(1000, 3000))
    assert list(owners(0, 3000))[1000:] == list(owners(1000, 3000))
    assert 0.3 < sum(one["status"] == "open" for one in whole) / 3000 < 0.5
    assert 280 < sum(len(json.dumps(one)) for one in whole) / 3000 < 360


def test_a_run_is_recorded_on_top_of_the_earlier_ones(tmp_path: Path, monkeypatch: Any) -> None:
    results = tmp_path / "RESULTS.md"
    results.write_text("# Results\n\n| other | table |\n|---|---|\n")
    monkeypatch.setattr(recording, "RESULTS", results)
    for number, ratio in enumerate((1.0, 1.5), 1):
        journal = Journal(tmp_path / f"{number}.jsonl")
        journal.note_figures("first pages", [Figure("S1", "case", ratio, 1.0)])
        recording.record({"SQLite": journal}, 200)
    text = results.read_text()
    assert text.startswith("# Results\n\n| other | table |")
    assert text.count("## Storage") == 1
    rows = [line for line in text.splitlines() if "S1" in line]
    assert "**missed (1 of 1)**: 1.50" in rows[0] and "1.00" in rows[1]
