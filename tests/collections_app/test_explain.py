"""S11: whatever is declared sortable or filterable uses the index that was made for it, on either database.

Read from EXPLAIN, on rows enough for a planner to care, because nothing else notices: a path that is bound
where the index holds a literal, NULLs that are first here and last there, another collation, a cast. On
SQLite both with and without ANALYZE, which nothing here runs, but an operator may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q

from collections_app.queries.planning import FREE
from collections_app.queries.query import Query
from collections_app.storage.naming import (
    generated_name,
    index_name,
    search_name,
    search_table_name,
    side_table_name,
    tags_name,
)
from tests.testapp.declared.collections import everything

NAME, ROWS = "test_everything", 4000
DECLARATION = everything.declaration
# Of every declared type that has an index: a value, and the beginning of one.
VALUES: dict[str, tuple[Any, str | None]] = {
    "text": ("word 0042", "word 004"),
    "number": (42, None),
    "currency": ("42.50", None),
    "date": ("2026-02-11", None),
    "link": ("https://example.com/42", "https://example.com/42"),
    "email": ("p42@example.com", "p42@"),
    "status": ("a", "a"),
    "boolean": (True, None),
    "score": (0.042, None),
}
SORTED = [column.key for column in DECLARATION.columns if DECLARATION.is_sortable(column.key)]


def document(n: int) -> dict[str, Any]:
    return {
        "text": f"word {n * 7 % 1000:04}",
        "number": n * 7 % 1000,
        "currency": f"{n % 1000}.50",
        "date": f"2026-{n % 12 + 1:02}-{n % 28 + 1:02}",
        "link": f"https://example.com/{n}",
        "email": f"p{n}@example.com",
        "status": "a" if n % 100 == 0 else "b",
        "boolean": n % 50 == 0,
        "score": n % 1000 / 1000,
        "tags": ["all", *(["rare"] if n % 400 == 0 else []), *(["some"] if n % 4 == 0 else [])],
    }


@pytest.fixture(scope="module")
def rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Made once for the module, and gone with the transaction around it."""
    with django_db_blocker.unblock(), transaction.atomic():
        everything.insert_many(document(n) for n in range(ROWS))
        run("ANALYZE")
        yield
        transaction.set_rollback(True)
    if connection.vendor == "sqlite":
        with django_db_blocker.unblock():
            run("ANALYZE sqlite_schema")  # which reads that the statistics are gone


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rows")]


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def index_of(key: str) -> str:
    return index_name(NAME, str(generated_name(DECLARATION.column(key), DECLARATION)))


def explained(query: Query, **options: Any) -> list[str]:
    return plans_of(lambda: query.queryset(**options))


def plans_of(queryset: Callable[[], Any]) -> list[str]:
    """What the database says it would do: on SQLite with its statistics, and without."""
    plans = [str(queryset().values("id", "data").explain())]
    if connection.vendor == "sqlite":
        run("DELETE FROM sqlite_stat1")
        run("ANALYZE sqlite_schema")
        plans.append(str(queryset().values("id", "data").explain()))
        run("ANALYZE")
    return plans


def assert_uses(plans: list[str], index: str, *, sorts: bool = False) -> None:
    for plan in plans:
        assert index in plan, plan
        assert "Seq Scan" not in plan and "SCAN capsule" not in plan, plan
        if not sorts:
            assert "TEMP B-TREE" not in plan and "Sort" not in plan, plan


@pytest.mark.parametrize("key", SORTED)
@pytest.mark.parametrize("sign", ["", "-"])
def test_an_order_walks_its_index(key: str, sign: str) -> None:
    assert_uses(explained(everything.order_by(f"{sign}{key}").limit(25)), index_of(key))
    assert_uses(explained(everything.order_by(f"{sign}{key}").offset(200).limit(25)), index_of(key))


@pytest.mark.parametrize("key", VALUES)
def test_equality_uses_its_index(key: str) -> None:
    query = everything.filter(**{key: VALUES[key][0]})
    assert_uses(explained(query, ordered=False), index_of(key))
    # Of equal values the index has the rows in their own order already.
    assert_uses(explained(query.limit(25)), index_of(key), sorts=connection.vendor == "postgresql")


@pytest.mark.parametrize("key", VALUES)
def test_in_uses_its_index(key: str) -> None:
    value = VALUES[key][0]
    if key == "boolean":
        query = everything.filter(boolean__in=[value])
    else:
        query = everything.filter(**{f"{key}__in": [value, document(1)[key] if key != "status" else value]})
    assert_uses(explained(query, ordered=False), index_of(key))
    assert_uses(explained(query.order_by("_id").limit(25)), index_of(key), sorts=True)


