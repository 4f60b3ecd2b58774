"""A column that was renamed in the code: its values are where no page looks for them."""

from __future__ import annotations

from typing import Any

import pytest

from capsule import Identity, acting_as
from collections_app import Column
from collections_app.checks import check_renamed
from collections_app.storage.syncing import apply
from tests.collections_app.conftest import Declare
from tests.testapp.declared.collections import threads

pytestmark = pytest.mark.django_db(transaction=True)

OWNED: dict[str, Any] = {"scope": "user", "sortable": True}


def said() -> list[tuple[str | None, str, str]]:
    return [(one.id, one.msg, one.hint or "") for one in check_renamed(databases=["default"])]


def renamed(declare: Declare, *columns: Column) -> Any:
    """A collection whose documents are from before one of its columns was called otherwise."""
    handle = declare("tmp_one", Column("client"), Column("payed", type="boolean"), **OWNED)
    apply(verbosity=0)
    for person in "ab":
        with acting_as(Identity(user_id=person)):
            handle.insert_many([{"client": "A", "payed": True}, {"client": "B", "payed": False}])
    assert said() == []
    return declare("tmp_one", *columns, **OWNED)


def test_a_column_that_seems_to_be_renamed_is_said_with_what_to_do(declare: Declare) -> None:
    handle = renamed(declare, Column("client"), Column("paid", type="boolean"))
    apply(verbosity=0)
    ((id, message, hint),) = said()
    assert id == "collections_app.W006"
    assert message == (
        "Column 'paid' of collection 'tmp_one' has no value in the newest documents, and 4 of 4 have "
        "'payed', which no column is declared for."
    )
    line = 'tmp_one.across_scopes().update_many({}, {"$rename": {"payed": "paid"}})'
    assert line in hint and hint.endswith("See docs/errors.md#collections_app-w006")
    eval(line, {"tmp_one": handle})
    assert said() == []
    with acting_as(Identity(user_id="a")):
        assert handle.filter(paid=True).count() == 1


@pytest.mark.parametrize(
    "columns",
    [
        [Column("client"), Column("payed", type="boolean"), Column("paid", type="boolean")],
        [Column("client"), Column("due", type="date")],
        [Column("client")],
    ],
    ids=["only new", "of another type", "only gone"],
)
def test_what_is_no_renaming_is_not_taken_for_one(declare: Declare, columns: list[Column]) -> None:
    renamed(declare, *columns)
    assert said() == []


def test_a_database_without_the_table_is_not_asked(declare: Declare) -> None:
    declare("tmp_one", Column("client"))
    assert said() == []


def test_an_update_that_finds_none_says_whose_it_looked_through() -> None:
    with acting_as(Identity(user_id="1", organization_id="2")):
        threads.insert_one({"subject": "Printer"})
    with acting_as(Identity(user_id="1")):
        nothing = threads.update_many({}, {"$rename": {"subject": "title"}})
    assert repr(nothing) == (
        "UpdateResult(matched=0, modified=0, upserted_id=None) of user:1 alone; "
        "across_scopes() looks through all"
    )
    assert dict(nothing) == {"matched": 0, "modified": 0, "upserted_id": None} and len(nothing) == 3
    everywhere = threads.across_scopes().update_many({}, {"$rename": {"subject": "title"}})
    assert repr(everywhere) == "UpdateResult(matched=1, modified=1, upserted_id=None)"
    assert repr(threads.across_scopes().update_many({"subject": "gone"}, {"status": "new"})) == (
        "UpdateResult(matched=0, modified=0, upserted_id=None)"
    )
