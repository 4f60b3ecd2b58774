"""The statement of a plain question, made once for all that differ in their values alone.

The ORM builds and compiles its query each time that it is asked, which takes longer than a page of rows. A
question is plain if its filter only compares declared columns, or the id, with values, all of which must
hold: then its SQL depends on nothing but the columns, the operators and the order, and its parameters are the
scope and the values. What the ORM makes of the first of them is kept only if its parameters are these.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.models import QuerySet

from collections_app.queries.compiling import as_uuid, plain_comparison
from collections_app.queries.reading import compiler_of, rows_of
from collections_app.queries.tree import And, Compare
from collections_app.rows import Row
from collections_app.storage.guarding import EVERY_SCOPE, NO_SCOPE
from collections_app.storage.naming import generated_name

if TYPE_CHECKING:
    from collections_app.queries.query import Query

__all__ = ["plain_rows"]

Whole = Callable[[], QuerySet[Any]]

MOST = 1000  # statements that are kept

_made: dict[Hashable, str] = {}


def plain_rows(query: Query, variant: Hashable, whole: Whole) -> list[Row] | None:
    """The rows of a plain query, or ``None`` if it is not one, or not of one scope.

    ``whole`` gives its queryset without limit and offset; ``variant`` tells apart what else decides its SQL.
    """
    shape, values = _shape_of(query)
    if shape is None or query.limit_to == 0:
        return None
    with query.collection.reading() as scope_key:
        if scope_key in (EVERY_SCOPE, NO_SCOPE):
            return None
        model = query.collection.model
        connection = connections[model.objects.db]
        params = [scope_key, *values]
        key = (model, connection.vendor, shape, query.order, _kinds(query), variant)
        sql = _made.get(key) or _make(key, params, whole)
        if sql is None:
            return None
        stop = None if query.limit_to is None else query.skip + query.limit_to
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} {connection.ops.limit_offset_sql(query.skip, stop)}", params)
            return list(rows_of(query.collection, cursor.fetchall()))


def _make(key: Hashable, params: list[Any], whole: Whole) -> str | None:
    sql, found = compiler_of(whole()).as_sql()
    if not _same(list(found), params):
        return None
    if len(_made) >= MOST:
        _made.clear()
    _made[key] = str(sql)
    return _made[key]


def _shape_of(query: Query) -> tuple[Hashable | None, list[Any]]:
    """The columns and operators of a filter, and its values."""
    if query.collection.declaration.model is not None:
        return None, []
    parts = query.node.parts if isinstance(query.node, And) else (query.node,)
    shape: list[Hashable] = []
    values: list[Any] = []
    for part in parts:
        if not isinstance(part, Compare):
            return None, []
        plain = _identity(part, query) or plain_comparison(part, query.collection.in_force)
        if plain is None:
            return None, []
        name, value = plain
        shape.append((name, part.operator))
        values.append(value)
    return tuple(shape), values


def _kinds(query: Query) -> Hashable:
    """What the order's columns are, where a scope has changed any: in another they may have an index."""
    declaration = query.collection.in_force
    if not declaration.changes:
        return None
    keys = {key.removeprefix("-") for key in query.order}
    return tuple(
        (c.key, c.type, generated_name(c, declaration)) for c in declaration.columns if c.key in keys
    )


def _identity(part: Compare, query: Query) -> tuple[str, Any] | None:
    """The column of the rows' ids and the id that is looked for, as the database has it."""
    wanted = as_uuid(part.value) if part.path == ("_id",) and part.operator == "eq" else None
    if wanted is None:
        return None
    model = query.collection.model
    field = model._meta.get_field("public_id")
    return field.name, field.get_db_prep_value(wanted, connections[model.objects.db])


def _same(found: list[Any], expected: list[Any]) -> bool:
    """Whether they are the same in the same order, and no two of them could be taken for each other."""
    kinds = [(type(one), one) for one in found]
    return kinds == [(type(one), one) for one in expected] and len(set(kinds)) == len(kinds)
