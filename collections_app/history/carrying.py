"""A history that goes along: into a dump, each entry as it is, and out of it in the order of its writing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args
from uuid import UUID

from django.apps import apps
from django.db.models import QuerySet

from collections_app.dump_lines import BATCH, Tally, instant_in, portable, scope_in
from collections_app.history.logbook import MAX_NAME, MODEL, Action
from collections_app.paths import copied
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.writing import MAX_VERSION

__all__ = ["EntriesLoaded", "entries_dumped"]

MAX_SOURCE, MAX_ACTOR = 16, 80  # characters, as the table's columns have it


def entries_dumped(name: str) -> Iterator[dict[str, Any]]:
    """Each entry of a collection's history, in the order of its writing, as a line of a dump holds it.

    Without the number of a deleted row: it is a place in a table of the database that was left.
    """
    for entry in _entries(name).iterator(BATCH):
        yield _line(entry)


class EntriesLoaded:
    """Stores the entries that a dump has of one collection: those that are here already are left alone.

    So a file can be loaded again after it broke off, and into the database that it was written from.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        last = _entries(name).values_list("pk", flat=True).last()
        self.last_before = last or 0
        self.here = Tally()  # of those that were here

    def store(self, lines: Sequence[dict[str, Any]]) -> set[str]:
        """Store those that are not here yet; returns the scopes of all.

        Raises ``KeyError``, ``TypeError`` or ``ValueError`` for what is no entry.
        """
        entries = [_entry(line) for line in lines]
        known = self._known(entries)
        new = []
        for line, entry in zip(lines, entries, strict=True):
            if _digest(line) in known:
                self.here.add(line)
            else:
                new.append(entry)
        with opened(EVERY_SCOPE):
            _model().objects.bulk_create(new, batch_size=BATCH)
        return {entry.scope_key for entry in entries}

    def _known(self, entries: list[Any]) -> set[str]:
        """The digests of those that were here before, of the documents that these are of."""
        if not self.last_before:
            return set()
        instants = [entry.at for entry in entries]
        found = _entries(self.name).filter(
            document__in={entry.document for entry in entries},
            pk__lte=self.last_before,
            at__range=(min(instants), max(instants)),
        )
        return {_digest(_line(entry)) for entry in found.iterator(BATCH)}

    def tally(self) -> Tally:
        """Of all that the dump had: what was here, and what was stored as the database now tells it."""
        tally = Tally(entries=self.here.entries, total_of_entries=self.here.total_of_entries)
        for entry in _entries(self.name).filter(pk__gt=self.last_before).iterator(BATCH):
            tally.add(_line(entry))
        return tally


def _line(entry: Any) -> dict[str, Any]:
    return portable(
        {
            "collection": entry.collection,
            "scope": entry.scope_key,
            "entry": {
                "document": str(entry.document),
                "version": entry.version,
                "action": entry.action,
                "at": entry.at.isoformat(),
                "source": entry.source,
                "user_id": entry.actor_id,
                "user_name": entry.actor_name,
                "group": None if entry.group_id is None else str(entry.group_id),
                "made_at": None if entry.made_at is None else entry.made_at.isoformat(),
                "before": copied(entry.before),
                "after": copied(entry.after),
            },
        }
    )


def _entry(line: dict[str, Any]) -> Any:
    said = dict(line["entry"])
    version, group, made_at = said["version"], said["group"], said["made_at"]
    if type(version) is not int or not 0 <= version <= MAX_VERSION:  # a model counts from where it likes
        raise ValueError("no version")
    if said["action"] not in get_args(Action):
        raise ValueError("no action")
    for key, longest in (("source", MAX_SOURCE), ("user_id", MAX_ACTOR), ("user_name", MAX_NAME)):
        if not isinstance(said[key], str) or len(said[key]) > longest:
            raise ValueError(f"no {key}")
    return _model()(
        collection=line["collection"],
        scope_key=scope_in(line),
        document=_id(said["document"]),
        version=version,
        action=said["action"],
        at=instant_in(said["at"]),
        source=said["source"],
        actor_id=said["user_id"],
        actor_name=said["user_name"],
        group_id=None if group is None else _id(group),
        made_at=None if made_at is None else instant_in(made_at),
        before=_values(said["before"]),
        after=said["after"] if _are_keys(said["after"]) else _values(said["after"]),
    )


def _id(text: Any) -> UUID:
    if not isinstance(text, str):
        raise TypeError("no id")
    return UUID(text)


def _values(value: Any) -> dict[str, Any] | None:
    if value is not None and not isinstance(value, dict):
        raise TypeError("no object of keys and values")
    return value


def _are_keys(value: Any) -> bool:
    """Whether it is what an entry has in place of new values that are too large to be kept twice."""
    return isinstance(value, list) and all(isinstance(key, str) for key in value)


def _digest(line: dict[str, Any]) -> str:
    tally = Tally()
    tally.add(line)
    return tally.history


def _entries(name: str) -> QuerySet[Any]:
    with opened(EVERY_SCOPE):
        entries: QuerySet[Any] = _model().objects.filter(collection=name).order_by("pk")
    return entries


def _model() -> Any:
    return apps.get_model(MODEL)
