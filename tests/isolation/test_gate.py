"""The models work where a scope is in force, on its rows alone: every way around it is tried.

The first ten are the holes that django-scopes has: with no scope active they reach every tenant.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core import serializers
from django.core.management import CommandError, call_command
from django.core.serializers.base import DeserializationError
from django.db import DatabaseError, connections, transaction
from django.db.models import OuterRef, Subquery
from django.db.models.signals import post_delete, pre_delete
from django.shortcuts import get_list_or_404

from capsule import Identity, acting_as
from capsule.errors import NoIdentity
from collections_app import Collection, Column
from collections_app.declarations import Declaration
from collections_app.errors import UnscopedAccess
from collections_app.rows import Row
from collections_app.storage.guarding import EVERY_SCOPE, NO_SCOPE, opened, scope_in_force
from tests.testapp.declared.collections import isolated_app as everybodys
from tests.testapp.declared.collections import isolated_user as own

pytestmark = pytest.mark.django_db

ANN = Identity(user_id="ann")
BEN = Identity(user_id="ben")
Model = own.model


@pytest.fixture
def anns() -> Row:
    return own.in_scope_of(ANN).insert_one({"name": "hers", "n": 1})


@pytest.fixture
def bens() -> Row:
    return own.in_scope_of(BEN).insert_one({"name": "his", "n": 2})


def instance(row: Row) -> Any:
    """The record as the admin holds it."""
    return own.across_scopes().queryset().get(public_id=row.id)


def now(row: Row) -> Row:
    found = own.across_scopes().get(row.id)
    assert found is not None
    return found


async def each(rows: Any) -> list[Any]:
    return [row async for row in rows]


OUTSIDE: dict[str, Callable[[Any], Any]] = {
    "exists": lambda record: Model.objects.exists(),
    "async for": lambda record: async_to_sync(each)(Model.objects.exclude(pk=0)),
    "aiterator": lambda record: async_to_sync(each)(Model.objects.aiterator()),
    "explain": lambda record: Model.objects.explain(),
    "refresh_from_db": lambda record: record.refresh_from_db(),
    "refresh by number": lambda record: Model(pk=record.pk).refresh_from_db(),
    "save": lambda record: record.save(),
    "save by number": lambda record: Model(pk=record.pk, data={}).save(),
    "delete": lambda record: record.delete(),
    "delete by number": lambda record: Model(pk=record.pk).delete(),
    "base manager": lambda record: Model._base_manager.all(),
    "default manager": lambda record: Model._default_manager.count(),
    "the class of an instance": lambda record: type(record).objects.all(),
    "the model of a queryset": lambda record: own.across_scopes().queryset().model.objects.all(),
    "deferred field": lambda record: record.x_name,
    "create": lambda record: Model.objects.create(scope_key="user:ben"),
    "bulk_create": lambda record: Model.objects.bulk_create([Model(scope_key="user:ben")]),
    "bulk_update": lambda record: Model.objects.bulk_update([record], ["data"]),
    "get_or_create": lambda record: Model.objects.get_or_create(public_id=record.public_id),
    "update_or_create": lambda record: Model.objects.update_or_create(public_id=record.public_id),
    "in_bulk": lambda record: Model.objects.in_bulk([record.pk]),
    "raw": lambda record: Model.objects.raw("SELECT 1"),
    "select_for_update": lambda record: Model.objects.select_for_update(),
    "aggregate": lambda record: Model.objects.aggregate(),
    "none": lambda record: Model.objects.none(),
    "using": lambda record: Model.objects.using("default").all(),
    "db_manager": lambda record: Model.objects.db_manager("default").all(),
    "get_list_or_404": lambda record: get_list_or_404(Model),
    "validation": lambda record: record.validate_unique(),
    "serializers": lambda record: serializers.serialize("json", Model._default_manager.iterator()),
}


@pytest.mark.parametrize("way", OUTSIDE)
def test_outside_every_scope_nothing_works(way: str, anns: Row) -> None:
    record = instance(anns)
    with acting_as(ANN), pytest.raises(UnscopedAccess, match="across_scopes"), transaction.atomic():
        OUTSIDE[way](record)
    assert now(anns) == anns


@pytest.mark.parametrize("key", [None, ""])
def test_no_key_is_no_scope(key: Any) -> None:
    with pytest.raises(UnscopedAccess), opened(key):
        pass
    with pytest.raises(UnscopedAccess):
        scope_in_force()


def test_a_visitor_without_a_conversation_has_no_row(anns: Row) -> None:
    with opened(NO_SCOPE):
        assert Model.objects.count() == 0
        with pytest.raises(UnscopedAccess):
            Model.objects.create(scope_key="user:ann")


@pytest.fixture
def in_anns_scope(anns: Row, bens: Row) -> Iterator[Any]:
    """Ann's scope is in force, and Ben's record at hand."""
    record = instance(bens)
    with opened("user:ann"):
        yield record


FOREIGN: dict[str, Callable[[Any], Any]] = {
    "save": lambda record: record.save(),
    "save fields": lambda record: record.save(update_fields=["data"]),
    "keep the scope and save": lambda record: Model(pk=record.pk, scope_key="user:ann", data={}).save(),
    "refresh": lambda record: record.refresh_from_db(),
    "create": lambda record: Model.objects.create(scope_key="user:ben"),
    "bulk_create": lambda record: Model.objects.bulk_create([Model(scope_key="user:ben")]),
    "overwrite what is in the way": lambda record: Model.objects.bulk_create(
        [Model(scope_key="user:ann", public_id=record.public_id)],
        update_conflicts=True,
        update_fields=["data"],
        unique_fields=["public_id"],
    ),
    "hand over": lambda record: Model.objects.update(scope_key="user:ben"),
    "take over": lambda record: Model.objects.filter(pk=record.pk).get(),
    "or": lambda record: Model.objects.filter(n_n=1) | Model.objects.filter(n_n=2),
    "xor": lambda record: Model.objects.filter(n_n=1) ^ Model.objects.filter(n_n=2),
    "raw": lambda record: Model.objects.raw("SELECT 1"),
    "extra": lambda record: Model.objects.extra(where=["1=1) OR (1=1"]),
}


@pytest.mark.parametrize("way", FOREIGN)
def test_within_a_scope_anothers_row_is_refused(way: str, in_anns_scope: Any, bens: Row, anns: Row) -> None:
    with pytest.raises((UnscopedAccess, Model.DoesNotExist, DatabaseError)), transaction.atomic():
        FOREIGN[way](in_anns_scope)
    assert (now(bens), now(anns)) == (bens, anns)
    assert (now(bens).scope_key, now(anns).scope_key) == ("user:ben", "user:ann")
    assert own.across_scopes().count() == 2


def test_within_a_scope_anothers_row_is_not_there(in_anns_scope: Any, bens: Row) -> None:
    assert in_anns_scope.delete() == (0, {"collections_store.IsolatedUser": 0})
    assert Model(pk=in_anns_scope.pk).delete()[0] == 0
    assert Model.objects.bulk_update([in_anns_scope], ["data"]) == 0
    assert Model.objects.in_bulk([in_anns_scope.pk]) == {}
    assert Model._base_manager.filter(pk=in_anns_scope.pk).exists() is False
    assert Model.objects.exclude(pk=0).count() == 1
    assert now(bens) == bens


def test_ones_own_instance_works_within_its_scope(anns: Row) -> None:
    record = instance(anns)
    with opened("user:ann"):
        record.data["name"] = "changed"
        record.save()
        record.refresh_from_db()
        assert record.data["name"] == "changed"
        record.scope_key = "user:ben"
        with pytest.raises(UnscopedAccess), transaction.atomic():
            record.save()
        assert record.delete()[0] == 1


ESCAPED: dict[str, Callable[[Any], Any]] = {
    "all": lambda rows: rows.all(),
    "filter": lambda rows: rows.filter(scope_key__startswith="user"),
    "exclude": lambda rows: rows.exclude(scope_key="user:ann") or rows,
    "another's key": lambda rows: rows.filter(scope_key="user:ben") or rows,
    "union with itself": lambda rows: rows.union(rows.all()),
    "order": lambda rows: rows.order_by("scope_key"),
    "subquery": lambda rows: rows.filter(pk__in=Subquery(rows.filter(pk=OuterRef("pk")).values("pk"))),
    "iterator": lambda rows: list(rows.iterator()),
    "async for": lambda rows: async_to_sync(each)(rows),
    "none and back": lambda rows: rows.none().union(rows),
    "and": lambda rows: rows & rows.filter(n_n__gte=0),
}


@pytest.mark.parametrize("way", ESCAPED)
def test_a_queryset_that_escaped_stays_in_its_scope(way: str, anns: Row, bens: Row) -> None:
    with acting_as(ANN):
        rows = own.queryset()
    assert [str(row.public_id) for row in ESCAPED[way](rows)] == [anns.id]


def test_an_escaped_queryset_writes_in_its_scope_alone(anns: Row, bens: Row) -> None:
    with acting_as(ANN):
        rows = own.scoped_queryset()
    assert rows.update(version=7) == 1
    with pytest.raises(UnscopedAccess):
        rows.update(scope_key="user:ben")
    with pytest.raises(UnscopedAccess), transaction.atomic():
        rows.create(scope_key="user:ann")
    assert rows.delete()[0] == 1
    assert own.across_scopes().count() == 1


def test_a_deletion_that_somebody_listens_to_still_carries_its_scope(anns: Row) -> None:
    """Django's collector would delete by number alone as soon as there is a receiver."""

    def receiver(**kwargs: Any) -> None:
        pass

    pre_delete.connect(receiver)
    post_delete.connect(receiver)
    try:
        with acting_as(ANN):
            assert own.delete_one({"_id": anns.id}).deleted == 1  # the tripwire looks at the statement
    finally:
        pre_delete.disconnect(receiver)
        post_delete.disconnect(receiver)


