"""What is wrong with a declaration is said at start-up, each problem with its hint."""

from __future__ import annotations

from typing import Any

import pytest

from capsule.errors import DeclaredTwice
from collections_app import Collection, Column, collection
from collections_app.checks import check_collections
from collections_app.declarations import Declaration
from collections_app.declaring import collections


def problems(name: str = "tmp_checked", *columns: Column, **options: Any) -> list[Any]:
    handle = Collection(Declaration(name, columns, module="testapp", line=7, **options))
    with collections.temporarily(name, handle):
        return check_collections()


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
        ([Column("a", type="status", options=[])], {}, "E006", "no options"),
        ([Column("a", type="number", default="x")], {}, "E007", "does not fit"),
        ([Column("a", type="status", options=["x"], default="y")], {}, "E007", "does not fit"),
        ([], {"access": "authentciated"}, "E008", "is not one of"),
        ([], {"access": "accounts.view_usr"}, "E008", "Did you mean 'view_user'"),
        ([], {"access": "acounts.view_user"}, "E008", "Did you mean 'accounts'"),
        ([], {"editable": "stuff"}, "E008", "is not one of"),
        ([], {"editable": {"ad": True}}, "E008", "Did you mean 'add'"),
        ([], {"access": True}, "E008", "is not one of"),
        ([], {"paginate": -1}, "E009", "not a number of rows"),
        ([Column("a", type="number", format="bites")], {}, "E010", "format"),
    ],
)
def test_each_mistake_has_its_check(columns: list[Column], options: Any, id: str, said: str) -> None:
    (message,) = problems("tmp_checked", *columns, **options)
    assert message.id == f"collections_app.{id}"
    assert said in f"{message.msg} {message.hint}"
    assert message.hint
    assert message.obj == "testapp:7"


@pytest.mark.parametrize("name", ["", "Threads", "a-b", "a__b", "_a", "a" * 41, "1a", "a; DROP"])
def test_a_name_that_cannot_be_a_table(name: str) -> None:
    assert [message.id for message in problems(name)] == ["collections_app.E001"]


@pytest.mark.parametrize("access", ["testapp.view_test_threads", "accounts.add_user", lambda identity: True])
def test_a_permission_that_exists_and_a_function_are_well(access: Any) -> None:
    assert problems(access=access) == []


def test_a_second_declaration_of_a_name_is_refused_with_both_places() -> None:
    with pytest.raises(DeclaredTwice, match=r"test_threads.*collections:\d+ and .*test_checks:\d+"):
        collection("test_threads")
