"""A file is served after its row's own access check, to be saved and never to be run."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Organization, User
from capsule import acting_as
from collections_app import Row
from collections_app.files.keeping import file_storage, stored_files
from collections_app.storage.guarding import EVERY_SCOPE, opened
from tests.collections_app.files.content import HTML, PDF, SVG, content_of, uploaded
from tests.conftest import signed_in
from tests.testapp.declared.collections import everything, papers

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(alice: User, acme: Organization) -> Row:
    with acting_as(user=alice, organization=acme):
        return papers.insert_one(
            {
                "title": "Lease",
                "contract": uploaded(PDF, "Miete “2026”, März.pdf"),
                "anything": uploaded(HTML, "page.html", "text/html"),
                "secret": uploaded(PDF, "secret.pdf"),
            }
        )


def address(row: Row, key: str = "contract") -> str:
    return f"/collections/test_papers/{row.id}/files/{key}/"


@pytest.fixture
def client(alice: User, acme: Organization) -> Client:
    return signed_in(alice, acme)


def test_it_is_what_was_sent(client: Client, row: Row) -> None:
    response = client.get(address(row))
    assert response.status_code == 200
    assert content_of(response) == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Length"] == str(len(PDF))


def test_a_colleague_has_it_too(bob: User, acme: Organization, row: Row) -> None:
    assert content_of(signed_in(bob, acme).get(address(row))) == PDF


@pytest.mark.parametrize("key", ["contract", "anything"])
def test_it_is_to_be_saved_and_not_to_be_run(client: Client, row: Row, key: str) -> None:
    response = client.get(address(row, key))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("attachment; filename")
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "private, no-cache"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    content_of(response)


@pytest.mark.parametrize("content", [HTML, SVG, b"<?xml version='1.0'?><a/>", b"\0\1\2", b"\x7fELF"])
def test_what_a_browser_could_run_is_only_bytes(
    client: Client, alice: User, acme: Organization, content: bytes
) -> None:
    with acting_as(user=alice, organization=acme):
        row = papers.insert_one({"title": "x", "anything": uploaded(content, "a.png", "image/png")})
    response = client.get(address(row, "anything"))
    assert response["Content-Type"] == "application/octet-stream"
    content_of(response)


def test_its_name_is_written_as_the_standard_says(client: Client, row: Row) -> None:
    response = client.get(address(row))
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''Miete%20%E2%80%9C2026%E2%80%9D%2C%20M%C3%A4rz.pdf"
    )
    content_of(response)


def test_a_head_has_the_headers_alone(client: Client, row: Row) -> None:
    response = client.head(address(row))
    assert (response.status_code, response["Content-Length"], response.content) == (200, str(len(PDF)), b"")


def test_what_is_known_is_not_sent_again(client: Client, row: Row) -> None:
    first = client.get(address(row))
    content_of(first)
    again = client.get(address(row), headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


RANGES: dict[str, tuple[int, bytes | None, str | None]] = {
    "bytes=0-3": (206, PDF[:4], f"bytes 0-3/{len(PDF)}"),
    "bytes=5-": (206, PDF[5:], f"bytes 5-{len(PDF) - 1}/{len(PDF)}"),
    "bytes=-6": (206, PDF[-6:], f"bytes {len(PDF) - 6}-{len(PDF) - 1}/{len(PDF)}"),
    "bytes=-99999": (206, PDF, f"bytes 0-{len(PDF) - 1}/{len(PDF)}"),
    "bytes=0-99999": (206, PDF, f"bytes 0-{len(PDF) - 1}/{len(PDF)}"),
    f"bytes={len(PDF)}-": (416, None, f"bytes */{len(PDF)}"),
    "bytes=5-3": (200, PDF, None),
    "bytes=-0": (200, PDF, None),
    "bytes=-": (200, PDF, None),
    "bytes=0-1,3-4": (200, PDF, None),
    "lines=0-1": (200, PDF, None),
    "bytes=" + "9" * 30 + "-": (200, PDF, None),
}


@pytest.mark.parametrize("asked", RANGES)
def test_a_part_is_had_alone(client: Client, row: Row, asked: str) -> None:
    status, content, said = RANGES[asked]
    response = client.get(address(row), headers={"range": asked})
    assert (response.status_code, response.get("Content-Range")) == (status, said)
    sent = content_of(response)
    assert content is None or sent == content


def test_a_part_of_another_file_is_not_mixed_in(client: Client, row: Row) -> None:
    response = client.get(address(row), headers={"range": "bytes=0-3", "if-range": '"another"'})
    assert (response.status_code, content_of(response)) == (200, PDF)


# Who has it ---------------------------------------------------------------------------------------------


def faceless(response: Any) -> tuple[int, bytes, list[tuple[str, str]]]:
    """An answer without what differs from request to request."""
    request_id = response["X-Request-ID"]
    headers = sorted((name, value) for name, value in response.items() if name != "X-Request-ID")
    return response.status_code, response.content.replace(request_id.encode(), b""), headers


def test_anothers_is_as_one_that_never_was(charlie: User, alice: User, acme: Organization, row: Row) -> None:
    client = signed_in(charlie)
    json = {"accept": "application/json"}
    never = faceless(client.get(f"/collections/test_papers/{uuid4()}/files/contract/", headers=json))
    assert never[0] == 404
    assert faceless(client.get(address(row), headers=json)) == never
    # The same person, acting for herself.
    assert signed_in(alice).get(address(row)).status_code == 404


def test_nobody_has_it(row: Row) -> None:
    response = Client().get(address(row))
    assert response.status_code == 302 and "sign-in" in response["Location"]
    assert Client().get(address(row), headers={"accept": "application/json"}).status_code == 401


@pytest.mark.parametrize("key", ["secret", "title", "photo", "nothing", "_id"])
def test_a_column_that_shows_no_file_has_none(client: Client, row: Row, key: str) -> None:
    assert client.get(address(row, key)).status_code == 404


def test_a_deleted_rows_file_is_gone_until_it_is_back(
    client: Client, alice: User, acme: Organization, row: Row
) -> None:
    with acting_as(user=alice, organization=acme):
        row.delete()
        assert client.get(address(row)).status_code == 404
        papers.undelete(row.id)
    assert content_of(client.get(address(row))) == PDF


def test_an_earlier_version_brings_its_file_back(
    client: Client, alice: User, acme: Organization, row: Row
) -> None:
    with acting_as(user=alice, organization=acme):
        row.patch({"contract": uploaded(b"%PDF-1.4 another", "other.pdf")})
        assert content_of(client.get(address(row))) == b"%PDF-1.4 another"
        papers.restore(row.id, 1)
    assert content_of(client.get(address(row))) == PDF


def test_a_storage_that_lacks_it_is_a_404(client: Client, row: Row) -> None:
    with opened(EVERY_SCOPE):
        file_storage().delete(stored_files().get(pk=row["contract"]["id"]).place)
    assert client.get(address(row)).status_code == 404


def test_another_method_is_refused(client: Client, row: Row) -> None:
    response = client.post(address(row))
    assert (response.status_code, response["Allow"]) == (405, "DELETE, GET, HEAD, PUT")


def test_visitors_have_what_is_public() -> None:
    with acting_as():
        row = everything.insert_one({"file": uploaded()})
    response = Client().get(f"/collections/test_everything/{row.id}/files/file/")
    assert content_of(response) == PDF
