"""Who may: a word for each kind of place, and what it means for each of the six.

An answer is ``yes``, or why not: ``sign in`` (to a visitor), ``forbidden`` (to a person, who is told so) or
``missing`` (what belongs to others is as if it never were).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from capsule.access import Access, allows
from collections_app.declaring import collections
from settings_app.declarations import settings_registry
from tests.access.people import COMPANIES, NOBODY, World, sharers

__all__ = [
    "ADMINS", "ASKED", "BRINGS_BACK", "CHANGES_ROWS", "CHANGES_SETTINGS", "OFFERED", "OWN", "PUBLIC",
    "REMEMBERS", "REMEMBERS_SETTINGS", "SEES_SETTINGS", "SIGNED_IN", "STAFF",
    "Answer", "Rule", "Thing",
]  # fmt: skip

Answer = Literal["yes", "sign in", "forbidden", "missing"]


@dataclass(frozen=True)
class Thing:
    """What fills the parameters of an address, whose it is, and who may come near it at all.

    Without a ``share`` it is everybody's; ``never`` fills the address with what never was, and whoever has no
    share in the thing must be answered the same to both.
    """

    filling: Mapping[str, Any] = field(default_factory=dict)
    share: str = ""
    access: Access = "public"
    never: Mapping[str, Any] = field(default_factory=dict)
    change: Mapping[str, str] = field(default_factory=dict)  # what a PATCH of it carries


Rule = Callable[[World, str, Thing], Answer]


def PUBLIC(world: World, who: str, thing: Thing) -> Answer:
    """Everybody, visitors too."""
    return "yes"


def SIGNED_IN(world: World, who: str, thing: Thing) -> Answer:
    """Whoever is signed in."""
    return "sign in" if who == NOBODY else "yes"


def STAFF(world: World, who: str, thing: Thing) -> Answer:
    """Staff; others are told that they may not."""
    return _passes(world, who, "staff")


def OFFERED(world: World, who: str, thing: Thing) -> Answer:
    """Staff; for others it is not there."""
    return "yes" if allows("staff", world.identities[who]) else "missing"


def ASKED(world: World, who: str, thing: Thing) -> Answer:
    """Staff who have asked for it, which none of the six has: see ``tests.pages.test_inspecting``."""
    return "missing"


def OWN(world: World, who: str, thing: Thing) -> Answer:
    """Whoever the thing's declaration lets in, and has a share in the thing."""
    passed = _passes(world, who, thing.access)
    if passed != "yes" or not thing.share:
        return passed
    if who == NOBODY:
        return "sign in"
    return "yes" if who in sharers(thing.share) else "missing"


def REMEMBERS(world: World, who: str, thing: Thing) -> Answer:
    """Whoever has a share in the thing, once they signed in: who changed what is nothing for visitors."""
    answer = OWN(world, who, thing)
    return "sign in" if who == NOBODY and answer == "yes" else answer


def BRINGS_BACK(world: World, who: str, thing: Thing) -> Answer:
    """The same of going back to what a record was."""
    answer = CHANGES_ROWS(world, who, thing)
    return "sign in" if who == NOBODY and answer == "yes" else answer


def ADMINS(world: World, who: str, thing: Thing) -> Answer:
    """The admin of the organisation; its members are told that they may not, to others it never was."""
    answer = OWN(world, who, thing)
    return "forbidden" if answer == "yes" and who != COMPANIES[thing.share][0] else answer


def CHANGES_ROWS(world: World, who: str, thing: Thing) -> Answer:
    """Whoever may see the row, where its collection is editable; else whom ``editable=`` names."""
    declared = collections.get(thing.filling["name"]).declaration.editable
    may_see = OWN(world, who, thing)
    if declared is False or isinstance(declared, Mapping):
        refused: Answer = "sign in" if who == NOBODY else "forbidden"
        return may_see if who == "dana" and declared else refused
    return may_see


def SEES_SETTINGS(world: World, who: str, thing: Thing) -> Answer:
    """Whom ``access=`` lets in; from others a setting is hidden."""
    passed = _passes(world, who, thing.access)
    return "missing" if passed == "forbidden" else passed


def CHANGES_SETTINGS(world: World, who: str, thing: Thing) -> Answer:
    """Staff what is everybody's, an admin what is the organisation's, each person their own."""
    declared = settings_registry.get(thing.filling["name"])
    seen = SEES_SETTINGS(world, who, thing)
    if seen != "yes" or declared.editable is True:
        return seen
    if who == NOBODY:
        return "yes" if declared.scope == "session" else "sign in"
    is_refused = {"app": who != "dana", "owner": who == "bob"}.get(declared.scope, False)
    return "forbidden" if declared.editable is False or is_refused else "yes"


def REMEMBERS_SETTINGS(world: World, who: str, thing: Thing) -> Answer:
    """Whoever may set it sees what it was; a visitor of their own conversation alone."""
    return CHANGES_SETTINGS(world, who, thing)


def _passes(world: World, who: str, access: Access) -> Answer:
    """Whom a declaration's own ``access=`` lets in."""
    if allows(access, world.identities[who]):
        return "yes"
    return "sign in" if who == NOBODY else "forbidden"
