"""One person's turn in one collection, and the filters, documents and updates that a turn may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from capsule.errors import ScopeError
from collections_app import Collection, Conflict
from tests.isolation.people import Person
from tests.isolation.world import COLLECTIONS, Documents, Leak, World

__all__ = ["Filter", "Refused", "Turn"]

T = TypeVar("T")
NAMES = ("ada", "bo", "cy", "di")
# Keys by which other stores tell whose a row is: here they are data, and have no power.
POWERLESS = ("scope_key", "owner", "_user_id", "_team_id", "user_id", "session_id", "pk")


class Refused(Exception):
    """The store refused the turn, as it had to."""


@dataclass(frozen=True)
class Filter:
    """A Mongo document, and what it means in plain Python."""

    document: dict[str, Any]
    holds: Callable[[str, dict[str, Any]], bool]

    def ids(self, held: Documents) -> list[str]:
        """The ids of those that match, in order."""
        return [id for id, kept in held.items() if self.holds(id, kept.document)]


@dataclass(frozen=True)
class Turn:
    """Whose turn it is, and in which collection."""

    world: World
    person: Person
    scope: str

    @property
    def random(self) -> Random:
        return self.world.random

    @property
    def collection(self) -> Collection:
        return COLLECTIONS[self.scope]

    @property
    def held(self) -> Documents:
        """What the dictionary says that this person has here."""
        return self.world.documents(self.person, self.scope)

    def act(self, call: Callable[[Any], T]) -> T:
        """Do it as this person. Raises ``Refused`` where the store had to refuse, and did."""
        must_refuse = self.person.share(self.scope) is None and self.scope != "session"
        with self.person.acting():
            try:
                result = call(self.collection)
            except ScopeError:
                if must_refuse:
                    raise Refused from None
                raise
            except Conflict as conflict:  # told of a row that is not theirs: of their own, all is known
                raise Leak(f"{self.person} was shown {conflict.current}") from None
        if must_refuse:
            raise Leak(f"{self.person} has no share in {self.scope} scope, and was not refused")
        return result

    def expect(self, found: object, must: object) -> None:
        """Compare an answer with the dictionary's. Raises ``Leak``."""
        if found != must:
            raise Leak(f"{self.person} in {self.scope} scope was answered {found!r}, not {must!r}")

    # What to use ------------------------------------------------------------------------------------

    def an_id(self) -> str:
        """An id: one's own, or somebody else's."""
        own = list(self.held)
        if own and self.random.random() < 0.5:
            return self.random.choice(own)
        return self.world.foreign_id(self.person, self.scope)

    def a_key(self) -> str:
        """The scope key, or the id, of anybody."""
        other = self.random.choice(self.world.people)
        return self.random.choice([f"user:{other.user}", f"org:{other.active}", f"{other.user}", "app"])

    def a_document(self) -> dict[str, Any]:
        """A document; now and then with keys that would name another's scope, if they could."""
        document: dict[str, Any] = {"name": self.random.choice(NAMES), "n": self.random.randint(0, 9)}
        if self.random.random() < 0.3:
            document[self.random.choice(POWERLESS)] = self.a_key()
        return document

    def an_update(self) -> tuple[dict[str, Any], Callable[[dict[str, Any]], dict[str, Any]]]:
        """An update, and what it makes of a document."""
        number = self.random.randint(0, 9)
        if self.random.random() < 0.3:
            return {"$inc": {"n": number}}, lambda document: {**document, "n": document["n"] + number}
        values: dict[str, Any] = {"n": number}
        if self.random.random() < 0.5:
            values = {self.random.choice(POWERLESS): self.a_key()}
        update = values if self.random.random() < 0.5 else {"$set": values}
        return update, lambda document: {**document, **values}

    def a_filter(self) -> Filter:
        """A filter; most try to reach beyond the scope."""
        return self.random.choice(self.world.filters)(self)  # type: ignore[no-any-return]
