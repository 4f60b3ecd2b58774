"""What people do: reading and writing, their own and others', and moving between organisations."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from importlib import import_module
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from capsule import Identity
from capsule.errors import ScopeError
from collections_app import Collection, Conflict, NotInHistory
from collections_app.queries.query import Query
from tests.isolation.turns import NAMES, Turn
from tests.isolation.world import Kept, View, seen

__all__ = ["GROWING", "OPERATIONS", "READING", "Operation", "delete_one"]

Operation = Callable[[Turn], None]
measures: Any = import_module("collections_app")  # some day it has measures


def view_of(turn: Turn, ids: list[str]) -> View:
    return [(id, turn.held[id].document, turn.held[id].version) for id in ids]


def change(kept: Kept, document: dict[str, Any]) -> bool:
    if document == kept.document:
        return False
    kept.document, kept.version = document, kept.version + 1
    return True


# Reading --------------------------------------------------------------------------------------------


def find(turn: Turn) -> None:
    filter = turn.a_filter()
    found = turn.act(lambda collection: seen(collection.find(filter.document)))
    turn.expect(found, view_of(turn, filter.ids(turn.held)))


def find_a_few_in_order(turn: Turn) -> None:
    filter, skip = turn.a_filter(), turn.random.randint(0, 2)
    found = turn.act(lambda collection: collection.find(filter.document, limit=3, skip=skip, sort={"n": -1}))
    ids = sorted(filter.ids(turn.held), key=lambda id: -turn.held[id].document["n"])[skip : skip + 3]
    turn.expect([row["n"] for row in found], [turn.held[id].document["n"] for id in ids])
    turn.expect({row.id for row in found} <= turn.held.keys(), True)


def get(turn: Turn) -> None:
    id = turn.an_id()
    row = turn.act(lambda collection: collection.get(id))
    turn.expect([] if row is None else seen([row]), view_of(turn, [id] if id in turn.held else []))


def count(turn: Turn) -> None:
    filter = turn.a_filter()
    must = len(filter.ids(turn.held))
    turn.expect(turn.act(lambda collection: collection.count(filter.document)), must)
    turn.expect(turn.act(lambda collection: Query(collection).matching(filter.document).exists()), must > 0)


def chain(turn: Turn) -> None:
    name = turn.random.choice(NAMES)
    key = turn.a_key()
    ids = [
        id
        for id, kept in turn.held.items()
        if kept.document["name"] != name and kept.document.get("scope_key") != key
    ]
    query = turn.collection.exclude(name=name).exclude(scope_key=key)
    turn.expect(turn.act(lambda _collection: seen(list(query.iterator()))), view_of(turn, ids))


def distinct(turn: Turn) -> None:
    filter = turn.a_filter()
    found = turn.act(lambda collection: collection.distinct("name", filter.document))
    turn.expect(sorted(found), sorted({turn.held[id].document["name"] for id in filter.ids(turn.held)}))


def exists(turn: Turn) -> None:
    filter = turn.a_filter()
    turn.expect(turn.act(lambda collection: collection.exists(filter.document)), bool(filter.ids(turn.held)))


def aggregate(turn: Turn) -> None:
    filter = turn.a_filter()
    count, total = measures.Count, measures.Sum
    found = turn.act(lambda collection: collection.aggregate(filter.document, rows=count(), n=total("n")))
    values = [turn.held[id].document["n"] for id in filter.ids(turn.held)]
    turn.expect((found["rows"], found["n"] or 0), (len(values), sum(values)))


# Writing --------------------------------------------------------------------------------------------


def insert_one(turn: Turn) -> None:
    document = turn.a_document()
    row = turn.act(lambda collection: collection.insert_one(document))
    turn.held[row.id] = Kept(document)
    turn.world.kept_rows = [*turn.world.kept_rows[-49:], (turn.scope, row)]


def insert_many(turn: Turn) -> None:
    documents = [turn.a_document() for _ in range(turn.random.randint(0, 4))]
    rows = turn.act(lambda collection: collection.insert_many(documents)) if documents else []
    turn.held.update((row.id, Kept(document)) for row, document in zip(rows, documents, strict=True))


def insert_with_the_id_of_another(turn: Turn) -> None:
    id = turn.an_id()

    def work(collection: Collection) -> None:
        collection.count()  # whoever has no share is refused first
        with pytest.raises(ValidationError):
            collection.insert_one({"_id": id, "name": "ada", "n": 1})

    turn.act(work)


def update_one(turn: Turn) -> None:
    filter = turn.a_filter()
    update, apply = turn.an_update()
    result = turn.act(lambda collection: collection.update_one(filter.document, update))
    ids = filter.ids(turn.held)[:1]
    changed = sum(change(turn.held[id], apply(turn.held[id].document)) for id in ids)
    turn.expect((result.matched, result.modified), (len(ids), changed))


def update_by_id(turn: Turn) -> None:
    id, version = turn.an_id(), turn.random.choice([None, 1])
    update, apply = turn.an_update()
    kept = turn.held.get(id)

    def work(collection: Collection) -> Any:
        if kept is None or version in (None, kept.version):
            return collection.update_one({"_id": id}, update, version=version)
        with pytest.raises(Conflict):
            collection.update_one({"_id": id}, update, version=version)
        return None

    result = turn.act(work)
    if result is not None:
        changed = 0 if kept is None else int(change(kept, apply(kept.document)))
        turn.expect((result.matched, result.modified), (int(kept is not None), changed))


def edit(turn: Turn) -> None:
    id = turn.an_id()
    key = turn.random.choice(["name", "owner", "scope_key"])
    wanted = turn.random.choice(NAMES) if key == "name" else turn.a_key()
    kept = turn.held.get(id)
    was = "ada" if kept is None else kept.document.get(key)
    row = turn.act(lambda collection: collection.edit(id, {key: (was, wanted)}))
    if kept is not None:
        change(kept, {**kept.document, key: wanted})
    turn.expect([] if row is None else seen([row]), view_of(turn, [id] if id in turn.held else []))


def delete_one(turn: Turn) -> None:
    filter = turn.a_filter()
    result = turn.act(lambda collection: collection.delete_one(filter.document))
    ids = filter.ids(turn.held)[:1]
    for id in ids:
        del turn.held[id]
    turn.expect(result.deleted, len(ids))


def delete_by_id(turn: Turn) -> None:
    id = turn.an_id()
    result = turn.act(lambda collection: collection.delete_one({"_id": id}))
    turn.expect(result.deleted, int(turn.held.pop(id, None) is not None))


def update_many(turn: Turn) -> None:
    filter = turn.a_filter()
    update, apply = turn.an_update()
    result = turn.act(lambda collection: collection.update_many(filter.document, update))
    ids = filter.ids(turn.held)
    changed = sum(change(turn.held[id], apply(turn.held[id].document)) for id in ids)
    turn.expect((result.matched, result.modified), (len(ids), changed))


def delete_many(turn: Turn) -> None:
    name = turn.random.choice(NAMES)  # not everything each time, or nobody would have much
    result = turn.act(lambda collection: collection.delete_many({"name": name}))
    ids = [id for id, kept in turn.held.items() if kept.document["name"] == name]
    for id in ids:
        del turn.held[id]
    turn.expect(result.deleted, len(ids))


def replace_one(turn: Turn) -> None:
    id, document = turn.an_id(), turn.a_document()
    result = turn.act(lambda collection: collection.replace_one({"_id": id}, document))
    kept = turn.held.get(id)
    if kept is not None:
        change(kept, document)
    turn.expect(result.matched, int(kept is not None))


def find_one_and_update(turn: Turn) -> None:
    id = turn.an_id()
    update, apply = turn.an_update()
    row = turn.act(lambda collection: collection.find_one_and_update({"_id": id}, update))
    kept = turn.held.get(id)
    if kept is not None:
        change(kept, apply(kept.document))
    turn.expect(None if row is None else row.id, id if kept is not None else None)


def upsert(turn: Turn) -> None:
    id = turn.an_id()
    name = turn.random.choice(NAMES) + turn.random.choice(NAMES)
    ids = [id for id, kept in turn.held.items() if kept.document["name"] == name][:1]
    result = turn.act(
        lambda collection: collection.update_one({"name": name}, {"$set": {"n": 5}}, upsert=True)
    )
    for id in ids:
        change(turn.held[id], {**turn.held[id].document, "n": 5})
    if not ids:
        turn.held[str(result.upserted_id)] = Kept({"name": name, "n": 5})


def delete_rows(turn: Turn) -> None:
    """One's own and another's in one batch: another's stays, whatever becomes of one's own."""
    ids = sorted({turn.an_id() for _ in range(3)})
    try:
        result = turn.act(lambda collection: collection.delete_rows(ids))
    except LookupError:
        turn.expect(all(id in turn.held for id in ids), False)
        return
    own = [id for id in ids if turn.held.pop(id, None) is not None]
    turn.expect(result.deleted, len(own))


def a_row_that_leaked(turn: Turn) -> None:
    """Somebody holds a row that somebody read: it does what it may do for whoever acts now."""
    leaked = [row for scope, row in turn.world.kept_rows if scope == turn.scope]
    if not leaked:
        return
    row = deepcopy_of(turn.random.choice(leaked))
    kept = turn.held.get(row.id)
    if turn.random.random() < 0.3:
        turn.expect(turn.act(lambda _collection: row.delete()), turn.held.pop(row.id, None) is not None)
        return
    result = turn.act(lambda _collection: row.patch({"n": 7}))
    changed = 0 if kept is None else int(change(kept, {**kept.document, "n": 7}))
    turn.expect((result.matched, result.modified), (int(kept is not None), changed))


def deepcopy_of(row: Any) -> Any:
    copied = deepcopy(dict(row))
    twin = row.__class__.__new__(row.__class__)
    twin.update(copied)
    twin.__dict__.update(row.__dict__)
    return twin


# What was -------------------------------------------------------------------------------------------


def history(turn: Turn) -> None:
    id = turn.an_id()
    entries = turn.act(lambda collection: collection.history(id))
    kept = turn.held.get(id)
    turn.expect([entry.version for entry in entries[:1]], [] if kept is None else [kept.version])


def restore(turn: Turn) -> None:
    """The version that is there, which changes nothing; of another's there is none."""
    id = turn.an_id()
    kept = turn.held.get(id)

    def work(collection: Collection) -> Any:
        if kept is not None:
            return seen([collection.restore(id, kept.version)])
        with pytest.raises(NotInHistory):
            collection.restore(id, 1)
        return []

    turn.expect(turn.act(work), [] if kept is None else view_of(turn, [id]))


