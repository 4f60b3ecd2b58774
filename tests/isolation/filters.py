"""Filters that a turn may use. Those that this store does not understand yet are left out by asking it."""

from __future__ import annotations

from collections.abc import Callable

from collections_app.queries.mongo import from_document
from tests.isolation.turns import NAMES, POWERLESS, Filter, Turn

__all__ = ["understood"]

Make = Callable[[Turn], Filter]


def everything(turn: Turn) -> Filter:
    return Filter({}, lambda _id, _document: True)


def named(turn: Turn) -> Filter:
    name = turn.random.choice(NAMES)
    return Filter({"name": name}, lambda _id, document: document.get("name") == name)


def at_least(turn: Turn) -> Filter:
    n = turn.random.randint(0, 9)
    return Filter({"n": {"$gte": n}}, lambda _id, document: document["n"] >= n)


def other_than(turn: Turn) -> Filter:
    name = turn.random.choice(NAMES)
    return Filter({"name": {"$ne": name}}, lambda _id, document: document.get("name") != name)


def by_id(turn: Turn) -> Filter:
    wanted = turn.an_id()
    return Filter({"_id": wanted}, lambda id, _document: id == wanted)


def all_but_an_id(turn: Turn) -> Filter:
    left_out = turn.an_id()
    return Filter({"_id": {"$ne": left_out}}, lambda id, _document: id != left_out)


def by_a_powerless_key(turn: Turn) -> Filter:
    """W1: elsewhere this answers with another's rows."""
    name, key = turn.random.choice(POWERLESS), turn.a_key()
    return Filter({name: key}, lambda _id, document: document.get(name) == key)


def by_not_a_powerless_key(turn: Turn) -> Filter:
    name, key = turn.random.choice(POWERLESS), turn.a_key()
    return Filter({name: {"$ne": key}}, lambda _id, document: document.get(name) != key)


def by_a_key_that_is_there(turn: Turn) -> Filter:
    """W1 again: elsewhere ``{"_user_id": {"$exists": true}}`` answers with everybody's rows."""
    name, there = turn.random.choice(POWERLESS), turn.random.random() < 0.5
    return Filter({name: {"$exists": there}}, lambda _id, document: (name in document) is there)


def either(turn: Turn) -> Filter:
    name, other, key = turn.random.choice(NAMES), turn.random.choice(POWERLESS), turn.a_key()
    return Filter(
        {"$or": [{"name": name}, {other: {"$ne": key}}]},
        lambda _id, document: document.get("name") == name or document.get(other) != key,
    )


def neither(turn: Turn) -> Filter:
    name, n = turn.random.choice(NAMES), turn.random.randint(0, 9)
    return Filter(
        {"$nor": [{"name": name}, {"n": n}]},
        lambda _id, document: not (document.get("name") == name or document["n"] == n),
    )


def among_ids(turn: Turn) -> Filter:
    wanted = [turn.an_id() for _ in range(4)]
    return Filter({"_id": {"$in": wanted}}, lambda id, _document: id in wanted)


def among_names(turn: Turn) -> Filter:
    wanted = turn.random.sample(NAMES, 2)
    return Filter({"name": {"$in": wanted}}, lambda _id, document: document.get("name") in wanted)


def beginning_with(turn: Turn) -> Filter:
    first = turn.random.choice("abcd")
    return Filter({"name": {"$regex": f"^{first}"}}, lambda _id, document: document["name"].startswith(first))


ALWAYS: list[Make] = [everything, named, at_least, other_than, by_id, all_but_an_id]
ALWAYS += [by_a_powerless_key, by_not_a_powerless_key]
SOME_DAY: list[Make] = [by_a_key_that_is_there, either, neither, among_ids, among_names, beginning_with]


def understood(turn: Turn) -> list[Make]:
    """The filters that the store understands: those that it always has, and whatever has come since."""
    return [*ALWAYS, *(make for make in SOME_DAY if _is_understood(make(turn), turn))]


def _is_understood(filter: Filter, turn: Turn) -> bool:
    try:
        from_document(filter.document)
        turn.collection.across_scopes().count(filter.document)
    except (ValueError, NotImplementedError):
        return False
    return True
