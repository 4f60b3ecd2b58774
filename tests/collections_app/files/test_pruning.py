"""What nothing names goes after a day; what anything names, the history included, never does."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Membership, Organization, Role, User
from capsule import Identity, acting_as
from collections_app import Row
from collections_app.dumping import BadDump, dump, load_dump
from collections_app.files import references
from collections_app.files.carrying import files_missing
from collections_app.files.keeping import file_storage, keep, stored_files
from collections_app.files.pruning import prune_files
from collections_app.moving import move
from collections_app.storage.guarding import EVERY_SCOPE, opened
from tests.collections_app.conftest import Declare
from tests.collections_app.files.content import PDF, content_of, uploaded
from tests.conftest import signed_in
from tests.testapp.declared.collections import papers

pytestmark = pytest.mark.django_db

ANN = Identity(user_id="01890000-0000-7000-8000-0000000000aa")
ANYTHING = papers.declaration.column("anything")


@pytest.fixture(autouse=True)
def acting() -> Iterator[None]:
    with acting_as(ANN):
        yield


@pytest.fixture(autouse=True)
def empty() -> None:
    """No content of another test's."""
    for place in places():
        file_storage().delete(place)


def places() -> set[str]:
    storage = file_storage()
    if not Path(storage.path("")).exists():
        return set()
    return {f"{one}/{name}" for one in storage.listdir("")[0] for name in storage.listdir(one)[1]}


def row_with(content: bytes = PDF) -> Row:
    return papers.insert_one({"title": "Lease", "contract": uploaded(content)})


def days_pass() -> None:
    """All that is kept is two days old."""
    then = timezone.now() - timedelta(days=2)
    with opened(EVERY_SCOPE):
        stored_files().update(created_at=then)
    for place in places():
        os.utime(file_storage().path(place), (then.timestamp(), then.timestamp()))


def left() -> int:
    with opened(EVERY_SCOPE):
        count = stored_files().count()
    assert len(places()) == count, "each has its content, and there is no other"
    return int(count)


def test_what_a_document_names_stays() -> None:
    row_with()
    days_pass()
    assert (prune_files().files, left()) == (0, 1)


def test_what_a_deleted_document_named_stays_as_long_as_it_can_come_back() -> None:
    row = row_with()
    row.delete()
    days_pass()
    assert (prune_files().files, left()) == (0, 1)
    papers.undelete(row.id)
    with row.open_file("contract") as file:
        assert file.read() == PDF


def test_what_an_earlier_version_named_stays_too() -> None:
    row = row_with()
    row.patch({"contract": uploaded(b"%PDF-2")})
    row.patch({"contract": None})
    days_pass()
    assert (prune_files().files, left()) == (0, 2)
    papers.restore(row.id, 1)
    assert papers.get(row.id)["contract"] == papers.history(row.id)[0].after["contract"]  # type: ignore[index]


def test_it_goes_with_the_history_that_named_it() -> None:
    row = row_with()
    row.patch({"contract": uploaded(b"%PDF-2")})
    days_pass()
    said = StringIO()
    call_command("prune_history", "test_papers", older_than=0, stdout=said, stderr=StringIO())
    assert "1 file" in said.getvalue()
    assert left() == 1
    with papers.get(row.id).open_file("contract") as file:  # type: ignore[union-attr]
        assert file.read() == b"%PDF-2"


def test_what_was_sent_and_never_used_goes_after_a_day() -> None:
    keep(ANYTHING, uploaded())
    assert (prune_files().files, left()) == (0, 1), "it may be in a form that is still being filled in"
    days_pass()
    assert (prune_files().files, left()) == (1, 0)


def test_content_that_never_got_a_row_goes_after_a_day() -> None:
    file_storage().save("ab/" + "c" * 32, ContentFile(b"broken off"))
    assert prune_files().strays == 0
    days_pass()
    assert (prune_files().strays, places()) == (1, set())


def test_a_key_that_is_no_file_column_any_more_keeps_what_it_names(declare: Declare) -> None:
    """A value stays in its document when the column is renamed or removed."""
    row = row_with()
    with opened(EVERY_SCOPE):
        papers.model.objects.filter(public_id=row.id).update(
            data={"title": "x", "was": {"deep": [row["contract"]]}}
        )
    days_pass()
    assert (prune_files().files, left()) == (0, 1)


