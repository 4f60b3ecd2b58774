"""Measures, and writes with their versions."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from collections_app import Avg, Conflict, Count, Max, Min, MissingRows, Sum
from collections_app.handle import Collection
from tests.collections_app.both.conftest import ALL

pytestmark = pytest.mark.django_db

SUMS: dict[str, Any] = {
    "n": Count(), "s": Sum("seats"), "a": Sum("amount"), "m": Avg("seats"), "k": Count("born"),
}  # fmt: skip
ENDS: dict[str, Any] = {
    "low": Min("amount"), "high": Max("seats"), "first": Min("born"), "last": Max("seen"),
}  # fmt: skip


def test_measures_are_the_same_of_both(twice: tuple[Collection, Collection]) -> None:
    documents, rows = twice
    for asked in (SUMS, ENDS):
        assert rows.aggregate(**asked) == documents.aggregate(**asked)
    for by in ("chief", "seats", "born__year", "seen__month", "seen__day", "amount", "status"):
        assert rows.aggregate(group_by=by, n=Count()) == documents.aggregate(group_by=by, n=Count())
    for key in ("seats", "amount", "born", "chief", "name", "status"):
        assert rows.distinct(key) == documents.distinct(key)


def test_rows_are_written_with_versions(people: Collection) -> None:
    row = people.insert_one({"name": "New", "seats": 1})
    version = row.version
    row.patch({"$inc": {"seats": 2}}, version=version)
    assert row["seats"] == 3 and row.version != version
    with pytest.raises(Conflict) as conflict:
        people.update_one({"_id": row.id}, {"name": "Late"}, version=version)
    assert conflict.value.current == row
    with pytest.raises(Conflict):
        people.edit(row.id, {"name": ("Older", "Late")})
    people.edit(row.id, {"notes": (None, "Noted")})
    row.refresh()
    assert row["notes"] == "Noted" and people.update_one({"_id": row.id}, {"name": "New"}).modified == 0
    taken = people.find_one_and_update({"seats": 3}, {"seats": 100}, sort={"_id": -1})
    assert taken is not None and taken.id == row.id
    with pytest.raises(MissingRows):
        people.delete_rows([row.id, "00000000-0000-0000-0000-000000000000"])
    assert people.delete_many({"seats": {"$gte": 10}}).deleted == 2 and people.get(row.id) is None


@pytest.mark.parametrize(
    "values",
    [{"seats": "many"}, {"amount": "x"}, {"born": "soon"}, {"email": "x"}, {"chief": 5}, {"name": ""}],
    ids=str,
)
def test_what_does_not_fit_is_refused_by_its_key(people: Collection, values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        people.insert_one({"name": "New", **values})
    assert list(refused.value.message_dict) == list(values) and people.count() == len(ALL)
