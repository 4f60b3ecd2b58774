"""Python value -> JSON."""

from __future__ import annotations

import json
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import count
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse, JsonResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from accounts.models import Organization, User
from capsule import Identity, ScopeError, acting_as
from handlers.results import ResultNotJSON, ResultTooLarge, encode, plain
from tests.testapp.declared.collections import contacts, threads

Pair = namedtuple("Pair", ["x", "y"])


@dataclass
class Point:
    x: int
    day: date
    _inner: int = 3


class Plan(BaseModel):
    name: str
    since: date


class Color(Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (0, 0),
        ("a", "a"),
        ([1, "2", None, True], [1, "2", None, True]),
        (float("nan"), None),
        ([float("inf"), -float("inf")], [None, None]),
        (date(2026, 11, 23), "2026-11-23"),
        (datetime(2026, 11, 23, 10, tzinfo=UTC), "2026-11-23T10:00:00Z"),
        (time(10, 30), "10:30:00"),
        (timedelta(hours=1), "P0DT01H00M00S"),
        (Decimal("12.50"), "12.50"),
        (Decimal("NaN"), None),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Color.RED, "red"),
        ({2026: 1, date(2026, 1, 1): 2}, {"2026": 1, "2026-01-01": 2}),
        ({mark_safe("k"): mark_safe("<b>")}, {"k": "<b>"}),
        (gettext_lazy("Data"), "Data"),
        (Point(1, date(2026, 1, 1)), {"x": 1, "day": "2026-01-01"}),
        ([Plan(name="pro", since=date(2026, 1, 1))], [{"name": "pro", "since": "2026-01-01"}]),
        (Pair(1, 2), {"x": 1, "y": 2}),
        (OrderedDict(a=1), {"a": 1}),
        (MappingProxyType({"a": 1}), {"a": 1}),
        ({"a": 1}.keys(), ["a"]),
        ((n for n in (1, 2)), [1, 2]),
        (range(3), [0, 1, 2]),
        (2**63, 2**63),
    ],
)
def test_any_json_value_is_written(value: Any, expected: Any) -> None:
    assert json.loads(encode(value)) == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({1, 2}, "sorted"),
        (frozenset(), "sorted"),
        (b"bytes", "Bytes"),
        (object(), "object"),
        (2**64, "64"),
        ("\ud800", "surrogate"),
        (int, "type"),
        (contacts, "Collection"),
        (HttpResponse(), "response"),
        (User(), "User"),
        ([{"a": [print]}], "builtin_function"),
    ],
)
def test_what_json_has_no_form_for_is_refused_with_advice(value: Any, words: str) -> None:
    with pytest.raises(ResultNotJSON, match=words):
        encode(value)


def test_a_loop_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(ResultNotJSON, match="[Rr]ecursion"):
        encode(loop)


def test_a_query_set_is_its_rows(acme: Organization) -> None:
    assert json.loads(encode(Organization.objects.values("name"))) == [{"name": "Acme"}]
    assert json.loads(encode(Organization.objects.values_list("name", flat=True))) == ["Acme"]
    [row] = json.loads(encode(Organization.objects.all()))
    assert (row["slug"], row["id"]) == ("acme", str(acme.pk))


def test_a_query_set_of_people_never_leaks_their_passwords(alice: User) -> None:
    with pytest.raises(ResultNotJSON, match="passwords"):
        encode({"people": User.objects.all()})
    assert json.loads(encode(User.objects.values("name"))) == [{"name": "Alice"}]


def test_a_collections_query_and_rows_are_written(alice: User) -> None:
    with acting_as(user=alice):
        row = threads.insert_one({"subject": "Hello", "received": date(2026, 11, 23)})
        for value in (threads.all(), threads.find(), [row]):
            [written] = json.loads(encode(value))
            assert written["subject"] == "Hello"
            assert written["received"] == "2026-11-23"


def test_what_a_lazy_value_refuses_is_raised_as_it_was(db: None) -> None:
    with acting_as(Identity()), pytest.raises(ScopeError):
        encode({"rows": threads.all()})


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(json_values)
def test_json_arrives_as_it_was_sent(value: Any) -> None:
    assert json.loads(encode(value)) == value
    assert plain(value) == value


def test_plain_reads_a_views_json() -> None:
    assert plain(JsonResponse({"open": 3})) == {"open": 3}
    with pytest.raises(ResultNotJSON, match="not JSON"):
        plain(HttpResponse("<p>"))
    with pytest.raises(ResultNotJSON, match="403"):
        plain(JsonResponse({"error": "no"}, status=403))


def test_what_is_longer_than_a_part_is_written_the_same() -> None:
    for length in (0, 1, 63, 64, 65, 10_000):
        assert encode(n for n in range(length)) == encode(list(range(length)))
    assert encode({"rows": ([n, (m for m in range(70))] for n in range(70))}) == encode(
        {"rows": [[n, list(range(70))] for n in range(70)]}
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: count(),
        lambda: {"rows": ({"n": n} for n in count())},
        lambda: ["x" * 1000] * 200,
        lambda: ("x" * 10_000 for _ in range(1000)),
        lambda: ((n for n in count()) for _ in count()),
    ],
)
def test_what_is_too_large_or_endless_is_refused(make: Callable[[], Any], settings: Any) -> None:
    settings.CAPSULE_RESULT_LIMIT = 100_000
    with pytest.raises(ResultTooLarge, match="CAPSULE_RESULT_LIMIT"):
        encode(make())
    with pytest.raises(ResultTooLarge):
        plain(make())
