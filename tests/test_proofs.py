"""docs/proofs.md names tests and commands that exist, and every claim has a figure."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from benchmarks import prove
from benchmarks.prove import PAGE, ROOT, Claim, added_up, claims_of

CLAIMS = claims_of(PAGE.read_text())


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
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
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
