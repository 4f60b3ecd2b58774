"""Fifty identities in ten organisations, and whose share each sees: reckoned without the project's code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from capsule import Identity
from capsule.identity import Binding, bound

__all__ = ["Person", "Share", "fifty"]

Share = tuple[str, str]  # whose documents: ("organisation", id), ("person", id), ...

EVERYBODY: Share = ("everybody", "")


@dataclass
class Person:
    """Somebody who acts: signed in or not, in some organisations, of which one may be active."""

    number: int
    user: str | None
    organisations: set[str] = field(default_factory=set)
    active: str | None = None
    conversation: str | None = None

    def share(self, scope: str) -> Share | None:
        """Whose documents this person sees in a collection of that scope; ``None``: nobody's."""
        if scope == "app":
            return EVERYBODY
        if scope == "session":
            return ("conversation", self.conversation) if self.conversation else None
        if self.user is None:
            return None
        if scope == "owner" and self.active is not None:
            return ("organisation", self.active)
        return ("person", self.user)

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Act as this person. A conversation begins with the first write that needs one."""
        identity = Identity.of(user=self.user, organization=self.active, session=self.conversation)
        with bound(Binding(lambda: identity, self._begin)):
            yield

    def _begin(self) -> str:
        self.conversation = f"began-{self.number}"
        return self.conversation


def fifty(random: Random) -> list[Person]:
    """40 who are signed in, 30 of them in one to three of ten organisations; 10 visitors."""
    organisations = [f"o{n}" for n in range(10)]
    people = []
    for number in range(50):
        person = Person(number, f"u{number}" if number < 40 else None)
        if number < 30:
            person.organisations = set(random.sample(organisations, random.randint(1, 3)))
            person.active = random.choice([None, *sorted(person.organisations)])
        if number % 5:  # the others begin one by writing
            person.conversation = f"c{number}"
        people.append(person)
    return people
