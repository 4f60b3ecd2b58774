"""A file in the form of a record: chosen, kept while the form comes back, replaced, removed."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.test import Client

from accounts.models import Organization, User
from capsule import acting_as
from collections_app import Row
from collections_app.files.keeping import file_storage, stored_files
from collections_app.storage.guarding import EVERY_SCOPE, opened
from tests.collections_app.files.content import PDF, PNG, content_of, uploaded
from tests.conftest import signed_in
from tests.testapp.declared.collections import everything, papers

pytestmark = pytest.mark.django_db

PAPERS = "/collections/test_papers/"


@pytest.fixture
def client(alice: User, acme: Organization) -> Client:
    return signed_in(alice, acme)


@pytest.fixture
def row(alice: User, acme: Organization) -> Row:
    with acting_as(user=alice, organization=acme):
        return papers.insert_one({"title": "Lease", "contract": uploaded(PDF, "lease.pdf")})


def only() -> Row:
    (row,) = papers.across_scopes().all().rows()
    return row


def hidden(page: str, name: str) -> str:
    """The value of a hidden input, as a browser would send it back."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return html.unescape(found[1])


def sent_back(page: str, **changes: Any) -> dict[str, Any]:
    """What the form of a page sends, with what was changed in it."""
    names = ("seen-title", "seen-contract", "seen-photo", "seen-anything", "contract", "photo", "anything")
    title = re.search(r'name="title" value="([^"]*)"', page)
    kept = {name: hidden(page, name) for name in names if f'name="{name}"' in page}
    return {"title": html.unescape(title[1]) if title else "", **kept, **changes}


def test_the_form_is_one_that_carries_files(client: Client) -> None:
    page = client.get(f"{PAPERS}add/").content.decode()
    assert 'enctype="multipart/form-data"' in page
    assert 'accept="application/pdf,text/plain,.txt,.csv,.md,.log,.json"' in page
    assert 'data-limit="1048576"' in page
    assert "PDF, Text, at most 1.0\xa0MB." in page
    assert "Whatever you have. At most 25.0\xa0MB." in page
    assert 'name="secret"' not in page and 'name="sealed"' not in page


def test_a_form_without_files_is_as_it_was(client: Client) -> None:
    page = client.get("/collections/test_threads/add/").content.decode()
    assert "enctype" not in page


def test_a_file_is_added_with_its_record(client: Client) -> None:
    answer = client.post(f"{PAPERS}add/", {"title": "Lease", "contract": uploaded(PDF, "lease.pdf")})
    assert answer.status_code == 302
    assert only()["contract"]["label"] == "lease.pdf"


def test_a_form_that_comes_back_has_not_lost_the_file(client: Client) -> None:
    answer = client.post(f"{PAPERS}add/", {"title": "", "contract": uploaded(PDF, "lease.pdf")})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "lease.pdf" in page
    again = client.post(f"{PAPERS}add/", sent_back(page, title="Lease"))
    assert again.status_code == 302
    assert content_of(client.get(f"{PAPERS}{only().id}/files/contract/")) == PDF


def test_an_input_without_a_file_does_not_undo_what_was_sent_before(client: Client) -> None:
    """As a browser writes it: an empty part of the same name, behind the hidden input."""
    page = client.post(
        f"{PAPERS}add/", {"title": "", "contract": uploaded(PDF, "lease.pdf")}
    ).content.decode()
    parts = [
        f'Content-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}'
        for name, more, value in (
            ("title", "", "Lease"),
            ("contract", "", hidden(page, "contract")),
            ("contract", '; filename=""\r\nContent-Type: application/octet-stream', ""),
        )
    ]
    body = "".join(f"--x\r\n{part}\r\n" for part in parts) + "--x--\r\n"
    client.generic("POST", f"{PAPERS}add/", body, content_type="multipart/form-data; boundary=x")
    assert only()["contract"]["label"] == "lease.pdf"


def test_a_file_that_cannot_be_is_said_beside_its_field_and_the_rest_stays(client: Client) -> None:
    answer = client.post(f"{PAPERS}add/", {"title": "Lease", "contract": uploaded(PNG, "lease.pdf")})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This file is of the type image/png. PDF, Text, at most 1.0" in page
    assert 'value="Lease"' in page
    assert hidden(page, "contract") == ""


def test_the_record_shows_its_file(client: Client, row: Row) -> None:
    page = client.get(f"{PAPERS}{row.id}/").content.decode()
    assert f'href="{PAPERS}{row.id}/files/contract/"' in page
    assert "lease.pdf" in page and f"{len(PDF)}\xa0bytes" in page


def test_nothing_touched_is_nothing_changed(client: Client, row: Row) -> None:
    page = client.get(f"{PAPERS}{row.id}/").content.decode()
    assert client.post(f"{PAPERS}{row.id}/", sent_back(page)).status_code == 302
    assert only().version == 1


def test_another_takes_its_place(client: Client, row: Row) -> None:
    page = client.get(f"{PAPERS}{row.id}/").content.decode()
    new = uploaded(b"%PDF-2", "new.pdf")
    assert client.post(f"{PAPERS}{row.id}/", sent_back(page) | {"contract": new}).status_code == 302
    assert only()["contract"]["label"] == "new.pdf"


def test_it_is_removed_by_its_tick(client: Client, row: Row) -> None:
    page = client.get(f"{PAPERS}{row.id}/").content.decode()
    sent = sent_back(page) | {"contract-removed": "1"}
    assert client.post(f"{PAPERS}{row.id}/", sent).status_code == 302
    assert only().get("contract") is None


