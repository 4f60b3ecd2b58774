"""Tries the claims of ``docs/proofs.md`` on this machine, and prints what came of each.

Each row of that page names a test or a command. A test says its result through the ``proof`` fixture; of a
command the last line is the result. ``--record`` writes the results into the page. Ends with 1 if a claim
does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "proofs.md"
BROKEN = "does not hold"
_NUMBER = re.compile(r"\d[\d,]*\d|\d")


@dataclass(frozen=True)
class Claim:
    """One row of the page."""

    claim: str
    how: str
    shown_by: str
    last: str

    @property
    def test(self) -> str | None:
        """The test that shows it, if it is not a command."""
        return self.shown_by if self.shown_by.startswith("tests/") else None

    def line(self) -> str:
        """The row as the page has it."""
        return f"| {self.claim} | {self.how} | `{self.shown_by}` | {self.last} |"


def claims_of(page: str) -> list[Claim]:
    """The rows of the page's tables."""
    rows = re.findall(r"^\| (.+?) \| (.+?) \| `(.+?)` \| (.*?) \|$", page, re.MULTILINE)
    return [Claim(*row) for row in rows]


def results_of_tests(tests: list[str]) -> dict[str, str]:
    """What each test said of itself; a test that failed, or said nothing, is not in it.

    Of a test with parameters all have to hold: what they said is one sentence, its numbers added up.
    """
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "proofs.jsonl"
        command = [sys.executable, "-m", "pytest", "-q", "-rfE", "-p", "no:randomly", "-n", "2", *tests]
        run = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "PROOFS": str(said)},
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            print(run.stdout[-4000:], run.stderr[-2000:], file=sys.stderr)
        lines = said.read_text().splitlines() if said.exists() else []
    if run.returncode not in (0, 1):  # the run itself broke off
        return {}
    failed = {named(line) for line in re.findall(r"^(?:FAILED|ERROR) (\S+)", run.stdout, re.MULTILINE)}
    results: dict[str, list[str]] = {}
    for one in map(json.loads, lines):
        results.setdefault(named(one["test"]), []).append(one["result"])
    return {test: added_up(parts) for test, parts in results.items() if test not in failed}


def named(test: str) -> str:
    """A test without its parameters."""
    return test.partition("[")[0]


def added_up(parts: list[str]) -> str:
    """One sentence of several that differ in their numbers alone.

    Example: ``added_up(["1,000 sent, 0 lost", "500 sent, 0 lost"]) == "1,500 sent, 0 lost"``
    """
    if len(parts) == 1:
        return parts[0]
    sums = [sum(numbers) for numbers in zip(*map(_numbers, parts), strict=True)]
    return _NUMBER.sub(lambda _found: f"{sums.pop(0):,}", parts[0])


def _numbers(sentence: str) -> list[int]:
    return [int(number.replace(",", "")) for number in _NUMBER.findall(sentence)]


def result_of_command(command: str) -> str:
    """The last line that a command prints. A command that fails shows the claim to be wrong."""
    words = [sys.executable if word == "python" else word for word in shlex.split(command)]
    run = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = run.stdout.strip().splitlines()
    if run.returncode or not lines:
        print(run.stdout[-2000:], run.stderr[-2000:], file=sys.stderr)
        return BROKEN
    return lines[-1].strip()


def tried(claims: list[Claim]) -> list[tuple[Claim, str]]:
    """Each claim with its result. The tests run together, the commands one by one after them."""
    said = results_of_tests([claim.test for claim in claims if claim.test])
    return [
        (claim, said.get(claim.test, BROKEN) if claim.test else result_of_command(claim.shown_by))
        for claim in claims
    ]


def show(results: list[tuple[Claim, str]]) -> None:
    """A table of claim, how it was tried, and the result."""
    widths = (44, 44, 40)
    for row in [
        ("CLAIM", "HOW IT WAS TRIED", "RESULT"),
        *((c.claim, c.how, result) for c, result in results),
    ]:
        cells = [
            textwrap.wrap(re.sub(r"[`*]", "", text), width) or [""]
            for text, width in zip(row, widths, strict=True)
        ]
        for number in range(max(map(len, cells))):
            parts = [cell[number] if number < len(cell) else "" for cell in cells]
            print("  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip())
        print()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true", help="write the results into docs/proofs.md")
    record = parser.parse_args().record
    page = PAGE.read_text()
    results = tried(claims_of(page))
    show(results)
    if record:
        today = datetime.now(UTC).date().isoformat()
        for claim, result in results:
            page = page.replace(claim.line(), replace(claim, last=f"{result} ({today})").line())
        PAGE.write_text(page)
    broken = [claim.claim for claim, result in results if result == BROKEN]
    print(f"{len(results) - len(broken)} of {len(results)} claims hold.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
