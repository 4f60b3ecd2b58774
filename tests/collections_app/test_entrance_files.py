"""Files as strangers write them: bombs, cells and lines of any kind, dumps that somebody has been at.

And whatever one database has taken, every other takes as well: the digests say so.
"""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from capsule import Identity, acting_as
from collections_app.dump_lines import Tally
from collections_app.dumping import BadDump, dump, load_dump, tally_of
from collections_app.loading import load as load_records
from collections_app.transfer import FileProblem, read_records
from tests.amounts import amount
from tests.databases import DATABASES, database_for
from tests.sites import site
from tests.strangers import Stranger
from tests.testapp.declared.collections import everything, intake, members

pytestmark = pytest.mark.django_db

ANN = Identity(user_id="01890000-0000-7000-8000-0000000000aa")
MIB = 1024 * 1024


def load(path: Path) -> str:
    """Everything that is said of a file which cannot all be taken."""
    said = StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command("load_documents", "test_everything", path, stdout=StringIO(), stderr=said)
    return f"{said.getvalue()}{refusal.value}"


# Bombs -------------------------------------------------------------------------------------------------

HEAD, ROW = b"text,number\n", b"a,1\n"
BOMBS: dict[str, tuple[str, bytes, str]] = {
    "one line": ("x.ndjson", b'{"text": "' + b"x" * (40 * MIB), "line 1: It is larger than"),
    "one line of spaces": ("x.ndjson", b" " * (20 * MIB) + b"{}", "line 1: It is larger than"),
    "nested": ("x.ndjson", b'{"text": ' * 90_000, "line 1: It is nested deeper"),
    "100,000 keys": (
        "x.ndjson",
        json.dumps(dict.fromkeys(map(str, range(70_000)), 1)).encode(),
        "1,000 keys",
    ),
    "5,000 digits": ("x.ndjson", b'{"number": ' + b"9" * 5000 + b"}", "line 1: It is not JSON"),
    "NUL": ("x.ndjson", b'{"text": "\0"}\n', "line 1: It is not JSON"),
    "100,000 columns": ("x.csv", b"a," * 100_000 + b"b\n", "more than 1,000 columns"),
    "a heading without end": ("x.csv", b"a" * (20 * MIB), "no heading"),
    "100,000 cells": ("x.csv", HEAD + b"a," * 100_000 + b"\n", "line 2: 100001 cells, but 2 columns"),
    "a cell without end": ("x.csv", HEAD + b"a" * (20 * MIB), "line 2: "),
    "a quote without end": ("x.csv", HEAD + b'"' + b"a\n" * (MIB // 2 + 20), "line "),
    "a line of many cells": ("x.csv", HEAD + b"," * (20 * MIB) + b"\n", "cells, but 2 columns"),
    "a cell with NUL": ("x.csv", HEAD + b"a\0b,1\n", "line 2: text: "),
    "not UTF-8": ("x.csv", HEAD + b"\xff,1\n", "not UTF-8"),
    "UTF-16": ("x.csv", "text,number\na,1\n".encode("utf-16"), "not UTF-8"),
    "nested too deep": ("x.json", b"[" * 100_000, "nested deeper"),
    "a zip": ("x.ndjson", b"PK\x03\x04" + b"\0" * 100, "a spreadsheet or an archive"),
    "entities": (
        "x.ndjson",
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        "a web page or XML",
    ),
}


@pytest.mark.alike  # it is the reading of the file that refuses
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzipped"])
@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_refused_by_its_line_and_fills_no_memory(kind: str, packed: bool, tmp_path: Path) -> None:
    name, content, words = BOMBS[kind]
    path = tmp_path / (f"{name}.gz" if packed else name)
    path.write_bytes(gzip.compress(content, 1) if packed else content)
    tracemalloc.start()
    try:
        said = load(path)
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert words in said and "Traceback" not in said
    assert most < 64 * MIB, most
    assert everything.count() == 0 or kind == "a quote without end"


def test_after_a_bomb_the_next_lines_still_come(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    path.write_bytes(b'{"text": "' + b"x" * (3 * MIB) + b'"}\n{"text": "next"}\n')
    assert "line 1: It is larger than" in load(path)
    assert [row["text"] for row in everything.find()] == ["next"]
    path = tmp_path / "x.csv"
    path.write_bytes(HEAD + b"," * (9 * MIB) + b"\n" + ROW)
    load(path)
    assert [row["text"] for row in everything.find()] == ["next", "a"]


def test_bad_lines_are_all_counted_and_the_reasons_of_the_first_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collections_app.loading.REMEMBERED", 30)
    (tmp_path / "x.ndjson").write_bytes(b"x\n" * 100 + b'{"text": "next"}\n')
    said = load(tmp_path / "x.ndjson")
    assert "line 20: " in said and "line 21: " not in said
    assert "... and 80 more bad lines" in said and "100 lines were left out" in said
    outcome = load_records(everything, read_records(tmp_path / "x.ndjson"), 10, lambda outcome: None)
    assert (outcome.refused, len(outcome.bad), outcome.stored) == (100, 30, 1)


@pytest.mark.parametrize("name", ["x.ndjson.gz", "x.csv.gz", "x.json.gz"])
def test_what_is_no_gzip_says_so(name: str, tmp_path: Path) -> None:
    whole = gzip.compress(b'{"text": "a"}\n' * 100)
    for content in (b"", b"\x1f\x8b", whole[:-6], whole[:20] + b"\xff" * 20 + whole[40:], b"{}"):
        (tmp_path / name).write_bytes(content)
        try:
            list(read_records(tmp_path / name))
        except FileProblem as problem:
            assert str(problem)


# Dumps that somebody has been at -----------------------------------------------------------------------

LINE: dict[str, Any] = {
    "collection": "test_everything",
    "id": "019400d2-1000-7000-8000-000000000001",
    "scope": "app",
    "version": 1,
    "created_at": "2026-01-02T03:04:05+00:00",
    "updated_at": "2026-11-23T10:00:00+00:00",
    "document": {"text": "a"},
}
END = {"collection": "test_everything", "documents": 1, "digest": "0" * 32}
WRONG: dict[str, list[Any]] = {
    "id": ["", "x", 1, None, [], "0" * 33, LINE["id"] + "\0", {"$ne": 1}],
    "scope": ["", None, 1, [], "x" * 81, "\0", {"a": 1}, True],
    "version": [0, -1, 2**31, 2**53, 10**30, 1.5, True, "1", None, [], "x"],
    "created_at": [
        "",
        "yesterday",
        "2026-01-01T00:00:00",
        "0001-01-01T00:00:00+14:00",
        5,
        None,
        [],
        "2026-13-01T00:00Z",
    ],
    "document": [[], None, "x", 5, {"_id": "x"}, {"$set": 1}, {"a": "\0"}, True],
    "collection": ["nothing", 5, None, "", "x" * 10_000, {"a": 1}],
}
ENDS: list[Any] = [
    {**END, "documents": None}, {**END, "documents": "1" * 10_000}, {**END, "documents": []}, {**END,
    "digest": 5},
    {**END, "digest": {"a": 1}}, {"collection": "test_everything", "digest": "x"}, {**END,
    "digest": "x" * 100_000},
]  # fmt: skip


def as_lines(*lines: Any) -> list[bytes]:
    return [json.dumps(line).encode() for line in lines]


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in WRONG.items() for value in values]
)
def test_a_dump_that_somebody_has_been_at_is_refused(key: str, value: Any) -> None:
    with pytest.raises(BadDump) as refusal:
        load_dump(as_lines({**LINE, key: value}, END))
    assert "ine 1" in str(refusal.value) and len(str(refusal.value)) < 1000
    assert everything.count() == 0


@pytest.mark.parametrize("key", [key for key in LINE if key != "collection"])
def test_so_is_a_line_without_one_of_its_parts(key: str) -> None:
    line = {name: value for name, value in LINE.items() if name != key}
    with pytest.raises(BadDump, match="ine 1"):
        load_dump(as_lines(line, END))
    assert everything.count() == 0


@pytest.mark.parametrize("end", ENDS)
def test_so_is_an_end_that_is_none(end: Any) -> None:
    with pytest.raises(BadDump, match=r"were dumped|ine 2") as refusal:
        load_dump(as_lines(LINE, end))
    assert len(str(refusal.value)) < 1000


def test_so_is_an_id_that_stands_twice() -> None:
    with pytest.raises(BadDump, match="an id stands twice"):
        load_dump(as_lines(LINE, LINE, END))
    assert everything.count() == 0


def test_so_is_what_would_not_be_unique() -> None:
    one = {**LINE, "collection": "test_members", "scope": "user:1", "document": {"email": "a@example.com"}}
    other = {**one, "id": LINE["id"].replace("1000", "2000")}
    with pytest.raises(BadDump, match="share email"):
        load_dump(as_lines(one, other, {**END, "collection": "test_members"}))
    assert members.across_scopes().count() == 0


def test_a_line_that_is_a_bomb_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "dump.ndjson"
    path.write_bytes(b'{"collection": "' + b"x" * (20 * MIB))
    with pytest.raises(CommandError, match="Line 1: It is larger than"):
        call_command("load_documents", "--dump", path, stdout=StringIO())


# What one database takes, every other takes ------------------------------------------------------------


def taken_of(stranger: Stranger, count: int) -> list[dict[str, Any]]:
    """The documents of so many sendings that are let in."""
    taken = []
    for _ in range(count):
        sent = stranger.sends()
        if not sent.only_raw:
            try:
                taken.append(intake.cleaner.document(sent.document))
            except Exception:  # noqa: S112 - what is refused is another test's
                continue
    return taken


def lines_of(documents: list[dict[str, Any]]) -> tuple[list[bytes], str]:
    """The dump that these documents make, and its digest: reckoned here, without a database."""
    tally, lines = Tally(), []
    for at, document in enumerate(documents):
        line = {
            **LINE,
            "collection": "test_intake",
            "id": str(UUID(int=(0x019400D2 << 96) + (7 << 76) + (2 << 62) + at)),
            "scope": ANN.key("owner"),
            "version": at % 7 + 1,
            "document": without_sign(document),
        }
        tally.add(line)
        lines.append(line)
    end = {"collection": "test_intake", "documents": tally.documents, "digest": tally.digest}
    return as_lines(*lines, end), tally.digest


def without_sign(value: Any) -> Any:
    """Zero has no sign in a dump."""
    if isinstance(value, dict):
        return {key: without_sign(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_sign(item) for item in value]
    return value + 0.0 if type(value) is float else value


@pytest.mark.parametrize("seed", range(4))
def test_what_was_let_in_has_the_digest_that_is_reckoned_without_a_database(seed: int) -> None:
    """So it is the same on SQLite and on PostgreSQL, whichever took the document first."""
    documents = taken_of(Stranger(seed), 500)
    lines, digest = lines_of(documents)
    assert len(documents) > 150
    assert load_dump(lines)["test_intake"].digest == digest
    assert tally_of(intake).digest == digest
    dumped = dump([intake], history=False)
    assert [json.loads(line) for line in dumped] == [json.loads(line) for line in lines]
    with acting_as(ANN):
        assert intake.count() == len(documents)


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.services
@pytest.mark.parametrize("kind", DATABASES[:1])
def test_a_dump_of_one_database_is_that_of_the_other(
    kind: str, tmp_path: Path, proof: Callable[[str], None]
) -> None:
    """From SQLite to the database that is tried here, and back to another SQLite: the same each time."""
    documents = taken_of(Stranger(11), amount("DUMPED", 1500))
    lines, digest = lines_of(documents)
    first = tmp_path / "first.ndjson"
    first.write_bytes(b"\n".join(lines) + b"\n")
    with database_for(kind) as given:
        site(empty := tmp_path / "empty")
        other = site(tmp_path / "b", None, **given) if given else site(tmp_path / "b", empty)
        sites = [site(tmp_path / "a", empty), other, site(tmp_path / "c", empty)]
        path = first
        for number, run in enumerate(sites):
            assert digest in run("load_documents", "--dump", path)
            path = tmp_path / f"{number}.ndjson"
            run("dump_documents", path, "test_intake", "--without-history")
            assert (
                path.read_bytes().splitlines()[-1]
                == json.dumps(
                    {"collection": "test_intake", "documents": len(documents), "digest": digest},
                    separators=(",", ":"),
                ).encode()
            )
    proof(f"{len(documents):,} documents from SQLite to {kind} and back to SQLite: one digest")
