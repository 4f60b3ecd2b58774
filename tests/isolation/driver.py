"""Runs random operations in a world: so many, from a seed, checking after each."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from collections_app.storage.guarding import EVERY_SCOPE, opened
from live.changes import changes
from tests.isolation.filters import understood
from tests.isolation.operations import GROWING, OPERATIONS, READING, Operation, delete_one
from tests.isolation.turns import Refused, Turn
from tests.isolation.world import COLLECTIONS, SCOPES, World

__all__ = ["begin", "run", "step"]

BLOCK = 100  # operations of one transaction
FULL = 1_000  # operations from one look through everybody's eyes to the next
CROWDED = 20  # documents of one share


def begin(random: Random) -> World:
    """A new world in an empty store. Its filters are those that the store understands."""
    for collection in COLLECTIONS.values():
        with opened(EVERY_SCOPE):
            collection.model.objects.all().delete()
    world = World(random)
    world.filters = understood(Turn(world, world.people[0], "app"))
    return world


def step(world: World, operation: Operation, scope: str) -> None:
    """One operation by one person, and the checks after it."""
    person = world.random.choice(world.people)
    turn = Turn(world, person, scope)
    if operation in GROWING and len(turn.held) >= CROWDED:
        operation = delete_one
    try:
        operation(turn)
    except Refused:
        world.refused += 1
    world.check_step(person, scope, only_read=operation in READING)


def run(seed: int, operations: int, progress: Callable[[int, World], None] | None = None) -> World:
    """``operations`` in a new world, all decided by ``seed``. Raises ``Leak``."""
    world = begin(Random(seed))
    for number in range(0, operations, BLOCK):
        with changes():  # a hundred writes, one commit
            for _ in range(min(BLOCK, operations - number)):
                step(world, world.random.choice(OPERATIONS), world.random.choice(SCOPES))
        done = min(number + BLOCK, operations)
        if done % FULL == 0 or done == operations:
            world.check_everybody()
            if progress is not None:
                progress(done, world)
    return world
