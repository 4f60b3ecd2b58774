"""S10: what raising the version in a write's own transaction costs, with eight writers at once.

Each is a process of its own and inserts single documents into scopes chosen at random. All of them raise
versions in one second and leave it out in the next, so that both states meet the same machine.
"""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Iterator
from contextlib import nullcontext
from multiprocessing.queues import SimpleQueue
from typing import Any
from unittest.mock import patch

from django.db import connections

from benchmarks.storage.declarations import bench_owned
from benchmarks.storage.documents import OWNERS, tickets
from benchmarks.storage.figures import Figure
from benchmarks.storage.filling import delete_above
from capsule.identity import Identity

__all__ = ["raising_versions"]

WRITERS = 8
SLOT = 1.0  # seconds of one state


def raising_versions(newest: int, seconds: float) -> list[Figure]:
    """Seconds a write, of all writers together, with the version raised and without."""
    slots = max(2, 2 * round(seconds / SLOT))
    slot = min(SLOT, seconds)
    connections.close_all()  # a connection must not be in two processes
    context = multiprocessing.get_context("fork")
    results: SimpleQueue[tuple[float, float]] = context.SimpleQueue()
    ready = context.Barrier(WRITERS)
    writers = [
        context.Process(target=_write, args=(number, newest, ready, slot, slots, results))
        for number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    if any(writer.exitcode for writer in writers):
        raise SystemExit("A writer failed.")
    rates = [results.get() for _writer in writers]
    raised, left_out = (sum(side) for side in zip(*rates, strict=True))
    delete_above(bench_owned.model, newest)
    return [Figure("S10", f"insert_one by {WRITERS} writers", 1 / raised, 1 / left_out)]


def _write(number: int, newest: int, ready: Any, slot: float, slots: int, results: Any) -> None:
    chance = random.Random(number)
    documents = tickets(newest + 1000 * number, 10**9)
    counts, spent = [0, 0], [0.0, 0.0]
    _insert_somewhere(chance, documents)  # what only the first one costs
    ready.wait()
    begin = time.monotonic()
    for turn in range(slots):
        began = time.monotonic()
        with patch("live.changes.raise_versions", lambda names: {}) if turn % 2 else nullcontext():
            while not counts[turn % 2] or time.monotonic() < begin + (turn + 1) * slot:
                _insert_somewhere(chance, documents)
                counts[turn % 2] += 1
        spent[turn % 2] += time.monotonic() - began
    connections.close_all()
    results.put((counts[0] / spent[0], counts[1] / spent[1]))


def _insert_somewhere(chance: random.Random, documents: Iterator[dict[str, Any]]) -> None:
    owner = Identity.of(user=1, organization=chance.randrange(OWNERS))
    bench_owned.in_scope_of(owner).insert_one(next(documents))
