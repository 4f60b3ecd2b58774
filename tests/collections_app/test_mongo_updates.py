"""Our updates beside a third party's, and each difference that is meant, beside MongoDB's manual.

``MONGO_UPDATES=200000 pytest tests/collections_app/test_mongo_updates.py`` tries more.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import mongomock
import pytest
from django.core.exceptions import ValidationError

from capsule import Identity, acting_as
from collections_app import UpdateResult
from collections_app.paths import MISSING, value_at
from collections_app.updates import parse_update
from tests.collections_app.mongo_cases import Cases
from tests.testapp.declared.collections import everything, threads

pytestmark = pytest.mark.django_db

UPDATES = int(os.environ.get("MONGO_UPDATES", "2000"))
LISTS = ("l", "words", "deep.l")


@dataclass(frozen=True)
class Updates:
    """Makes documents and updates that both understand, from one source of chance."""

    cases: Cases

    @property
    def random(self) -> Random:
        return self.cases.random

    def document(self) -> dict[str, Any]:
        """A document with numbers, lists and objects, some of them missing."""
        whole: dict[str, Any] = {
            "n": self.number(),
            "l": self.elements("l"),
            "words": self.elements("words"),
            "a": self.cases.value(2),
            "b": self.cases.scalar(),
            "deep": {"n": self.number(), "l": self.elements("deep.l"), "x": self.cases.scalar()},
        }
        return {key: value for key, value in whole.items() if self.random.random() < 0.8}

    def number(self) -> Any:
        return self.random.choice([2, 3, -5, 1.5, -0.25, 1000])

    def elements(self, path: str) -> list[Any]:
        return [self.element(path) for _ in range(self.random.randrange(5))]

    def element(self, path: str) -> Any:
        """One of a list's kind, for the third party sorts within a kind only."""
        if path == "deep.l":
            return {"p": self.number(), "q": self.random.choice("ab")}
        return self.number() if path == "l" else self.random.choice(["", "a", "b", "ab", "é"])

    def distinct(self, path: str) -> list[Any]:
        """Elements none of which is another's equal: the third party would add both."""
        found: list[Any] = []
        for element in self.elements(path):
            found += [element] if element not in found else []
        return found

    def update(self, document: dict[str, Any]) -> dict[str, Any]:
        """One to three changes that do not meet."""
        places = {name: self.random.choice(list(paths)) for name, paths in _PLACES.items()}
        update: dict[str, Any] = {}
        for name in self.random.sample(list(_OPERATORS), self.random.randrange(1, 4)):
            kind, operand = _OPERATORS[name]
            path = places.pop(kind, None)
            if path is not None and (name != "$pop" or _has(document, path)):  # else the third party breaks
                update[name] = {path: operand(self, path)}
        return update

    def push(self, path: str) -> Any:
        if self.random.random() < 0.3:
            return self.element(path)
        # Not both a position and an order: the third party takes them one after the other.
        modifiers: dict[str, Any] = {
            "$each": [self.element(path) for _ in range(self.random.randrange(1, 4))]
        }
        chance = self.random.random()
        if chance < 0.4:
            modifiers["$position"] = self.random.choice([0, 1, 2, 9])
        elif chance < 0.8:
            modifiers["$sort"] = {"p": self.random.choice([1, -1])} if path == "deep.l" else 1
        if self.random.random() < 0.5:
            modifiers["$slice"] = self.random.choice([0, 1, 3, -1, -2, 9])
        return modifiers

    def pulled(self, path: str) -> Any:
        if path == "deep.l":
            return self.random.choice(
                [{"q": "a"}, {"p": {"$gt": 1}}, {"p": 2, "q": "b"}, {"p": {"$in": [2, 3]}}]
            )
        return self.random.choice(
            [self.element(path), {"$gte": self.element(path)}, {"$in": self.elements(path)}]
        )


_PLACES = {
    "number": ("n", "deep.n", "new", "deep.new", "newer.deep"),
    "list": LISTS,
    "any": ("a", "deep.x", "other", "further.deep"),
    "top": ("b", "none"),
}
_OPERATORS: dict[str, tuple[str, Callable[[Updates, str], Any]]] = {
    "$set": ("any", lambda made, path: made.cases.value(2)),
    "$unset": ("top", lambda made, path: ""),
    "$inc": ("number", lambda made, path: made.number()),
    "$min": ("number", lambda made, path: made.number()),
    "$max": ("number", lambda made, path: made.number()),
    "$rename": ("top", lambda made, path: "renamed"),
    "$push": ("list", Updates.push),
    "$addToSet": (
        "list",
        lambda made, path: made.random.choice([made.element(path), {"$each": made.distinct(path)}]),
    ),
    "$pull": ("list", Updates.pulled),
    "$pop": ("list", lambda made, path: made.random.choice([1, -1])),
}


def _has(document: dict[str, Any], path: str) -> bool:
    return value_at(document, tuple(path.split("."))) is not MISSING


@pytest.fixture(autouse=True)
def acting() -> Any:
    with acting_as(Identity(user_id="1")):
        yield


