"""Whatever is asked, there is a right answer or an error that names its place, in bounded time.

Twenty thousand filters of every shape, most of them hostile, in the suites one in twenty: ``HOSTILE=1000000``
asks more, ``SEED=7`` asks others.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from time import perf_counter, process_time
from typing import Any
from unicodedata import normalize

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q

from capsule import Identity, acting_as
from collections_app.queries.dialects import json_path
from collections_app.queries.matching import matches
from collections_app.queries.mongo import GROUPS, LEGAL, from_document
from collections_app.queries.operands import LOOKUPS
from collections_app.queries.tree import (
    MAX_ALL_VALUES,
    MAX_CONDITIONS,
    MAX_DEPTH,
    MAX_VALUES,
    PATTERN_WEIGHT,
    Node,
)
from tests.amounts import amount
from tests.bad_input import KEYS, TEXTS
from tests.testapp.declared.collections import threads

pytestmark = pytest.mark.django_db

CASES = amount("HOSTILE", 20_000)
SEED = int(os.environ.get("SEED", "4"))
# What any one question may take. SQLite works within this process, whose own time leaves out what the machine
# does besides; PostgreSQL does not, and a served site ends its statements after 5 seconds.
CLOCK, SECONDS = (process_time, 6.0) if connection.vendor == "sqlite" else (perf_counter, 10.0)
REFUSED = (ValueError, TypeError, ValidationError)

PLAIN_KEYS = [
    "0",
    "-1",
    "9" * 30,
    "%s",
    "%(x)s",
    "';--",
    '"',
    "\\",
    "ключ",
    "a b",
    "$.a[0]"[2:],
    "[0]",
    "*",
    "a",
]
PLAIN_KEYS += [
    "any",
    "meta",
    "e\u0301",
    "\u202ex",
    "😀",
    "data",
    "scope_key",
    "pk",
    "public_id",
    "version",
    "NULL",
]
DECLARED = ["subject", "sender", "status", "priority", "received", "tags", "secret", "_id", "id"]
ODD_KEYS = [
    *KEYS.values(),
    "meta.plan",
    "any.0",
    "a..b",
    ".",
    "$where",
    "$expr",
    "x" * 10_000,
    "a." * 20 + "a",
]

STORED: list[Any] = [
    "a",
    "",
    "%",
    "a%b",
    "A",
    "é",
    "İ",
    "x\ny",
    0,
    1,
    -1,
    2.5,
    2**53 - 1,
    True,
    False,
    None,
    [],
]
STORED += [["a", 1], [[1]], [{"a": 1}, {"a": 2}], {"plan": "pro"}, {"0": {"a": ["b"]}}, {"$": 1}["$"], {}]
TEXT = [*TEXTS.values(), "(a+)+$", "a**", "[", "\\1", "2026-01-01", "NaN", "new", "vip", "x@example.com", "5"]


def deep(levels: int, kind: type = dict) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value} if kind is dict else [value]
    return value


def circle() -> dict[str, Any]:
    itself: dict[str, Any] = {}
    itself["a"] = itself
    return itself


STRANGE: list[Any] = [
    float("nan"),
    float("inf"),
    -float("inf"),
    2**53,
    2**63,
    2**64,
    -(2**200),
    10**400,
    1e308,
    -0.0,
]
STRANGE += [
    Decimal("NaN"),
    Decimal("1e9999"),
    Decimal("0.1"),
    b"a",
    b"\xff",
    {1, 2},
    object(),
    1j,
    Ellipsis,
    int,
    len,
]
STRANGE += [
    dt.date(2026, 1, 1),
    dt.datetime(2026, 1, 1),
    dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    dt.timedelta(1),
]
STRANGE += [
    deep(40),
    deep(10_000),
    deep(10_000, list),
    circle(),
    {1: 2},
    {None: 1},
    {"a\0": 1},
    {"\ud800": 1},
]
STRANGE += [
    {f"k{at}": at for at in range(2_000)},
    ["x"] * 2_000,
    [[]] * 100,
    range(5),
    iter([1]),
    Q(a=1),
    lambda: 1,
]


# What is asked ----------------------------------------------------------------------------------------


class Hostile:
    """Filters, lookups and values by chance: a legal whole now and then, with anything inside."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def key(self) -> Any:
        kind = self.chance.random()
        if kind < 0.04:
            return self.chance.choice([1, None, True, (), 1.5, b"a"])
        if kind < 0.15:
            return self.chance.choice(ODD_KEYS)
        return self.chance.choice(DECLARED if kind < 0.45 else PLAIN_KEYS)

    def value(self, levels: int = 2) -> Any:
        kind = self.chance.random()
        if kind < 0.45:
            return self.chance.choice(STORED)
        if kind < 0.65:
            return self.chance.choice(TEXT)
        if kind < 0.75:
            return self.chance.choice(STRANGE)
        if kind < 0.85 and levels:
            return [self.value(levels - 1) for _ in range(self.chance.randint(0, 3))]
        if kind < 0.92 and levels:
            return {self.key(): self.value(levels - 1) for _ in range(self.chance.randint(0, 2))}
        return self.chance.choice([0, 1, 5, "a", "new"])

    def operand(self, name: str, levels: int) -> Any:
        """Mostly what the operator takes."""
        if self.chance.random() < 0.2:
            return self.value()
        if name in ("$in", "$nin", "$all"):
            return [self.value(1) for _ in range(self.chance.randint(0, 4))]
        if name == "$exists":
            return self.chance.random() < 0.5
        if name == "$type":
            return self.chance.choice(["string", "number", "array", "null", ["bool", "object"], "int", []])
        if name == "$mod":
            return [self.chance.choice([0, 1, 2, -3, 2**52, 2.5]), self.chance.choice([0, 1, -1])]
        if name == "$size":
            return self.chance.choice([0, 1, 2, -1, 2**31, 1.5])
        if name == "$elemMatch":
            return self.filter(levels - 1) if self.chance.random() < 0.5 else self.operators(levels - 1)
        if name == "$not":
            return self.operators(levels - 1)
        return self.chance.choice(["i", "", "m"]) if name == "$options" else self.value()

    def operators(self, levels: int) -> Any:
        if levels <= 0:
            return {"$gt": self.value()}
        names = self.chance.choices(
            [*LEGAL, "$where", "$expr", "$EQ", "$gt ", "plain", "$"], k=self.chance.randint(1, 2)
        )
        asked = {name: self.operand(name, levels) for name in names}
        if "$regex" in asked and self.chance.random() < 0.4:
            asked["$options"] = self.operand("$options", levels)
        return asked

    def filter(self, levels: int = 3) -> Any:
        if levels <= 0 or self.chance.random() < 0.03:
            return self.value()
        asked: dict[Any, Any] = {}
        for _ in range(self.chance.choice([0, 1, 1, 1, 2, 3])):
            if self.chance.random() < 0.25:
                name = self.chance.choice([*GROUPS, *GROUPS, *GROUPS, "$xor", "$comment"])
                parts = [self.filter(levels - 1) for _ in range(self.chance.randint(0, 3))]
                asked[name] = parts if self.chance.random() < 0.95 else self.value()
            else:
                asked[self.key()] = self.operators(levels) if self.chance.random() < 0.6 else self.value()
        return asked

    def lookups(self) -> dict[str, Any]:
        asked: dict[str, Any] = {}
        for _ in range(self.chance.choice([1, 1, 2])):
            key = str(self.key())
            name = self.chance.choice([*LOOKUPS, *LOOKUPS, "year", "_connector", "", "search", "0"])
            asked[f"{key}__{name}" if self.chance.random() < 0.8 else key] = self.value()
        if self.chance.random() < 0.02:
            asked[self.chance.choice(["_connector", "_negated"])] = self.value()
        return asked


