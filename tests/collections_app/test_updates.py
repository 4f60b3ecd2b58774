"""What each operator makes of a document, and which updates are none. No database is asked."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from collections_app.updates import OPERATORS, parse_update
from collections_app.updates.parsing import PUSH_MODIFIERS
from tests.bad_input import KEYS, NUMBERS, TEXTS
from tests.testapp.declared.collections import contacts, everything, threads

BIG = 2**53 - 1


def updated(document: dict[str, Any], update: dict[str, Any], handle: Any = threads) -> dict[str, Any]:
    """The document after the update."""
    return parse_update(update).revised(document, "the id", handle.cleaner)


@pytest.mark.parametrize(
    ("document", "update", "expected"),
    [
        # $set, and plain keys
        ({"a": 1}, {"a": 2, "b.c": 3}, {"a": 2, "b": {"c": 3}}),
        ({"a": {"b": 1}}, {"$set": {"a.c": [1]}}, {"a": {"b": 1, "c": [1]}}),
        ({"a": 1}, {"$set": {"a": {"b": None}}}, {"a": {"b": None}}),
        ({}, {"$set": {"0": 1, "-1.2": 2}}, {"0": 1, "-1": {"2": 2}}),
        # $unset
        ({"a": 1, "b": 2}, {"$unset": {"a": ""}}, {"b": 2}),
        ({"a": {"b": 1, "c": 2}}, {"$unset": {"a.b": 1}}, {"a": {"c": 2}}),
        ({"a": 1}, {"$unset": {"a.b": 1, "c": 1, "d.e": 1}}, {"a": 1}),
        ({"a": [{"b": 1}]}, {"$unset": {"a.0": 1}}, {"a": [{"b": 1}]}),
        # $inc and $mul
        ({"a": 1}, {"$inc": {"a": 2, "b": 3, "c.d": -1}}, {"a": 3, "b": 3, "c": {"d": -1}}),
        ({"a": 1.5}, {"$inc": {"a": 1}}, {"a": 2.5}),
        ({"a": 3}, {"$mul": {"a": 2, "b": 5}}, {"a": 6, "b": 0}),
        ({"a": 3}, {"$mul": {"a": 0.5}}, {"a": 1.5}),
        ({"a": None}, {"$inc": {"a": 1}}, {"a": 1}),
        ({"a": None}, {"$mul": {"a": 4}}, {"a": 0}),
        ({}, {"$inc": {"a": Decimal("0.1")}}, {"a": "0.1"}),
        ({"a": "0.1"}, {"$inc": {"a": Decimal("0.2")}}, {"a": "0.3"}),
        ({"a": BIG - 1}, {"$inc": {"a": 1}}, {"a": BIG}),
        # $min and $max
        ({"a": 5}, {"$min": {"a": 3}}, {"a": 3}),
        ({"a": 5}, {"$min": {"a": 7, "b": 7}}, {"a": 5, "b": 7}),
        ({"a": 5}, {"$max": {"a": 7}}, {"a": 7}),
        ({"a": 5}, {"$max": {"a": 5.5}}, {"a": 5.5}),
        ({"a": "b"}, {"$max": {"a": 7}}, {"a": "b"}),  # a text is higher than any number
        ({"a": "b"}, {"$min": {"a": 7}}, {"a": 7}),
        ({"a": None}, {"$max": {"a": -7}}, {"a": -7}),
        ({"a": None}, {"$min": {"a": -7}}, {"a": None}),
        ({"a": [1, 2]}, {"$max": {"a": [1, 3]}}, {"a": [1, 3]}),
        ({"a": {"b": 1}}, {"$max": {"a": {"b": 2}}}, {"a": {"b": 2}}),
        ({"a": True}, {"$min": {"a": False}}, {"a": False}),
        # $rename
        ({"a": 1, "b": 2}, {"$rename": {"a": "c"}}, {"b": 2, "c": 1}),
        ({"a": 1, "b": 2}, {"$rename": {"a": "b"}}, {"b": 1}),
        ({"a": {"b": 1}}, {"$rename": {"a.b": "c.d"}}, {"a": {}, "c": {"d": 1}}),
        ({"a": 1}, {"$rename": {"missing": "a.b.c"}}, {"a": 1}),
        # $push
        ({}, {"$push": {"a": 1, "b.c": 2}}, {"a": [1], "b": {"c": [2]}}),
        ({"a": [1]}, {"$push": {"a": [2, 3]}}, {"a": [1, [2, 3]]}),
        ({"a": [1]}, {"$push": {"a": {"$each": [2, 3]}}}, {"a": [1, 2, 3]}),
        ({"a": None}, {"$push": {"a": 1}}, {"a": [1]}),
        ({}, {"$push": {"a": {"$each": []}}}, {"a": []}),
        ({"a": [1, 2]}, {"$push": {"a": {"$each": [9], "$position": 0}}}, {"a": [9, 1, 2]}),
        ({"a": [1, 2]}, {"$push": {"a": {"$each": [9], "$position": -1}}}, {"a": [1, 9, 2]}),
        ({"a": [1, 2]}, {"$push": {"a": {"$each": [9], "$position": 50}}}, {"a": [1, 2, 9]}),
        ({"a": [1, 2]}, {"$push": {"a": {"$each": [9], "$position": -50}}}, {"a": [9, 1, 2]}),
        ({"a": [1, 2]}, {"$push": {"a": {"$each": [3], "$slice": -2}}}, {"a": [2, 3]}),
        ({"a": [1, 2]}, {"$push": {"a": {"$each": [3], "$slice": 2}}}, {"a": [1, 2]}),
        ({"a": [1, 2]}, {"$push": {"a": {"$each": [], "$slice": 0}}}, {"a": []}),
        ({"a": [1, 2]}, {"$push": {"a": {"$each": [], "$slice": 10**40}}}, {"a": [1, 2]}),
        ({"a": [3, 1]}, {"$push": {"a": {"$each": [2], "$sort": 1}}}, {"a": [1, 2, 3]}),
        (
            {"a": [True, "x"]},
            {"$push": {"a": {"$each": [2, None, {}, []], "$sort": -1}}},
            {"a": [True, [], {}, "x", 2, None]},
        ),
        (
            {"a": [{"n": 1, "m": 1}, {"n": 2}]},
            {"$push": {"a": {"$each": [{"n": 1, "m": 2}, 7], "$sort": {"n": 1, "m": -1}, "$slice": 3}}},
            {"a": [7, {"n": 1, "m": 2}, {"n": 1, "m": 1}]},
        ),
        (
            {"a": [{"b": {"c": 2}}, {"b": {"c": 1}}]},
            {"$push": {"a": {"$each": [], "$sort": {"b.c": 1}}}},
            {"a": [{"b": {"c": 1}}, {"b": {"c": 2}}]},
        ),
        # $addToSet
        ({"a": [1]}, {"$addToSet": {"a": 1}}, {"a": [1]}),
        ({"a": [1]}, {"$addToSet": {"a": True, "b": 1}}, {"a": [1, True], "b": [1]}),
        ({"a": [1]}, {"$addToSet": {"a": {"$each": [1.0, 2, 2, "2"]}}}, {"a": [1, 2, "2"]}),
        ({"a": [{"x": 1, "y": 2}]}, {"$addToSet": {"a": {"y": 2, "x": 1}}}, {"a": [{"x": 1, "y": 2}]}),
        ({"a": [[1]]}, {"$addToSet": {"a": [1]}}, {"a": [[1]]}),
        # $pull, by a value
        ({"a": [1, 2, 1.0, True, "1"]}, {"$pull": {"a": 1}}, {"a": [2, True, "1"]}),
        ({"a": [[1], [1, 2], 1]}, {"$pull": {"a": [1]}}, {"a": [[1, 2], 1]}),
        ({"a": [None, 1]}, {"$pull": {"a": None, "b": 1, "c.d": 1}}, {"a": [1]}),
        # $pop
        ({"a": [1, 2, 3], "b": [1, 2, 3]}, {"$pop": {"a": 1, "b": -1}}, {"a": [1, 2], "b": [2, 3]}),
        ({"a": [], "b": None}, {"$pop": {"a": 1, "b": 1, "c": -1}}, {"a": [], "b": None}),
        # several at once, and what is only for an upsert
        ({"a": 1}, {"$inc": {"a": 1}, "$set": {"b": 2}, "$setOnInsert": {"c": 3}}, {"a": 2, "b": 2}),
        # a document may say which row it is
        ({"a": 1}, {"_id": "the id", "a": 2}, {"a": 2}),
    ],
)  # fmt: skip
def test_an_operator_does_what_mongodb_does(
    document: dict[str, Any], update: dict[str, Any], expected: dict[str, Any]
) -> None:
    before = repr(document)
    assert updated(document, update) == expected
    assert repr(document) == before  # the stored one is left alone


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ({"$gte": 6}, [3, "x", {"b": 9}, [7]]),
        ({"$in": [3, "x"]}, [8, {"b": 9}, [7]]),
        ({"$ne": 3}, [3]),
        ({"b": 9}, [3, 8, "x", [7]]),
        ({"b": {"$lt": 9}}, [3, 8, "x", {"b": 9}, [7]]),
        ({"b": {"$exists": False}}, [3, 8, "x", {"b": 9}, [7]]),
        ({}, [3, 8, "x", [7]]),
        ({"$gte": 6, "$lt": 8}, [3, 8, "x", {"b": 9}, [7]]),
        ({"$regex": "^X", "$options": "i"}, [3, 8, {"b": 9}, [7]]),
    ],
)
def test_pull_takes_a_condition_on_the_elements(condition: Any, left: list[Any]) -> None:
    document = {"a": [3, 8, "x", {"b": 9}, [7]]}
    assert updated(document, {"$pull": {"a": condition}}) == {"a": left}


def test_current_date_is_an_instant_in_utc() -> None:
    before = datetime.now(UTC)
    changed = updated({}, {"$currentDate": {"received": True, "seen": {"$type": "date"}}})
    assert changed["received"] == changed["seen"]
    assert before <= datetime.fromisoformat(changed["seen"]) <= datetime.now(UTC)


class TestColumns:
    """A declared column's value is what its type makes of it, whichever operator wrote it."""

    @pytest.mark.parametrize(
        ("document", "update", "expected"),
        [
            ({"currency": "0.1"}, {"$inc": {"currency": 0.2}}, {"currency": "0.3"}),
            ({"currency": "19.99"}, {"$mul": {"currency": 3}}, {"currency": "59.97"}),
            ({"currency": "1.1"}, {"$mul": {"currency": Decimal("1.1")}}, {"currency": "1.21"}),
            (
                {"currency": "12345678901234567890.12"},
                {"$inc": {"currency": Decimal("0.01")}},
                {"currency": "12345678901234567890.13"},
            ),
            ({"currency": 3}, {"$inc": {"currency": 1}}, {"currency": "4"}),  # old data
            ({"currency": "9.00"}, {"$max": {"currency": "10"}}, {"currency": "10"}),
            ({"currency": "9.00"}, {"$min": {"currency": 10}}, {"currency": "9"}),
            ({}, {"$inc": {"currency": 2}}, {"currency": "2"}),
            ({"number": 1}, {"$inc": {"number": Decimal("0.5")}}, {"number": 1.5}),
            ({"date": "2026-01-02"}, {"$min": {"date": datetime(2026, 1, 1, tzinfo=UTC)}},
             {"date": "2026-01-01T00:00:00.000000Z"}),
            ({"tags": ["a"]}, {"$push": {"tags": "b"}}, {"tags": ["a", "b"]}),
            ({"tags": ["a"]}, {"$addToSet": {"tags": {"$each": ["a", "b"]}}}, {"tags": ["a", "b"]}),
            ({"tags": ["a"]}, {"$pull": {"tags": "a"}}, {"tags": None}),
            ({"tags": None}, {"$push": {"tags": "a"}}, {"tags": ["a"]}),
            ({"boolean": None}, {"$set": {"boolean": "yes"}}, {"boolean": True}),
            ({"text": "7"}, {"$rename": {"text": "number"}}, {"number": 7}),
        ],
    )  # fmt: skip
    def test_values_are_coerced(
        self, document: dict[str, Any], update: dict[str, Any], expected: dict[str, Any]
    ) -> None:
        assert updated(document, update, everything) == expected

    @pytest.mark.parametrize(
        ("document", "update", "key"),
        [
            ({}, {"$set": {"status": "c"}}, "status"),
            ({}, {"$set": {"number": "many"}}, "number"),
            ({"number": 1}, {"$set": {"number.deep": 1}}, "number"),
            ({}, {"$set": {"number.deep": 1}}, "number"),
            ({"number": BIG}, {"$inc": {"number": 1}}, "number"),
            ({"number": 1e308}, {"$mul": {"number": 1e10}}, "number"),
            ({"undeclared": BIG}, {"$inc": {"undeclared": 1}}, "undeclared"),
            ({"undeclared": 1e308}, {"$mul": {"undeclared": 1e10}}, "undeclared"),
            ({"undeclared": "7"}, {"$inc": {"undeclared": 1}}, "undeclared"),
            ({"undeclared": "x"}, {"$inc": {"undeclared": Decimal(1)}}, "undeclared"),
            ({"undeclared": True}, {"$inc": {"undeclared": 1}}, "undeclared"),
            ({"undeclared": [1]}, {"$inc": {"undeclared": 1}}, "undeclared"),
            ({"undeclared": "x"}, {"$push": {"undeclared": 1}}, "undeclared"),
            ({"undeclared": {}}, {"$pop": {"undeclared": 1}}, "undeclared"),
            ({"undeclared": 1}, {"$pull": {"undeclared": 1}}, "undeclared"),
            ({"undeclared": [1]}, {"$set": {"undeclared.0": 2}}, "undeclared"),
            ({"undeclared": None}, {"$set": {"undeclared.a": 2}}, "undeclared"),
            ({"a": 1, "undeclared": 1}, {"$rename": {"a": "undeclared.b"}}, "undeclared"),
            ({"currency": "1" + "0" * 29}, {"$mul": {"currency": 10}}, "currency"),
            ({"currency": "x"}, {"$inc": {"currency": 1}}, "currency"),
            ({"score": 1}, {"$inc": {"score": 1_000_000}}, "score"),
            ({"text": "x"}, {"$rename": {"text": "number"}}, "number"),
            ({}, {"$push": {"tags": "a,b"}}, "tags"),
            ({}, {"$set": {"undeclared": "a\0"}}, "undeclared"),
            ({}, {"$push": {"undeclared": float("nan")}}, "undeclared"),
            ({}, {"$set": {"undeclared": {"a": object()}}}, "undeclared"),
        ],
    )
    def test_what_cannot_be_is_refused_by_its_key(
        self, document: dict[str, Any], update: dict[str, Any], key: str
    ) -> None:
        with pytest.raises(ValidationError) as caught:
            updated(document, update, everything)
        assert list(caught.value.message_dict) == [key]

    @pytest.mark.parametrize(
        "update",
        [{"email": None}, {"$unset": {"email": 1}}, {"$rename": {"email": "mail"}}, {"$set": {"email": ""}}],
    )
    def test_a_required_column_cannot_go(self, update: dict[str, Any]) -> None:
        with pytest.raises(ValidationError) as caught:
            updated({"email": "a@example.com"}, update, contacts)
        assert list(caught.value.message_dict) == ["email"]

    def test_old_values_that_no_longer_fit_hold_up_nothing_else(self) -> None:
        assert updated({"number": "old"}, {"text": "new"}, everything) == {"number": "old", "text": "new"}

    def test_every_bad_column_is_named(self) -> None:
        with pytest.raises(ValidationError) as caught:
            updated({}, {"status": "c", "number": "many", "text": "fine"}, everything)
        assert set(caught.value.message_dict) == {"status", "number"}

    def test_a_document_stays_within_its_limits(self) -> None:
        for update in (
            {"$set": {f"k{n}": 1 for n in range(999)}},
            {"$push": {"list": {"$each": list(range(999))}}},
            {"$set": {"text": "x" * 1_048_576}},
        ):
            with pytest.raises((ValidationError, ValueError)):
                updated({"a": 1, "b": 2}, update)


