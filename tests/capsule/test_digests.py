"""Equal for equal values, in every process; and never for two that would be shown otherwise."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy, override
from hypothesis import given
from hypothesis import strategies as st

from capsule.digests import digest_of
from capsule.identity import Identity
from collections_app.rows import Row
from pages import ui
from tests.serving import ROOT
from tests.testapp.declared.collections import contacts, threads

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.dates(),
    st.datetimes(),
    st.decimals(allow_nan=False),
    st.uuids(),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=4), inner, max_size=4),
        st.frozensets(st.text(max_size=4), max_size=4),
    ),
    max_leaves=12,
)


class Colour(Enum):
    RED = 1
    BLUE = 2


class Shade(Enum):
    RED = 1


@dataclass(frozen=True)
class Point:
    x: Any
    y: Any = 0


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_a_digest_is_short() -> None:
    assert len(digest_of({"a": [1, 2]})) == 12


@given(values)
def test_a_copy_has_the_same(value: Any) -> None:
    assert digest_of(value) == digest_of(deepcopy(value))


@given(values, values)
def test_two_that_are_shown_otherwise_differ(first: Any, second: Any) -> None:
    if repr(first) != repr(second) and not (first == second and type(first) is type(second)):
        assert digest_of(first) != digest_of(second)


DIFFERENT: list[tuple[Any, Any]] = [
    (1, True),
    (0, False),
    (1, 1.0),
    (1, "1"),
    (1, Decimal(1)),
    (Decimal("1.0"), Decimal("1.00")),
    (0.0, -0.0),
    (None, "None"),
    ("", None),
    ("a", b"a"),
    (["a", "b"], ["a,b"]),
    (["a"], "['a']"),
    ([["a"], "b"], [["a", "b"]]),
    ({"a": 1}, {"a": "1"}),
    ({"a": 1, "b": 2}, {"a": 1}),
    ({"a=int:1,b": 2}, {"a": 1, "b": 2}),
    ({1: "a"}, {"1": "a"}),
    (date(2026, 1, 1), datetime(2026, 1, 1)),
    (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1)),
    (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))),
    (Colour.RED, Colour.BLUE),
    (Colour.RED, Shade.RED),
    (Colour.RED, 1),
    (Point(1), Point(2)),
    (Point(1, 2), {"x": 1, "y": 2}),
    (Point, Colour),
    ("<b>", mark_safe("<b>")),
    (partial(max, 1), partial(max, 2)),
    (partial(max, 1), partial(min, 1)),
    (max, min),
    ("/a/{}".format, "/b/{}".format),
    (Identity(user_id="1"), Identity(user_id="2")),
    (contacts, threads),
    (contacts, contacts.across_scopes()),
    (contacts.filter(name="a"), contacts.filter(name="b")),
    (contacts.filter(name="a"), contacts.exclude(name="a")),
    (contacts.limit(1), contacts.limit(2)),
    (ui.Metric("Open", value=1), ui.Metric("Open", value=2)),
    (ui.Table(contacts), ui.Table(threads)),
    (ui.Text("a"), ui.Text("a", muted=True)),
]


@pytest.mark.parametrize(("first", "second"), DIFFERENT, ids=range(len(DIFFERENT)))
def test_what_differs_has_another(first: Any, second: Any) -> None:
    assert digest_of(first) != digest_of(second)


def test_what_is_the_same_made_twice_has_the_same() -> None:
    def page() -> list[Any]:
        return [
            ui.Table(
                contacts.filter(name="a").order_by("-name"), columns=["name"], row_link=lambda row: row["url"]
            ),
            ui.Chart([{"x": 1, "y": 2}], x="x", y="y"),
            ui.Metric(gettext_lazy("Open"), contacts),
            {"b", "a", "c"},
            (1, 2),
            range(3),
            Point(Colour.RED, UUID(int=7)),
            partial(sorted, reverse=True),
            "/{}".format,
        ]

    assert digest_of(page()) == digest_of(page())


def test_a_list_and_a_tuple_show_the_same() -> None:
    assert digest_of([1, 2]) == digest_of((1, 2))


def test_words_are_those_of_the_language_that_is_spoken() -> None:
    words = gettext_lazy("Saved")
    with override("en"):
        assert digest_of(words) == digest_of("Saved")


# Functions -------------------------------------------------------------------------------------------


def test_a_lambda_that_is_made_anew_is_the_same() -> None:
    def make(limit: int) -> Callable[[int], bool]:
        return lambda value: value > limit

    assert digest_of(make(1)) == digest_of(make(1))
    assert digest_of(make(1)) != digest_of(make(2)), "what it holds on to counts"


def test_two_lambdas_of_one_line_differ() -> None:
    for first, second in [
        (lambda row: row + 1, lambda row: row + 2),
        (lambda row: row.a, lambda row: row.b),
        (lambda row: row, lambda row: None),
        (lambda row: [x for x in row if x > 1], lambda row: [x for x in row if x > 2]),
    ]:
        assert digest_of(first) != digest_of(second)


def test_defaults_count() -> None:
    def make(value: int) -> Callable[..., int]:
        def function(row: int = value, *, other: int = value) -> int:
            return row + other

        return function

    assert digest_of(make(1)) == digest_of(make(1))
    assert digest_of(make(1)) != digest_of(make(2))


def test_a_method_is_its_object_too() -> None:
    assert digest_of(Point(1).__eq__) == digest_of(Point(1).__eq__)
    assert digest_of(Point(1).__eq__) != digest_of(Point(2).__eq__)


def test_functions_that_hold_each_other_are_digested_in_time() -> None:
    def first(value: int) -> int:
        return second(value) + first(value)

    def second(value: int) -> int:
        return first(value) + second(value)

    begun = time.process_time()
    assert digest_of(first)
    assert time.process_time() - begun < 1


def test_a_name_that_was_never_given_a_value_is_no_error() -> None:
    def make() -> Callable[[], int]:
        held = 1

        def function() -> int:
            return held  # noqa: F821 - it is gone by then

        del held
        return function

    assert digest_of(make()) != digest_of(make())


# What it does not know -------------------------------------------------------------------------------


class Strange:
    """A value of which nothing is known."""


@pytest.mark.parametrize("value", [Strange(), object(), iter([1]), nested(30), [Strange()], {"a": Strange()}])
def test_what_it_does_not_know_is_never_the_same(value: Any) -> None:
    assert digest_of(value) != digest_of(value)


def test_what_holds_itself_is_no_error() -> None:
    ring: list[Any] = []
    ring.append(ring)
    assert digest_of(ring) != digest_of(ring)


def test_an_object_may_say_what_it_is() -> None:
    class Known(Strange):
        def __init__(self, key: object) -> None:
            self.key = key

        def digest_key(self) -> object:
            return self.key

    assert digest_of(Known(1)) == digest_of(Known(1)) != digest_of(Known(2))
    assert digest_of(Known("a")) != digest_of("a")


def row(**document: Any) -> Row:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Row(contacts, UUID(int=1), document, 1, now, now, "app")


@pytest.mark.parametrize("stored", ["x", 1, None, {"a": 1}, [], "__class__"])
def test_what_somebody_stored_is_data_whatever_its_name(stored: Any) -> None:
    """A row gives its keys as attributes: anybody can store one that is called like a method of ours."""
    names = ["digest_key", "__html__", "__dict__", "name"]
    first = row(**dict.fromkeys(names, stored))
    assert digest_of([first]) == digest_of([row(**dict.fromkeys(names, stored))])
    assert digest_of([first]) != digest_of([row(**dict.fromkeys(names, "other"))])


@pytest.mark.parametrize("text", ["\ud800", "\x00", "\u202e", "☃" * 1000])
def test_every_text_has_one(text: str) -> None:
    assert digest_of(text) == digest_of(text)


def everything() -> Iterator[Any]:
    yield {"b", "a", "c", "☃"}
    yield frozenset(range(50))
    yield {"a": {1, 2}, "b": [Decimal("1.50"), UUID(int=1)]}
    yield lambda row: {"a", "b"} & set(row)
    yield partial(sorted, key=lambda row: row["a"])
    yield Point({"x", "y"}, Colour.RED)
    yield ui.Table(contacts.filter(name__ne="a"), row_link=lambda row: f"/{row['name']}")
    yield ui.Page([ui.Row([ui.Metric("Open", contacts)])], title=gettext_lazy("Saved"))


PROGRAM = """
import django
django.setup()
from capsule.digests import digest_of
from tests.capsule.test_digests import everything
print([digest_of(value) for value in everything()])
"""


@pytest.mark.thorough
@pytest.mark.slow
def test_other_processes_find_the_same() -> None:
    found = set()
    for seed in ("1", "2"):
        environment = {
            "PYTHONHASHSEED": seed,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PATH": "/usr/bin:/bin",
            "CAPSULE_DEMO": "0",
        }
        command = [sys.executable, "-c", PROGRAM]
        finished = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        found.add(finished.stdout.strip())
    assert found == {str([digest_of(value) for value in everything()])}


def test_a_hundred_rows_cost_little() -> None:
    rows = [row(name=str(uuid4()), values=list(range(20))) for _ in range(100)]
    begun = time.process_time()
    digest_of(ui.Table(rows, key="rows"))
    assert time.process_time() - begun < 0.5
