"""Everything out into a file and in again: row for row, or not at all without a word."""

from __future__ import annotations

import gzip
import json
import stat
import subprocess
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capsule import Identity, acting_as
from collections_app.dumping import BadDump, dump, load_dump, tally_of
from tests.serving import ROOT
from tests.testapp.declared.collections import bookmarks, everything, isolated_app, threads

ANN, BEN = Identity(user_id="1", organization_id="7"), Identity(user_id="2")

pytestmark = pytest.mark.django_db


def emptied(*handles: Any) -> None:
    for handle in handles:
        handle.across_scopes().delete_many({}, confirm_all=True)


def as_held(handle: Any) -> list[tuple[Any, ...]]:
    return sorted(
        (row.id, row.scope_key, row.version, row.created_at, row.updated_at, json.dumps(row.document))
        for row in handle.across_scopes().all()
    )


@pytest.fixture
def filled() -> None:
    with acting_as(ANN):
        rows = threads.insert_many({"subject": f"Thread {n}", "extra": {"n": n}} for n in range(1100))
        rows[3].patch({"subject": "Again"})
        bookmarks.insert_one({"title": "Ann's"})
    with acting_as(BEN):
        threads.insert_one({"subject": "Ben's"})
        bookmarks.insert_one({"title": "Ben's"})


def test_it_comes_back_row_for_row(filled: None) -> None:
    before = [as_held(handle) for handle in (threads, bookmarks)]
    lines = list(dump([threads, bookmarks]))
    emptied(threads, bookmarks)
    stored = load_dump(lines)
    assert [as_held(handle) for handle in (threads, bookmarks)] == before
    assert {name: tally.documents for name, tally in stored.items()} == {
        "test_threads": 1101,
        "test_bookmarks": 2,
    }
    with acting_as(BEN):
        assert [row["subject"] for row in threads.find()] == ["Ben's"]


# What one database takes the other takes as well: numbers at the edge, keys in any order, odd texts.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)
KEYS = TEXTS.filter(lambda key: key and key != "_id" and not key.startswith("$") and "." not in key)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents=st.lists(st.dictionaries(KEYS, VALUES, max_size=5), max_size=5))
def test_whatever_was_taken_comes_back(documents: list[dict[str, Any]]) -> None:
    emptied(isolated_app)
    taken = []
    for document in documents:
        try:
            taken.append(isolated_app.cleaner.document(document))
        except Exception:  # what no document can be is not the question here
            continue
    isolated_app.insert_clean(taken)
    before = tally_of(isolated_app)
    lines = list(dump([isolated_app]))
    emptied(isolated_app)
    after = load_dump(lines)["isolated_app"]
    assert (after.documents, after.digest) == (before.documents, before.digest) == (len(taken), before.digest)


def lines_of(*changes: tuple[int, dict[str, Any]]) -> list[bytes]:
    """A dump of two threads, some of its lines changed."""
    with acting_as(ANN):
        threads.insert_many({"subject": f"Thread {n}"} for n in range(2))
    lines = [json.loads(line) for line in dump([threads])]
    emptied(threads)
    for at, change in changes:
        lines[at] |= change
    return [json.dumps(line).encode() for line in lines]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([(0, {"document": {"subject": "Another"}})], "were dumped"),
        ([(0, {"scope": "org:9"})], "were dumped"),
        ([(0, {"version": 5})], "were dumped"),
        ([(-1, {"documents": 3})], "3 of"),
        ([(0, {"document": []})], "should be a document"),
        ([(0, {"id": "x"})], "should be a document"),
        ([(0, {"created_at": "2026-01-01T00:00:00"})], "should be a document"),
        ([(1, {"collection": "test_bookmarks"})], "the end of 'test_threads' is missing"),
        ([(0, {"collection": "nothing"})], "nothing"),
    ],
)
def test_what_is_not_as_it_was_written_is_said(changes: Any, words: str) -> None:
    with pytest.raises(BadDump, match=words):
        load_dump(lines_of(*changes))


def test_a_file_that_was_cut_short_is_said() -> None:
    lines = lines_of()
    for cut in (lines[:2], lines[:1]):
        emptied(threads)
        with pytest.raises(BadDump, match="cut short"):
            load_dump(cut)
    for wrong in (b"", b"{", b"[]", b"{}", b"\xff"):
        with pytest.raises(BadDump, match="Line 1"):
            load_dump([wrong])


