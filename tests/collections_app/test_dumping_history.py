"""The history goes along in a dump: every entry as it was, and whatever could be brought back still can."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capsule import Identity, acting_as
from collections_app.dumping import BadDump, dump, load_dump
from collections_app.history.logbook import KEPT
from collections_app.models import HistoryEntry
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.storage.moment import one_moment
from tests.crm.declarations import places
from tests.testapp.declared.collections import bookmarks, threads
from tests.together import together

pytestmark = pytest.mark.django_db

ANN, BEN = Identity(user_id="1", organization_id="7"), Identity(user_id="2")


def nothing_left(*handles: Any) -> None:
    """As in a new database: neither documents nor a history."""
    with opened(EVERY_SCOPE):
        HistoryEntry.objects.all().delete()
        for handle in handles:
            handle.model.objects.all().delete()


def past_of(handle: Any) -> dict[str, list[Any]]:
    """The history of each document there ever was. The numbers are a database's own."""
    with opened(EVERY_SCOPE):
        ids = {
            str(id)
            for id in HistoryEntry.objects.filter(collection=handle.name).values_list("document", flat=True)
        }
    every = handle.across_scopes()
    return {
        id: [replace(entry, number=0, row_number=None) for entry in every.history(id, limit=1000)]
        for id in sorted(ids)  # the order of a set depends on the one in which the database gave them
    }


@pytest.fixture
def changed() -> dict[str, str]:
    """Documents with a past: changed twice, deleted, brought back, somebody else's."""
    with acting_as(ANN):
        twice, gone, back = threads.insert_many({"subject": f"Thread {n}"} for n in range(3))
        threads.update_one({"_id": twice.id}, {"subject": "Again"})
        threads.filter(_id=twice.id).one().patch({"extra": {"n": [1.5, None, -0.0]}})
        gone.delete()
        back.delete()
        threads.undelete(back.id)
    with acting_as(BEN):
        bookmarks.insert_one({"title": "Ben's"}).delete()
    return {"twice": twice.id, "gone": gone.id, "back": back.id}


def test_every_documents_history_is_as_it_was(changed: dict[str, str]) -> None:
    before = [past_of(handle) for handle in (threads, bookmarks)]
    lines = list(dump([threads, bookmarks]))
    nothing_left(threads, bookmarks)
    stored = load_dump(lines)
    assert [past_of(handle) for handle in (threads, bookmarks)] == before
    assert {name: tally.entries for name, tally in stored.items()} == {"test_threads": 8, "test_bookmarks": 2}
    with acting_as(ANN):
        assert [entry.action for entry in threads.history(changed["twice"])] == ["update", "update", "insert"]
        assert not bookmarks.deleted()
    with acting_as(BEN):
        assert [entry.before["title"] for entry in bookmarks.deleted()] == ["Ben's"]
        assert not threads.history(changed["twice"])


def test_what_was_deleted_is_brought_back_and_what_was_changed_restored(changed: dict[str, str]) -> None:
    lines = list(dump([threads]))
    nothing_left(threads)
    load_dump(lines)
    with acting_as(ANN):
        assert [entry.document_id for entry in threads.deleted()] == [changed["gone"]]
        row = threads.undelete(changed["gone"])
        assert (row["subject"], row.version) == ("Thread 1", 2)
        restored = threads.restore(changed["twice"], 1)
        assert restored.document == {**restored.document, "subject": "Thread 0"} and "extra" not in restored
        assert threads.history(changed["twice"])[0].action == "restore"


def test_a_dump_from_before_it_was_carried_loads(changed: dict[str, str]) -> None:
    lines = [json.loads(line) for line in dump([threads])]
    older = [
        {key: value for key, value in line.items() if key not in ("entries", "history")}
        for line in lines
        if "entry" not in line
    ]
    nothing_left(threads)
    (tally,) = load_dump([json.dumps(line).encode() for line in older]).values()
    assert (tally.documents, tally.entries) == (2, 0)
    assert not past_of(threads)


def test_whoever_does_not_want_it_leaves_it_behind(changed: dict[str, str]) -> None:
    with_history, without = list(dump([threads])), list(dump([threads], history=False))
    assert not [line for line in without if b'"entry"' in line or b'"history"' in line]
    for lines, wanted in ((without, True), (with_history, False)):
        nothing_left(threads)
        load_dump(lines, history=wanted)
        assert threads.across_scopes().count() == 2 and not past_of(threads)