def test_files_of_the_whole_store_are_refused(anns: Row, tmp_path: Any) -> None:
    with pytest.raises(CommandError, match="across_scopes"):
        call_command("dumpdata", "collections_store", stdout=StringIO())
    file = tmp_path / "rows.json"
    with opened(EVERY_SCOPE):
        call_command("dumpdata", "collections_store.IsolatedUser", output=str(file))
        assert anns.id in file.read_text()
    with pytest.raises((UnscopedAccess, DeserializationError)), transaction.atomic():
        call_command("loaddata", str(file), verbosity=0)
    assert now(anns) == anns


def test_nothing_is_open_while_code_of_the_application_runs() -> None:
    """A default, a cleaner or a receiver runs outside, and cannot use the handle's open door."""
    met: list[str] = []

    def default() -> str:
        try:
            met.append(str(Model.objects.count()))
        except UnscopedAccess:
            met.append("refused")
        return "x"

    declaration = Declaration("isolated_user", (Column("name", default=default),), scope="user")
    with acting_as(ANN):
        row = Collection(declaration).insert_one({})
        Collection(declaration).update_one({"_id": row.id}, {"name": "y"})
    assert met == ["refused"]


def test_a_thread_or_a_task_begins_closed() -> None:
    met: list[str] = []

    def look() -> None:
        try:
            scope_in_force()
        except UnscopedAccess:
            met.append("closed")
        try:
            own.count()
        except NoIdentity:
            met.append("nobody")
        connections.close_all()

    with acting_as(ANN), opened("user:ann"):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert met == ["closed", "nobody"]


