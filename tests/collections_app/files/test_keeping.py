"""A file comes in through a document, is kept, and is had back: by Python."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.base import ContentFile

from capsule import Identity, acting_as
from collections_app import Row
from collections_app.errors import NoFile
from collections_app.files.keeping import file_storage, keep, stored_files
from collections_app.storage.guarding import EVERY_SCOPE, opened
from tests.collections_app.files.content import HTML, PDF, PNG, uploaded
from tests.testapp.declared.collections import papers

pytestmark = pytest.mark.django_db

ANN = Identity(user_id="01890000-0000-7000-8000-0000000000aa")
BEN = Identity(user_id="01890000-0000-7000-8000-0000000000bb")
CONTRACT = papers.declaration.column("contract")
ANYTHING = papers.declaration.column("anything")


@pytest.fixture(autouse=True)
def acting() -> Iterator[None]:
    with acting_as(ANN):
        yield


def row_with(**files: Any) -> Row:
    return papers.insert_one({"title": "Lease", **files})


def known() -> list[Any]:
    with opened(EVERY_SCOPE):
        return list(stored_files().all())


def places() -> set[str]:
    storage = file_storage()
    try:
        return {name for folder in storage.listdir("")[0] for name in storage.listdir(folder)[1]}
    except FileNotFoundError:
        return set()


def test_a_file_is_given_as_the_value_of_its_column() -> None:
    row = row_with(contract=uploaded(PDF, "lease.pdf"))
    value = row["contract"]
    assert value == {
        "_type": "file", "id": value["id"], "label": "lease.pdf", "size": len(PDF), "type": "application/pdf",
    }  # fmt: skip
    with row.open_file("contract") as file:
        assert (file.read(), file.name, file.size) == (PDF, "lease.pdf", len(PDF))


def test_a_file_in_the_memory_will_do() -> None:
    row = row_with(anything=ContentFile("ein Text", name="a.txt"))
    assert row["anything"]["type"] == "text/plain"
    with row.open_file("anything") as file:
        assert file.read() == b"ein Text"


def test_another_takes_its_place_on_every_way() -> None:
    row = row_with(contract=uploaded(PDF, "1.pdf"))
    row.patch({"contract": uploaded(PDF, "2.pdf")})
    assert row["contract"]["label"] == "2.pdf"
    papers.update_one({"_id": row.id}, {"$set": {"contract": uploaded(PDF, "3.pdf")}})
    papers.update_many({}, {"photo": uploaded(PNG, "4.png")})
    papers.replace_one({"_id": row.id}, {"title": "New", "contract": uploaded(PDF, "5.pdf")})
    row.refresh()
    assert (row["contract"]["label"], "photo" in row) == ("5.pdf", False)
    papers.edit(row.id, {"photo": (None, uploaded(PNG, "6.png"))})
    row.refresh()
    assert row["photo"]["label"] == "6.png"
    row.patch({"photo": None})
    with pytest.raises(NoFile, match="no file under 'photo'"):
        row.open_file("photo")


def test_it_is_stored_once_however_often_a_write_looks_at_it() -> None:
    before = places()
    row_with().patch({"contract": uploaded()})
    assert len(places() - before) == 1 == len(known())


def test_the_same_file_object_may_go_into_documents_of_several_scopes() -> None:
    file = uploaded()
    rows = [papers.in_scope_of(one).insert_one({"title": "x", "contract": file}) for one in (ANN, BEN)]
    assert len({row["contract"]["id"] for row in rows}) == 2


def test_a_file_of_one_row_is_copied_into_another_scope_by_opening_it() -> None:
    row = row_with(contract=uploaded(PDF, "lease.pdf"))
    with row.open_file("contract") as file:
        other = papers.in_scope_of(BEN).insert_one({"title": "x", "contract": file})
    assert other["contract"]["label"] == "lease.pdf"
    assert other["contract"]["id"] != row["contract"]["id"]


def test_no_word_of_a_name_is_in_its_place() -> None:
    row_with(anything=uploaded(PDF, "../../secret/lease.pdf"))
    (stored,) = known()
    assert re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{32}", stored.place)
    assert stored.name == "lease.pdf"
    assert stored.pk.hex not in stored.place


def test_what_is_kept_is_its_owners_alone() -> None:
    row_with(contract=uploaded())
    path = Path(file_storage().path(known()[0].place))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_opens_again_does_not_look_for_its_name() -> None:
    row = row_with(anything=uploaded(PDF, "manage.py"))
    file = row.open_file("anything")
    file.close()
    with file.open() as again:
        assert again.read() == PDF


# Refused ------------------------------------------------------------------------------------------------


class Endless(File):  # type: ignore[type-arg]
    """A file that does not say how large it is."""

    size = 0

    def __init__(self, pieces: int) -> None:
        super().__init__(None, name="endless.txt")
        self.pieces, self.given = pieces, 0

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        for _ in range(self.pieces):
            self.given += 1
            yield b"x" * 65_536


def test_it_is_counted_while_it_comes_and_nothing_is_left_of_what_is_too_large() -> None:
    before, file = places(), Endless(1000)
    with pytest.raises(ValidationError, match="larger than 1.0") as refusal:
        row_with(contract=file)
    assert list(refusal.value.message_dict) == ["contract"]
    assert file.given == 17, "no more is read than a megabyte, and a piece"
    assert (places(), known(), papers.count()) == (before, [], 0)


def test_what_says_that_it_is_too_large_is_not_read() -> None:
    file = Endless(1)
    file.size = 2 * 1024 * 1024
    with pytest.raises(ValidationError, match="larger"):
        row_with(contract=file)
    assert file.given == 0


@pytest.mark.parametrize(
    ("content", "name"), [(HTML, "lease.pdf"), (PNG, "lease.pdf"), (b"MZ\x90\0", "a.pdf")]
)
def test_a_type_is_told_from_the_content_whatever_name_and_sender_say(content: bytes, name: str) -> None:
    before = places()
    with pytest.raises(ValidationError, match="PDF, Text, at most 1.0"):
        row_with(contract=uploaded(content, name, "application/pdf"))
    assert (places(), known()) == (before, [])


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(ValidationError, match="This file is empty"):
        row_with(anything=uploaded(b""))


def test_a_file_in_another_column_is_no_text() -> None:
    with pytest.raises(ValidationError, match="Enter a text"):
        papers.insert_one({"title": uploaded()})


def test_a_large_file_is_never_whole_in_memory() -> None:
    row = row_with()
    tracemalloc.start()
    value = keep(ANYTHING, Endless(300))  # 20 MB
    row.patch({"anything": value})
    with row.open_file("anything") as file:
        size = sum(len(piece) for piece in file.chunks())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 300 * 65_536
    assert peak < 2 * 1024 * 1024


def test_what_an_aborted_write_had_kept_is_in_no_document() -> None:
    with pytest.raises(ValidationError):
        papers.insert_many([{"title": "good", "contract": uploaded()}, {"contract": uploaded()}])
    assert papers.count() == 0


def test_it_is_opened_asynchronously_too() -> None:
    row = row_with(contract=uploaded())
    with async_to_sync(row.aopen_file)("contract") as file:
        assert file.read() == PDF
