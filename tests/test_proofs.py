"""docs/proofs.md names tests and commands that exist, and every claim has a figure."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.prove import PAGE, ROOT, Claim, claims_of

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
    assert re.search(rf"^\s*def {function}\(.*\bproof\b", Path(ROOT / path_of_test).read_text(), re.MULTILINE)


def test_no_row_is_missed() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    assert len(rows) - 1 == len(CLAIMS) > 0
