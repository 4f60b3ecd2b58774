"""C1: increments of one conversation's data by eight at once, against a read-modify-write under a row's lock.

    python -m benchmarks.conversing.writes [--seconds 20]

Eight processes. In one second all of them call ``session.data.increment``, in the next all of them do by hand
what keeps as many: ``select_for_update``, change, ``save``, of a model of one JSON column. Both meet the same
machine. The figure is our increments a second divided by theirs; neither may lose one. Target: at least 1, or
it exits with 1.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable
from multiprocessing.queues import SimpleQueue
from typing import Any

from benchmarks.scratch import closing, prepare

WRITERS = 8
SLOT = 1.0  # seconds of one side

Write = Callable[[], object]


def main(seconds: int) -> int:
    prepare("benchmarks.conversing.settings")
    # These need the site that prepare() has set up.
    from django.db import connections  # noqa: PLC0415

    from benchmarks.conversing.models import Notes  # noqa: PLC0415
    from benchmarks.conversing.site import Person, data_of, database  # noqa: PLC0415
    from conversations import SessionData  # noqa: PLC0415
    from conversations.sessions import ConversationStore  # noqa: PLC0415

    chat, notes = Person().begin("bench-tally"), Notes.objects.create()
    ours = SessionData(ConversationStore(conversation_id=chat.pk))
    connections.close_all()  # a connection must not be in two processes
    done, spent = both(lambda: ours.increment("count"), by_hand(notes.pk), seconds)
    notes.refresh_from_db()
    kept = int(data_of(chat.pk)["count"]), int(notes.data["count"])
    for name, number, took, found in zip(("ours", "by hand"), done, spent, kept, strict=True):
        print(f"{name:8} {number / took:7.0f} increments/s, {number - found} of {number:,} lost")
    ratio = done[0] / spent[0] / (done[1] / spent[1])
    missed = closing(f"conversing.writes, {database()}", ratio, at_least=1)
    return missed or int(kept != done)


def by_hand(pk: int) -> Write:
    """What one writes where there is no ``increment``, and none may be lost."""
    # These need the site.
    from django.db import transaction  # noqa: PLC0415

    from benchmarks.conversing.models import Notes  # noqa: PLC0415

    def write() -> None:
        with transaction.atomic():
            row = Notes.objects.select_for_update().get(pk=pk)
            row.data["count"] = row.data.get("count", 0) + 1
            row.save()

    return write


def both(ours: Write, theirs: Write, seconds: int) -> tuple[tuple[int, int], tuple[float, float]]:
    """How many writes of each side, and in how many seconds."""
    context = multiprocessing.get_context("fork")
    results: SimpleQueue[list[tuple[int, float]]] = context.SimpleQueue()
    ready = context.Barrier(WRITERS)
    writers = [
        context.Process(target=_write, args=((ours, theirs), max(1, seconds // 2), ready, results))
        for _number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    if any(writer.exitcode for writer in writers):
        raise SystemExit("A writer failed.")
    sides = list(zip(*(results.get() for _writer in writers), strict=True))
    done = tuple(sum(number for number, _took in side) for side in sides)
    spent = tuple(sum(took for _number, took in side) / WRITERS for side in sides)
    return (done[0], done[1]), (spent[0], spent[1])


def _write(sides: tuple[Write, Write], slots: int, ready: Any, results: Any) -> None:
    counts, spent = [0, 0], [0.0, 0.0]
    for write in sides:
        write()  # what only the first one costs
    counts = [1, 1]
    for slot in range(2 * slots):
        side = slot % 2
        ready.wait()
        began = time.monotonic()
        while time.monotonic() < began + SLOT:
            sides[side]()
            counts[side] += 1
        spent[side] += time.monotonic() - began
    results.put(list(zip(counts, spent, strict=True)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.conversing.writes")
    parser.add_argument("--seconds", type=int, default=20)
    sys.exit(main(parser.parse_args().seconds))
