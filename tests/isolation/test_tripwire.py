"""The second wall: what is really executed on a collection's table carries a scope, or is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.sql import DeleteQuery

from capsule import Identity, acting_as
from collections_app.errors import UnscopedStatement
from collections_app.rows import Row
from collections_app.storage import tripwire
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.storage.statements import claim_of
from tests.testapp.declared.collections import isolated_user as own
from tests.together import together

ANN = Identity(user_id="ann")
BEN = Identity(user_id="ben")
T = '"capsule_c_x"'
INSERT = f"INSERT INTO {T} "

SCOPED = {
    "select": (f'SELECT {T}."id" FROM {T} WHERE ({T}."scope_key" = %s AND ({T}."a" = %s OR {T}."b" = %s)) '
               f'ORDER BY {T}."id" ASC LIMIT 21 FOR UPDATE', [0]),
    "count": (f'SELECT COUNT(*) FROM (SELECT {T}."id" AS "c" FROM {T} WHERE {T}."scope_key" = %s) q', [0]),
    "later parameter": (f'SELECT %s, {T}."id" FROM {T} WHERE ({T}."a" = %s AND {T}."scope_key" = %s)', [2]),
    "update": (f'UPDATE {T} SET "data" = %s WHERE ({T}."scope_key" = %s AND {T}."id" = %s)', [1]),
    "delete": (f'DELETE FROM {T} WHERE {T}."scope_key" IN (%s, %s)', [0, 1]),
    "by hand": ("SELECT * FROM capsule_c_x WHERE scope_key = %s", [0]),
    "alias": ("SELECT * FROM capsule_c_x t, other WHERE t.scope_key = %s", [0]),
    "subquery": (f'SELECT 1 FROM {T} WHERE ({T}."scope_key" = %s AND EXISTS(SELECT 1 FROM {T} U0 '
                 'WHERE (U0."id" = %s AND U0."scope_key" = %s)))', [0, 2]),
    "with": (f'WITH w AS (SELECT 1 FROM {T} WHERE {T}."scope_key" = %s) SELECT * FROM w', [0]),
    "union": (f'SELECT 1 FROM {T} WHERE {T}."scope_key" = %s UNION SELECT 1 FROM {T} '
              f'WHERE {T}."scope_key" = %s', [0, 1]),
    "insert": (INSERT + '("public_id", "scope_key", "data") VALUES (%s, %s, %s), (%s, %s, %s), (%s, %s, %s) '
               f'RETURNING {T}."id"', [1, 4, 7]),
    "rows that differ": (INSERT + '("a", "scope_key") VALUES (%s, %s), (NULL, %s)', [1, 2]),
    "arrays": (INSERT + '("public_id", "scope_key") SELECT * FROM UNNEST((%s)::uuid[], (%s)::text[])', [1]),
    "case": (f'SELECT 1 FROM {T} WHERE ({T}."scope_key" = %s AND CASE WHEN a OR b THEN 1 END = 1 '
             'AND x BETWEEN %s AND %s)', [0]),
    "every scope": (f"EXPLAIN SELECT 1 FROM {T} WHERE ('every scope' = 'every scope' AND id = %s)", []),
    "only structure": ("CREATE INDEX i ON capsule_c_x (scope_key)", []),
    "another's table": ('SELECT "auth_user"."id" FROM "auth_user"', []),
    "insert a select": (INSERT + f'("a", "scope_key") SELECT %s, %s FROM {T} '
                        f'WHERE {T}."scope_key" = %s', [1, 2]),
    "history": ('SELECT 1 FROM "capsule_history" WHERE "capsule_history"."scope_key" = %s', [0]),
    "history of a write": (f'WITH made AS (UPDATE {T} SET a = %s WHERE scope_key = %s RETURNING id) INSERT '
                           'INTO capsule_history (collection, scope_key) SELECT %s, %s FROM made', [3, 1]),
    "moved within": (f'UPDATE {T} SET "scope_key" = %s WHERE {T}."scope_key" = %s', [0, 1]),
}  # fmt: skip

UNSCOPED = {
    "everything": f'SELECT {T}."id" FROM {T}',
    "capitals": "delete from CAPSULE_C_X",
    "delete": f"DELETE FROM {T};",
    "by number": f'UPDATE {T} SET "data" = %s WHERE {T}."id" = %s',
    "or": f'SELECT 1 FROM {T} WHERE ({T}."scope_key" = %s OR {T}."a" = %s)',
    "or outside": f'SELECT 1 FROM {T} WHERE ({T}."scope_key" = %s AND 1=1) OR 1=1',
    "not": f'SELECT 1 FROM {T} WHERE NOT ({T}."scope_key" = %s)',
    "not without brackets": f'SELECT 1 FROM {T} WHERE NOT {T}."scope_key" = %s',
    "literal": f"SELECT 1 FROM {T} WHERE {T}.\"scope_key\" = 'user:1'",
    "in a string": f"SELECT 1 FROM {T} WHERE '{T}.\"scope_key\" = %s' <> ''",
    "in a comment": f'SELECT 1 FROM {T} -- WHERE {T}."scope_key" = %s',
    "itself": f'SELECT 1 FROM {T} WHERE {T}."scope_key" = {T}."scope_key"',
    "greater": f'SELECT 1 FROM {T} WHERE {T}."scope_key" >= %s',
    "like": f'SELECT 1 FROM {T} WHERE {T}."scope_key" LIKE %s',
    "within case": f'SELECT 1 FROM {T} WHERE (CASE WHEN a AND {T}."scope_key" = %s AND b THEN 1 END = 1)',
    "one of two": f'SELECT 1 FROM {T} U0, {T} U1 WHERE U0."scope_key" = %s',
    "join": f'SELECT 1 FROM {T} INNER JOIN {T} U1 ON (U1."id" = {T}."id") WHERE {T}."scope_key" = %s',
    "union": f'SELECT 1 FROM {T} WHERE {T}."scope_key" = %s UNION ALL SELECT 1 FROM {T}',
    "subquery": f'SELECT 1 FROM {T} WHERE ({T}."scope_key" = %s AND EXISTS(SELECT 1 FROM {T} U0))',
    "select of a select": f'SELECT (SELECT MAX(n) FROM {T}) FROM other WHERE other."scope_key" = %s',
    "key of the document": f"SELECT 1 FROM {T} WHERE {T}.\"data\" -> 'scope_key' = %s",
    "insert without": INSERT + '("public_id") VALUES (%s)',
    "insert a literal": INSERT + "(\"public_id\", \"scope_key\") VALUES (%s, 'user:1')",
    "one row of two": INSERT + "(\"a\", \"scope_key\") VALUES (%s, %s), (%s, 'user:1')",
    "insert a select": INSERT + '("scope_key") SELECT "scope_key" FROM other',
    "insert a literal's select": INSERT + "(\"a\", \"scope_key\") SELECT %s, 'user:1'",
    "insert a select from everywhere": INSERT + f'("scope_key") SELECT %s FROM {T}',
    "insert two selects": INSERT + "(\"scope_key\") SELECT %s UNION ALL SELECT 'user:1'",
    "history": "SELECT * FROM capsule_history WHERE collection = %s",
    "history in capitals": "DELETE FROM CAPSULE_HISTORY",
    "history of a write elsewhere": (f'WITH made AS (UPDATE {T} SET a = %s WHERE id = %s RETURNING id) '
                                     "INSERT INTO capsule_history (scope_key) SELECT %s FROM made"),
    "insert what stands there": INSERT + f'("scope_key") SELECT "scope_key" FROM {T}',
    "overwrite": INSERT + '("a", "scope_key") VALUES (%s, %s) ON CONFLICT("a") DO UPDATE SET "b" = 1',
    "hand over": f'UPDATE {T} SET "scope_key" = "data" WHERE {T}."scope_key" = %s',
    "copy of it": "CREATE TABLE leak AS SELECT * FROM capsule_c_x",
    "copy": "COPY capsule_c_x TO STDOUT",
    "brackets": f'SELECT 1 FROM {T} WHERE ({T}."scope_key" = %s',
}  # fmt: skip


@pytest.mark.parametrize("name", SCOPED)
def test_it_reads_which_parameters_are_scope_keys(name: str) -> None:
    sql, numbers = SCOPED[name]
    claim = claim_of(sql)
    assert (claim.problem, list(claim.parameters())) == ("", numbers)


@pytest.mark.parametrize("name", UNSCOPED)
def test_whatever_carries_no_scope_is_a_problem(name: str) -> None:
    assert claim_of(UNSCOPED[name]).problem


def test_a_long_insert_is_read_like_a_short_one() -> None:
    row = "(%s, %s, %s)"
    claim = claim_of(INSERT + '("public_id", "scope_key", "data") VALUES ' + ", ".join([row] * 500))
    assert list(claim.parameters()) == list(range(1, 1500, 3))


@pytest.fixture
def bens(db: None) -> Row:
    return own.in_scope_of(BEN).insert_one({"name": "his", "n": 2})


def execute(sql: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("TABLE", own.model._meta.db_table), params)


PAST_THE_MANAGER: dict[str, Callable[[], Any]] = {
    "a queryset made by hand": lambda: list(QuerySet(own.model)),
    "another's key": lambda: list(QuerySet(own.model).filter(scope_key="user:ben")),
    "a delete by number": lambda: DeleteQuery(own.model).delete_batch([1], "default"),
    "an update": lambda: QuerySet(own.model).update(data={}),
    "raw": lambda: execute("SELECT * FROM TABLE"),
    "raw with another's key": lambda: execute("SELECT * FROM TABLE WHERE scope_key = %s", "user:ben"),
    "raw with one's own key, by hand": lambda: execute("DELETE FROM TABLE WHERE scope_key = %s", "user:ann"),
    "no parameters": lambda: execute("UPDATE TABLE SET version = 1"),
    "an insert": lambda: execute("INSERT INTO TABLE (scope_key) VALUES (%s)", "user:ben"),
    "the history": lambda: execute("SELECT * FROM capsule_history"),
    "another's history": lambda: execute("DELETE FROM capsule_history WHERE scope_key = %s", "user:ben"),
    "rawest": lambda: QuerySet(own.model).raw("SELECT * FROM capsule_c_isolated_user")[0],
}


@pytest.mark.trips_the_wire
@pytest.mark.parametrize("way", PAST_THE_MANAGER)
def test_what_goes_past_the_manager_never_reaches_the_database(way: str, bens: Row) -> None:
    refusal = pytest.raises(UnscopedStatement, match="across_scopes")
    with tripwire.recorded() as refused, acting_as(ANN), refusal, transaction.atomic():
        PAST_THE_MANAGER[way]()
    assert len(refused) == 1
    assert own.across_scopes().find() == [bens]


@pytest.mark.trips_the_wire
def test_many_at_once_are_looked_at_one_by_one(bens: Row) -> None:
    with opened("user:ann"), connection.cursor() as cursor, pytest.raises(UnscopedStatement):
        cursor.executemany(
            "UPDATE capsule_c_isolated_user SET version = 9 WHERE scope_key = %s",
            [["user:ann"], ["user:ben"]],
        )
    assert own.across_scopes().get(bens.id) == bens


@pytest.mark.trips_the_wire
def test_a_query_of_one_that_another_executes_is_refused(bens: Row) -> None:
    """An identity, or a queryset, that somebody kept from one request to the next."""
    with acting_as(BEN):
        rows = own.queryset()
    assert len(rows.all()) == 1  # where nobody acts: the rest of a response that is sent in parts
    with acting_as(ANN), pytest.raises(UnscopedStatement, match="whoever acts"):
        list(rows)


@pytest.mark.trips_the_wire
@pytest.mark.django_db(transaction=True)
def test_every_connection_is_watched() -> None:
    refused: list[int] = []

    def work(n: int) -> None:
        try:
            list(QuerySet(own.model))
        except UnscopedStatement:
            refused.append(n)

    together(3, work)
    assert sorted(refused) == [0, 1, 2]


@pytest.mark.django_db
def test_where_all_rows_are_meant_one_says_so() -> None:
    with opened(EVERY_SCOPE):
        execute("SELECT * FROM TABLE")
    assert "'every scope' = 'every scope'" in str(own.across_scopes().queryset().query)


@pytest.mark.django_db
def test_every_statement_of_the_handle_carries_its_scope(bens: Row) -> None:
    """Seen at the cursor: each statement names the table and has at least one parameter that is a key."""
    seen: list[tuple[str, list[Any]]] = []

    def look(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if own.model._meta.db_table in sql:
            numbers = list(claim_of(sql).parameters())
            keys = [values[number] for values in (params if many else [params]) for number in numbers]
            seen.append((sql.split()[0], [key[0] if isinstance(key, list) else key for key in keys]))
        return execute(sql, params, many, context)

    with acting_as(ANN), connection.execute_wrapper(look):
        row = own.insert_many([{"name": "a", "n": 1}, {"name": "b", "n": 2}])[0]
        own.find({"n": {"$gte": 1}}, limit=1, sort={"name": -1})
        own.count()
        own.filter(name="a").exists()
        list(own.all().iterator())
        own.edit(row.id, {"name": ("a", "c")})
        own.update_one({"_id": row.id}, {"$inc": {"n": 1}})
        row.delete()
    verbs = [verb for verb, _keys in seen]
    assert {"INSERT", "SELECT", "UPDATE", "DELETE"} <= set(verbs)
    assert all(keys and set(keys) == {"user:ann"} for _verb, keys in seen)
