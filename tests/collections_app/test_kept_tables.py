"""A table that is kept shows what one that is read and drawn anew would show, to everybody, at any time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections, transaction
from django.http import HttpRequest
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Organization, User
from capsule import Identity, acting_as
from capsule.errors import ScopeError
from collections_app import Column
from collections_app.columns import Cell, column_type_of
from collections_app.queries import Query
from collections_app.tables import render_table
from collections_app.tables.sources import queries as queries_module
from live.tracking import remembering_versions, tracking
from tests.conftest import signed_in
from tests.meanwhile import meanwhile
from tests.testapp.declared.collections import bookmarks, everything, threads

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)
within_the_test = pytest.mark.usefixtures("keeping")

ALICE = Identity(user_id="00000000-0000-0000-0000-00000000000a", organization_id="acme")
BOB = Identity(user_id="00000000-0000-0000-0000-00000000000b", organization_id="acme")
CHARLIE = Identity(user_id="00000000-0000-0000-0000-00000000000c")
PEOPLE = [ALICE, BOB, CHARLIE]

nothing_kept = override_settings(CAPSULE_KEPT_HTML=0, CAPSULE_KEPT_ORDERS=0)
only_orders_kept = override_settings(CAPSULE_KEPT_HTML=0)


def get(query: str = "") -> HttpRequest:
    return RequestFactory().get(f"/here/{'?' if query else ''}{query}")


def table(identity: Identity, query: str = "", source: Any = threads, **options: Any) -> str:
    with acting_as(identity):
        return render_table(get(query), source, key="t", **options)


def fill(identity: Identity, number: int = 60, begin: str = "Subject") -> None:
    with acting_as(identity):
        threads.insert_many(
            {"subject": f"{begin} {n:02}", "priority": n % 7, "status": "open" if n % 3 else "new"}
            for n in range(number)
        )


def elsewhere(work: Callable[[], object]) -> None:
    """On a connection of another thread, as another process would."""

    def alone() -> None:
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(alone).result(30)


def rename(identity: Identity, subject: str, new: str) -> None:
    with acting_as(identity):
        threads.update_one({"subject": subject}, {"subject": new})


# Whose ------------------------------------------------------------------------------------------------


@within_the_test
def test_one_render_serves_all_of_a_scope(django_assert_num_queries: Any) -> None:
    fill(ALICE)
    first = table(ALICE, "t-sort=-priority")
    with remembering_versions(), django_assert_num_queries(1):  # the versions
        assert table(BOB, "t-sort=-priority") == first


@within_the_test
def test_nobody_of_another_scope_is_ever_given_it() -> None:
    fill(ALICE, begin="Acme's")
    fill(CHARLIE, begin="Charlie's")
    for query in ("", "t-sort=subject", "t-is-status=open&t-size=10&t-page=2"):
        for _turn in range(2):
            assert "Charlie&#x27;s" not in table(ALICE, query)
            assert "Acme&#x27;s" not in table(CHARLIE, query)
    with acting_as(ALICE):
        bookmarks.insert_one({"title": "Alice's own"})
    with acting_as(BOB):
        bookmarks.insert_one({"title": "Bob's own"})
    assert "Alice&#x27;s own" in table(ALICE, source=bookmarks)
    assert "Alice&#x27;s own" not in table(BOB, source=bookmarks), "they share an organisation, and not this"
    with pytest.raises(ScopeError):
        table(Identity(), source=bookmarks)


@within_the_test
def test_a_handle_for_another_identity_or_for_all_scopes_is_not_kept(django_assert_num_queries: Any) -> None:
    fill(ALICE, 3)
    fill(CHARLIE, 3)
    for source in (threads.across_scopes(), threads.in_scope_of(CHARLIE)):
        first = table(ALICE, source=source)
        with remembering_versions(), django_assert_num_queries(3):  # versions, count and rows, read again
            assert table(ALICE, source=source) == first


@within_the_test
def test_who_may_add_is_not_shown_to_whom_may_not() -> None:
    with acting_as(ALICE):
        everything.insert_one({"text": "x"})
    for _turn in range(2):
        assert "/add/" in table(ALICE, source=everything, editable=lambda identity: identity == ALICE)
        assert "/add/" not in table(BOB, source=everything, editable=lambda identity: identity == ALICE)


@within_the_test
def test_links_that_may_lead_each_person_elsewhere_are_drawn_for_each() -> None:
    fill(ALICE, 3)
    for user, identity in (("a", ALICE), ("b", BOB)):
        assert f"/for/{user}" in table(identity, row_link=lambda _row, user=user: f"/for/{user}")


@within_the_test
def test_cells_of_a_type_that_says_nothing_are_drawn_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    fill(ALICE, 3)
    kind = type(column_type_of(threads.declaration.column("subject")))
    drawn: list[int] = []

    def count_of(query: Query) -> int:
        drawn.append(1)
        return query.count()

    monkeypatch.setattr(queries_module, "count_of", count_of)
    monkeypatch.setattr(kind, "shared", False)
    for _turn in range(2):
        table(ALICE, "t-is-status=open")
    assert len(drawn) == 2
    monkeypatch.setattr(kind, "shared", True)
    for _turn in range(2):
        table(ALICE, "t-is-status=open")
    assert len(drawn) == 3


@within_the_test
def test_a_column_that_a_page_has_of_its_own_is_asked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    fill(ALICE, 3)
    monkeypatch.setattr(type(column_type_of(Column("subject", type="link"))), "shared", False)
    numbers = iter(range(9))

    def cell(self: object, column: Column) -> Cell:
        return lambda value: f"drawn {next(numbers)}"

    monkeypatch.setattr(type(column_type_of(Column("subject", type="link"))), "cell", cell)
    own = [Column("subject", type="link")]
    assert table(ALICE, columns=own) != table(ALICE, columns=own)


@within_the_test
def test_language_and_time_zone_are_each_their_own() -> None:
    with acting_as(ALICE):
        everything.insert_one({"text": "x", "date": "2026-11-23T23:30:00Z", "number": 1234.5})
    seen = []
    for language, zone in (("en", "UTC"), ("de", "UTC"), ("en", "Asia/Tokyo")):
        with translation.override(language), timezone.override(zone):
            seen.append(table(ALICE, source=everything))
    assert len(set(seen)) == 3


@within_the_test
def test_each_address_and_each_way_to_come_back_is_its_own() -> None:
    fill(ALICE)
    queries = ["", "t-sort=subject", "t-sort=-subject", "t-page=2", "t-size=10", "t-is-status=new", "other=1"]
    seen = [table(ALICE, query) for query in queries]
    assert len(set(seen)) == len(queries)
    assert [table(ALICE, query) for query in queries] == seen
    assert table(ALICE, base_url="/there/") not in seen
    assert table(ALICE, source=threads.filter(priority=1)) not in seen
    assert table(ALICE, columns=["subject"]) not in seen


@committing
def test_nothing_of_a_viewer_is_in_what_is_kept(
    alice: User, bob: User, charlie: User, acme: Organization
) -> None:
    with acting_as(user=alice, organization=acme):
        threads.insert_one({"subject": "Ours"})
    bodies = {}
    for user, where in ((alice, acme), (bob, acme), (charlie, None)):
        client: Client = signed_in(user, where)
        headers = {"HX-Request": "true", "HX-Target": "section#table-test_threads"}
        for _turn in range(2):
            bodies[user.name] = client.get("/collections/test_threads/", headers=headers).content.decode()
    assert "Ours" in bodies["Alice"]
    assert "Ours" not in bodies["Charlie"]
    tokens = [bodies[name].partition('data-live="')[2].partition('"')[0] for name in ("Alice", "Bob")]
    assert all(tokens)
    assert tokens[0] != tokens[1]
    assert bodies["Alice"].replace(tokens[0], "") == bodies["Bob"].replace(tokens[1], "")


# At once ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "t-is-status=open&t-size=10&t-page=2&t-sort=subject"])
@committing
def test_a_write_shows_at_once_wherever_it_was_made(query: str) -> None:
    fill(ALICE)
    assert "Subject 16" in table(BOB, query)
    rename(ALICE, "Subject 16", "Subject 16 a")
    assert "Subject 16 a" in table(BOB, query)
    elsewhere(lambda: rename(ALICE, "Subject 16 a", "Subject 16 b"))
    assert "Subject 16 b" in table(BOB, query)
    with pytest.raises(ValueError), transaction.atomic():  # noqa: PT011, PT012 - ours
        rename(ALICE, "Subject 16 b", "Subject 16 c")
        assert "Subject 16 c" in table(ALICE, query)
        raise ValueError
    assert "Subject 16 b" in table(BOB, query)


@within_the_test
def test_the_table_stays_live(django_assert_num_queries: Any) -> None:
    fill(ALICE)
    found = []
    for _turn in range(2):
        with tracking() as reads:
            table(ALICE, "t-is-status=open&t-size=10&t-page=2")
        found.append(reads.topics)
    assert found[0] == found[1]
    assert sorted(str(topic) for topic in found[0]) == [
        "collection:test_threads:org:acme",
        f"setting:table_columns:user:{ALICE.user_id}",
    ]


@only_orders_kept
@within_the_test
def test_the_pages_of_an_order_cost_one_sort(django_assert_num_queries: Any) -> None:
    fill(ALICE)
    asked = "t-is-status=open&t-sort=-priority&t-size=10&t-page="
    with remembering_versions(), django_assert_num_queries(4):  # version, how many, in which order, rows
        table(ALICE, asked + "2")
    for page in ("3", "4"):
        with remembering_versions(), django_assert_num_queries(2):  # version, rows
            table(ALICE, asked + page)


@only_orders_kept
@committing
def test_who_writes_between_the_order_and_the_rows_is_seen() -> None:
    fill(ALICE)
    asked = "t-is-status=open&t-sort=subject&t-size=10&t-page=2"
    table(ALICE, asked)
    numbers = iter(range(100))
    with meanwhile(lambda: rename(ALICE, f"Subject {next(numbers):02}", "zzz")):
        table(ALICE, asked)
    with nothing_kept:
        expected = table(ALICE, asked)
    assert table(ALICE, asked) == expected


@only_orders_kept
@pytest.mark.parametrize("page", [2, 4, 5, 9])
@within_the_test
def test_a_page_by_its_order_is_the_page(page: int) -> None:
    fill(ALICE)
    for sort in ("subject", "-subject", "priority", "-priority", ""):
        asked = f"t-is-status=open&t-size=10&t-page={page}" + (f"&t-sort={sort}" if sort else "")
        found = [table(ALICE, asked), table(ALICE, asked)]
        with nothing_kept:
            assert found == [table(ALICE, asked)] * 2


# Anything ---------------------------------------------------------------------------------------------

people = st.sampled_from(PEOPLE)
subjects = st.sampled_from(["a", "b", "c", "<d>"])
statuses = st.sampled_from(["new", "open"])
writes = st.tuples(st.sampled_from(["insert", "update", "delete", "undone"]), people, subjects, statuses)
queries = st.builds(
    lambda sort, status, page, size: f"t-sort={sort}{status}&t-page={page}&t-size={size}",
    st.sampled_from(["subject", "-subject", "priority", "-priority"]),
    st.sampled_from(["", "&t-is-status=new", "&t-is-status=open"]),
    st.sampled_from([1, 2, 3]),
    st.sampled_from([1, 2, 25]),
)
readings = st.tuples(st.just("read"), people, queries)


def write(what: str, identity: Identity, subject: str, status: str) -> None:
    with acting_as(identity):
        if what == "insert":
            threads.insert_one({"subject": subject, "status": status})
        elif what == "update":
            threads.update_one({"subject": subject}, {"status": status, "priority": len(subject)})
        elif what == "delete":
            threads.delete_one({"subject": subject})
        else:
            with pytest.raises(ValueError), transaction.atomic():  # noqa: PT011, PT012 - ours
                threads.insert_one({"subject": "undone", "status": status})
                threads.delete_one({"subject": subject})
                raise ValueError


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.one_of(writes, readings, readings), max_size=25))
@within_the_test
def test_whoever_writes_and_reads_in_whatever_order_the_bodies_are_the_same(steps: list[Any]) -> None:
    for step in steps:
        if step[0] != "read":
            write(*step)
            continue
        found = table(*step[1:])
        with only_orders_kept:
            assert table(*step[1:]) == found
        with nothing_kept:
            assert table(*step[1:]) == found
