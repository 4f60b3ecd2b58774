"""Amounts compare and sort as amounts, to the last digit, with an index or without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.core.management import call_command

from collections_app import Collection, Column
from tests.collections_app.conftest import Declare

pytestmark = pytest.mark.django_db(transaction=True)

AMOUNTS = ["9", "10", "2.5", "-1", "9007199254740992", "9007199254740993", None]
EDGES: list[Any] = [
    "-1.0",
    0,
    "9",
    Decimal("10"),
    2.5,
    "9007199254740992",
    "9007199254740993",
    "123456789012345678901",
]
TESTS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "$gt": lambda value, edge: value > edge,
    "$gte": lambda value, edge: value >= edge,
    "$lt": lambda value, edge: value < edge,
    "$lte": lambda value, edge: value <= edge,
}


@pytest.fixture
def orders(declare: Declare) -> Iterator[Collection]:
    plain, indexed = Column("plain", type="currency"), Column("indexed", type="currency", sortable=True)
    handle = declare("tmp_one", plain, indexed)
    call_command("sync_collections", verbosity=0)
    handle.insert_many([{"plain": amount, "indexed": amount} for amount in AMOUNTS])
    handle.insert_one({})
    yield handle


def test_comparisons_are_of_amounts(orders: Collection) -> None:
    for key, edge, (operator, holds) in product(("plain", "indexed"), EDGES, TESTS.items()):
        wanted = {text for text in AMOUNTS if text and holds(Decimal(text), Decimal(edge))}
        found = orders.find({key: {operator: edge}})
        others = orders.find({key: {"$not": {operator: edge}}})
        assert {row[key] for row in found} == wanted, (key, operator, edge)
        assert len(found) == len(wanted) and len(found) + len(others) == orders.count()


def test_the_order_is_that_of_amounts(orders: Collection) -> None:
    ascending = [None, None, "-1", "2.5", "9", "10", "9007199254740992", "9007199254740993"]
    for key in ("plain", "indexed"):
        query = orders.order_by(key)
        assert [row.get(key) for row in query.rows()] == ascending
        assert [row.get(key) for row in query.reverse().rows()] == ascending[::-1]
        page = query.page(3)
        assert [row.get(key) for row in query.page(9, after=page.next)] == ascending[3:]


def test_what_is_no_amount_is_neither_greater_nor_less(declare: Declare) -> None:
    handle = declare("tmp_one", Column("plain", type="currency"), strict=False)
    call_command("sync_collections", verbosity=0)
    handle.insert_many(
        [{"plain": value} for value in ("NaN", "1e5", 7, ["9"], {"a": 1}, True, "5", "1" * 31)]
    )
    assert [row["plain"] for row in handle.find({"plain": {"$gt": -1}})] == ["5"]
    assert [row["plain"] for row in handle.find({"plain": {"$lt": 9}})] == ["5"]