def test_it_is_not_doubled_where_it_is_already(changed: dict[str, str]) -> None:
    """Loaded into the database that it is from, or again after it broke off."""
    before = past_of(threads)
    lines = list(dump([threads]))
    for _twice in range(2):
        with opened(EVERY_SCOPE):
            threads.model.objects.all().delete()
        assert load_dump(lines)["test_threads"].entries == 8
        assert past_of(threads) == before
    nothing_left(threads)
    with pytest.raises(BadDump, match="cut short"):
        load_dump(lines[:6])
    with opened(EVERY_SCOPE):
        threads.model.objects.all().delete()
    load_dump([*lines[:4], lines[-1].replace(b'"entries":8', b'"none":0').replace(b'"history"', b'"other"')])
    with opened(EVERY_SCOPE):
        threads.model.objects.all().delete()
    load_dump(lines)
    assert past_of(threads) == before


def test_values_too_large_to_be_kept_twice(changed: dict[str, str]) -> None:
    with acting_as(ANN):
        row = threads.insert_one({"subject": "Long", "text": "é" * KEPT})
        row.patch({"text": "x" * (900 * 1024), **dict.fromkeys(map(str, range(900)), 0)})
        row.delete()
    before = past_of(threads)
    assert [entry.is_cut for entry in before[row.id]] == [False, True, True]
    lines = list(dump([threads]))
    nothing_left(threads)
    load_dump(lines)
    assert past_of(threads) == before
    with acting_as(ANN):
        assert len(threads.undelete(row.id)["text"]) == 900 * 1024


def test_of_a_collection_over_a_model_the_history_alone_goes_along() -> None:
    row = places.insert_one({"code": "x", "name": "Here"})
    places.update_one({"_id": row.id}, {"name": "There"})
    before = places.history(row.id)
    assert len(before) == 2
    lines = list(dump([places]))
    assert [sorted(json.loads(line)) for line in lines] == [
        ["collection", "entry", "scope"],
        ["collection", "entry", "scope"],
        ["collection", "entries", "history"],
    ]
    with opened(EVERY_SCOPE):
        HistoryEntry.objects.all().delete()
    load_dump(lines)
    after = places.history(row.id)
    assert [replace(entry, number=0) for entry in after] == [replace(entry, number=0) for entry in before]
    with pytest.raises(BadDump, match="Line 1: 'crm_places' is of a model"):
        load_dump([b'{"collection": "crm_places", "document": {"name": "x"}}'])


# Whatever was done ------------------------------------------------------------------------------------

DOINGS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "patch", "unset", "many", "delete", "undelete", "restore"]),
        st.sampled_from([ANN, BEN]),
        st.integers(0, 3),
        st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.text("aé\u2028", max_size=3),
    ),
    max_size=14,
)  # fmt: skip


def do(doing: str, at: int, value: Any) -> None:
    rows = list(bookmarks.find())
    row = rows[at % len(rows)] if rows else None
    if doing == "insert" or row is None:
        bookmarks.insert_one({"title": "New", "x": value})
    elif doing == "patch":
        row.patch({"x": value, "list": [value]})
    elif doing == "unset":
        bookmarks.update_one({"_id": row.id}, {"$unset": {"x": ""}})
    elif doing == "many":
        bookmarks.update_many({"title": "New"}, {"y": at})
    elif doing == "delete":
        row.delete()
    elif doing == "undelete" and (gone := bookmarks.deleted()):
        bookmarks.undelete(gone[at % len(gone)].document_id)
    elif doing == "restore":
        bookmarks.restore(row.id, at % row.version + 1)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(doings=DOINGS)
def test_whatever_was_done_is_told_afterwards_as_before(doings: list[tuple[str, Identity, int, Any]]) -> None:
    nothing_left(bookmarks)
    for doing, identity, at, value in doings:
        with acting_as(identity):
            do(doing, at, value)
    before = past_of(bookmarks)
    gone = [entry.document_id for entry in bookmarks.across_scopes().deleted()]
    lines = list(dump([bookmarks]))
    nothing_left(bookmarks)
    load_dump(lines)
    assert repr(past_of(bookmarks)).replace("-0.0", "0.0") == repr(before).replace("-0.0", "0.0")
    assert [entry.document_id for entry in bookmarks.across_scopes().deleted()] == gone


# What somebody has been at ----------------------------------------------------------------------------

