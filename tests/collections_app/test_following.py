"""What is read is never older than the version under which it is noted: no change is missed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from accounts.models import Organization, User
from capsule.identity import Identity, acting_as
from collections_app.handle import Collection
from collections_app.tables import render_table
from live.changes import version_of
from live.topics import Topic
from live.tracking import remembering_versions, tracking
from tests.meanwhile import meanwhile
from tests.testapp.declared.collections import bookmarks, everything, notes, threads

pytestmark = pytest.mark.django_db(transaction=True)


def topic_of(collection: Collection, scope_key: str) -> Topic:
    return Topic("collection", collection.name, scope_key)


def shown(rows: Any) -> int:
    return len(list(rows))


def in_a_table() -> int:
    request: Any = RequestFactory().get("/")
    request.user, request.identity = AnonymousUser(), Identity()
    html = render_table(request, bookmarks, key="bookmarks", page_size=200)
    return html.count('<tr id="') or html.count("<tr ")


READS: dict[str, Callable[[], int]] = {
    "find": lambda: shown(bookmarks.find()),
    "rows": lambda: shown(bookmarks.all().order_by("title").rows()),
    "count": lambda: bookmarks.count(),
    "count of a query": lambda: bookmarks.filter(url="https://example.com").count(),
    "iterator": lambda: shown(bookmarks.all().iterator()),
    "slice": lambda: shown(bookmarks.all()[:1000]),
    "queryset": lambda: shown(bookmarks.queryset()),
    "aggregate": lambda: bookmarks.scoped_queryset().count(),
    "in scope of": lambda: bookmarks.in_scope_of(Identity(user_id=ALICE)).count(),
    "async": lambda: bookmarks.count(),
    "table": in_a_table,
}
ALICE = ""


@pytest.fixture
def acting(alice: User, monkeypatch: pytest.MonkeyPatch) -> str:
    """Alice's scope key."""
    monkeypatch.setattr(__name__ + ".ALICE", str(alice.pk))
    return f"user:{alice.pk}"


@pytest.mark.parametrize("known", [True, False], ids=["in a request", "alone"])
@pytest.mark.parametrize("name", READS)
def test_each_read_is_noted_by_the_version_before_it(
    name: str, known: bool, alice: User, acting: str
) -> None:
    """Somebody inserts one before each statement: with version v there are v rows, or more by now."""
    topic = topic_of(bookmarks, acting)

    def insert() -> None:
        with acting_as(user=alice):
            bookmarks.insert_one({"title": "x", "url": "https://example.com"})

    insert()
    with acting_as(user=alice), meanwhile(insert):
        for _ in range(2):
            if known:
                with remembering_versions(), tracking() as reads:
                    count = READS[name]()
            else:
                with tracking() as reads:
                    count = READS[name]()
            # A table follows how its columns are arranged besides.
            assert {one for one in reads.topics if one.name != "table_columns"} == {topic}
            assert 0 < reads.topics[topic] <= count


def test_a_query_is_noted_where_it_is_asked_and_not_where_it_is_made(alice: User, acting: str) -> None:
    with acting_as(user=alice):
        with tracking() as made:
            query = bookmarks.filter(title="x").order_by("title").limit(3)
        with tracking() as asked:
            query.rows()
    assert (list(made.topics), list(asked.topics)) == ([], [topic_of(bookmarks, acting)])


def test_each_scope_is_followed_by_its_own_topic(alice: User, acme: Organization) -> None:
    user, org = f"user:{alice.pk}", f"org:{acme.pk}"
    with acting_as(user=alice, organization=acme, session="0a"), tracking() as reads:
        for collection in (threads, bookmarks, notes, everything):
            collection.count()
    scopes = {topic.name: topic.scope_key for topic in reads.topics}
    assert scopes["test_threads"] == org and scopes["test_notes"] == "conv:0a"
    assert set(scopes.values()) <= {user, org, "conv:0a", "app"} and len(scopes) == 4


WRITES: dict[str, Callable[[Any], object]] = {
    "insert": lambda row: bookmarks.insert_one({"title": "y", "url": "https://example.com"}),
    "insert many": lambda row: bookmarks.insert_many([{"title": "y", "url": "https://example.com"}] * 3),
    "update": lambda row: bookmarks.update_one({"_id": row.id}, {"title": "z"}),
    "patch": lambda row: row.patch({"title": "z"}),
    "edit": lambda row: bookmarks.edit(row.id, {"title": ("x", "z")}),
    "delete": lambda row: bookmarks.delete_one({"_id": row.id}),
    "delete row": lambda row: row.delete(),
}


@pytest.mark.parametrize("name", WRITES)
def test_each_write_raises_the_version_once(name: str, alice: User, acting: str) -> None:
    with acting_as(user=alice):
        row = bookmarks.insert_one({"title": "x", "url": "https://example.com"})
        before = version_of(topic_of(bookmarks, acting))
        WRITES[name](row)
    assert version_of(topic_of(bookmarks, acting)) == before + 1


@pytest.mark.parametrize(
    "write",
    [
        lambda row: bookmarks.update_one({"_id": row.id}, {"title": "x"}),
        lambda row: bookmarks.update_one({"_id": "none"}, {"title": "z"}),
        lambda row: bookmarks.delete_one({"title": "nobody"}),
        lambda row: bookmarks.insert_many([]),
    ],
    ids=["the same", "none", "nothing to delete", "nothing to insert"],
)
def test_what_changes_nothing_raises_nothing(
    write: Callable[[Any], object], alice: User, acting: str
) -> None:
    with acting_as(user=alice):
        row = bookmarks.insert_one({"title": "x", "url": "https://example.com"})
        write(row)
    assert version_of(topic_of(bookmarks, acting)) == 1
