"""The proofs of benchmarks/conversing on a small scale: so they cannot rot unseen, nor what they prove."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.databases import DATABASES, database_for
from tests.serving import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.services]


def last_line_of(module: str, *arguments: str) -> str:
    """What a proof came to, on a new database of the kind that the suite asks."""
    with database_for(DATABASES[0]) as given:
        kept = {name: value for name, value in os.environ.items() if name != "BENCH_DATABASE_URL"}
        named = {"BENCH_DATABASE_URL": given["DATABASE_URL"]} if given else {}
        command = [sys.executable, "-m", f"benchmarks.conversing.{module}", *arguments]
        run = subprocess.run(
            command,
            cwd=ROOT,
            env={**kept, **named},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout.splitlines()[-1]


@pytest.mark.thorough
def test_no_update_of_one_conversation_is_lost_by_two_servers() -> None:
    assert last_line_of("updates", "60", "--servers", "2").startswith("60 updates by 2 servers on ")


@pytest.mark.thorough
def test_what_was_acknowledged_is_there_when_a_worker_is_killed() -> None:
    assert last_line_of("kills", "2").startswith("2 workers killed in mid-stream on ")