WRONG: dict[str, list[Any]] = {
    "document": ["", "x", None, 5, {"a": 1}],
    "version": [-1, 2**31, True, "1", None, 1.5],
    "action": ["", "forge", None, [], {"a": 1}],
    "at": ["", "2026-01-01T00:00:00", None, 5, "0001-01-01T00:00:00+14:00"],
    "source": ["x" * 17, None, 5],
    "user_id": ["x" * 81, None, 5],
    "user_name": ["x" * 255, None, []],
    "group": ["x", 5, []],
    "made_at": ["yesterday", 5, []],
    "before": [[], "x", 5, True],
    "after": ["x", 5, [5], True],
}


def lines_of_one() -> list[dict[str, Any]]:
    with acting_as(ANN):
        threads.insert_one({"subject": "One"})
    lines = [json.loads(line) for line in dump([threads])]
    nothing_left(threads)
    return lines


def load(lines: list[dict[str, Any]]) -> None:
    load_dump([json.dumps(line).encode() for line in lines])


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in WRONG.items() for value in values]
)
def test_an_entry_that_is_none_is_refused(key: str, value: Any) -> None:
    document, entry, end = lines_of_one()
    entry["entry"][key] = value
    with pytest.raises(BadDump, match="Between line 2 and 3: .* in what should be of the history"):
        load([document, entry, end])
    assert not past_of(threads)


@pytest.mark.parametrize("key", list(WRONG))
def test_so_is_one_without_one_of_its_parts(key: str) -> None:
    document, entry, end = lines_of_one()
    del entry["entry"][key]
    with pytest.raises(BadDump, match="in what should be of the history"):
        load([document, entry, end])


@pytest.mark.parametrize(
    "wrong", [{"scope": ""}, {"scope": None}, {"entry": "x"}, {"entry": [5]}, {"entry": None}]
)
def test_so_is_one_that_is_nobodys(wrong: dict[str, Any]) -> None:
    document, entry, end = lines_of_one()
    with pytest.raises(BadDump, match="in what should be of the history"):
        load([document, entry | wrong, end])


def test_one_that_was_changed_is_not_what_was_dumped() -> None:
    document, entry, end = lines_of_one()
    entry["entry"]["user_name"] = "Mallory"
    with pytest.raises(BadDump, match="holds 1 entries of history of digest .* were dumped"):
        load([document, entry, end])
    nothing_left(threads)
    with pytest.raises(BadDump, match="holds 0 entries of history"):
        load([document, end])


# By the commands --------------------------------------------------------------------------------------


def run(*words: Any) -> str:
    said = StringIO()
    call_command(*words, stdout=said, stderr=StringIO())
    return said.getvalue()


def test_the_commands_say_how_much_of_both(changed: dict[str, str], tmp_path: Path) -> None:
    said = run("dump_documents", tmp_path / "a", "test_threads")
    assert said.startswith("2 documents and 8 entries of history of 1 collection in ")
    assert run("dump_documents", tmp_path / "b", "test_threads", "--without-history").startswith(
        "2 documents of 1"
    )
    nothing_left(threads)
    assert "test_threads: 2 documents and 8 entries of history, as dumped" in run(
        "load_documents", "--dump", tmp_path / "a"
    )
    nothing_left(threads)
    said = run("load_documents", "--dump", tmp_path / "a", "--without-history")
    assert "test_threads: 2 documents, as dumped" in said and not past_of(threads)
    with pytest.raises(CommandError, match="--without-history is of a dump"):
        run("load_documents", "test_threads", tmp_path / "a", "--without-history")


@pytest.mark.django_db(transaction=True)
def test_a_dump_is_of_one_moment() -> None:
    """What is written while it is read is in neither the documents nor the history of it."""
    with acting_as(ANN):
        row = threads.insert_one({"subject": "Before"})

    def meanwhile(_n: int) -> None:
        with acting_as(ANN):
            threads.update_one({"_id": row.id}, {"subject": "Meanwhile"})

    with one_moment():
        lines = dump([threads])
        read = [next(lines)]
        together(1, meanwhile)
        read += lines
    assert threads.across_scopes().all().one()["subject"] == "Meanwhile"
    nothing_left(threads)
    load_dump(read)
    with acting_as(ANN):
        assert [(entry.version, entry.action) for entry in threads.history(row.id)] == [(1, "insert")]
        assert threads.filter(_id=row.id).one()["subject"] == "Before"