class TestRefusals:
    @pytest.mark.parametrize(
        "update",
        [
            None, [], "x", {}, {"$set": {}}, {"$set": {}, "$inc": {}}, {"$set": 3}, {"$inc": None},
            {"a": 1, "$set": {"b": 1}}, {"$inc": {"a": 1}, "b": 2},
            {1: 2}, {"$set": {1: 2}},
            {"": 1}, {"a.": 1}, {".a": 1}, {"a..b": 1}, {"a.$b": 1}, {"$set": {"$a": 1}}, {"a\0": 1},
            {".".join("abcdefghi"): 1},
            {"a": {"$inc": 1}}, {"$set": {"a": {"$each": [1]}}},
            {"$inc": {"a": "1"}}, {"$inc": {"a": True}}, {"$inc": {"a": None}}, {"$inc": {"a": 2**53}},
            {"$inc": {"a": float("nan")}}, {"$mul": {"a": float("inf")}}, {"$inc": {"a": Decimal("NaN")}},
            {"$mul": {"a": Decimal("1e99999")}},
            {"$rename": {"a": "a"}}, {"$rename": {"a": "a.b"}}, {"$rename": {"a": 1}},
            {"$rename": {"a": "$b"}},
            {"$rename": {"a": "_id"}}, {"$rename": {"_id": "a"}},
            {"$unset": {"_id": 1}}, {"$inc": {"_id": 1}}, {"_id.a": 1},
            {"$currentDate": {"a": False}}, {"$currentDate": {"a": {"$type": "year"}}},
            {"$pop": {"a": 0}}, {"$pop": {"a": 2}}, {"$pop": {"a": True}}, {"$pop": {"a": "1"}},
            {"$push": {"a": {"$slice": 1}}}, {"$push": {"a": {"$each": 1}}},
            {"$push": {"a": {"$each": [], "$slice": "1"}}}, {"$push": {"a": {"$each": [], "$position": 1.5}}},
            {"$push": {"a": {"$each": [], "$sort": 0}}}, {"$push": {"a": {"$each": [], "$sort": {}}}},
            {"$push": {"a": {"$each": [], "$sort": {"b": True}}}}, {"$push": {"a": {"$each": [], "x": 1}}},
            {"$addToSet": {"a": {"$each": [1], "$slice": 1}}}, {"$addToSet": {"a": {"$each": "ab"}}},
            {"$pull": {"a": {"$where": "1"}}}, {"$pull": {"a": {"$gt": 1, "b": 2}}},
            {"$set": {f"k{n}": n for n in range(1001)}},
        ],
        ids=lambda update: repr(update)[:60],
    )  # fmt: skip
    def test_an_update_that_is_none(self, update: Any) -> None:
        with pytest.raises(ValueError):
            parse_update(update)

    @pytest.mark.parametrize(
        "update",
        [
            {"$set": {"a": 1}, "$inc": {"a": 1}},
            {"$set": {"a": 1, "a.b": 2}},
            {"$set": {"a.b.c": 1}, "$unset": {"a": 1}},
            {"$rename": {"a": "b"}, "$set": {"b.c": 1}},
            {"$rename": {"a": "c", "b": "c"}},
            {"$set": {"a": 1}, "$setOnInsert": {"a": 2}},
            {"$push": {"a.b": 1}, "$pull": {"a.b": 2}},
            {"$set": {"b": 1, "a": 1, "a!": 1, "a.x": 1}},
        ],
    )
    def test_two_changes_that_meet(self, update: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="meet at '[abc]"):
            parse_update(update)

    @pytest.mark.parametrize("name", ["$sett", "$bit", "$pullAll", "$", "$where", "$set "])
    def test_an_unknown_operator_lists_the_legal_ones(self, name: str) -> None:
        with pytest.raises(ValueError) as caught:
            parse_update({name: {"a": 1}})
        assert all(operator in str(caught.value) for operator in OPERATORS)

    def test_an_unknown_modifier_lists_the_legal_ones(self) -> None:
        with pytest.raises(ValueError) as caught:
            parse_update({"$push": {"a": {"$each": [1], "$slices": 1}}})
        assert all(modifier in str(caught.value) for modifier in PUSH_MODIFIERS)

    def test_another_rows_id_is_refused(self) -> None:
        for update in ({"_id": "other"}, {"$set": {"_id": "other"}}):
            with pytest.raises(ValidationError) as caught:
                updated({}, update)
            assert list(caught.value.message_dict) == ["_id"]


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_takes_any_key_or_refuses_it(operator: str) -> None:
    operand: Any = {"$rename": "other", "$currentDate": True}.get(operator, 1)
    for kind, key in KEYS.items():
        with suppress(ValueError, ValidationError):
            changed = updated({"list": [1]}, {operator: {key: operand}})
            assert "scope_key" not in changed, kind


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_takes_any_value_or_refuses_it(operator: str) -> None:
    others = {"null": None, "list": [], "object": {}, "no JSON": object(), "bytes": b"x"}
    for kind, value in {**TEXTS, **NUMBERS, **others}.items():
        with suppress(ValueError, ValidationError):
            changed = updated({"a": [1], "number": 1}, {operator: {"b": value}}, everything)
            assert changed["a"] == [1], kind


def test_hostile_updates_are_refused_in_bounded_time() -> None:
    deep: Any = 1
    for _ in range(10_000):
        deep = {"a": deep}
    for update in (
        {"$mul": {"a": 10**5000}},
        {"$set": {"a": deep}},
        {"$push": {"a": {"$each": [deep]}}},
        {"$pull": {"a": deep}},
        {f"k{n}": n for n in range(100_000)},
        {"$push": {"a": {"$each": list(range(1_000_000))}}},
    ):
        with pytest.raises((ValueError, ValidationError)):
            updated({}, update)