def theirs_after(theirs: Any, document: dict[str, Any], update: dict[str, Any]) -> Any:
    """What the third party makes of a document; ``None`` where it refuses."""
    theirs.drop()
    theirs.insert_one({"_id": 1, **document})
    try:
        theirs.update_one({"_id": 1}, update)
    except (ValueError, TypeError, mongomock.OperationFailure):
        return None
    return theirs.find_one({"_id": 1}, {"_id": 0})


def ours_after(document: dict[str, Any], update: dict[str, Any], stored: bool) -> Any:
    """What we make of it, in the database or beside it; ``None`` where we refuse."""
    try:
        if stored:
            return after({"status": None, **document}, update)
        return parse_update(update).revised(document, "an id", threads.cleaner)
    except (ValueError, ValidationError):
        return None


@pytest.mark.parametrize("part", range(4))
def test_updates_make_what_a_mongodb_makes(part: int) -> None:
    theirs, refused, tries = mongomock.MongoClient().db.documents, 0, max(1, UPDATES // 4)
    for number in range(tries):
        seed = part * 1_000_000 + number
        made = Updates(Cases(Random(seed)))
        document = made.document()
        update = made.update(document)
        ours = ours_after(document, update, stored=number % 10 == 0)
        assert ours == theirs_after(theirs, document, update), (seed, document, update)
        refused += ours is None
    assert refused < tries / 2


# Where we differ on purpose: docs/collections.md has the table -----------------------------------------


def after(document: dict[str, Any], update: dict[str, Any], handle: Any = threads) -> dict[str, Any]:
    """What an update makes of a document, without what the columns add."""
    row = handle.insert_one(document)
    try:
        handle.update_one({"_id": row.id}, update)
        row.refresh()
    finally:
        row.delete()
    return {key: value for key, value in row.document.items() if key != "status"}


@pytest.mark.parametrize("path", ["l.0", "l.$", "l.$[]", "l.$[x]"])
def test_no_path_names_an_arrays_index(path: str) -> None:
    with pytest.raises((ValueError, ValidationError)):
        after({"l": [1, 2]}, {"$set": {path: 9}})


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ({"$inc": {"x": 2}}, 2),
        ({"$mul": {"x": 2}}, 0),
        ({"$push": {"x": 2}}, [2]),
        ({"$addToSet": {"x": 2}}, [2]),
        ({"$pull": {"x": 2}}, None),
        ({"$pop": {"x": 1}}, None),
    ],
)
def test_null_counts_as_missing_to_arithmetic_and_lists(update: dict[str, Any], expected: Any) -> None:
    assert after({"x": None}, update) == {"x": expected}


def test_a_moment_is_text_whichever_type_is_asked_for() -> None:
    made = after({}, {"$currentDate": {"a": True, "b": {"$type": "date"}, "c": {"$type": "timestamp"}}})
    assert made["a"] == made["b"] == made["c"] > "2026-"
    assert made["a"].endswith("Z")


def test_the_order_of_an_objects_keys_is_nothing() -> None:
    document = {"l": [{"x": 1, "y": 2}]}
    assert after(document, {"$addToSet": {"l": {"y": 2, "x": 1}}}) == document
    assert after({"l": [{"k": {"x": 1, "y": 2}}]}, {"$pull": {"l": {"k": {"y": 2, "x": 1}}}}) == {"l": []}


def test_true_is_no_number_to_a_list_either() -> None:
    assert after({"l": [1, True]}, {"$pull": {"l": 1}}) == {"l": [True]}
    assert after({"l": [1]}, {"$addToSet": {"l": {"$each": [True, True, 1.0]}}}) == {"l": [1, True]}


@pytest.mark.parametrize("update", [{"$inc": {"n": 1}}, {"$mul": {"n": 2}}])
def test_a_number_beyond_two_to_the_53_is_refused_not_rounded(update: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        after({"n": 2**53 - 1}, update)


def test_the_same_number_written_otherwise_is_no_change() -> None:
    row = threads.insert_one({"n": 2, "m": 2.0})
    for by in ({"_id": row.id}, {"n": 2}):
        assert threads.update_one(by, {"n": 2.0, "m": 2}) == UpdateResult(1, 0)


def test_an_upsert_cannot_choose_its_id() -> None:
    with pytest.raises(ValueError, match="cannot choose"):
        threads.update_one({"_id": "mine"}, {"a": 1}, upsert=True)


def test_many_are_updated_all_or_none() -> None:
    threads.insert_many([{"n": 1}, {"n": "text"}])
    with pytest.raises(ValidationError):
        threads.update_many({}, {"$inc": {"n": 1}})
    assert [row["n"] for row in threads.all()] == [1, "text"]


def test_an_operator_within_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="outermost"):
        after({"n": 1}, {"n": {"$inc": 1}})


def test_a_declared_column_has_the_last_word() -> None:
    assert after({"tags": ["a"]}, {"$pull": {"tags": "a"}}) == {"tags": None}
    assert after({"currency": "0.1"}, {"$inc": {"currency": 0.2}}, everything) == {"currency": "0.3"}


@pytest.mark.parametrize("operator", ["$bit", "$pullAll", "$pushAll"])
def test_what_is_not_here_is_an_error(operator: str) -> None:
    with pytest.raises(ValueError, match="Legal"):
        after({"n": 1}, {operator: {"n": 1}})