def test_a_dry_run_deletes_nothing_and_says_what_would_go() -> None:
    keep(ANYTHING, uploaded(PDF, "never used.pdf"))
    file_storage().save("ab/" + "c" * 32, ContentFile(b"broken off"))
    days_pass()
    said, names = StringIO(), StringIO()
    call_command("prune_files", "--dry-run", stdout=said, stderr=names)
    assert said.getvalue() == (
        f"1 file ({len(PDF)} bytes) that nothing names would be deleted, and the content of 1 upload that "
        "broke off.\n"
    )
    assert names.getvalue() == "  never used.pdf\n"
    assert len(places()) == 2
    call_command("prune_files", stdout=said)
    assert (left(), "is deleted" in said.getvalue()) == (0, True)


def test_a_file_that_is_named_while_the_others_are_looked_through_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After its document would have been looked at, and before it is deleted."""
    row = row_with()
    value = row["contract"]
    days_pass()
    named = references.named_files

    def meanwhile(collection: Any) -> Any:
        found = named(collection)
        if collection.name == papers.name:
            papers.insert_one({"title": "Copy", "contract": value})
            return found - {next(iter(found))}  # as if neither had been there yet
        return found

    monkeypatch.setattr("collections_app.files.pruning.named_files", meanwhile)
    assert (prune_files().files, left()) == (0, 1)


def test_a_file_that_was_pruned_is_not_named_any_more() -> None:
    value = keep(ANYTHING, uploaded())
    days_pass()
    prune_files()
    with pytest.raises(ValidationError, match="Choose it again"):
        papers.insert_one({"title": "x", "anything": value})


def test_a_thousand_documents_are_looked_through_in_little_time() -> None:
    papers.insert_many({"title": f"n {n}", "anything": None} for n in range(1000))
    row_with()
    days_pass()
    began = time.process_time()
    assert prune_files().files == 0
    assert time.process_time() - began < 3


# Carried ------------------------------------------------------------------------------------------------


def test_a_dump_carries_what_is_known_and_the_content_is_where_it_was(alice: User) -> None:
    with acting_as(user=alice):
        row = row_with()
    lines = list(dump([papers]))
    papers.across_scopes().delete_many({}, confirm_all=True)
    with opened(EVERY_SCOPE):
        stored_files().all().delete()
    load_dump(lines)
    response = signed_in(alice).get(f"/collections/test_papers/{row.id}/files/contract/")
    assert content_of(response) == PDF
    assert files_missing([papers.name]) == []


def test_what_a_dump_names_and_the_storage_lacks_is_listed() -> None:
    row_with()
    for place in places():
        file_storage().delete(place)
    assert len(files_missing([papers.name])) == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("place", "../db.sqlite3"), ("place", "/etc/passwd"), ("size", -1), ("size", "5"), ("name", "a/b"),
        ("type", "text/html\r\nX: y"), ("digest", "x"), ("id", "x"), ("id", None), ("place", None),
    ],
)  # fmt: skip
def test_a_dump_that_somebody_has_been_at_is_refused(key: str, value: Any) -> None:
    row_with()
    lines = [line.replace(b"\0", b"") for line in dump([papers])]

    entry = json.loads(lines[0])
    entry["file"][key] = value
    papers.across_scopes().delete_many({}, confirm_all=True)
    with pytest.raises(BadDump, match="Line 1"):
        load_dump([json.dumps(entry).encode(), *lines[1:]])


def test_a_founders_files_go_along_and_what_was_deleted_before_stays(alice: User) -> None:
    mine = Identity.of(user=alice)
    with acting_as(mine):
        row, gone = row_with(), row_with(b"%PDF-gone")
        gone.delete()
    acme = Organization.objects.create(name="Acme", slug="acme")
    Membership.objects.create(organization=acme, user=alice, role=Role.ADMIN)
    move(papers, f"user:{alice.pk}", f"org:{acme.pk}")
    response = signed_in(alice, acme).get(f"/collections/test_papers/{row.id}/files/contract/")
    assert content_of(response) == PDF
    with acting_as(mine):
        papers.undelete(gone.id)
    response = signed_in(alice).get(f"/collections/test_papers/{gone.id}/files/contract/")
    assert content_of(response) == b"%PDF-gone"
