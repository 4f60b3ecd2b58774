"""One UPDATE statement and the locked read-modify-write: two ways to the same document."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capsule import Identity, acting_as
from collections_app.updates import parse_update
from collections_app.updates.statements import statement_of
from tests.testapp.declared.collections import contacts, everything, threads

pytestmark = pytest.mark.django_db

BIG = 2**53 - 1
KEYS = st.sampled_from(
    ["a", "b", "a.b", "a.0", "0", "-1", "text", "number", "currency", "status", "tags", "a'%s"]
)
NUMBERS = st.sampled_from([0, 1, -1, 2.5, 3.0, BIG, -BIG, BIG - 1, 1e17])
SCALARS = st.one_of(
    NUMBERS, st.none(), st.booleans(), st.sampled_from(["", "a", "b", "7", "12.50", "é", "'\"\\%s\n"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("b0"), inner, max_size=2),
    max_leaves=4,
)
DOCUMENTS = st.dictionaries(st.sampled_from(["a", "b", "0", "-1", "a'%s"]), VALUES)
UPDATES = st.fixed_dictionaries(
    {},
    optional={
        "$set": st.dictionaries(KEYS, VALUES, min_size=1, max_size=3),
        "$inc": st.dictionaries(KEYS, NUMBERS, min_size=1, max_size=2),
        "$unset": st.dictionaries(KEYS, st.just(""), min_size=1, max_size=2),
    },
)


@pytest.fixture(autouse=True)
def acting() -> Any:
    with acting_as(Identity(user_id="1")):
        yield


def shape(value: Any) -> Any:
    """A value that differs for 1 and True, which Python takes for equal."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else (isinstance(value, bool), value)


def outcome(handle: Any, document: dict[str, Any], update: dict[str, Any], by: str) -> Any:
    """What the update makes of a row found by its id, which may be one statement, or by a key."""
    row = handle.insert_one({**document, "mark": "x"})
    try:
        result: Any = handle.update_one({"_id": row.id} if by == "id" else {"mark": "x"}, update)
    except (ValueError, ValidationError) as error:
        result = type(error)
    row.refresh()
    row.delete()
    return result, row.version, shape(row.document)


@pytest.mark.parametrize("name", ["threads", "everything"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=DOCUMENTS, update=UPDATES)
def test_both_ways_come_to_the_same(name: str, document: dict[str, Any], update: dict[str, Any]) -> None:
    handle = {"threads": threads, "everything": everything}[name]
    assert outcome(handle, document, update, "id") == outcome(handle, document, update, "key")


def statement(handle: Any, update: dict[str, Any]) -> Any:
    return statement_of(parse_update(update), handle.cleaner, connection.vendor)


@pytest.mark.parametrize(
    "update",
    [
        {"$inc": {"n": 1}},
        {"$inc": {"a.b": -5, "priority": 1}},
        {"subject": "x", "flag": True, "none": None, "half": 0.5},
        {"priority": "3"},
        {"$unset": {"subject": 1, "a.b": 1}},
        {"$inc": {"n": 1}, "$set": {"m": 2}, "$unset": {"o": 1}, "$setOnInsert": {"p": 1}},
    ],
)
def test_simple_updates_are_one_statement(update: dict[str, Any]) -> None:
    assert statement(threads, update) is not None


@pytest.mark.parametrize(
    "update",
    [
        {"$inc": {"n": 1.5}},  # a double is counted as Python counts
        {"$inc": {"n": 0}},
        {"$mul": {"n": 2}},
        {"$set": {"a": [1]}},
        {"$set": {"a": {}}},
        {"$set": {"a": "x" * 200_000}},
        {"$set": {"tags": "a,b"}},
        {"$set": {"priority.deep": 1}},
        {"$set": {"a\\b": 1}},
        {"$push": {"a": 1}},
        {"$set": {f"k{n}": n for n in range(9)}},
        {"_id": "x", "a": 1},
        {"$setOnInsert": {"a": 1}},
        {"status": "lost"},  # whether that is an error, the row decides by being there
    ],
)
def test_what_has_to_be_seen_before_it_is_stored_is_not(update: dict[str, Any]) -> None:
    assert statement(threads, update) is None


@pytest.mark.parametrize(
    "update", [{"$inc": {"currency": 1}}, {"$inc": {"score": 1}}, {"$inc": {"status": 1}}]
)
def test_a_column_with_a_say_in_it_is_asked(update: dict[str, Any]) -> None:
    assert statement(everything, update) is None


def test_a_required_column_is_not_taken_away_unseen() -> None:
    assert statement(contacts, {"$unset": {"email": 1}}) is None
    assert statement(contacts, {"$unset": {"name": 1}}) is not None


@pytest.mark.parametrize(
    ("document", "update", "expected"),
    [
        ({"n": BIG}, {"$inc": {"n": 1}}, ValidationError),
        ({"n": -BIG}, {"$inc": {"n": -1}}, ValidationError),
        ({"n": "7"}, {"$inc": {"n": 1}}, ValidationError),
        ({"n": True}, {"$inc": {"n": 1}}, ValidationError),
        ({"n": [1]}, {"$inc": {"n.0": 1}}, ValidationError),
        ({"n": {"0": 1}}, {"$inc": {"n.0": 1}}, {"n": {"0": 2}}),
        ({"n": 1.5}, {"$inc": {"n": 1}}, {"n": 2.5}),
        ({"n": None}, {"$inc": {"n": 1}}, {"n": 1}),
        ({}, {"$inc": {"n": 1}}, {"n": 1}),
        ({}, {"$inc": {"n.m": 1}}, {"n": {"m": 1}}),
        ({"n": 5}, {"$set": {"n.m": 1}}, ValidationError),
        ({"n": [5]}, {"$unset": {"n.0": 1}}, {"n": [5]}),
        ({"n": True}, {"$set": {"n": 1}}, {"n": 1}),
        ({"n": {"deep": {"er": 1}}}, {"$set": {"n.deep": "flat"}}, {"n": {"deep": "flat"}}),
        ({"é'%s": 1}, {"$inc": {"é'%s": 1}}, {"é'%s": 2}),
    ],
)
def test_a_row_that_the_guards_stop_is_left_to_the_other_way(
    document: dict[str, Any], update: dict[str, Any], expected: Any
) -> None:
    row = threads.insert_one(document)
    if isinstance(expected, dict):
        threads.update_one({"_id": row.id}, update)
    else:
        with pytest.raises(expected):
            threads.update_one({"_id": row.id}, update)
    row.refresh()
    left = document if expected is ValidationError else expected
    assert shape(row.document) == shape({"status": "new", **left})
    assert row.version == (1 if shape(left) == shape(document) else 2)


def test_a_large_document_is_seen_before_it_is_stored() -> None:
    row = threads.insert_one({"text": "x" * 1_048_400, "a": ""})
    with pytest.raises(ValidationError, match="larger"):
        threads.update_one({"_id": row.id}, {"a": "y" * 500})
    with CaptureQueriesContext(connection) as queries:
        threads.update_one({"_id": row.id}, {"a": "y"})
    assert sum("SELECT" in query["sql"][:10] for query in queries) == 1


def test_the_statement_holds_no_key_and_no_value() -> None:
    texts = {
        (made := statement(threads, {"$inc": {key: 1}, "$set": {f"{key}2": value}})).data.text
        + made.guard.text
        for key in ("a", "'; DROP TABLE x; --", "%s%(a)s")
        for value in ("a", "'); --")
    }
    assert len(texts) == 1
