"""S7, S8 and S8h: insert and increment, beside the hand-written model. What was inserted is deleted again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import F

from benchmarks.storage.declarations import bench_logged, bench_tickets
from benchmarks.storage.documents import WRITTEN, reference_fields, tickets
from benchmarks.storage.figures import Figure
from benchmarks.storage.filling import delete_above
from benchmarks.storage.models import Ticket, TicketChange
from benchmarks.storage.timing import Work, compared, in_turns
from collections_app.loading import load
from collections_app.transfer import read_records

__all__ = ["increments", "inserts", "with_history"]

MANY = 1000
BULK = 2000  # records of the file that is loaded in a round
BATCH = 500  # what load_documents commits at once
KNOWN = 500  # documents that are incremented


def inserts(newest: int, folder: Path, seconds: float) -> list[Figure]:
    """One, a thousand, and a file, into tables whose ``newest`` rows stay."""
    try:
        return [
            *_measured("S7", "insert_one", *_insert_one(newest), seconds),
            *_measured("S7", "insert_many(1000)", *_insert_many(newest), 2 * seconds),
            *_measured("S7", "bulk load", *_bulk_load(newest, folder), 2 * seconds),
        ]
    finally:
        _delete_new(newest)


def _measured(target: str, case: str, ours: Work, reference: Work, seconds: float) -> list[Figure]:
    """By the clock, disk and all; on SQLite also by CPU time, which says what the disk hides."""
    figures = [compared(target, case, [ours, reference], seconds, time.perf_counter)]
    if connection.vendor == "sqlite":
        times = in_turns([ours, reference], seconds / 2, time.thread_time)
        figures.append(Figure.in_turns(target, case, times, "CPU"))
    return figures


def _new_documents(newest: int) -> Iterator[dict[str, Any]]:
    begin = -(-newest // WRITTEN) * WRITTEN
    for first in count(begin, WRITTEN):
        yield from list(tickets(first, first + WRITTEN))  # made beforehand, for they take time too


def _two_sources(newest: int) -> tuple[Iterator[dict[str, Any]], Iterator[dict[str, Any]]]:
    """The same new documents for each side, ready to be written."""
    return _new_documents(newest), map(reference_fields, _new_documents(newest))


def _insert_one(newest: int) -> tuple[Work, Work]:
    ours, fields = _two_sources(newest)
    return (
        lambda: bench_tickets.insert_one(next(ours)),
        lambda: Ticket._default_manager.create(scope="app", **next(fields)),
    )


def _insert_many(newest: int) -> tuple[Work, Work]:
    documents = list(islice(_new_documents(newest), MANY))
    fields = [reference_fields(document) for document in documents]
    return (
        lambda: bench_tickets.insert_many(documents),
        lambda: Ticket._default_manager.bulk_create(Ticket(scope="app", **one) for one in fields),
    )


def _bulk_load(newest: int, folder: Path) -> tuple[Work, Work]:
    path = folder / "bulk.ndjson"
    documents = islice(_new_documents(newest), min(BULK, newest))
    path.write_text("".join(json.dumps(document) + "\n" for document in documents), encoding="utf-8")
    return lambda: load(bench_tickets, read_records(path), BATCH, lambda outcome: None), _bulk_create(path)


def _bulk_create(path: Path) -> Callable[[], None]:
    def work() -> None:
        with path.open("rb") as file:
            while batch := [reference_fields(json.loads(line)) for line in islice(file, BATCH)]:
                with transaction.atomic():
                    Ticket._default_manager.bulk_create(Ticket(scope="app", **one) for one in batch)

    return work


def increments(newest: int, seconds: float) -> list[Figure]:
    """An indexed number raised in a row that is found by its id: one of those that were inserted for it."""
    documents = list(islice(_new_documents(newest), KNOWN))
    ours = _endless([row.id for row in bench_tickets.insert_many(documents)])
    theirs_made = [Ticket(scope="app", **reference_fields(document)) for document in documents]
    theirs = _endless([one.public_id for one in Ticket._default_manager.bulk_create(theirs_made)])
    try:
        return _measured(
            "S8",
            "$inc",
            lambda: bench_tickets.update_one({"_id": next(ours)}, {"$inc": {"priority": 1}}),
            lambda: Ticket._default_manager.filter(scope="app", public_id=next(theirs)).update(
                priority=F("priority") + 1
            ),
            seconds,
        )
    finally:
        _delete_new(newest)


def with_history(newest: int, seconds: float) -> list[Figure]:
    """S8h: the same two beside a model whose view writes one log row in the transaction of the write."""
    ours, fields = _two_sources(newest)
    try:
        return [
            *_measured(
                "S8h",
                "insert_one",
                lambda: bench_logged.insert_one(next(ours)),
                _create_and_log(fields),
                seconds,
            ),
            *_measured("S8h", "$inc", *_increment_and_log(newest), seconds),
        ]
    finally:
        _delete_new(newest)
        delete_above(TicketChange, 0)
        delete_above(apps.get_model("collections_app", "HistoryEntry"), 0)


def _create_and_log(fields: Iterator[dict[str, Any]]) -> Work:
    def work() -> None:
        values = next(fields)
        with transaction.atomic():
            made = Ticket._default_manager.create(scope="app", **values)
            after = {**values, "amount": str(values["amount"]), "created": values["created"].isoformat()}
            changes = TicketChange._default_manager
            changes.create(scope="app", ticket=made.public_id, action="insert", after=after)

    return work


def _increment_and_log(newest: int) -> tuple[Work, Work]:
    documents = list(islice(_new_documents(newest), KNOWN))
    ours = _endless([row.id for row in bench_logged.insert_many(documents)])
    made = [Ticket(scope="app", **reference_fields(document)) for document in documents]
    theirs = _endless([one.public_id for one in Ticket._default_manager.bulk_create(made)])

    def work() -> None:
        public_id = next(theirs)
        with transaction.atomic():
            tickets_of_scope = Ticket._default_manager.filter(scope="app", public_id=public_id)
            before = tickets_of_scope.select_for_update().values_list("priority", flat=True).get()
            tickets_of_scope.update(priority=F("priority") + 1)
            TicketChange._default_manager.create(
                scope="app",
                ticket=public_id,
                action="update",
                before={"priority": before},
                after={"priority": before + 1},
            )

    return lambda: bench_logged.update_one({"_id": next(ours)}, {"$inc": {"priority": 1}}), work


def _delete_new(newest: int) -> None:
    delete_above(bench_tickets.model, newest)
    delete_above(Ticket, newest)


def _endless(ids: list[Any]) -> Iterator[Any]:
    while True:
        yield from ids