def undelete(turn: Turn) -> None:
    """What was deleted last comes back to whose it was; another's, which is there, does not."""
    id = turn.world.foreign_id(turn.person, turn.scope)

    def work(collection: Collection) -> Any:
        deleted = collection.deleted(limit=1)
        with pytest.raises(NotInHistory):
            collection.undelete(id)
        return [(entry, collection.undelete(entry.document_id)) for entry in deleted]

    for entry, row in turn.act(work):
        turn.expect(row.id in turn.held, False)
        held = turn.held
        after = {id: held.pop(id) for id in [*held] if id > row.id}  # ids are in the order of time
        held |= {row.id: Kept(entry.before, entry.version + 1), **after}  # so it stands where it stood


# The two doors --------------------------------------------------------------------------------------


def in_scope_of(turn: Turn) -> None:
    """As another, said aloud: exactly the other's rows, and what is inserted is the other's."""
    other = turn.random.choice(turn.world.people)
    identity = Identity.of(user=other.user, organization=other.active, session=other.conversation)
    theirs = turn.collection.in_scope_of(identity)
    if other.share(turn.scope) is None:
        with pytest.raises(ScopeError):
            theirs.find()
        return
    held = turn.world.documents(other, turn.scope)
    with turn.person.acting():
        must = [(id, kept.document, kept.version) for id, kept in held.items()]
        turn.expect(seen(theirs.find()), must)
        if len(held) < 20:
            document = turn.a_document()
            held[theirs.insert_one(document).id] = Kept(document)