# What is answered -------------------------------------------------------------------------------------


@pytest.fixture
def documents() -> Iterator[dict[int, Any]]:
    """Ann's documents by number; beside them a stranger's, which no question may ever reach."""
    chance = random.Random(SEED)
    with acting_as(Identity(user_id="stranger")):
        theirs = threads.insert_many([{"n": -1, key: value} for key in PLAIN_KEYS[:1] for value in STORED])
    with acting_as(Identity(user_id="ann")):
        rows = []
        for n in range(20):
            document: dict[str, Any] = {"n": n, "subject": chance.choice(["a", "A%", "é", "x" * 600])}
            document |= {
                "priority": chance.choice([None, 0, 1, 2.5]),
                "tags": chance.choice([[], ["vip", "eu"]]),
            }
            document |= {
                "received": chance.choice([None, "2026-01-01"]),
                "status": chance.choice(["new", "open"]),
            }
            document |= {key: chance.choice(STORED) for key in chance.sample(PLAIN_KEYS, 5)}
            rows.append(document)
        mine = threads.insert_many(rows)
        yield {row["n"]: row for row in mine}
        assert all(row["n"] in range(20) for row in threads.all())
    with acting_as(Identity(user_id="stranger")):
        assert {row.id: row.version for row in threads.all()} == {row.id: 1 for row in theirs}


