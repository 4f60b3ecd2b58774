"""What is wrong with a declaration is said at start-up, each problem with its hint."""

from __future__ import annotations

from itertools import permutations
from types import MappingProxyType
from typing import Any

import pytest

from capsule.errors import DeclaredTwice
from collections_app import Collection, Column, collection
from collections_app.checks import check_collections, check_statuses
from collections_app.columns import TextColumn, column_types
from collections_app.declarations import Declaration, as_together
from collections_app.declaring import collections


def problems(name: str = "tmp_checked", *columns: Column, **options: Any) -> list[Any]:
    handle = Collection(Declaration(name, columns, module="testapp", line=7, **options))
    with collections.temporarily(name, handle):
        return check_collections()


# Columns of which an index is to be, all but one with a column of the table.
TOGETHER = [
    Column("a", sortable=True), Column("text", filterable=True), Column("bare"),
    Column("n", type="number", sortable=True), Column("s", type="status", filterable=True),
    Column("d", type="date", sortable=True), Column("b", type="boolean", filterable=True),
    Column("tags", type="tags", filterable=True),
]  # fmt: skip
MANY = tuple(permutations("nsdb", 2))[:9]


def test_what_is_declared_in_the_suites_is_well() -> None:
    assert check_collections() == []


@pytest.mark.parametrize(
    ("columns", "options", "id", "said"),
    [
        ([], {"scope": "usr"}, "E002", "Did you mean 'user'"),
        ([Column("a"), Column("a")], {}, "E003", "declared twice"),
        ([Column("a.b")], {}, "E004", "cannot be declared"),
        ([Column("$a")], {}, "E004", "cannot be declared"),
        ([Column("a'b")], {}, "E004", "cannot be declared"),
        ([Column("0")], {}, "E004", "cannot be declared"),
        ([Column("a", type="nummer")], {}, "E005", "Did you mean 'number'"),
        ([Column("a", type="reference")], {}, "E005", "no document has: 'reference'"),
        ([Column("a", type="rendered")], {}, "E005", "no document has: 'rendered'"),
        ([Column("a", type="choice")], {}, "E005", "no document has: 'choice'"),
        ([Column("a", type="status", options=[])], {}, "E006", "no options"),
        ([Column("a", type="status", options=[1])], {}, "E006", "as it is stored: '1'"),
        ([Column("a", type="number", options=["1"])], {}, "E006", "as it is stored: 1"),
        ([Column("a", type="currency", options=["1", "9.90"])], {}, "E006", "as it is stored: '9.9'"),
        ([Column("a", type="date", options=["soon"])], {}, "E006", "could never hold"),
        ([Column("a", type="tags", options=["x", "y,z"])], {}, "E006", "could never hold"),
        ([Column("a", type="boolean", options=[True])], {}, "E006", "takes none"),
        ([Column("a", type="file", options=["x"])], {}, "E010", "told from a file's content"),
        ([Column("a", type="file", options=[])], {}, "E006", "no options"),
        ([Column("a", type="file", format="much")], {}, "E010", "no size"),
        ([Column("a", type="number", default="x")], {}, "E007", "does not fit"),
        ([Column("a", type="status", options=["x"], default="y")], {}, "E007", "does not fit"),
        ([], {"access": "authentciated"}, "E008", "is not one of"),
        ([], {"access": "accounts.view_usr"}, "E008", "Did you mean 'accounts.view_user'"),
        ([], {"access": "acounts.view_user"}, "E008", "Did you mean 'accounts'"),
        ([], {"access": "testapp.view_test_thread"}, "E008", "testapp.view_test_notes, testapp.view_test_"),
        ([], {"editable": "testapp.nothing"}, "E008", "add_test_threads"),
        ([], {"editable": MappingProxyType({"add": "testapp.add_nothing"})}, "E008", "add_test_threads"),
        ([], {"editable": "stuff"}, "E008", "is not one of"),
        ([], {"editable": {"ad": True}}, "E008", "Did you mean 'add'"),
        ([], {"access": True}, "E008", "is not one of"),
        ([], {"paginate": -1}, "E009", "not a number of rows"),
        ([Column("a", type="number", format="bites")], {}, "E010", "format"),
        ([Column("a", type="score", format="inf")], {}, "E010", "maximum"),
        ([Column("a")], {"unique": (("b",),)}, "E016", "Known: a."),
        ([Column("email")], {"unique": (("emial",),)}, "E016", "Did you mean 'email'"),
        ([Column("a", type="tags")], {"unique": (("a",),)}, "E016", "a tags column cannot be unique"),
        ([Column("a", type="file")], {"unique": (("a",),)}, "E016", "a file column cannot be unique"),
        ([Column("a"), Column("b", hidden=True)], {"unique": (("a", "b"),)}, "E016", "hidden and a visible"),
        ([Column("a")], {"unique": (("a",), ("a",))}, "E016", "something twice"),
        ([Column("a")], {"unique": (("a", "a"),)}, "E016", "something twice"),
        ([Column("a")], {"unique": ((),)}, "E016", "names nothing"),
        ([Column("a")], {"unique": (("a",),), "strict": False}, "E016", "strict=False"),
        (TOGETHER, {"indexes": (("a", "-c"),)}, "E022", "'c', which is not declared"),
        (TOGETHER, {"indexes": (("a", "ttags"),)}, "E022", "Did you mean 'tags'"),
        (TOGETHER, {"indexes": (("a", "tags"),)}, "E022", "tags column has no order"),
        (TOGETHER, {"indexes": (("a", "bare"),)}, "E022", "'bare' is neither sortable nor filterable"),
        (TOGETHER, {"indexes": (("a", "a"),)}, "E022", "something twice"),
        (TOGETHER, {"indexes": (("a", "n"), ("a", "-n"))}, "E022", "something twice"),
        (TOGETHER, {"indexes": ((),)}, "E022", "names nothing"),
        (TOGETHER, {"indexes": (("-n",),)}, "E022", '[["status", "n"]]'),
        (TOGETHER, {"indexes": (("-a", "n"),)}, "E022", "turns a column that is not its last"),
        (TOGETHER, {"indexes": (("a", "n", "s", "d", "b"),)}, "E022", "of 5 columns"),
        (TOGETHER, {"indexes": (("a", "text"),)}, "E022", "that no index of PostgreSQL's has room for"),
        (TOGETHER, {"indexes": (("s", "a"),), "strict": False}, "E022", "has room for"),
        (TOGETHER, {"indexes": MANY}, "E022", "declares 9 indexes, of 8 at most"),
        ([Column("a", type="tags", sortable=True)], {}, "E017", "cannot be sortable"),
        ([Column("a", type="file", filterable=True)], {}, "E017", "cannot be filterable"),
    ],
)
def test_each_mistake_has_its_check(columns: list[Column], options: Any, id: str, said: str) -> None:
    (message,) = problems("tmp_checked", *columns, **options)
    assert message.id == f"collections_app.{id}"
    assert said in f"{message.msg} {message.hint}"
    assert message.hint
    assert message.obj == "testapp:7"


