"""Our filters and orders beside a third party's, and each difference that is meant, beside MongoDB's manual.

``MONGO_TRIPLES=200000 pytest tests/collections_app/test_mongo_semantics.py`` tries more.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from random import Random
from typing import Any

import mongomock
import pytest
from django.db.models import Q

from capsule import Identity, acting_as
from tests.amounts import amount
from tests.collections_app.mongo_cases import Cases
from tests.testapp.declared.collections import threads

pytestmark = pytest.mark.django_db

TRIPLES = amount("MONGO_TRIPLES", 5_000)
BATCH = 100  # filters and orders for each set of documents


@pytest.fixture(autouse=True)
def acting() -> Any:
    with acting_as(Identity(user_id="1")):
        yield


def test_filters_and_orders_find_what_a_mongodb_finds(proof: Callable[[str], None]) -> None:
    for seed in range(TRIPLES // BATCH):
        cases = Cases(Random(seed))
        documents = cases.documents(25)
        [threads.delete_one({"_id": row.id}) for row in threads.all()]
        threads.insert_many(documents)
        theirs = mongomock.MongoClient().db[f"seed_{seed}"]
        theirs.insert_many([dict(document) for document in documents])
        for number in range(BATCH):
            filter, sort = cases.filter(), cases.sort()
            expected = [found["n"] for found in theirs.find(filter).sort([*sort.items(), ("n", 1)])]
            found = [row["n"] for row in threads.find(filter, sort={**sort, "n": 1})]
            assert found == expected, (seed, filter, sort)
            assert number % 10 or threads.count(filter) == len(expected)
    proof(f"{TRIPLES:,} triples, 0 different")


# Where we differ on purpose: docs/collections.md has the table -----------------------------------------


def found(filter: Any, *documents: dict[str, Any]) -> list[int]:
    """Which of ``documents`` match."""
    threads.insert_many([{"n": n, **document} for n, document in enumerate(documents)])
    return [row["n"] for row in threads.find(filter)]


def test_a_path_names_keys_of_objects_and_never_an_arrays_index() -> None:
    assert found({"a.0": "x"}, {"a": ["x"]}, {"a": {"0": "x"}}) == [1]


def test_a_path_does_not_look_into_the_objects_of_an_array() -> None:
    documents: list[dict[str, Any]] = [{"a": [{"b": 1}]}, {"a": {"b": 1}}]
    assert found({"a.b": 1}, *documents) == [1]
    assert [row["n"] for row in threads.find({"a": {"$elemMatch": {"b": 1}}})] == [0]


def test_a_path_through_what_is_no_object_is_missing() -> None:
    assert found({"a.b": None}, {"a": 5}, {"a": [{"b": 1}]}, {"a": {"b": 2}}, {}) == [0, 1, 3]


def test_true_and_false_are_no_numbers() -> None:
    assert found({"a": {"$in": [0, 1]}}, {"a": True}, {"a": False}, {"a": 1}, {"a": 0.0}) == [2, 3]


def test_all_of_nothing_is_nothing() -> None:
    assert found({"a": {"$all": []}}, {"a": []}, {"a": [1]}, {}) == []


def test_all_of_null_is_equality_with_null() -> None:
    assert found({"a": {"$all": [None]}}, {"a": None}, {"a": [None, 1]}, {}, {"a": 1}) == [0, 1, 2]


def test_an_empty_object_is_a_value() -> None:
    assert found({"a": {}}, {"a": {}}, {"a": [{}]}, {"a": {"b": 1}}, {}) == [0, 1]


def test_a_size_is_an_arrays() -> None:
    assert found({"a": {"$size": 1}}, {"a": [1]}, {"a": 1}, {"a": {"b": 1}}, {"a": "x"}) == [0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("null", [0]),
        ("bool", [1]),
        ("number", [2, 3, 4]),
        ("string", [5]),
        ("array", [6, 4]),
        ("object", [7]),
        (["string", "null"], [0, 5]),
    ],
)
def test_types_are_those_of_json(name: Any, expected: list[int]) -> None:
    documents: list[Any] = [None, True, 2, 2.5, [3], "x", [[]], {}]
    assert found({"a": {"$type": name}}, *({"a": one} for one in documents), {}) == sorted(expected)


def test_a_remainder_has_its_numbers_sign_and_ignores_the_fraction() -> None:
    numbers = [4, 4.9, -4, -5, "4", True, [7, 4]]
    assert found({"a": {"$mod": [4, 0]}}, *({"a": one} for one in numbers)) == [0, 1, 2, 6]
    assert [row["n"] for row in threads.find({"a": {"$mod": [4, -1]}})] == [3]


def test_an_object_equals_another_whatever_the_order_of_its_keys() -> None:
    documents: list[dict[str, Any]] = [
        {"a": {"x": 1, "y": [1, {"k": True}]}},
        {"a": {"y": [1], "x": 1}},
        {"a": {"x": 1}},
    ]
    assert found({"a": {"y": [1, {"k": True}], "x": 1}}, *documents) == [0]
    assert [row["n"] for row in threads.find({"a": {"y": [1, {"k": 1}], "x": 1}})] == []


def test_an_array_is_ordered_by_its_kind_not_by_its_elements() -> None:
    values = [[9], "b", True, {"x": 1}, 2, None, [1], False, "a", 1.5]
    threads.insert_many([{"n": n, "any": value} for n, value in enumerate(values)])
    ordered = [values[row["n"]] for row in threads.order_by("any")]
    assert ordered == [None, 1.5, 2, "a", "b", {"x": 1}, [9], [1], False, True]
    assert [values[row["n"]] for row in threads.order_by("-any")] == [True, False, [1], [9], *ordered[5::-1]]


def test_a_declared_column_holds_one_value_of_its_type() -> None:
    assert found({"priority": {"$gte": 2}}, {"priority": 2}, {"priority": 1}, {}) == [0]
    assert [row["n"] for row in threads.find({"priority": None})] == [2]


def test_a_date_is_compared_as_the_text_that_documents_hold() -> None:
    documents: list[dict[str, Any]] = [{"day": dt.date(2026, 1, 1)}, {"day": "2026-01-02"}, {"day": 20260103}]
    assert found({"day": {"$gte": dt.date(2026, 1, 1)}}, *documents) == [0, 1]
    assert [row["n"] for row in threads.find({"day": "2026-01-01"})] == [0]


def test_a_compiled_pattern_is_a_condition_and_no_value() -> None:
    pattern = re.compile("^x")
    assert found({"a": pattern}, {"a": "xy"}, {"a": "y"}) == [0]
    assert [row["n"] for row in threads.find({"a": {"$not": pattern}})] == [1]
    for operand in ({"$eq": pattern}, {"$in": [pattern]}, {"$all": [pattern]}):
        with pytest.raises(ValueError, match="Pattern"):
            threads.find({"a": operand})


@pytest.mark.parametrize("operator", ["$where", "$expr", "$text"])
def test_what_is_no_operator_here_is_an_error(operator: str) -> None:
    for filter in ({operator: "1"}, {"a": {operator: "1"}}):
        with pytest.raises(ValueError, match="is not an operator here"):
            threads.find(filter)


def test_both_styles_are_one_language() -> None:
    documents = [{"a": n, "b": "x" if n % 2 else "Yes"} for n in range(8)]
    threads.insert_many([{"n": n, **document} for n, document in enumerate(documents)])
    pairs: list[tuple[Any, Any]] = [
        (Q(a=1) | Q(b__iexact="YES"), {"$or": [{"a": 1}, {"b": {"$regex": "^yes$", "$options": "i"}}]}),
        (~Q(a__in=[1, 2]), {"a": {"$nin": [1, 2]}}),
        (Q(a__range=(2, 4)), {"a": {"$gte": 2, "$lte": 4}}),
        (~(Q(a__gt=2) & Q(b="x")), {"$nor": [{"a": {"$gt": 2}, "b": "x"}]}),
        (Q(c__isnull=True, b__contains="e"), {"c": None, "b": {"$regex": "e"}}),
    ]
    for lookups, document in pairs:
        assert [r["n"] for r in threads.filter(lookups)] == [r["n"] for r in threads.find(document)] != []