@pytest.mark.parametrize("key", [key for key in SORTED if key != "boolean"])
@pytest.mark.parametrize("operator", ["gt", "gte", "lt", "lte"])
def test_a_range_is_walked_in_its_order(key: str, operator: str) -> None:
    value = VALUES[key][0]
    for sign in ("", "-"):
        query = everything.filter(**{f"{key}__{operator}": value}).order_by(f"{sign}{key}").limit(25)
        assert_uses(explained(query), index_of(key))


@pytest.mark.parametrize("key", [key for key, (_value, prefix) in VALUES.items() if prefix])
def test_a_prefix_is_a_range_of_its_index(key: str) -> None:
    query = everything.filter(**{f"{key}__startswith": VALUES[key][1]})
    assert_uses(explained(query, ordered=False), index_of(key))
    assert_uses(explained(query.order_by(key).limit(25)), index_of(key))


@pytest.mark.parametrize("key", SORTED)
@pytest.mark.parametrize("sign", ["", "-"])
def test_the_page_after_a_row_begins_in_the_index(key: str, sign: str) -> None:
    """Keyset: ``x <= v AND (x < v OR id < i)``, which both databases begin at ``v``."""
    name = str(generated_name(DECLARATION.column(key), DECLARATION))
    value: Any = {"currency": 42.5, "boolean": False}.get(key, VALUES[key][0])
    near, beyond = ("lte", "lt") if sign else ("gte", "gt")
    # A row of the middle: of few that are left PostgreSQL rightly thinks nothing.
    number = everything.scoped_queryset().order_by("id").values_list("id", flat=True)[ROWS // 2]
    further = Q(**{f"{name}__{beyond}": value}) | Q(**{f"id__{beyond}": number})
    after = Q(**{f"{name}__{near}": value}) & further
    query = everything.order_by(f"{sign}{key}")
    plans = plans_of(lambda: query.queryset().filter(after)[:25])
    assert_uses(plans, index_of(key))
    if connection.vendor == "sqlite":
        assert all(f"{name}{'<' if sign else '>'}?" in plan for plan in plans)


def test_missing_values_are_found_by_the_index() -> None:
    assert_uses(explained(everything.filter(text=None), ordered=False), index_of("text"))


def test_a_rare_tag_is_found_by_its_index() -> None:
    name = str(tags_name(DECLARATION.column("tags"), DECLARATION))
    found_by = index_name(NAME, name)
    if connection.vendor == "sqlite":
        found_by = f"SEARCH {side_table_name(NAME)} USING PRIMARY KEY (name=? AND value=? AND scope_key=?)"
    for query in (
        everything.filter(tags="rare"),
        everything.filter(tags="rare", number__gte=0),
        everything.filter(tags="rare").order_by("-number").limit(25),
    ):
        plans = explained(query)
        assert_uses(plans, found_by, sorts=True)
        assert not any(index_of("number") in plan for plan in plans)


def test_a_common_tag_is_tested_while_the_order_is_walked() -> None:
    plan = explained(everything.filter(tags="all").order_by("-number").limit(25))
    assert_uses(plan, index_of("number"))


def test_a_part_of_a_searched_text_is_found_by_the_index_of_words() -> None:
    name = index_name(NAME, str(search_name(DECLARATION)))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT gin_clean_pending_list(%s)", [name])
    found_by = f"SCAN {search_table_name(NAME)} VIRTUAL TABLE" if connection.vendor == "sqlite" else name
    unmade = f"SCAN capsule_c_test_everything USING INDEX {everything.model.search_index.unmade}"
    for query in (
        everything.filter(email__icontains="P421@EXAM"),
        everything.filter(email__endswith="p421@example.com").order_by("-number").limit(25),
        everything.filter(tags__icontains="RAR"),  # what may follow the last letter is looked for too
    ):
        for ordered in (True, False):
            for plan in explained(query, ordered=ordered):
                assert found_by in plan and "Seq Scan" not in plan, plan
                assert "SCAN capsule_c" not in plan.replace(unmade, ""), plan


def test_a_second_key_sorts_only_within_the_first() -> None:
    plans = explained(everything.order_by("-number", "text").limit(25))
    assert_uses(plans, index_of("number"), sorts=True)
    said = "Incremental Sort" if connection.vendor == "postgresql" else "RIGHT PART OF ORDER BY"
    assert all(said in plan for plan in plans)


def test_the_newest_is_read_off_the_end_of_an_index() -> None:
    for plan in plans_of(lambda: everything.scoped_queryset().order_by("-id")[:1]):
        assert "TEMP B-TREE" not in plan and "Sort" not in plan


def test_nothing_of_this_would_hold_for_an_order_that_is_not_declared() -> None:
    """The test's own test: what it looks for is really said."""
    for plan in explained(everything.order_by("undeclared").limit(25), plan=FREE):
        assert "TEMP B-TREE" in plan or "Sort" in plan