def test_a_type_that_no_document_has_is_not_said_to_be_known() -> None:
    for mistyped in ("refrence", "integer", "render"):
        (message,) = problems("tmp_checked", Column("a", type=mistyped))
        assert "unknown type" in message.msg
        assert "reference" not in str(message.hint) and "rendered" not in str(message.hint)


def test_a_status_without_options_is_a_warning() -> None:
    columns = [Column("state", type="status"), Column("kind", type="status", options=["a", "b"]), Column("x")]
    handle = Collection(Declaration("tmp_open", tuple(columns), module="testapp", line=7))
    with collections.temporarily("tmp_open", handle):
        (message,) = [one for one in check_statuses() if "tmp_open" in one.msg]
    assert message.id == "collections_app.W005" and "Column 'state'" in message.msg
    assert "options=[...]" in str(message.hint)


@pytest.mark.parametrize("name", ["", "Threads", "a-b", "a__b", "_a", "a" * 41, "1a", "a; DROP"])
def test_a_name_that_cannot_be_a_table(name: str) -> None:
    assert [message.id for message in problems(name)] == ["collections_app.E001"]


@pytest.mark.parametrize("access", ["testapp.view_test_threads", "accounts.add_user", lambda identity: True])
def test_a_permission_that_exists_and_a_function_are_well(access: Any) -> None:
    assert problems(access=access) == []


def test_a_second_declaration_of_a_name_is_refused_with_both_places() -> None:
    with pytest.raises(DeclaredTwice, match=r"test_threads.*collections:\d+ and .*test_checks:\d+"):
        collection("test_threads")


def test_a_type_of_ones_own_that_names_an_unknown_operator() -> None:
    class Odd(TextColumn):
        name = "odd"
        operators = ("eq", "contians")

    with column_types.temporarily("odd", Odd()):
        (message,) = check_collections()
    assert message.id == "collections_app.E018"
    assert "Did you mean 'contains'" in str(message.hint)


@pytest.mark.parametrize(
    ("given", "unique"),
    [
        ((), ()),
        ("email", (("email",),)),
        (["email"], (("email",),)),
        (["email", ("project", "number")], (("email",), ("project", "number"))),
        ([["project", "number"]], (("project", "number"),)),
    ],
)
def test_what_is_unique_is_written_as_it_is_said(given: Any, unique: Any) -> None:
    assert as_together(given) == unique
