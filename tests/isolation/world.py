"""A plain dictionary of what everybody must see, beside the store, and the comparison of the two."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from django.db import connection

from collections_app import Collection
from collections_app.rows import Row
from collections_app.storage.guarding import EVERY_SCOPE, opened
from tests.isolation.people import Person, Share, fifty
from tests.testapp.declared.collections import isolated_app, isolated_owner, isolated_session, isolated_user

__all__ = ["COLLECTIONS", "Kept", "Leak", "World", "seen"]

COLLECTIONS: dict[str, Collection] = {
    handle.declaration.scope: handle
    for handle in (isolated_app, isolated_user, isolated_owner, isolated_session)
}
SCOPES = tuple(COLLECTIONS)

_KINDS = {"app": "everybody", "org": "organisation", "user": "person", "conv": "conversation"}


class Leak(AssertionError):
    """Somebody sees, or the store holds, what the dictionary does not have."""


@dataclass(slots=True)
class Kept:
    """A document that must be there, and its version."""

    document: dict[str, Any]
    version: int = 1


Documents = dict[str, Kept]  # by id, in the order in which they were made
View = list[tuple[str, dict[str, Any], int]]


def seen(rows: list[Row]) -> View:
    """Rows as the dictionary has them."""
    return [(row.id, row.document, row.version) for row in rows]


class World:
    """Fifty people, four collections, and what each share of them must hold."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.people = fifty(random)
        self.shares: dict[str, dict[Share, Documents]] = {scope: {} for scope in SCOPES}
        self.kept_rows: list[tuple[str, Row]] = []  # of anybody, leaked to whoever comes
        self.filters: list[Any] = []
        self.conversations = 0
        self.refused = 0

    def documents(self, person: Person, scope: str) -> Documents:
        """What ``person`` must see; empty where they have no share."""
        share = person.share(scope)
        return {} if share is None else self.shares[scope].setdefault(share, {})

    def foreign_id(self, person: Person, scope: str) -> str:
        """The id of somebody else's document, guessed or leaked; one that never was if there is none."""
        own = person.share(scope)
        others = [share for share, held in self.shares[scope].items() if share != own and held]
        if not others:
            return "0190a000-0000-7000-8000-000000000000"
        return self.random.choice(list(self.shares[scope][self.random.choice(others)]))

    # Comparing --------------------------------------------------------------------------------------

    def check_view(self, person: Person, scope: str) -> None:
        """``person`` sees exactly their own."""
        collection = COLLECTIONS[scope]
        if person.share(scope) is None and scope != "session":
            return  # refused, which the operations try
        with person.acting():
            found = seen(collection.find())
        must = [(id, kept.document, kept.version) for id, kept in self.documents(person, scope).items()]
        if found != must:
            raise Leak(f"{person} in {scope} scope sees {found}, and must see {must}")

    def check_holdings(self, scope: str) -> None:
        """Every scope of a collection holds as much as it must: one statement, so after each step."""
        table = connection.ops.quote_name(COLLECTIONS[scope].model._meta.db_table)
        statement = f"SELECT scope_key, COUNT(*), SUM(version), SUM(n_n) FROM {table} GROUP BY scope_key"  # noqa: S608
        with opened(EVERY_SCOPE), connection.cursor() as cursor:
            cursor.execute(statement)
            held = {_share_of(key): (count, int(versions), int(n)) for key, count, versions, n in cursor}
        must = {
            share: (
                len(kept),
                sum(k.version for k in kept.values()),
                sum(k.document["n"] for k in kept.values()),
            )
            for share, kept in self.shares[scope].items()
            if kept
        }
        if held != must:
            wrong = {share for share in held.keys() | must.keys() if held.get(share) != must.get(share)}
            raise Leak(f"In {scope} scope the holdings of {wrong} are not what was written by their people.")

    def check_step(self, person: Person, scope: str, *, only_read: bool = False) -> None:
        """After each step: the view of whoever acted, all holdings, and now and then the view of another.

        A step that only read has compared its answer already.
        """
        if not only_read:
            self.check_holdings(scope)
            self.check_view(person, scope)
        if self.random.random() < 0.25:
            self.check_view(self.random.choice(self.people), scope)

    def check_everybody(self) -> None:
        """Everybody sees exactly their own, in every scope."""
        for scope in SCOPES:
            self.check_holdings(scope)
            for person in self.people:
                self.check_view(person, scope)


def _share_of(scope_key: str) -> Share:
    kind, _colon, id = scope_key.partition(":")
    return (_KINDS[kind], id)