def answer(ask: Callable[[], Any], asked: Any) -> Any:
    """What comes of a question, or ``None`` if it is refused well."""
    start = CLOCK()
    try:
        return ask()
    except REFUSED as error:
        message = str(error)
        assert 0 < len(message) < 500, (len(message), message[:600])
        message.encode()
        assert names_a_place(message, asked), message
        return None
    finally:
        assert CLOCK() - start < SECONDS


def names_a_place(message: str, asked: Any) -> bool:
    """Whether it says where: a key, an operator, or the filter as a whole."""
    message = normalize("NFC", message)
    return any(
        word in message
        for word in ("filter", "Q is", "lookup", "An element", "A row's id", "'_id'", *words_of(asked, 12))
    )


def words_of(asked: Any, levels: int) -> Iterator[str]:
    if isinstance(asked, dict):
        for key, value in asked.items():
            for part in normalize("NFC", str(key)).split("__"):
                yield repr(part[:20])[1:-1]
                yield part[:20] or "''"
            if levels:
                yield from words_of(value, levels - 1)
    elif isinstance(asked, list):
        for value in asked[:50]:
            yield from words_of(value, levels - 1) if levels else ()


def comparable(asked: Any, levels: int = 20) -> bool:
    """Whether plain Python can say: no declared column, to whose type values are brought first; no circle."""
    if not levels:
        return False
    if isinstance(asked, dict):
        return not any(str(key).split(".")[0] in DECLARED for key in asked) and all(
            comparable(value, levels - 1) for value in asked.values()
        )
    return not isinstance(asked, list) or all(comparable(value, levels - 1) for value in asked[:50])


def by_python(node: Node, documents: dict[int, Any]) -> set[int]:
    """The numbers of the documents that fulfil a tree, as plain Python evaluates it."""
    return {n for n, row in documents.items() if matches(node, dict(row))}


def numbers(rows: Any) -> set[int]:
    found = [row["n"] for row in rows]
    assert len(found) == len(set(found))
    return set(found)


