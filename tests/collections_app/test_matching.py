"""The tree evaluated in Python means what the databases make of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from capsule import Identity, acting_as
from collections_app.queries.lookups import from_lookups
from collections_app.queries.matching import matches
from collections_app.queries.mongo import from_document
from tests.collections_app.mongo_cases import Cases
from tests.testapp.declared.collections import threads


def found(filter: dict[str, Any], *values: Any) -> list[int]:
    """Which of the documents ``{"a": value}`` match; a value of ``...`` is missing."""
    documents = [{} if value is ... else {"a": value} for value in values]
    node = from_document(filter)
    return [n for n, document in enumerate(documents) if matches(node, document)]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (1, [1, 2, 8]),
        (True, [3, 8]),
        (None, [0, 9, 11]),
        ("x", [4]),
        ([1, True], [8]),
        ({"k": 1}, [10]),
        ({"$ne": 1}, [0, 3, 4, 5, 6, 7, 9, 10, 11]),
        ({"$gt": 1}, [5]),
        ({"$gte": 1}, [1, 2, 5, 8]),
        ({"$lt": "y"}, [4]),
        ({"$gte": False}, [3, 7, 8]),
        ({"$in": [1, "x", None]}, [0, 1, 2, 4, 8, 9, 11]),
        ({"$nin": [1, "x", None]}, [3, 5, 6, 7, 10]),
        ({"$exists": True}, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ({"$exists": False}, [11]),
        ({"$type": "array"}, [6, 8, 9]),
        ({"$type": ["bool", "null"]}, [0, 3, 7, 8, 9]),
        ({"$mod": [2, 1]}, [1, 2, 8]),
        ({"$mod": [2, 0]}, [5]),
        ({"$size": 2}, [8, 9]),
        ({"$size": 0}, [6]),
        ({"$all": [1, True]}, [8]),
        ({"$regex": "^x"}, [4]),
        ({"$elemMatch": {"$type": "number"}}, [8]),
        ({"$elemMatch": {"k": 2}}, [9]),
        ({"$not": {"$gte": 1}}, [0, 3, 4, 6, 7, 9, 10, 11]),
    ],
)
def test_a_condition_finds(condition: Any, expected: list[int]) -> None:
    values: list[Any] = [None, 1, 1.0, True, "x", 2.5, [], False, [1, True], [None, {"k": 2}], {"k": 1}, ...]
    assert found({"a": condition}, *values) == expected


@pytest.mark.parametrize("value", [-5, -4.9, 5, 4.9, 0, "4", True])
@pytest.mark.parametrize("divisor", [2, -2, 3])
def test_a_remainder_has_the_sign_of_its_number(value: Any, divisor: int) -> None:
    expected = isinstance(value, (int, float)) and not isinstance(value, bool)
    remainder = int(abs(int(value)) % abs(divisor)) * (-1 if value < 0 else 1) if expected else 0
    assert (found({"a": {"$mod": [divisor, remainder]}}, value) == [0]) is expected


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1e16, 2.0**62, 1e19, -1e300])
def test_a_number_that_is_rounded_has_no_remainder(number: float) -> None:
    with acting_as(Identity(user_id="1")):
        threads.insert_one({"a": number})
        for remainder in {0, int(number) % 10, -(-int(number) % 10), 7}:
            condition: Any = {"a": {"$mod": [10, remainder]}}
            assert found(condition, number) == [] and threads.count(condition) == 0
            assert threads.count({"a": {"$not": condition["a"]}}) == 1


def test_values_are_compared_as_documents_hold_them() -> None:
    assert found({"a": Decimal("1.5")}, "1.5", 1.5) == [0]
    assert found({"a": {"$gt": date(2026, 1, 1)}}, "2026-01-02", "2025-12-31", 3) == [0]
    assert found({"a": {"$in": [datetime(2026, 1, 1, tzinfo=UTC)]}}, "2026-01-01T00:00:00.000000Z") == [0]


@pytest.mark.parametrize(
    ("lookup", "value", "expected"),
    [
        ("contains", "b", True), ("contains", "B", False), ("icontains", "B", True),
        ("startswith", "Ab", True), ("istartswith", "aB", True), ("endswith", "c", True),
        ("iendswith", "BC", True), ("iexact", "aBC", True), ("iexact", "ab", False), ("regex", "b.", True),
        ("iregex", "^a", True), ("range", ("Aa", "Az"), True), ("isnull", False, True),
        ("isnull", True, False),
    ],
)  # fmt: skip
def test_a_lookup_finds(lookup: str, value: Any, expected: bool) -> None:
    assert matches(from_lookups({f"a__{lookup}": value}), {"a": "Abc"}) is expected
    assert lookup == "isnull" or not matches(from_lookups({f"a__{lookup}": value}), {"a": 7})


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_it_finds_what_the_database_finds(seed: int) -> None:
    cases = Cases(Random(seed))
    with acting_as(Identity(user_id="1")):
        documents = cases.documents(30)
        threads.insert_many(documents)
        for _ in range(100):
            filter = cases.filter()
            node = from_document(filter)
            expected = [document["n"] for document in documents if matches(node, document)]
            assert [row["n"] for row in threads.find(filter)] == expected, filter