def across_scopes(turn: Turn) -> None:
    """All scopes at once, said aloud: as many as there are; and what is inserted has to be somebody's."""
    everywhere = turn.collection.across_scopes()
    turn.expect(everywhere.count(), sum(map(len, turn.world.shares[turn.scope].values())))
    if turn.scope != "app":
        with pytest.raises(ScopeError):
            everywhere.insert_one({"name": "ada", "n": 1})


# Moving ---------------------------------------------------------------------------------------------


def switch_organisation(turn: Turn) -> None:
    turn.person.active = turn.random.choice([None, *sorted(turn.person.organisations)])


def leave_an_organisation(turn: Turn) -> None:
    """Removed from it: what was active is so no more."""
    if turn.person.organisations and turn.random.random() < 0.3:
        left = turn.random.choice(sorted(turn.person.organisations))
        turn.person.organisations.discard(left)
        if turn.person.active == left:
            turn.person.active = None


def join_an_organisation(turn: Turn) -> None:
    if turn.person.user is not None and len(turn.person.organisations) < 3:
        turn.person.organisations.add(f"o{turn.random.randrange(10)}")


def begin_another_conversation(turn: Turn) -> None:
    if turn.random.random() < 0.3:
        turn.world.conversations += 1
        turn.person.conversation = turn.random.choice([None, f"again-{turn.world.conversations}"])


_BY_METHOD = {
    "find": find,
    "find_one": find_a_few_in_order,
    "get": get,
    "count": count,
    "exclude": chain,
    "distinct": distinct,
    "exists": exists,
    "aggregate": aggregate,
    "insert_one": insert_one,
    "insert_many": insert_many,
    "insert_clean": insert_with_the_id_of_another,
    "update_one": update_one,
    "edit": edit,
    "delete_one": delete_one,
    "update_many": update_many,
    "delete_many": delete_many,
    "replace_one": replace_one,
    "find_one_and_update": find_one_and_update,
    "delete_rows": delete_rows,
    "history": history,
    "restore": restore,
    "undelete": undelete,
    "in_scope_of": in_scope_of,
    "across_scopes": across_scopes,
}


def _there() -> list[Operation]:
    """The operations whose methods the store has: what comes later joins by itself."""
    found: list[Operation] = [
        operation for method, operation in _BY_METHOD.items() if hasattr(Collection, method)
    ]
    found += [update_by_id, delete_by_id, delete_by_id, a_row_that_leaked, insert_one, insert_one, edit]
    found += [switch_organisation, leave_an_organisation, join_an_organisation, begin_another_conversation]
    if "upsert" in (Collection.update_one.__kwdefaults__ or {}):
        found.append(upsert)
    return found


OPERATIONS = _there()
READING = frozenset({find, find_a_few_in_order, get, count, chain, distinct, exists, aggregate, history})
GROWING = frozenset({insert_one, insert_many, upsert, undelete})