@pytest.mark.django_db(transaction=True)
def test_tasks_that_interleave_see_each_their_own(anns: Row, bens: Row) -> None:
    async def look(identity: Identity) -> list[str]:
        found = []
        with acting_as(identity):
            for _ in range(10):
                found += [row.id for row in await own.afind()]
                await asyncio.sleep(0)
        return found

    async def both() -> tuple[list[str], list[str]]:
        return await asyncio.gather(look(ANN), look(BEN))

    hers, his = async_to_sync(both)()
    assert (set(hers), set(his)) == ({anns.id}, {bens.id})


def test_scopes_nest_and_the_innermost_holds(anns: Row, bens: Row) -> None:
    with opened(EVERY_SCOPE):
        assert Model.objects.count() == 2
        with opened("user:ben"):
            assert Model.objects.get().data["name"] == "his"
        assert Model.objects.count() == 2


def test_an_app_collections_admin_sees_it_all() -> None:
    everybodys.across_scopes().insert_one({"name": "ours", "n": 1})
    assert everybodys.across_scopes().queryset().filter(scope_key="app").count() == 1


# Who may put a scope in force: whoever adds a file here says why the scope it names is the right one.
DOORS = {
    "capsule_testing/apart.py": "what a test filled is emptied after it",
    "collections_app/handle.py": "the handle",
    "collections_app/writing.py": "the handle, where it writes",
    "collections_app/one_statement.py": "the same, for one row",
    "collections_app/changing/knowledge.py": "what the scope that asks has changed",
    "collections_app/changing/operations.py": "the scope whose columns change",
    "collections_app/changing/sweeping.py": "the same, its documents",
    "collections_app/changing/holding.py": "a lock on a table",
    "collections_app/files/keeping.py": "a file that is nobody's yet",
    "collections_app/files/claiming.py": "the same, which becomes that of a document's scope",
    "collections_app/files/attaching.py": "the same, which becomes that of a conversation",
    "collections_app/files/holding.py": "the file of a row, of its own scope",
    "collections_app/files/references.py": "whether any document names a file",
    "collections_app/files/carrying.py": "files out of a dump, and those of a founder",
    "collections_app/files/pruning.py": "files that none names, whosever they were",
    "collections_app/history/pruning.py": "what is old is forgotten, whosever it was",
    "collections_app/queries/statements.py": "no plain statement where the rows are not of one scope",
    "collections_app/storage/inserting.py": "no INSERT where the scope is not one",
    "collections_app/modelled/writing.py": "the history of a model's row, in the scope of that row",
    "collections_app/dumping.py": "every document, out of a file",
    "collections_app/history/carrying.py": "what every document was, out of a file",
    "collections_app/moving.py": "a founder's own records, to the organisation founded",
    "collections_app/storage/steps.py": "tables brought in step: every row is rewritten",
    "collections_app/storage/syncing.py": "whether a row lacks the text that is searched",
    "collections_app/storage/measuring.py": "how many rows there are, and how large they are",
    "collections_app/storage/unique_indexes.py": "which documents keep an index from being unique",
    "collections_app/management/commands/sync_collections.py": "how many rows there are",
    "collections_app/management/commands/flush.py": "everything is deleted",
}
KNOWING = {"collections_app/storage/guarding.py", "collections_app/storage/managers.py"}
KNOWING |= {"collections_app/storage/tripwire.py"}


def test_every_door_is_listed() -> None:
    root = Path(__file__).resolve().parents[2]
    tops = {path.parent.name for path in root.glob("*/__init__.py")} - {"tests", "benchmarks"}
    sources = [path for top in tops for path in (root / top).rglob("*.py")]
    opening = re.compile(r"\b(opened\(|EVERY_SCOPE|_in_force)")
    found = {
        str(path.relative_to(root))
        for path in sources
        if "storage.guarding" in (text := path.read_text()) and opening.search(text)
    }
    assert found - KNOWING == set(DOORS)


def test_nothing_goes_past_the_cursor_that_is_watched() -> None:
    """The driver's own connection, and PostgreSQL's COPY, would be seen by no wrapper."""
    root = Path(__file__).resolve().parents[2]
    for path in (root / "collections_app").rglob("*.py"):
        if path.name not in {"functions.py", "sqlite.py"}:  # in which a new connection learns functions
            text = path.read_text()
            assert not re.search(r"connection\.connection\b|cursor\.copy\(|executescript", text), path
