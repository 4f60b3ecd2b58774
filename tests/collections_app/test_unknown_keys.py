"""A key that is no column's and that no document has: said where one builds or tests, with what is meant."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from capsule import Identity, acting_as
from collections_app import Avg, Count, Sum
from collections_app.errors import UnknownKey
from collections_app.queries.unknown_keys import _is_slip
from tests.testapp.declared.collections import contacts, threads

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def as_where_one_builds(settings: Any) -> None:
    settings.CAPSULE_DOUBTS = True


READ: dict[str, Callable[[], object]] = {
    "filter": lambda: threads.filter(priorty=1).rows(),
    "filter, a lookup": lambda: threads.filter(priorty__gte=1).count(),
    "filter, Q": lambda: threads.filter(Q(priorty=1) | Q(status="new")).exists(),
    "filter, deeper": lambda: threads.filter(priorty__high=1).count(),
    "exclude": lambda: threads.exclude(priorty=1).rows(),
    "find": lambda: threads.find({"priorty": {"$gt": 1}}),
    "count": lambda: threads.count({"$nor": [{"priorty": 1}]}),
    "find, an element": lambda: threads.find({"tagss": {"$elemMatch": {"$gt": 1}}}),
    "order_by": lambda: threads.order_by("-priorty").rows(),
    "order_by, beside a filter": lambda: threads.filter(status="new").order_by("priorty").first(),
    "page": lambda: threads.order_by("priorty").page(5),
    "sum": lambda: threads.aggregate(value=Sum("priorty")),
    "average": lambda: threads.all().aggregate(group_by="status", value=Avg("priorty")),
    "group by": lambda: threads.aggregate(group_by="statuss", value=Count()),
    "group by a part of a date": lambda: threads.aggregate(group_by="recieved__month", value=Count()),
    "distinct": lambda: threads.distinct("statuss"),
    "values": lambda: threads.all().values("subject", "statuss"),
    "update, found by": lambda: threads.update_many({"priorty": 1}, {"status": "open"}),
    "delete": lambda: threads.delete_many({"priorty": 1}),
}
WRITTEN: dict[str, Callable[[], object]] = {
    "insert": lambda: threads.insert_one({"subject": "A", "priorty": 1}),
    "insert, several": lambda: threads.insert_many([{"subject": "A"}, {"priorty": 1}]),
    "update": lambda: threads.update_one({"subject": "Printer"}, {"priorty": 1}),
    "update by id": lambda: threads.update_one({"_id": str(threads.find()[0].id)}, {"$inc": {"priorty": 1}}),
    "update, many": lambda: threads.update_many({}, {"$set": {"priorty": 1}}),
    "update of a query": lambda: threads.filter(status="new").update({"priorty.level": 1}),
    "patch": lambda: threads.find()[0].patch({"priorty": 1}),
    "edit": lambda: threads.edit(str(threads.find()[0].id), {"priorty": (None, 1)}),
    "replace": lambda: threads.replace_one({}, {"priorty": 1}),
    "upsert": lambda: threads.update_one({"subject": "B"}, {"$setOnInsert": {"priorty": 1}}, upsert=True),
}


@pytest.fixture(autouse=True)
def acting() -> Iterator[None]:
    with acting_as(Identity(user_id="1")):
        threads.insert_one({"subject": "Printer", "priority": 2, "plan": {"name": "pro"}})
        yield


@pytest.mark.parametrize("ask", READ.values(), ids=READ.keys())
def test_what_reads_like_a_column_is_said_and_not_answered(ask: Callable[[], object]) -> None:
    with pytest.raises(UnknownKey, match=r"Did you mean '(priority|status|tags|received)'\?"):
        ask()


@pytest.mark.parametrize("write", WRITTEN.values(), ids=WRITTEN.keys())
def test_nor_is_it_written(write: Callable[[], object]) -> None:
    with pytest.raises(UnknownKey, match="Did you mean 'priority'"):
        write()
    assert [row.document for row in threads.find()] == [
        {"subject": "Printer", "status": "new", "priority": 2, "plan": {"name": "pro"}}
    ]


def test_it_says_what_to_do() -> None:
    with pytest.raises(UnknownKey) as said:
        threads.filter(priorty=1).count()
    assert str(said.value) == (
        "No column of 'test_threads' is called 'priorty', and none of its newest documents has that "
        "key. Did you mean 'priority'? A key of your own that reads so is declared: Column('priorty'), with "
        "hidden=True if no page is to show it. See docs/errors.md#unknownkey"
    )


def test_a_key_that_a_document_has_is_its_own(settings: Any) -> None:
    settings.CAPSULE_DOUBTS = False
    with acting_as(Identity(user_id="another")):
        threads.insert_one({"priorty": 1})
    settings.CAPSULE_DOUBTS = True
    assert threads.filter(priorty=1).count() == 0
    threads.update_one({}, {"priorty": 1})
    assert threads.aggregate(value=Sum("priorty")) == {"value": 1}


def test_a_key_is_taken_away_or_renamed_without_a_word() -> None:
    threads.update_many({}, {"$unset": {"priorty": ""}})
    threads.update_many({}, {"$rename": {"priorty": "priority"}})
    assert threads.update_one({}, {"$unset": {"priorty": ""}}).matched == 1


def test_what_reads_like_no_column_is_stored_and_asked_for() -> None:
    assert threads.filter(plan__name="pro").count() == 1
    assert threads.order_by("plan.name").values("plan.name") == [{"plan.name": "pro"}]
    threads.insert_one({"origin": "mail"})
    assert threads.distinct("origin") == ["mail"]


def test_one_that_no_document_has_is_told_to_the_log_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "capsule.collections"):
        assert threads.exists({"customer": 7}) is False
        assert threads.count({"customer": 7}) == 0
    (said,) = caplog.messages
    assert "No column of 'test_threads' is called 'customer'" in said
    assert "Column('customer')" in said and said.endswith("See docs/errors.md#unknownkey")


def test_nothing_is_told_of_a_collection_without_documents(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "capsule.collections"):
        assert contacts.count({"customer": 7}) == 0
    assert not caplog.messages


@pytest.mark.parametrize("key", ["created_at", "updated_at", "version"])
def test_what_a_row_has_beside_its_document_is_not_asked_for(key: str) -> None:
    with pytest.raises(UnknownKey, match=r"order_by\(\"-_id\"\) has the newest first"):
        threads.order_by(f"-{key}").rows()
    threads.insert_one({key: "own"})
    assert threads.count({key: "own"}) == 1


def test_where_a_site_serves_nothing_is_asked(settings: Any) -> None:
    settings.CAPSULE_DOUBTS = False
    with CaptureQueriesContext(connection) as asked:
        assert threads.filter(priorty=1).rows() == []
    assert len(asked) == 1
    assert threads.insert_one({"priorty": 1})["priorty"] == 1


def test_a_declared_column_costs_nothing() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert threads.filter(status="new").order_by("-_id", "priority").rows()
    assert len(asked) == 1


def test_a_key_is_asked_about_once() -> None:
    threads.filter(plan__name="pro").count()
    with CaptureQueriesContext(connection) as asked:
        threads.filter(plan__name="pro").count()
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("written", "meant", "is_one"),
    [
        ("payed", "paid", True),
        ("prize", "price", True),
        ("recieved", "received", True),
        ("tag", "tags", True),
        ("Status", "status", True),
        ("state", "status", True),
        ("seen", "sender", False),
        ("user", "sender", False),
        ("seats", "status", False),
        ("no", "id", False),
        ("customer", "client", False),
    ],
)
def test_what_reads_like_another_word(written: str, meant: str, is_one: bool) -> None:
    assert _is_slip(written, meant) is is_one
