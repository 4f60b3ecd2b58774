"""A hundred thousand rows of models that have the indexes they are told to have: a page costs a page.

Members belong to their organisation themselves, so an index begins with it. Contacts do so through their
project: no index knows whose they are, and what is asked of them is told in figures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from accounts.models import Organization
from capsule import Identity, acting_as
from collections_app.modelled.searching import HasWord, SearchedText
from tests.crm.declarations import contacts, groups, member_rows
from tests.crm.models import Member, Project

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

ROWS, OWN = 100_000, 90_000  # one row in ten is another's
POSTGRESQL = connection.vendor == "postgresql"
NUMBERS = (
    "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 99999) SELECT "
)
NOTES = "CASE WHEN n %% 2500 = 7 THEN 'The printer is on fire' ELSE 'Nothing to say' END"
MEMBERS = (
    "INSERT INTO crm_member (organization_id, name, seats, notes) "
    + NUMBERS
    + "CASE WHEN n %% 10 = 0 THEN %s ELSE %s END, 'Member ' || (100000 + n), n %% 97, "
    + NOTES
    + " FROM numbers"
)
CONTACTS = (
    "INSERT INTO crm_contact (project_id, name, email, kind, seats, is_active, notes, website, initials, "
    "details, made, changed) "
    + NUMBERS
    + "%s + n %% 200, 'Contact ' || (100000 + n), 'c' || n || '@example.org', "
    "CASE WHEN n %% 500 = 3 THEN 'customer' ELSE 'lead' END, n %% 97 + 1, true, "
    + NOTES
    + ", '', 'C', '{}', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP FROM numbers"
)


@pytest.fixture(scope="module")
def crowd(django_db_setup: None, django_db_blocker: Any) -> Iterator[Identity]:
    """Made once for the module, and gone with the transaction around it."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            yield filled()
            transaction.set_rollback(True)
        if not POSTGRESQL:
            run("ANALYZE sqlite_schema")  # which reads that the statistics are gone


def filled() -> Identity:
    acme, rivals = (Organization.objects.create(name=name, slug=name.lower()) for name in ("Crowd", "Others"))
    owner: Any = Member._meta.get_field("organization")
    run(MEMBERS, *(owner.get_db_prep_value(one.pk, connection) for one in (rivals, acme)))
    Project.objects.bulk_create(
        Project(organization=acme if n % 10 else rivals, name=f"Project {n:03}") for n in range(200)
    )
    first = Project.objects.order_by("pk")[0].pk
    run(CONTACTS, first)
    Group.objects.bulk_create(Group(name=f"Group {n}") for n in range(50))
    if POSTGRESQL:  # the form that the check says to paste there
        run("SET CONSTRAINTS ALL IMMEDIATE")  # no index is made while foreign keys wait to be checked
        run("CREATE INDEX crm_member_seats ON crm_member (organization_id, seats NULLS FIRST)")
    else:
        run("CREATE INDEX crm_member_seats ON crm_member (organization_id, seats)")
    run("ANALYZE")
    return Identity.of(user="1", organization=acme)


def run(statement: str, *parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(autouse=True)
def acting(crowd: Identity) -> Iterator[None]:
    with acting_as(crowd):
        yield


def plan_of(work: Callable[[], Any], table: str) -> str:
    """How the database does what ``work`` asks of ``table``, by its own account."""
    with CaptureQueriesContext(connection) as asked:
        work()
    (sql, *_) = [one["sql"] for one in asked if f'FROM "{table}"' in one["sql"]]
    explain = "EXPLAIN" if POSTGRESQL else "EXPLAIN QUERY PLAN"
    return " / ".join(str(line[-1]).strip() for line in run(f"{explain} {sql}"))


def milliseconds(work: Callable[[], Any]) -> float:
    """The best of three, for a machine has other work."""
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken) * 1000


# Whose rows an index knows --------------------------------------------------------------------------------