def test_nothing_is_loaded_beside_what_is_there() -> None:
    lines = lines_of()
    with acting_as(BEN):
        threads.insert_one({"subject": "Here"})
    with pytest.raises(BadDump, match="holds documents already"):
        load_dump(lines)
    assert threads.across_scopes().count() == 1


class TestCommands:
    def run(self, *arguments: Any) -> str:
        said = StringIO()
        call_command(*arguments, stdout=said, stderr=StringIO())
        return said.getvalue()

    @pytest.mark.parametrize("name", ["all.ndjson", "all.ndjson.gz"])
    def test_there_and_back(self, filled: None, tmp_path: Path, name: str) -> None:
        path, before = tmp_path / name, as_held(threads)
        assert "1,103 documents and 1,104 entries of history of" in self.run("dump_documents", path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [one.name for one in tmp_path.iterdir()] == [name]
        emptied(threads, bookmarks)
        said = self.run("load_documents", "--dump", path)
        assert "test_threads: 1,101 documents and 1,102 entries of history, as dumped" in said
        assert as_held(threads) == before

    def test_some_collections_alone(self, filled: None, tmp_path: Path) -> None:
        self.run("dump_documents", tmp_path / "b.gz", "test_bookmarks")
        held = [json.loads(line) for line in gzip.decompress((tmp_path / "b.gz").read_bytes()).splitlines()]
        assert {line["collection"] for line in held} == {"test_bookmarks"}

    def test_what_cannot_be_is_a_sentence(self, tmp_path: Path) -> None:
        there = tmp_path / "there"
        there.write_text("kept")
        for arguments, words in [
            (("dump_documents", there), "is there already"),
            (
                ("dump_documents", tmp_path / "x", "nothing"),
                "No collection is named 'nothing'.",
            ),
            (("dump_documents", tmp_path / "no" / "x"), "cannot be written"),
            (("load_documents", "--dump", tmp_path / "no"), "cannot be read"),
            (("load_documents", "--dump", there), "Line 1"),
            (("load_documents",), "or --dump FILE"),
            (("load_documents", "test_threads", "--dump", there), "name the file alone"),
        ]:
            with pytest.raises(CommandError, match=words):
                self.run(*arguments)
        assert there.read_text() == "kept"


def test_numbers_and_kinds_stay_as_they_were() -> None:
    everything.insert_one({"number": 1e17, "currency": "0.10", "tags": ["b", "a"], "x": [1, 1.0, True, None]})
    lines = list(dump([everything]))
    emptied(everything)
    load_dump(lines)
    (row,) = everything.find()
    assert [type(value) for value in row["x"]] == [int, float, bool, type(None)]
    assert (row["number"], row["currency"], row["tags"]) == (1e17, "0.1", ["b", "a"])


# By this database and by the other: what is written here once is compared there.
EDGES = {"zz": -0.0, "a": 1e17, "b": 5e-324, "c": 1.0, "long key": [0.1, 1e300, -1e-7, "-0.0"], "é": "\u2028"}
LINE = {
    "collection": "isolated_app",
    "id": "019400d2-1000-7000-8000-000000000001",
    "scope": "app",
    "version": 7,
    "created_at": "2026-01-02T03:04:05.000006+00:00",
    "updated_at": "2026-11-23T10:00:00+00:00",
    "document": EDGES,
}
DIGEST = "970ead9c8939509123084a141b624636"


def test_every_database_reads_and_writes_the_same_lines() -> None:
    end = {"collection": "isolated_app", "documents": 1, "digest": DIGEST}
    load_dump([json.dumps(line).encode() for line in (LINE, end)])  # of before it had a history
    (written, ended) = (json.loads(line) for line in dump([isolated_app]))
    assert written == LINE and ended == {**end, "entries": 0, "history": "0" * 32}
    assert str(written["document"]["zz"]) == "0.0"


@pytest.mark.parametrize("name", ["all.ndjson", "all.ndjson.gz", "backups/all.ndjson.gz"])
def test_a_dump_beside_the_code_is_not_committed_by_mistake(tmp_path: Path, name: str) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text((ROOT / ".gitignore").read_text())
    assert subprocess.run(["git", "check-ignore", "-q", name], cwd=tmp_path, check=False).returncode == 0
