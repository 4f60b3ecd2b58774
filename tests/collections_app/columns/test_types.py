"""What each type says of itself is so: its operators find, its order sorts, and one's own inherits it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.utils.html import strip_tags

from collections_app import Column, Count
from collections_app.columns import (
    BooleanColumn,
    ColumnType,
    DateColumn,
    FileColumn,
    LinkColumn,
    TagsColumn,
    column_type,
    column_type_of,
    column_types,
)
from collections_app.columns.base import EQUALITY, RANGES, TEXTS
from collections_app.declarations import COLUMN_TYPES, Declaration
from collections_app.forms import DocumentForm
from collections_app.queries.lookups import LOOKUPS
from collections_app.storage.syncing import apply
from tests.collections_app.conftest import Declare
from tests.testapp.declared.collections import everything

DOCS = Path(__file__).resolve().parents[3] / "docs"

# Three values of each type, in their order; of two types there are only two.
VALUES: dict[str, list[Any]] = {
    "text": ["apple one", "Banana two", "cherry six"],
    "number": [-2.5, 1, 30],
    "currency": ["-2.5", "9.99", "10"],
    "date": ["2026-01-01", "2026-02-01T10:00:00.000000Z", "2026-11-01"],
    "link": ["https://one.example/a", "https://two.example/b", "https://zoo.example/c"],
    "email": ["ann@one.com", "bob@two.org", "cid@six.net"],
    "status": ["a", "b"],
    "tags": [["a"], ["b"], ["c"]],
    "boolean": [False, True],
    "score": [1, 50, 99],
}
# What each operator is asked and finds, by the numbers of the values; None stands for the missing one.
Found = set[int | None]
OTHERS: Callable[[Any], Found] = lambda values: {0, 2, None} if len(values) == 3 else {0, None}  # noqa: E731
ASKED: dict[str, tuple[Callable[[list[Any]], Any], Callable[[list[Any]], Found]]] = {
    "eq": (lambda v: one(v[1]), lambda v: {1}),
    "ne": (lambda v: one(v[1]), OTHERS),
    "in": (lambda v: [one(v[1])], lambda v: {1}),
    "nin": (lambda v: [one(v[1])], OTHERS),
    "isnull": (lambda v: True, lambda v: {None}),
    "gt": (lambda v: v[1], lambda v: {2}),
    "gte": (lambda v: v[1], lambda v: {1, 2}),
    "lt": (lambda v: v[1], lambda v: {0}),
    "lte": (lambda v: v[1], lambda v: {0, 1}),
    "range": (lambda v: (v[0], v[1]), lambda v: {0, 1}),
    "contains": (lambda v: v[1][1:-1], lambda v: {1}),
    "icontains": (lambda v: v[1][1:-1].swapcase(), lambda v: {1}),
    "startswith": (lambda v: v[1][:-1], lambda v: {1}),
    "istartswith": (lambda v: v[1][:-1].swapcase(), lambda v: {1}),
    "endswith": (lambda v: v[1][1:], lambda v: {1}),
    "iendswith": (lambda v: v[1][1:].swapcase(), lambda v: {1}),
    "iexact": (lambda v: v[1].swapcase(), lambda v: {1}),
    "regex": (lambda v: f"^{v[1][:-1]}", lambda v: {1}),
    "iregex": (lambda v: f"^{v[1][:-1].swapcase()}", lambda v: {1}),
}


def one(value: Any) -> Any:
    """Of tags one is asked for."""
    return value[0] if isinstance(value, list) else value


@contextmanager
def registered(kind: type[ColumnType]) -> Iterator[str]:
    column_type(kind)
    try:
        yield kind.name
    finally:
        del column_types._declared[kind.name], column_types._places[kind.name]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "operator"),
    [(kind, operator) for kind in COLUMN_TYPES for operator in column_types.get(kind).operators],
)
def test_each_operator_of_a_type_finds_what_it_says(kind: str, operator: str) -> None:
    values = VALUES[kind]
    rows = everything.insert_many([{kind: value} for value in values] + [{}])
    numbers = {row.id: at if at < len(values) else None for at, row in enumerate(rows)}
    asked, found = ASKED[operator]
    lookup = kind if operator == "eq" else f"{kind}__{operator}"
    assert {numbers[row.id] for row in everything.filter(**{lookup: asked(values)})} == found(values)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [kind for kind in COLUMN_TYPES if column_types.get(kind).sortable])
def test_each_type_that_sorts_has_the_order_of_its_values(kind: str) -> None:
    values = sorted(VALUES[kind]) if kind == "text" else VALUES[kind]
    everything.insert_many([{kind: value} for value in reversed(values)] + [{}])
    assert [row.get(kind) for row in everything.order_by(kind)] == [None, *values]
    assert [row.get(kind) for row in everything.order_by(f"-{kind}")] == [*reversed(values), None]


@pytest.mark.parametrize("kind", COLUMN_TYPES)
def test_operators_are_lookups_each_once(kind: str) -> None:
    operators = column_types.get(kind).operators
    assert set(operators) <= set(LOOKUPS) and len(set(operators)) == len(operators)


# A type of one's own ----------------------------------------------------------------------------------


class TestOnesOwn:
    """It is what its class is, whatever it is called."""

    def test_of_tags_has_no_order(self) -> None:
        with registered(type("Labels", (TagsColumn,), {"name": "tmp_labels"})) as name:
            declaration = Declaration("x", (Column("a", type=name),), sortable=True, filterable=True)
            assert (declaration.is_sortable("a"), declaration.is_filterable("a")) == (False, True)

    def test_of_a_file_is_neither_sorted_nor_filtered(self) -> None:
        with registered(type("Picture", (FileColumn,), {"name": "tmp_picture"})) as name:
            declaration = Declaration("x", (Column("a", type=name),), sortable=True, filterable=True)
            assert not declaration.is_sortable("a")
            assert not declaration.is_filterable("a")
            assert DocumentForm(declaration).is_multipart()

    def test_of_a_link_and_of_a_boolean(self) -> None:
        class Site(LinkColumn):
            pass

        class Flag(BooleanColumn):
            pass

        assert Site.holds_links and not Flag.takes_options

    @pytest.mark.django_db(transaction=True)
    def test_of_a_date_asks_in_any_zone(self, declare: Declare) -> None:
        with registered(type("Deadline", (DateColumn,), {"name": "tmp_deadline"})) as name:
            handle = declare("tmp_one", Column("due", type=name, filterable=True))
            apply(verbosity=0)
            handle.insert_one({"due": "2026-11-23T10:00Z"})
            assert handle.count({"due": "2026-11-23T12:00+02:00"}) == 1
            assert handle.count({"due": {"$gt": "2026-11-23T12:00+03:00"}}) == 1
            assert handle.aggregate(group_by="due__year", all=Count()) == [{"due__year": 2026, "all": 1}]

    @pytest.mark.django_db(transaction=True)
    def test_the_documented_one_works_as_it_is_shown(self, declare: Declare) -> None:
        page = (DOCS / "columns.md").read_text()
        (snippet,) = re.findall(r"```python\n(from collections_app.columns.*?)```", page, re.DOTALL)
        names: dict[str, Any] = {}
        exec(compile(snippet, "docs/columns.md", "exec"), names)
        try:
            sensor = Column("degrees", type="temperature", filterable=True)
            assert column_type_of(sensor).cell(sensor)(21.5) == "21.5 °C"
            assert "cell-missing" in column_type_of(sensor).cell(sensor)(None)
            handle = declare("tmp_one", sensor, Column("email", type="caseless_email"), unique=(("email",),))
            apply(verbosity=0)
            handle.insert_many([{"degrees": "21.5", "email": "Ann@B.co"}, {"degrees": 3}])
            assert handle.count({"degrees": {"$gt": 20}}) == 1
            assert handle.exists({"email": "ann@b.co"})
        finally:
            for name in ("temperature", "caseless_email"):
                del column_types._declared[name], column_types._places[name]


@pytest.mark.django_db(transaction=True)
def test_what_is_compared_need_not_be_an_option(declare: Declare) -> None:
    level = Column("level", type="number", options=[1, 2, 3], filterable=True)
    fee = Column("fee", type="currency", options=["9.9", "20"], filterable=True)
    handle = declare("tmp_one", level, fee)
    apply(verbosity=0)
    handle.insert_many([{"level": 1, "fee": "9.90"}, {"level": 3, "fee": "20"}])
    assert handle.count({"level": {"$gt": 2.5}}) == handle.count({"fee": {"$lt": 10}}) == 1


# The documentation ------------------------------------------------------------------------------------

SECTION = re.split(r"\n#+ ", (DOCS / "collections.md").read_text().partition("### Types\n")[2])[0]
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in SECTION.splitlines()
    if line.startswith("| `")
]
GROUPS = {
    "equality": set(EQUALITY),
    "text": set(TEXTS),
    "range": set(RANGES),
    "yes or no": {"eq", "ne", "isnull"},
}


def test_every_type_is_documented_in_order() -> None:
    assert tuple(row[0].strip("` ") for row in ROWS) == COLUMN_TYPES


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_type_is_as_documented(row: list[str]) -> None:
    name, taken, stored, shown, exported, formats, filters, sorts = (cell.strip("` ") for cell in row)
    column = Column("key", type=name)
    kind = column_type_of(column)
    value = kind.clean(column, json.loads(taken))
    assert value == json.loads(stored)
    assert strip_tags(kind.cell(column)(value)) == shown
    assert kind.export(column, value) == exported
    documented = set(re.findall(r'"([^"]+)"', formats))
    assert set(kind.formats) <= documented
    assert all(kind.problem_with(Column("key", type=name, format=each)) is None for each in documented)
    assert documented or kind.problem_with(Column("key", type=name, format="x"))
    offered = [GROUPS[group] for group in filters.split(", ") if group != "none"]
    assert set(kind.operators) == set().union(*offered)
    assert (sorts != "no") == kind.sortable


def test_every_operator_that_a_type_offers_is_documented() -> None:
    assert all(f"`{operator}`" in SECTION for operator in {*EQUALITY, *TEXTS, *RANGES})


# The grammar of format: each row's example as it stands.
GRAMMAR = re.split(r"\n#+ ", (DOCS / "columns.md").read_text().partition("## `format`\n")[2])[0]
FORMAT_ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in GRAMMAR.splitlines()
    if line.startswith("| `")
]


@pytest.mark.parametrize("row", FORMAT_ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_a_format_is_as_documented(row: list[str]) -> None:
    name, formats, _meaning, example = row[0].strip("`"), re.findall(r'"([^"]+)"', row[1]), row[2], row[3]
    kind = column_types.get(name)
    assert formats or row[1] == "none"
    for format in formats:
        assert kind.problem_with(Column("key", type=name, format=format)) is None
    asked = re.fullmatch(r'(\S+)(?: in `"(.+)"`)? is `(.+)`', example)
    if asked is not None:
        value: Any = asked[1] if name == "currency" else json.loads(asked[1])
        shown = asked[3]
    else:
        value, shown = "2026-11-23T10:00:00.000000Z", example.strip("`")
    if shown:
        format = asked[2] if asked and asked[2] else (formats or [None])[-1]
        column = Column("key", type=name, format=format)
        assert strip_tags(kind.cell(column)(value)).replace("\xa0", " ") == shown


def test_every_format_that_the_code_names_has_its_row() -> None:
    documented = {
        (row[0].strip("`"), format) for row in FORMAT_ROWS for format in re.findall(r'"([^"]+)"', row[1])
    }
    assert {(kind.name, word) for kind in column_types for word in kind.formats} <= documented
    takes_some = {name for name in COLUMN_TYPES if column_types.get(name).formats}
    assert {row[0].strip("`") for row in FORMAT_ROWS} == takes_some | {"currency", "file", "score"}