def test_a_conflict_keeps_what_was_chosen(client: Client, alice: User, acme: Organization, row: Row) -> None:
    page = client.get(f"{PAPERS}{row.id}/").content.decode()
    with acting_as(user=alice, organization=acme):
        row.patch({"contract": uploaded(b"%PDF-theirs", "theirs.pdf")})
    mine = sent_back(page) | {"contract": uploaded(b"%PDF-mine", "mine.pdf")}
    answer = client.post(f"{PAPERS}{row.id}/", mine)
    conflict = answer.content.decode()
    assert answer.status_code == 409
    assert "theirs.pdf" in conflict and "mine.pdf" in conflict
    keep = {name: hidden(conflict, name) for name in ("seen-contract", "contract")}
    assert client.post(f"{PAPERS}{row.id}/", keep).status_code == 302
    assert only()["contract"]["label"] == "mine.pdf"


def test_a_record_that_is_gone_keeps_what_was_chosen(
    client: Client, alice: User, acme: Organization, row: Row
) -> None:
    page = client.get(f"{PAPERS}{row.id}/").content.decode()
    with acting_as(user=alice, organization=acme):
        row.delete()
    answer = client.post(
        f"{PAPERS}{row.id}/", sent_back(page) | {"contract": uploaded(b"%PDF-2", "mine.pdf")}
    )
    assert answer.status_code == 404
    gone = answer.content.decode()
    assert json.loads(hidden(gone, "contract"))["label"] == "mine.pdf"
    assert client.post(f"{PAPERS}add/", sent_back(gone, title="Again")).status_code == 302


def test_sent_twice_it_is_there_twice_and_each_has_its_own(client: Client) -> None:
    for _ in range(2):
        client.post(f"{PAPERS}add/", {"title": "Lease", "contract": uploaded()})
    ids = {row["contract"]["id"] for row in papers.across_scopes().all().rows()}
    assert len(ids) == 2


def test_another_file_in_the_same_form_is_another_record(client: Client) -> None:
    for content in (b"first", b"other", b"first"):
        form = {"once": "0" * 32, "title": "Lease", "contract": uploaded(content, "lease.txt")}
        assert client.post(f"{PAPERS}add/", form).status_code == 302
    found = []
    for row in papers.across_scopes().all().rows():
        with row.open_file("contract") as file:
            found.append(file.read())
    assert sorted(found) == [b"first", b"other"]


def test_no_more_is_written_of_a_file_than_any_column_takes(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    close = TemporaryUploadedFile.close

    def closed(file: Any) -> None:
        written.append(file.file.seek(0, 2))
        close(file)

    monkeypatch.setattr("collections_app.files.receiving.most_of_any", lambda: 1024 * 1024)
    monkeypatch.setattr(TemporaryUploadedFile, "close", closed)
    answer = client.post(
        f"{PAPERS}add/", {"title": "Lease", "anything": uploaded(b"%PDF-" + b"x" * 9 * 1024 * 1024)}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This file is larger than" in page and 'value="Lease"' in page
    assert written and max(written) <= 1024 * 1024
    with opened(EVERY_SCOPE):
        assert not stored_files().exists()


NAMES: dict[str, tuple[str, str]] = {
    "a path": ("../../../etc/passwd", "passwd"),
    "a path of Windows": ("C:\\Users\\x\\lease.pdf", "lease.pdf"),
    "line breaks": ("a\r\nSet-Cookie: x=1\r\n.pdf", "aSet-Cookie: x=1.pdf"),
    "turned around": ("invoice\u202efdp.exe", "invoicefdp.exe"),
    "a NUL": ("a\0.pdf", "a.pdf"),
    "markup": ('"><script>alert(1)</script>.pdf', "script>.pdf"),
    "dots": ("...", "file"),
    "spaces": ("  a   b.pdf ", "a b.pdf"),
    "a megabyte": ("x" * 1_000_000 + ".pdf", "x" * 251 + ".pdf"),
    "half a character": ("a\ud800.pdf", "a.pdf"),
}


@pytest.mark.parametrize("kind", NAMES)
def test_a_name_is_a_name_and_no_more(client: Client, alice: User, acme: Organization, kind: str) -> None:
    given, kept = NAMES[kind]
    file: Any = uploaded()
    file._name = given  # what Django itself would refuse or cut
    with acting_as(user=alice, organization=acme):
        row = papers.insert_one({"title": "x", "anything": file})
    assert row["anything"]["label"] == kept
    response = client.get(f"{PAPERS}{row.id}/files/anything/")
    assert "\r" not in response["Content-Disposition"] and "\n" not in response["Content-Disposition"]
    assert content_of(response) == PDF
    page = client.get(PAPERS).content.decode()
    assert "<script>alert(1)" not in page


def test_a_cell_leads_to_the_file(client: Client, row: Row) -> None:
    page = client.get(PAPERS).content.decode()
    assert f'href="{PAPERS}{row.id}/files/contract/"' in page
    assert "glyph-file" in page and "lease.pdf" in page


def test_nothing_in_the_storage_is_served_as_it_is(client: Client, row: Row) -> None:
    with opened(EVERY_SCOPE):
        place = stored_files().get(pk=row["contract"]["id"]).place
    assert file_storage().exists(place)
    for root in ("/", "/media/", "/files/", "/static/", "/static/files/"):
        assert client.get(f"{root}{place}").status_code == 404


def test_the_admin_adds_and_keeps_a_file(dana: User) -> None:
    client = signed_in(dana)
    add = f"/admin/collections_store/{everything.model._meta.model_name}/add/"
    page = client.get(add).content.decode()
    assert 'enctype="multipart/form-data"' in page
    answer = client.post(add, {"text": "x", "file": uploaded(PDF, "lease.pdf")})
    assert answer.status_code == 302, answer.content.decode()
