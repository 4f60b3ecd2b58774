"""Records into a collection, in batches, with what went wrong by line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError

from capsule.errors import problems_by_field
from collections_app.changing.holding import holding_columns
from collections_app.fitting import in_a_line
from collections_app.handle import Collection
from collections_app.history.logbook import grouped
from collections_app.transfer import Record
from live.changes import changes

__all__ = ["Outcome", "load", "put_in_place"]

REMEMBERED = 50_000  # bad records whose reasons are kept

UNDECLARED = 20  # keys without a column that are remembered

Good = tuple[int, dict[str, object]]  # a line, and its document
Progress = Callable[["Outcome"], None]
Respell = Callable[[dict[str, Any]], dict[str, Any]]
Problems = dict[str, list[str]]
Advise = Callable[[dict[str, Any], Problems], Problems]


@dataclass
class Outcome:
    """How a load went: how many records were stored and refused, and where and why the first bad ones."""

    stored: int = 0
    refused: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)
    replaced: int = 0  # that were there before
    undeclared: set[str] = field(default_factory=set)  # keys of what was stored that no column shows

    def refuse(self, number: int, reason: str) -> None:
        """Count a bad record. The reasons of a file of nothing else would fill the memory."""
        self.refused += 1
        if len(self.bad) < REMEMBERED:
            self.bad.append((number, reason))


def load(
    collection: Collection,
    records: Iterable[Record],
    batch: int,
    progress: Progress,
    *,
    respell: Respell | None = None,
    advise: Advise | None = None,
    is_trial: bool = False,
) -> Outcome:
    """Insert the good records, ``batch`` at a time (each batch is one transaction), within the scope.

    In the history all of them are one group. ``respell`` makes a document of what a record says (see
    ``respelled``), and ``advise`` says more of what is refused of it (see ``Advice``). A trial stores
    nothing: what it counts as stored would be, but for what is taken already.
    """
    outcome = Outcome()
    declared = {column.key for column in collection.declaration.columns}
    with grouped():
        for records_of_batch in _batches(records, batch):
            with holding_columns(collection):
                good: list[Good] = []
                for record in records_of_batch:
                    document = _clean(collection, record, outcome, respell, advise)
                    if document is not None:
                        good.append((record.number, document))
                        if len(outcome.undeclared) < UNDECLARED:
                            outcome.undeclared.update(document.keys() - declared)
                if is_trial:
                    outcome.stored += len(good)
                else:
                    _insert(collection, good, outcome)
            progress(outcome)
    return outcome


def put_in_place(collection: Collection, load: Callable[[], Outcome]) -> Outcome:
    """Load in the place of all that the scope has: in one transaction, and not where a record is refused.

    What was there is deleted as by ``delete_many``, so that the history has it, in the same group. Of a load
    that is refused, or has nothing, ``stored`` and ``replaced`` are 0.
    """
    try:
        with changes(), grouped():
            replaced = collection.delete_many({}, confirm_all=True).deleted
            outcome = load()
            if outcome.refused or not outcome.stored:
                raise _NotReplaced
            outcome.replaced = replaced
    except _NotReplaced:
        outcome.stored = 0
    return outcome


class _NotReplaced(Exception):
    """Takes the transaction back."""


def _insert(collection: Collection, good: list[Good], outcome: Outcome) -> None:
    """Insert a batch; if a value of it is taken, one by one, to know which."""
    try:
        collection.insert_clean([document for _number, document in good])
        outcome.stored += len(good)
    except ValidationError as error:  # taken already, or a file that is not here
        if len(good) == 1:
            outcome.refuse(good[0][0], _sentence(error))
            return
        for one in good:
            _insert(collection, [one], outcome)


def _clean(
    collection: Collection, record: Record, outcome: Outcome, respell: Respell | None, advise: Advise | None
) -> dict[str, object] | None:
    if record.document is None:
        outcome.refuse(record.number, record.problem)
        return None
    given = record.document
    try:
        given = respell(given) if respell else given
        return collection.cleaner.document(given)
    except ValidationError as error:
        problems = problems_by_field(error)
        outcome.refuse(record.number, in_a_line(advise(given, problems) if advise else problems))
        return None


def _sentence(error: ValidationError) -> str:
    return in_a_line(problems_by_field(error))


def _batches(records: Iterable[Record], size: int) -> Iterator[list[Record]]:
    iterator = iter(records)
    while batch := list(islice(iterator, size)):
        yield batch