ASKED: dict[str, tuple[Callable[[], Any], str]] = {
    "the first page": (lambda: member_rows.order_by("name").page(size=25), "organiz_c8081a"),
    "the last page": (lambda: member_rows.order_by("-name").page(size=25), "organiz_c8081a"),
    "another sort": (lambda: member_rows.order_by("seats").page(size=25), "crm_member_seats"),
    "and down": (lambda: member_rows.order_by("-seats").page(size=25), "crm_member_seats"),
    "a filter": (lambda: member_rows.filter(name="Member 150001").rows(), "organiz_c8081a"),
    "a range": (
        lambda: member_rows.filter(name__gte="Member 199990").order_by("name").rows(),
        "organiz_c8081a",
    ),
    "a filter and a sort": (
        lambda: member_rows.filter(seats=5).order_by("name").page(size=25),
        "crm_member_seats|crm_member_organiz",
    ),
    "a count": (lambda: member_rows.all().count(limit=10_001), "USING COVERING INDEX crm_member_"),
    "a count of some": (lambda: member_rows.filter(seats=5).count(limit=10_001), "crm_member_seats"),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked_of_ones_own_is_walked_in_an_index(name: str) -> None:
    work, indexes = ASKED[name]
    plan = plan_of(work, "crm_member")
    if name == "a count" and POSTGRESQL:
        assert "Limit" in plan  # nine rows in ten are one's own: the table itself gives 10,001 of them sooner
        return
    assert any(index in plan for index in indexes.split("|")), plan
    assert "Seq Scan" not in plan and "SCAN crm_member" not in plan, plan
    if name != "a filter and a sort":  # the few that a filter leaves may be sorted
        assert "TEMP B-TREE" not in plan and "->  Sort" not in plan, plan


def test_each_answer_costs_what_it_shows(proof: Callable[[str], None]) -> None:
    assert (member_rows.count(), member_rows.all().count(limit=10_001)) == (OWN, 10_001)
    taken = {name: milliseconds(work) for name, (work, _indexes) in ASKED.items()}
    query = member_rows.order_by("name")
    behind = query.page(size=1, skip=79_999).next
    assert query.page(size=25, after=behind).rows[0]["name"] == "Member 188889"
    taken["a page behind 80,000 others"] = milliseconds(lambda: query.page(size=25, after=behind))
    worst = max(taken, key=lambda one: taken[one])
    assert taken[worst] < 250, taken  # to sort or to walk all of them takes longer
    first = taken["the first page"]
    proof(
        f"{ROWS:,} rows: the first page {first:.1f} ms, of {len(taken)} questions {worst} at worst, "
        f"{taken[worst]:.1f} ms"
    )


# Whose rows are found through another table ---------------------------------------------------------------


def test_contacts_of_ones_projects_are_counted_filtered_and_paged() -> None:
    """No index can hold the owner and the order both: PostgreSQL walks the order, SQLite sorts one's own."""
    assert contacts.all().count(limit=10_001) == 10_001
    assert "TEMP B-TREE" not in (
        plan := plan_of(lambda: contacts.all().count(limit=10_001), "crm_contact")
    ), plan
    some = contacts.filter(seats=5)
    assert some.count() == sum(n % 97 == 4 and n % 10 > 0 for n in range(ROWS))
    assert "crm_contact_seats" in plan_of(lambda: some.count(limit=10_001), "crm_contact")
    assert contacts.filter(email="c77@example.org").one()["name"] == "Contact 100077"
    page = contacts.order_by("-seats").page(size=25)
    assert {row["seats"] for row in page} == {97} and page.rows[0]["project"].label.startswith("Project")
    plan = plan_of(lambda: contacts.order_by("-seats").page(size=25), "crm_contact")
    assert ("crm_contact_seats" in plan) is POSTGRESQL
    assert milliseconds(lambda: contacts.order_by("-seats").page(size=25)) < 5_000


@pytest.mark.thorough
def test_a_search_walks_ones_own_rows(proof: Callable[[str], None]) -> None:
    taken = {}
    for handle in (member_rows, contacts):
        assert handle.search("PRINTER fire").count() == 40
        assert len(handle.search("printer").page(size=25)) == 25
        taken[handle.name] = milliseconds(lambda handle=handle: handle.search("printer").page(size=25))  # type: ignore[misc]
    assert max(taken.values()) < 10_000
    proof(
        f"{ROWS:,} rows: {taken['crm_rows']:,.0f} ms, through another table {taken['crm_contacts']:,.0f} ms"
    )


@pytest.mark.thorough
@pytest.mark.skipif(not POSTGRESQL, reason="SQLite has no such index.")
def test_a_search_walks_an_index_of_the_applications_own() -> None:
    """What ``SearchedText`` is for: the expression of an index that the search meets."""
    folded = SearchedText("notes")
    sql, _parameters = Member.objects.annotate(folded=folded).values("folded").query.sql_with_params()
    expression = sql.removeprefix("SELECT ").partition(" AS ")[0].replace('"crm_member".', "")
    run("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    run(f"CREATE INDEX crm_member_words ON crm_member USING gin (({expression}) gin_trgm_ops)")
    run("ANALYZE crm_member")
    found = Member.objects.filter(Q(HasWord("notes", "printer")))
    assert found.count() == 40
    assert "crm_member_words" in plan_of(lambda: list(found), "crm_member")


def test_djangos_own_groups_are_read_beside_them() -> None:
    assert groups.count() == 50 and groups.filter(name="Group 7").one()["permissions"] == []
