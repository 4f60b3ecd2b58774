"""A simplified tree holds for the same documents, and asks each place once."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from collections_app.queries.matching import matches
from collections_app.queries.mongo import from_document
from collections_app.queries.simplifying import simplified
from collections_app.queries.tree import And, Compare, Element, Node, Not, Or, weight
from tests.collections_app.mongo_cases import SCALARS, Cases

A = ("a",)


def one_of(*values: Any) -> Compare:
    return Compare(A, "in", values)


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"a": 1}, Compare(A, "eq", 1)),
        ({"$or": [{"a": 1}, {"a": {"$in": [2, 3]}}]}, one_of(1, 2, 3)),
        ({"$or": [{"a": 1}, {"$or": [{"a": 2}, {"a": None}]}]}, one_of(1, 2, None)),
        ({"$nor": [{"a": {"$all": [1]}}, {"a": {"$all": [2]}}]}, Not(one_of(1, 2))),
        ({"a": {"$ne": 1, "$nin": [2, 3]}}, Not(one_of(1, 2, 3))),
        ({"a": {"$not": {"$ne": 1}}}, Compare(A, "eq", 1)),
        ({"a": {"$all": [1, 2]}}, And((Compare(A, "eq", 1), Compare(A, "eq", 2)))),
        (
            {"$nor": [{"a": {"$elemMatch": {"$eq": 1}}}, {"a": {"$elemMatch": {"$eq": 2}}}]},
            Not(Element(A, Compare((), "in", (1, 2)))),
        ),
        (
            {"a": {"$elemMatch": {"$gt": 1, "$lt": 3}}, "b": {"$elemMatch": {"$gt": 1}}},
            And(
                (
                    Element(A, And((Compare((), "gt", 1), Compare((), "lt", 3)))),
                    Element(("b",), Compare((), "gt", 1)),
                )
            ),
        ),
        ({"$or": [{"a": 1}, {"b": 2}]}, Or((Compare(A, "eq", 1), Compare(("b",), "eq", 2)))),
        ({"$or": [{"a": {"$gt": 1}}, {"a": {"$gt": 2}}]}, Or((Compare(A, "gt", 1), Compare(A, "gt", 2)))),
    ],
)
def test_what_compares_one_place_is_one_comparison(filter: dict[str, Any], expected: Node) -> None:
    assert simplified(from_document(filter)) == expected


def dense(cases: Cases, levels: int = 2) -> dict[str, Any]:
    """A filter in which one place is often compared twice."""
    key = cases.random.choice(SCALARS)
    if levels and cases.random.random() < 0.6:
        group = cases.random.choice(["$and", "$or", "$nor"])
        return {group: [dense(cases, levels - 1) for _ in range(cases.random.randrange(1, 4))]}
    name = cases.random.choice(["$eq", "$ne", "$in", "$nin"])
    if cases.random.random() < 0.2:
        return {"items": {"$elemMatch": {"p": {name: [cases.scalar()] if "in" in name else cases.scalar()}}}}
    return {key: {name: [cases.scalar(), cases.scalar()] if "in" in name else cases.scalar()}}


@pytest.mark.parametrize("seed", range(4))
def test_it_holds_for_the_same_documents(seed: int) -> None:
    cases, merged = Cases(Random(seed)), 0
    documents = cases.documents(40)
    for number in range(400):
        node = from_document(dense(cases) if number % 2 else cases.filter())
        simpler = simplified(node)
        assert [matches(simpler, one) for one in documents] == [matches(node, one) for one in documents], node
        merged += weight(simpler) < weight(node)
    assert merged > 10
