"""Where a model's rows cannot be what documents are: the table of ``docs/models.md``, each line tried."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from capsule import Identity, acting_as
from capsule.errors import NotDeclared
from collections_app import NoHistory, Row
from collections_app.handle import Collection
from tests.collections_app.both.conftest import named
from tests.crm.declarations import member_documents, member_rows
from tests.crm.models import Member

pytestmark = pytest.mark.django_db

PAGE = Path(__file__).resolve().parents[3] / "docs" / "models.md"
Both = tuple[Collection, Collection]


def test_each_line_of_the_table_has_its_test() -> None:
    table = PAGE.read_text().partition("## Where a model differs")[2].partition("\n## ")[0]
    tests = {name for name in globals() if name.startswith("test_")}
    assert set(re.findall(r"`(test_\w+)`", table)) == tests - {"test_each_line_of_the_table_has_its_test"}


@pytest.fixture
def pair(alices: Identity, charlies: Identity) -> Any:
    with acting_as(alices):
        yield member_documents, member_rows


def test_a_row_has_every_column(pair: Both) -> None:
    document, row = (handle.insert_one({"name": "Ada"}) for handle in pair)
    assert "seats" not in document and row["seats"] is None
    assert [handle.count({"seats": {"$exists": False}}) for handle in pair] == [1, 0]
    assert [handle.count({"seats": None}) for handle in pair] == [1, 1]  # missing and null are one to $eq


def test_a_key_that_is_no_column_is_an_error(pair: Both) -> None:
    documents, rows = pair
    assert documents.insert_one({"name": "Ada", "shoe": 38})["shoe"] == 38
    assert named(documents.filter(shoe=38)) == ["Ada"] and named(documents.order_by("shoe")) == ["Ada"]
    with pytest.raises(ValidationError):
        rows.insert_one({"name": "Ada", "shoe": 38})
    for ask in (lambda: rows.filter(shoe=38).count(), lambda: rows.order_by("shoe")):
        with pytest.raises(NotDeclared, match="no column"):
            ask()


def test_a_column_holds_one_value_of_its_type(pair: Both) -> None:
    documents, rows = pair
    for asked in (
        {"name.first": "Ada"},
        {"name": {"$size": 1}},
        {"name": {"$elemMatch": {"$eq": "a"}}},
        {"seats": {"$mod": [2, 0]}},
        {"seats": {"$type": "number"}},
    ):
        assert documents.count(asked) == 0
        with pytest.raises((ValueError, NotDeclared)):
            rows.count(asked)


UPDATES: dict[str, Callable[[Row], Any]] = {
    "$push": lambda row: row.patch({"$push": {"tags": "a"}}),
    "$addToSet": lambda row: row.patch({"$addToSet": {"tags": "a"}}),
    "$rename": lambda row: row.patch({"$rename": {"notes": "remarks"}}),
    "a dotted path": lambda row: row.patch({"$set": {"meta.plan": "pro"}}),
}


def test_an_update_sets_columns_whole(pair: Both) -> None:
    for name, update in UPDATES.items():
        document, row = (handle.insert_one({"name": name, "notes": "x"}) for handle in pair)
        assert update(document).modified == 1
        with pytest.raises(ValueError, match="model"):
            update(row)


def test_an_amount_has_the_digits_of_its_field(pair: Both) -> None:
    documents, rows = pair
    assert documents.insert_one({"name": "x", "amount": "1.123456"})["amount"] == "1.123456"
    with pytest.raises(ValidationError) as refused:
        rows.insert_one({"name": "x", "amount": "1.123456"})
    assert list(refused.value.message_dict) == ["amount"]


def test_a_long_amount_is_as_exact_as_djangos_field(pair: Both) -> None:
    """Exact on PostgreSQL; on SQLite Django keeps a decimal as a float, of 15 digits."""
    amount = "9007199254740993.01"
    assert member_documents.insert_one({"name": "x", "amount": amount})["amount"] == amount
    member_rows.insert_one({"name": "x", "amount": amount})
    kept = Member.objects.get().amount
    assert (kept == Decimal(amount)) is (connection.vendor == "postgresql")


def test_a_version_is_a_digest_or_a_field_of_its_own(pair: Both) -> None:
    document, row = (handle.insert_one({"name": "Ada"}) for handle in pair)
    assert document.version == 1 and row.version != 1
    for one in (document, row):
        one.patch({"seats": 1})
        one.patch({"seats": None})
    assert document.version == 3  # a model's may come again, when everything is as it was


def test_an_id_is_the_models_own(pair: Both) -> None:
    document, row = (handle.insert_one({"name": "Ada"}) for handle in pair)
    assert re.fullmatch(r"[0-9a-f-]{36}", document.id) and row.id == str(Member.objects.get().pk)
    assert row.created_at is None  # but where the model keeps it by itself


def test_a_history_is_read_and_not_gone_back_in(pair: Both) -> None:
    documents, rows = pair
    document, row = (handle.insert_one({"name": "Ada"}) for handle in pair)
    for one in (document, row):
        one.patch({"seats": 1})
    assert documents.restore(document.id, 1).get("seats") is None
    document.delete()
    assert [entry.document_id for entry in documents.deleted()] == [document.id]
    assert documents.undelete(document.id).id == document.id
    row.delete()
    with pytest.raises(NoHistory):
        rows.restore(row.id, 1)
    with pytest.raises(NoHistory):
        rows.deleted()
    with pytest.raises(NoHistory):
        rows.undelete(row.id)
    assert len(rows.history(row.id)) == 3


def test_a_write_past_the_handle_is_not_in_the_history(pair: Both) -> None:
    _documents, rows = pair
    row = rows.insert_one({"name": "Ada"})
    instance = Member.objects.get()
    instance.name = "Grace"
    instance.save()
    row.refresh()
    assert row["name"] == "Grace" and [entry.action for entry in row.history()] == ["insert"]


def test_columns_are_the_models_fields(pair: Both) -> None:
    documents, rows = pair
    documents.add_column("effort", type="number")
    assert "effort" in [column.key for column in documents.list_columns()]
    edits: list[Callable[[], Any]] = [
        lambda: rows.add_column("effort", type="number"),
        lambda: rows.remove_column("notes"),
        lambda: rows.rename_column("notes", "remarks"),
    ]
    for change in edits:
        with pytest.raises(ValueError, match="migration"):
            change()
