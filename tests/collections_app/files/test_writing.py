"""Programs put a file in its place or send one beforehand; nobody gets another's by naming it."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import Organization, User
from capsule import Identity, acting_as
from collections_app import Row
from collections_app.files.keeping import keep, stored_files
from collections_app.files.pending import PENDING
from collections_app.storage.guarding import EVERY_SCOPE, opened
from tests.collections_app.files.content import HTML, PDF, PNG, content_of, uploaded
from tests.conftest import signed_in
from tests.openapi import described_to
from tests.testapp.declared.collections import everything, guarded, papers

pytestmark = pytest.mark.django_db

PAPERS = "/collections/test_papers/"
UPLOAD = f"{PAPERS}files/contract/"
BYTES = "application/octet-stream"


@pytest.fixture
def row(alice: User, acme: Organization) -> Row:
    with acting_as(user=alice, organization=acme):
        return papers.insert_one({"title": "Lease", "contract": uploaded(PDF, "lease.pdf")})


@pytest.fixture
def client(alice: User, acme: Organization) -> Client:
    return signed_in(alice, acme)


def address(row: Row, key: str = "contract") -> str:
    return f"{PAPERS}{row.id}/files/{key}/"


def put(client: Client, at: str, content: bytes = PDF, name: str = "new.pdf", **headers: str) -> Any:
    given = {"Content-Disposition": f'attachment; filename="{name}"', **headers}
    return client.put(at, content, content_type=BYTES, headers=given)


def post(client: Client, at: str = UPLOAD, content: bytes = PDF, **headers: str) -> Any:
    given = {"Content-Disposition": 'attachment; filename="new.pdf"', **headers}
    return client.post(at, content, content_type=BYTES, headers=given)


def call(client: Client, method: str, at: str, body: Any) -> Any:
    return client.generic(method, at, json.dumps(body), content_type="application/json")


def now(row: Row) -> Row:
    found = papers.across_scopes().get(row.id)
    assert found is not None
    return found


# In its place -------------------------------------------------------------------------------------------


def test_a_put_puts_the_body_in_its_place(client: Client, row: Row) -> None:
    answer = put(client, address(row), b"%PDF-new")
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    assert answer.json()["contract"]["label"] == "new.pdf"
    assert content_of(client.get(address(row))) == b"%PDF-new"


def test_a_delete_takes_it_away(client: Client, row: Row) -> None:
    answer = client.delete(address(row))
    assert (answer.status_code, "contract" in answer.json()) == (200, False)
    assert client.get(address(row)).status_code == 404


@pytest.mark.parametrize("method", ["put", "delete"])
def test_a_version_is_asked_for(client: Client, row: Row, method: str) -> None:
    answer = getattr(client, method)(address(row), b"%PDF-x", content_type=BYTES, headers={"if-match": '"7"'})
    assert (answer.status_code, answer.json()["current"]["_version"]) == (412, 1)
    assert now(row)["contract"] == row["contract"]
    right = getattr(client, method)(address(row), b"%PDF-x", content_type=BYTES, headers={"if-match": '"1"'})
    assert right.status_code == 200


REFUSED: dict[str, tuple[bytes, int, str]] = {
    "too large": (b"%PDF-" + b"x" * 1024 * 1024, 413, "too_large"),
    "of another type": (PNG, 415, "not_taken"),
    "a page": (HTML, 415, "not_taken"),
    "empty": (b"", 422, "invalid"),
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("send", [put, post])
def test_what_the_column_does_not_take_is_refused(client: Client, row: Row, kind: str, send: Any) -> None:
    content, status, code = REFUSED[kind]
    answer = send(client, address(row) if send is put else UPLOAD, content)
    body = answer.json()
    assert (answer.status_code, body["error"]) == (status, code)
    assert list(body["fields"]) == ["contract"] and body["request_id"]
    assert now(row)["contract"] == row["contract"]


def test_a_length_that_is_not_true_lets_no_more_in(client: Client, row: Row) -> None:
    content = b"%PDF-" + b"x" * 1024 * 1024
    answer = client.put(address(row), content, content_type=BYTES, headers={"content-length": "5"})
    assert answer.status_code in (200, 413)
    assert now(row)["contract"]["size"] <= 1024 * 1024


@pytest.mark.parametrize(
    "header", ["", "attachment", 'attachment; filename="', "filename*=utf-8''%ff", "x" * 5000]
)
def test_a_header_that_names_nothing_makes_no_difference(client: Client, row: Row, header: str) -> None:
    answer = client.put(address(row), PDF, content_type=BYTES, headers={"content-disposition": header})
    assert answer.status_code == 200
    assert answer.json()["contract"]["label"]


def test_a_form_is_sent_by_post_only(client: Client, row: Row) -> None:
    assert client.post(UPLOAD, {"file": uploaded()}).status_code == 201
    assert client.post(UPLOAD, {"other": uploaded()}).status_code == 422
    answer = client.generic("PUT", address(row), b"--x--", content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 422


def test_a_column_that_is_not_edited_is_not_written(client: Client, row: Row) -> None:
    assert put(client, address(row, "sealed")).status_code == 403
    assert post(client, f"{PAPERS}files/sealed/").status_code == 403
    for key in ("secret", "title", "nothing"):
        assert put(client, address(row, key)).status_code == 404
        assert post(client, f"{PAPERS}files/{key}/").status_code == 404


def test_a_write_needs_its_token(alice: User, acme: Organization, row: Row) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in(alice, acme).cookies
    for answer in (put(client, address(row)), post(client), client.delete(address(row))):
        assert (answer.status_code, now(row).version) == (403, 1)


def test_nobody_writes(row: Row) -> None:
    assert put(Client(), address(row)).status_code == 401
    assert post(Client()).status_code == 401
    assert client_of_guarded().status_code == 403


def client_of_guarded() -> Any:
    """Somebody who may not even read, at a collection without files."""
    user = User.objects.create_user("erin@example.com", "a long password")
    return post(signed_in(user), f"/collections/{guarded.name}/files/name/")


def test_another_method_is_refused(client: Client) -> None:
    answer = client.get(UPLOAD)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


# Beforehand ---------------------------------------------------------------------------------------------


def test_what_was_sent_beforehand_is_the_value_of_a_new_row(client: Client) -> None:
    sent = post(client)
    assert sent.status_code == 201
    value = sent.json()["value"]
    made = call(client, "POST", PAPERS, {"title": "Lease", "contract": value})
    assert made.status_code == 201, made.content
    at = f"{made['Location']}files/contract/"
    assert content_of(client.get(at)) == PDF


def test_a_row_is_sent_back_as_it_was_read(client: Client, row: Row) -> None:
    read = client.get(f"{PAPERS}{row.id}/", headers={"accept": "application/json"}).json()
    answer = call(client, "PATCH", f"{PAPERS}{row.id}/", {"title": "New", "contract": read["contract"]})
    assert (answer.status_code, answer.json()["contract"]) == (200, read["contract"])
    gone = call(client, "PATCH", f"{PAPERS}{row.id}/", {"contract": None})
    assert "contract" not in gone.json()


def test_a_file_may_stand_in_two_rows_of_its_scope(client: Client, row: Row) -> None:
    made = call(client, "POST", PAPERS, {"title": "Copy", "contract": row["contract"]})
    assert content_of(client.get(f"{made['Location']}files/contract/")) == PDF


# Forged -------------------------------------------------------------------------------------------------


def forged(client: Client, value: Any) -> list[Any]:
    """The answers to a value on each way of a browser or a program."""
    own = call(client, "POST", PAPERS, {"title": "Mine"}).json()
    at = f"{PAPERS}{own['_id']}/"
    return [
        call(client, "POST", PAPERS, {"title": "Forged", "contract": value}),
        call(client, "PATCH", at, {"contract": value}),
        client.post(f"{PAPERS}add/", {"title": "Forged", "contract": json.dumps(value)}),
        client.post(at, {"title": "Mine", "contract": json.dumps(value), "seen-contract": "null"}),
    ]


def test_another_scopes_file_is_not_had_by_naming_it(charlie: User, alice: User, row: Row) -> None:
    for client in (signed_in(charlie), signed_in(alice)):  # a stranger; and Alice, acting for herself
        for answer in forged(client, row["contract"]):
            assert answer.status_code == 422, answer.content
    assert papers.across_scopes().filter(contract__isnull=False).count() == 1


def test_what_somebody_else_has_just_sent_is_not_had_by_naming_it(
    client: Client, bob: User, acme: Organization
) -> None:
    value = post(client).json()["value"]
    for answer in forged(signed_in(bob, acme), value):
        assert answer.status_code == 422
    assert call(client, "POST", PAPERS, {"title": "Mine", "contract": value}).status_code == 201


LIES: list[dict[str, Any]] = [
    {"label": "other.exe"}, {"label": "a/b"}, {"label": 5}, {"size": 1}, {"size": -1}, {"size": True},
    {"size": 1e308}, {"type": "text/html"}, {"type": "text/plain"}, {"type": None}, {"id": "0" * 32},
    {"id": "../../etc/passwd"}, {"id": None}, {"id": ["x"]}, {"storage_key": "ab/cd"},
    {"place": "db.sqlite3"}, {"scope_key": "app"}, {"_type": "link"}, {"url": "https://evil.example"},
]  # fmt: skip


@pytest.mark.parametrize("lie", LIES, ids=str)
def test_a_value_that_is_not_what_was_kept_is_refused(client: Client, row: Row, lie: dict[str, Any]) -> None:
    for answer in forged(client, {**row["contract"], **lie}):
        assert answer.status_code == 422, (lie, answer.content)


@pytest.mark.parametrize("value", ["x", "{", 5, True, [], {}, {"_type": "file", "label": "x.pdf"}, "[" * 500])
def test_what_is_no_file_is_refused(client: Client, value: Any) -> None:
    answer = call(client, "POST", PAPERS, {"title": "x", "contract": value})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["contract"])


def test_python_cannot_hand_a_file_to_another_scope_by_its_value(row: Row) -> None:
    with (
        acting_as(Identity(user_id=str(uuid4()))),
        pytest.raises(ValidationError, match="not here to be used"),
    ):
        papers.insert_one({"title": "x", "contract": row["contract"]})


def test_a_collections_file_is_not_anothers(alice: User) -> None:
    with acting_as(user=alice):
        row = papers.insert_one({"title": "x", "anything": uploaded()})
        with pytest.raises(ValidationError, match="not here to be used"):
            everything.insert_one({"file": row["anything"]})


def test_a_visitors_upload_is_used_by_them() -> None:
    client = Client()
    value = post(client, "/collections/test_everything/files/file/").json()["value"]
    made = call(client, "POST", "/collections/test_everything/", {"file": value})
    assert made.status_code == 201, made.content


def test_a_file_that_was_never_used_stays_its_senders(alice: User) -> None:
    with acting_as(user=alice):
        value = keep(papers.declaration.column("anything"), uploaded())
    with opened(EVERY_SCOPE):
        assert stored_files().get(pk=value["id"]).scope_key == f"{PENDING}user:{alice.pk}"


# Described ----------------------------------------------------------------------------------------------


def test_it_is_described(client: Client) -> None:
    described = described_to(client)
    calls = described["paths"][f"{PAPERS}{{id}}/files/contract/"]
    assert set(calls) == {"parameters", "get", "put", "delete"}
    assert {"413", "415", "422", "412"} <= set(calls["put"]["responses"])
    assert "post" in described["paths"][UPLOAD]
    assert f"{PAPERS}{{id}}/files/secret/" not in described["paths"]
    assert set(described["paths"][f"{PAPERS}{{id}}/files/sealed/"]) == {"parameters", "get"}
    value = described["components"]["schemas"]["test_papers"]["properties"]["contract"]
    assert value["required"] == ["_type", "id", "label", "size", "type"]
    page = client.get("/collections/").content.decode()
    assert f"{PAPERS}{{id}}/files/contract/" in page
