"""Random operations by fifty identities: everybody sees exactly their own, after each of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.isolation.driver import begin, run, step
from tests.isolation.operations import OPERATIONS, Operation
from tests.isolation.world import SCOPES


class Isolation(RuleBasedStateMachine):
    """The same operations, chosen by hypothesis: a leak is shrunk to the few steps that it takes."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.world = begin(Random(0))

    @rule(operation=st.sampled_from(OPERATIONS), scope=st.sampled_from(SCOPES), random=st.randoms())
    def step(self, operation: Operation, scope: str, random: Random) -> None:
        self.world.random = random
        step(self.world, operation, scope)

    def teardown(self) -> None:
        try:
            self.world.check_everybody()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)


@pytest.mark.django_db
def test_whatever_fifty_identities_do_each_sees_exactly_its_own() -> None:
    run_state_machine_as_test(
        Isolation, settings=settings(max_examples=12, stateful_step_count=30, deadline=None, derandomize=True)
    )


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.django_db(transaction=True)
def test_twenty_thousand_operations_leak_nothing(seed: int) -> None:
    """5,000 in each of four worlds. ``make isolation N=1000000`` does more of them."""
    world = run(-1 - seed, 5_000)
    assert world.refused > 100  # visitors were turned away where they own nothing
    assert all(any(held for held in world.shares[scope].values()) for scope in SCOPES)


@pytest.mark.slow
@pytest.mark.services
def test_the_long_run_begins_on_a_new_database() -> None:
    """``make isolation``, with few operations."""
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "tests.isolation", "150"]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "150 operations by 50 identities" in run.stdout and "0 leaks" in run.stdout
