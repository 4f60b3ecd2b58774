"""The suite is shown holes in the project, and finds each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from random import Random

import pytest
from django.db import connections, transaction

from collections_app.errors import UnscopedAccess, UnscopedStatement
from collections_app.storage import tripwire
from live.changes import changes
from tests.isolation.driver import begin, step
from tests.isolation.holes import HOLES, Hole, planted
from tests.isolation.operations import OPERATIONS
from tests.isolation.world import SCOPES, Leak

MOST = 400  # operations until a hole has to be found

FINDERS = [(hole, by) for hole, finders in HOLES.items() for by in finders]


@contextmanager
def without_tripwire() -> Iterator[None]:
    """The same connection, unwatched."""
    wrappers = connections["default"].execute_wrappers
    wrappers.remove(tripwire.tripwire)
    try:
        yield
    finally:
        wrappers.insert(0, tripwire.tripwire)


class _NothingFound(Exception):
    """Ends the transaction, so that what was written is gone."""


def operations_until_found(hole: Hole) -> int:
    """After how many operations something is wrong; ``MOST`` if nothing ever is."""
    number = 0
    try:
        with transaction.atomic(), changes():
            world = begin(Random(7))
            with planted(hole):
                for number in range(MOST):  # noqa: B007 - where it stopped is what is asked
                    step(world, world.random.choice(OPERATIONS), world.random.choice(SCOPES))
            raise _NothingFound
    except _NothingFound:
        return MOST
    except (Leak, UnscopedAccess, UnscopedStatement):
        return number


@pytest.mark.trips_the_wire
@pytest.mark.django_db
@pytest.mark.parametrize(("hole", "by"), FINDERS, ids=[f"{hole.__name__}-{by}" for hole, by in FINDERS])
def test_a_planted_hole_is_found(hole: Hole, by: str) -> None:
    # Either alone, so that each of the two walls is seen to stand by itself.
    with tripwire.recorded() as refused, without_tripwire() if by == "machine" else nullcontext():
        found = operations_until_found(hole)
    assert found < MOST
    assert bool(refused) is (by == "tripwire")


@pytest.mark.trips_the_wire
@pytest.mark.django_db
def test_every_planted_hole_is_found(proof: Callable[[str], None]) -> None:
    """With both walls, as the suites run."""
    found = [hole for hole in HOLES if operations_until_found(hole) < MOST]
    assert found == list(HOLES)
    proof(f"{len(HOLES)} planted, {len(found)} found")


@pytest.mark.django_db
def test_without_a_hole_nothing_is_found() -> None:
    def none(patch: pytest.MonkeyPatch) -> None:
        pass

    assert operations_until_found(none) == MOST


def test_there_are_ten_at_least() -> None:
    assert len(HOLES) >= 10