def test_ten_thousand_hostile_filters(documents: dict[int, Any], proof: Callable[[str], None]) -> None:
    hostile = Hostile(SEED)
    everything = set(documents)
    before: tuple[Any, set[int]] = ({}, everything)
    answered = 0
    for at in range(CASES // 2):
        asked = hostile.filter()
        try:
            found = answer(lambda: numbers(threads.find(asked)), asked)  # noqa: B023 - asked at once
            if found is None:
                continue
            answered += 1
            assert found <= everything
            if comparable(asked):
                assert found == by_python(from_document(asked), documents)
            if at % 8 == 0:
                assert threads.count(asked) == len(found)
            if at % 8 == 1 and asked:
                opposite = answer(lambda: numbers(threads.find({"$nor": [asked]})), asked)  # noqa: B023
                assert opposite in (None, everything - found)
            if at % 8 == 2:
                both = answer(lambda: numbers(threads.find({"$and": [asked, before[0]]})), asked)  # noqa: B023
                assert both in (None, found & before[1])
                chained = answer(lambda: numbers(threads.all().matching(before[0]).matching(asked)), asked)  # noqa: B023
                assert chained in (None, found & before[1])
            if at % 40 == 3:
                changed = threads.update_one(asked, {"touched": at}).matched
                assert changed == bool(found)
                touched = {row["n"] for row in threads.all() if row.get("touched") == at}
                assert touched <= found and len(touched) == changed
            before = (asked, found)
        except Exception as error:
            error.add_note(f"The filter: {str(error_free(asked))[:2000]}")
            raise
    assert answered > CASES // 10
    proof(f"{CASES // 2:,} questions, each answered rightly or refused in its place")


def test_ten_thousand_hostile_lookups(documents: dict[int, Any]) -> None:
    hostile = Hostile(SEED + 1)
    everything = set(documents)
    answered = 0
    for at in range(CASES // 2):
        asked = hostile.lookups()
        try:
            found = answer(lambda: numbers(threads.filter(**asked)), asked)  # noqa: B023
            if found is None:
                continue
            answered += 1
            if at % 4:
                assert found <= everything
                continue
            excluded = answer(lambda: numbers(threads.exclude(**asked)), asked)  # noqa: B023
            assert found | excluded == everything and not found & excluded
        except Exception as error:
            error.add_note(f"The lookups: {str(error_free(asked))[:2000]}")
            raise
    assert answered > CASES // 10


def error_free(asked: Any, levels: int = 6) -> Any:
    """What can be shown: a circle or 10,000 levels have no ``repr``."""
    if not levels:
        return "..."
    if isinstance(asked, dict):
        return {str(key)[:50]: error_free(value, levels - 1) for key, value in list(asked.items())[:5]}
    if isinstance(asked, list):
        return [error_free(value, levels - 1) for value in asked[:5]]
    return repr(asked)[:80]


# Keys are only ever parameters ------------------------------------------------------------------------

SHAPES: list[Callable[[str], dict[str, Any]]] = [
    lambda key: {key: "x"},
    lambda key: {key: None},
    lambda key: {key: {"$in": [1, "x", True]}},
    lambda key: {key: {"$gt": 5}},
    lambda key: {key: {"$regex": "x", "$options": "i"}},
    lambda key: {key: {"$elemMatch": {key: 1}}},
    lambda key: {key: {"$not": {"$size": 2}}},
    lambda key: {key: [1, {"a": 2}]},
    lambda key: {f"{key}.{key}": {"$exists": True, "$type": "string", "$mod": [3, 1]}},
    lambda key: {"$nor": [{key: 1}, {key: {"$all": ["a", "b"]}}]},
]


@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_two_keys_of_one_shape_are_one_statement(shape: int) -> None:
    with acting_as(Identity(user_id="ann")):
        texts = set()
        for key in [key for key in PLAIN_KEYS if "." not in key and key != '"']:  # the last is refused
            query = threads.all().matching(SHAPES[shape](key)).queryset().query
            text, parameters = query.sql_with_params()
            texts.add(text)
            stored = normalize("NFC", key)
            assert any(one in (stored, json_path((stored,))) or stored in str(one) for one in parameters)
        assert len(texts) == 1


@pytest.mark.parametrize("lookup", sorted(LOOKUPS))
@pytest.mark.parametrize("value", ["'; DROP TABLE x; --", "%s %(a)s %%", '"quoted', "\\back", "a\u2028b"])
def test_no_value_is_ever_text_of_a_statement(lookup: str, value: str, documents: dict[int, Any]) -> None:
    for operand in (value, [value, value], True):
        for key in ("subject", "any", "tags"):
            try:
                query = threads.filter(**{f"{key}__{lookup}": operand}).queryset().query
            except REFUSED:
                continue
            assert value not in query.sql_with_params()[0]


# Past every budget ------------------------------------------------------------------------------------

BEYOND: dict[str, Any] = {
    "51 conditions": {"$and": [{"a": 1}] * (MAX_CONDITIONS + 1)},
    "51 keys": {f"k{at}": 1 for at in range(MAX_CONDITIONS + 1)},
    "9 patterns": {"$nor": [{"a": {"$regex": "x"}}] * (MAX_CONDITIONS // PATTERN_WEIGHT + 1)},
    "8 patterns and 3 conditions": {"$nor": [{"a": {"$regex": "x"}}] * 8, "b": 1, "c": 1, "d": 1},
    "9 patterns of elements": {
        "$nor": [{"a": {"$elemMatch": {"$regex": "x"}}}] * (MAX_CONDITIONS // PATTERN_WEIGHT + 1)
    },
    "$or of 10,000": {"$or": [{"a": 1}] * 10_000},
    "$all of 1,000": {"a": {"$all": list(range(MAX_VALUES))}},
    "$in of 1,001": {"a": {"$in": list(range(MAX_VALUES + 1))}},
    "10,001 values": {f"k{at}": {"$in": list(range(MAX_VALUES))} for at in range(11)},
    "$in of 10^6": {"subject": {"$in": ["x"] * 10**6}},
    "$and 10,000 deep": None,
    "$not 10,000 deep": None,
    "$elemMatch 10,000 deep": None,
    "a path of 10,000 keys": {".".join("a" * 10_000): 1},
    "a circle": None,
    "a value 10,000 deep": {"a": deep(10_000)},
    "a list 10,000 deep": {"a": deep(10_000, list)},
    "a text column 10,000 deep": {"subject": deep(10_000)},
    "a number column 10,000 deep": {"priority": {"$gt": deep(10_000, list)}},
    "tags 10,000 deep": {"tags": deep(10_000, list)},
    "an id 10,000 deep": {"_id": deep(10_000, list)},
    "ids 10,000 deep": {"_id": {"$in": [deep(10_000)]}},
    "10,000 keys of a value": {"a": {f"k{at}": 1 for at in range(10_000)}},
    "a megabyte and one": {"a": "x" * (1024 * 1024 + 1)},
    "a number of 5,000 digits": {"a": 10**5000},
    "a number column of 5,000 digits": {"priority": 10**5000},
    "a divisor of 5,000 digits": {"a": {"$mod": [10**5000, 1]}},
    "a size of 5,000 digits": {"a": {"$size": 10**5000}},
    "a pattern of 1 MB": {"a": {"$regex": "x" * 10**6}},
}
for _name in ("$and", "$not", "$elemMatch"):
    _filter: Any = {"a": 1} if _name == "$and" else {"$gt": 1}
    for _ in range(10_000):
        _filter = {"$and": [_filter]} if _name == "$and" else {_name: _filter}
    BEYOND[f"{_name} 10,000 deep"] = _filter if _name == "$and" else {"a": _filter}
BEYOND["a circle"] = {"$and": []}
BEYOND["a circle"]["$and"].append(BEYOND["a circle"])


@pytest.mark.parametrize("kind", BEYOND)
def test_past_a_budget_is_an_error(kind: str, documents: dict[int, Any]) -> None:
    asked = BEYOND[kind]
    if kind in ("an id 10,000 deep", "ids 10,000 deep"):  # what is not an id names no row
        assert not answer(lambda: numbers(threads.find(asked)), asked)
        return
    assert answer(lambda: numbers(threads.find(asked)), asked) is None
    assert answer(lambda: threads.count(asked), asked) is None
    assert answer(lambda: threads.update_one(asked, {"b": 1}), asked) is None
    assert answer(lambda: threads.delete_one(asked), asked) is None


def legal_maximum(value: Any) -> dict[str, Any]:
    """50 conditions with 10,000 values in all, as deep as may be."""
    each = MAX_ALL_VALUES // MAX_CONDITIONS
    inner: dict[str, Any] = {f"k{at}": {"$nin": [value] * each} for at in range(MAX_CONDITIONS)}
    for _ in range(MAX_DEPTH - 2):
        inner = {"$or": [inner]}
    return inner


@pytest.mark.parametrize("key", ["any", "tags"])
@pytest.mark.parametrize("count", [490, MAX_VALUES])
@pytest.mark.parametrize("made", [lambda at: [at], lambda at: {"a": at}, lambda at: []])
def test_many_arrays_and_objects_to_choose_from(
    made: Callable[[int], Any], count: int, key: str, documents: dict[int, Any]
) -> None:
    asked = {key: {"$nin": [made(at) for at in range(count)]}}
    answer(lambda: numbers(threads.find(asked)), asked)


def test_many_tags_to_choose_from(documents: dict[int, Any]) -> None:
    threads.update_one({"n": 5}, {"tags": ["t5", "t999"]})
    tags = [f"t{at}" for at in range(MAX_VALUES)]
    for asked in ({"tags": {"$in": tags}}, {"$and": [{"tags": {"$in": tags}}] * 9}):
        assert numbers(threads.find(asked)) == {5}
        assert threads.count(asked) == 1
    assert not threads.exists({"tags": {"$in": [f"u{at}" for at in range(MAX_VALUES)]}})


@pytest.mark.parametrize("value", [1, "x", True, None])
def test_the_largest_legal_filter_is_answered(value: Any, documents: dict[int, Any]) -> None:
    found = answer(lambda: numbers(threads.find(legal_maximum(value))), {})
    assert found == (set() if value is None else set(documents))
    assert answer(lambda: threads.update_one(legal_maximum(value), {"b": 1}).matched, {}) == int(bool(found))


NUMBERS: list[Any] = [2**31, 2**63, 2**64, 10**30, 10**5000, -1, -(10**30), 1.5, "1", None, True]


@pytest.mark.parametrize("at", range(len(NUMBERS)))
def test_pages_anywhere(at: int, documents: dict[int, Any]) -> None:
    number = NUMBERS[at]
    asks: list[Callable[[], Any]] = [
        lambda: threads.find({}, skip=number),
        lambda: threads.find({}, limit=number),
        lambda: threads.all().limit(number).rows(),
        lambda: threads.all().offset(number).rows(),
        lambda: threads.all().offset(number).limit(number).rows(),
        lambda: threads.all()[number : number + 1].rows() if isinstance(number, int) else [],
    ]
    for ask in asks:
        try:
            rows = ask()
        except REFUSED as error:
            assert 0 < len(str(error)) < 500
        else:
            assert len(rows) <= len(documents)


@pytest.mark.parametrize(
    "key", [*PLAIN_KEYS, *DECLARED, *ODD_KEYS, 1, None, "-subject", "--a", "?", "data__x", "RANDOM()"]
)
def test_sorted_by_anything(key: Any, documents: dict[int, Any]) -> None:
    asks: list[Callable[[], Any]] = [
        lambda: threads.find({}, sort={key: -1}),
        lambda: threads.order_by(key).rows(),
    ]
    for ask in asks:
        try:
            rows = ask()
        except REFUSED as error:
            assert 0 < len(str(error)) < 500
        else:
            assert numbers(rows) == set(documents)


def test_sorted_by_many_keys(documents: dict[int, Any]) -> None:
    keys = [f"k{at}" for at in range(3000)]
    assert numbers(threads.find({}, sort=dict.fromkeys(keys[:32], 1))) == set(documents)
    for many in (keys[:33], keys):
        with pytest.raises(ValueError, match="at most 32 keys"):
            threads.find({}, sort=dict.fromkeys(many, -1))
        with pytest.raises(ValueError, match="at most 32 keys"):
            threads.order_by(*many)


@pytest.mark.parametrize("connector", ["OR 1=1", "XOR", "or", "", None, 5])
def test_a_q_is_joined_by_and_or_or_only(connector: Any, documents: dict[int, Any]) -> None:
    try:
        condition = Q(Q(n=1), Q(n=2))
        condition.connector = connector  # past Django's own guard
        found = numbers(threads.filter(condition))
    except REFUSED as error:
        assert 0 < len(str(error)) < 500
    else:
        raise AssertionError(found)
