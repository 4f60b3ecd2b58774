"""The pages of a collection, as people and strangers call them."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import Organization, User
from capsule import acting_as
from collections_app import Row
from collections_app.handle import Collection
from tests.bad_input import KEYS, NUMBERS, PAGES, TEXTS, alone, encoded, post_form
from tests.testapp.declared.collections import bookmarks, contacts, everything, notes, staff_only, threads

pytestmark = pytest.mark.django_db

THREADS = "/collections/test_threads/"


@pytest.fixture
def row(alice: User, acme: Organization) -> Row:
    with acting_as(user=alice, organization=acme):
        return threads.insert_one(
            {"subject": "Printer", "status": "new", "priority": 1, "secret": "hush", "extra": {"kept": True}}
        )


def address(row: Row, what: str = "") -> str:
    return f"{THREADS}{row.id}/{what}"


def current(row: Row) -> Row | None:
    return threads.across_scopes().get(row.id)


def seen(row: Row, **changes: str) -> dict[str, str]:
    """What a browser sends: each visible field, and what was seen of it."""
    form = {"subject": row["subject"], "status": row["status"], "priority": str(row["priority"]), "tags": ""}
    pairs = {f"seen-{name}": json.dumps(row.get(name)) for name in form}
    return {**form, **pairs, **changes}


def without_ids(response: Any) -> str:
    """The body without what differs from request to request: tokens, the request's number, the id."""
    text = re.sub(r"[A-Za-z0-9]{64}|[0-9a-f]{32}", "", response.content.decode())
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>", text)


# The table --------------------------------------------------------------------------------------------


def test_the_page_shows_the_records(alice_client: Client, row: Row) -> None:
    response = alice_client.get(THREADS)
    assert response.status_code == 200
    assert b"Printer" in response.content
    assert b"hush" not in response.content
    assert b"<h1" in response.content


def test_htmx_gets_only_the_table(alice_client: Client, row: Row) -> None:
    headers = {"HX-Request": "true", "HX-Target": "section#table-test_threads"}
    response = alice_client.get(f"{THREADS}?test_threads-sort=-priority", headers=headers)
    assert response.content.strip().startswith(b"<section")
    assert b"<h1" not in response.content
    assert "HX-Target" in response["Vary"]


def test_the_table_takes_few_queries(
    alice_client: Client, row: Row, django_assert_max_num_queries: Any
) -> None:
    headers = {"HX-Request": "true", "HX-Target": "section#table-test_threads"}
    with django_assert_max_num_queries(3 + 3):  # who it is, then versions, count and rows
        alice_client.get(THREADS, headers=headers)


def test_it_answers_without_the_final_slash(alice_client: Client, row: Row) -> None:
    assert alice_client.get(THREADS.rstrip("/")).status_code == 200
    assert alice_client.get(address(row).rstrip("/")).status_code == 200


@pytest.mark.parametrize(
    "query", ["sort=secret", "page=0", "page=1e9", "size=0", "size=201", "is-secret=1", "is-status=none"]
)
def test_a_bad_address_is_a_400_that_names_it(alice_client: Client, acme: Organization, query: str) -> None:
    response = alice_client.get(f"{THREADS}?test_threads-{query}")
    assert response.status_code == 400
    assert f"test_threads-{query.split('=')[0]}".encode() in response.content
    response = alice_client.get(f"{THREADS}?test_threads-{query}", headers={"Accept": "application/json"})
    assert list(response.json()["fields"]) == [f"test_threads-{query.split('=')[0]}"]


@pytest.mark.parametrize("key", ["sort", "page", "size", "is-subject", "is-status", "is-priority"])
def test_a_table_takes_no_bad_address(alice_client: Client, row: Row, key: str) -> None:
    for kind, text in {**TEXTS, **NUMBERS, **PAGES}.items():
        with alone(kind):
            response = alice_client.get(
                f"{THREADS}?{encoded({f'test_threads-{key}': text})}", headers={"Accept": "application/json"}
            )
            any_text = key == "is-subject" or (key == "is-priority" and kind in PAGES)
            assert response.status_code in ((200, 400, 414) if any_text or not text.strip() else (400, 414))
            if response.status_code == 400 and "\0" not in text:  # a NUL is refused before any table is asked
                assert list(response.json()["fields"]) == [f"test_threads-{key}"]
            assert b"<script>alert" not in response.content


@pytest.mark.parametrize("kind", KEYS)
def test_a_filter_by_a_strange_key_is_refused(alice_client: Client, row: Row, kind: str) -> None:
    query = encoded({f"test_threads-is-{KEYS[kind]}": "1", f"{KEYS[kind]}": "1"})
    response = alice_client.get(f"{THREADS}?{query}")
    assert response.status_code == 400
    assert b"<script>a" not in response.content


def test_an_unknown_collection_is_not_there(alice_client: Client) -> None:
    for path in (
        "nope/",
        "nope/add/",
        f"nope/{uuid4()}/",
        f"nope/{uuid4()}/delete/",
        "%F0%9F%92%A9/",
        "a%27b/",
    ):
        assert alice_client.get(f"/collections/{path}").status_code == 404


# Who may ----------------------------------------------------------------------------------------------


def test_everybody_has_only_their_own(
    alice_client: Client, bob_client: Client, charlie_client: Client, row: Row
) -> None:
    assert b"Printer" in bob_client.get(THREADS).content
    assert b"Printer" not in charlie_client.get(THREADS).content
    assert bob_client.get(address(row)).status_code == 200


@pytest.mark.parametrize("what", ["", "delete/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_anothers_record_is_like_one_that_never_was(
    charlie_client: Client, row: Row, what: str, method: str
) -> None:
    data = seen(row, subject="Stolen") if method == "post" else {}
    theirs = getattr(charlie_client, method)(address(row, what), data)
    unknown = getattr(charlie_client, method)(f"{THREADS}{uuid4()}/{what}", data)
    assert theirs.status_code == unknown.status_code == 404
    assert without_ids(theirs) == without_ids(unknown)
    found = current(row)
    assert found is not None
    assert found["subject"] == "Printer"


def test_a_visitor_is_sent_to_sign_in(client: Client, row: Row) -> None:
    for path in (THREADS, f"{THREADS}add/", address(row), address(row, "delete/")):
        response = client.get(path)
        assert response.status_code == 302
        assert response["Location"].startswith("/sign-in/")
        assert client.post(path).status_code in (401, 405)


def test_access_and_editable_are_asked(alice_client: Client, dana_client: Client) -> None:
    page = f"/collections/{staff_only.name}/"
    assert alice_client.get(page).status_code == 403
    assert alice_client.post(f"{page}add/", {"name": "x"}).status_code == 403
    assert dana_client.get(page).status_code == 200
    assert dana_client.get(f"{page}add/").status_code == 403
    assert dana_client.post(f"{page}add/", {"name": "x"}).status_code == 403


def test_who_may_only_read_sees_the_values(dana_client: Client) -> None:
    found = staff_only.insert_one({"name": "<b>bold</b>"})
    page = f"/collections/{staff_only.name}/{found.id}/"
    response = dana_client.get(page)
    assert response.status_code == 200
    assert b"&lt;b&gt;bold" in response.content
    assert b"<dl" in response.content
    assert b'type="submit">Save' not in response.content
    assert dana_client.post(page, {"name": "x", "seen-name": '"y"'}).status_code == 403
    assert dana_client.post(f"{page}delete/").status_code == 403


def test_a_visitor_reads_and_writes_what_is_public(client: Client) -> None:
    page = f"/collections/{everything.name}/"
    assert client.get(page).status_code == 200
    assert client.post(f"{page}add/", {"text": "hello"}).status_code == 302
    assert everything.count() == 1


def test_a_visitors_notes_are_their_own(client: Client) -> None:
    page = f"/collections/{notes.name}/"
    assert client.get(page).status_code == 200
    assert client.post(f"{page}add/", {"note": "mine"}).status_code == 302
    assert b"mine" in client.get(page).content
    assert b"mine" not in Client().get(page).content


# Methods and CSRF -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "methods", "allowed"),
    [
        ("", ["post"], "GET, HEAD"),
        ("", ["put", "patch", "delete"], "GET, HEAD, POST"),  # a program's
        ("add/", ["put", "patch", "delete"], "GET, HEAD, POST"),
        ("{id}/", ["put"], "DELETE, GET, HEAD, PATCH"),
        ("{id}/delete/", ["put", "patch", "delete"], "GET, HEAD, POST"),
    ],
)
def test_other_methods_are_refused(
    alice_client: Client, row: Row, path: str, methods: list[str], allowed: str
) -> None:
    for method in methods:
        response = getattr(alice_client, method)(THREADS + path.format(id=row.id))
        assert response.status_code == 405
        assert response["Allow"] == allowed


def test_a_write_needs_its_token(alice: User, acme: Organization, row: Row) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="accounts.backends.AccountBackend")
    for path in (f"{THREADS}add/", address(row), address(row, "delete/")):
        assert client.post(path, {"subject": "x"}).status_code == 403
    assert current(row) is not None


# Adding -----------------------------------------------------------------------------------------------


def test_adding_returns_to_where_one_was(alice_client: Client, acme: Organization, alice: User) -> None:
    target = "/somewhere/?a=1"
    page = alice_client.get(f"{THREADS}add/", {"next": target})
    assert b"/somewhere/?a=1" in page.content
    response = alice_client.post(f"{THREADS}add/", {"subject": "Hi", "status": "open", "next": target})
    assert (response.status_code, response["Location"]) == (302, target)
    with acting_as(user=alice, organization=acme):
        assert threads.find_one({"subject": "Hi"}) is not None
    assert b"The record was added." in alice_client.get(THREADS).content


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil"]
)
def test_next_stays_on_this_site(alice_client: Client, acme: Organization, target: str) -> None:
    response = alice_client.post(f"{THREADS}add/", {"subject": "Hi", "next": target})
    assert response["Location"] == THREADS
    assert target.encode() not in alice_client.get(f"{THREADS}add/", {"next": target}).content


BAD_FIELDS = [
    ("priority", "many"), ("priority", "NaN"), ("priority", "Infinity"), ("priority", "9" * 400),
    ("priority", "1e999"),
    ("priority", str(2**64)), ("priority", "0." + "1" * 60), ("sender", "nobody"), ("sender", "a\0b@c.co"),
    ("status", "none"), ("status", "x" * 100_000), ("received", "2026-13-01"), ("received", "soon"),
    ("tags", "x" * 101), ("tags", ",".join(map(str, range(300)))), ("subject", "a\0b"),
    ("subject", "x" * 600_000),
]  # fmt: skip


@pytest.mark.parametrize(("name", "typed"), BAD_FIELDS, ids=lambda part: part[:20])
@pytest.mark.parametrize("entrance", ["add", "edit"])
def test_bad_input_comes_back_with_its_message(
    alice_client: Client, row: Row, entrance: str, name: str, typed: str
) -> None:
    path = f"{THREADS}add/" if entrance == "add" else address(row)
    data = {"subject": "Typed", name: typed, f"seen-{name}": "null", "seen-subject": '"Printer"'}
    response = alice_client.post(path, data)
    assert response.status_code == 422
    assert b"is-invalid" in response.content
    assert (typed[:50] if name == "subject" else "Typed").replace("\0", "").encode()[:20] in response.content
    assert current(row) == row


@pytest.mark.parametrize(
    "subject", ["\u202eevil", "<script>alert(1)</script>", "'; DROP TABLE x; --", "é" * 1000]
)
def test_odd_texts_are_kept_as_they_are(alice_client: Client, row: Row, subject: str) -> None:
    assert alice_client.post(address(row), seen(row, subject=subject)).status_code == 302
    found = current(row)
    assert found is not None
    assert found["subject"] == subject
    for path in (THREADS, address(row), address(row, "delete/")):
        assert b"<script>alert" not in alice_client.get(path).content


@pytest.mark.alike  # test_entrances.py types the same on every database
@pytest.mark.parametrize("name", ["subject", "sender", "status", "priority", "received", "tags"])
@pytest.mark.parametrize("entrance", ["add", "edit"])
def test_each_kind_of_bad_input_is_kept_as_text_or_comes_back(
    alice_client: Client, row: Row, entrance: str, name: str
) -> None:
    for kind, typed in {**TEXTS, **NUMBERS}.items():
        with alone(kind):
            fields = {"subject": "Printer", f"seen-{name}": json.dumps(row.get(name)), name: typed}
            response = post_form(
                alice_client, f"{THREADS}add/" if entrance == "add" else address(row), fields
            )
            assert response.status_code in (302, 400, 422)
            assert "Set-Cookie: stolen" not in str(response.headers)
            assert b"<script>alert" not in response.content
            if response.status_code == 302:
                changed = [
                    one for one in threads.across_scopes().find() if one.id != row.id or entrance == "edit"
                ]
                (saved,) = changed
                if name == "subject":
                    as_text = typed.replace("\r\n", "\n").replace("\ud800", "\ufffd" * 3)
                    assert saved.get("subject") in (as_text, as_text.strip(), None)
                elif name == "priority":
                    assert saved.get("priority") is None
                assert alice_client.get(THREADS).status_code == 200
            else:
                assert [one.document for one in threads.across_scopes().find()] == [row.document]
            if response.status_code == 422:
                assert b"is-invalid" in response.content


@pytest.mark.parametrize("kind", KEYS)
def test_a_form_with_a_strange_key_sets_nothing_by_it(alice_client: Client, row: Row, kind: str) -> None:
    response = post_form(
        alice_client, address(row), {**seen(row), KEYS[kind]: "1", f"seen-{KEYS[kind]}": "1"}
    )
    assert response.status_code in (302, 400)
    assert [one.document for one in threads.across_scopes().find()] == [row.document]


@pytest.mark.parametrize("kind", TEXTS)
def test_what_was_seen_may_be_anything(alice_client: Client, row: Row, kind: str) -> None:
    fields = {**seen(row, subject="Scanner"), "seen-subject": TEXTS[kind]}
    response = post_form(alice_client, address(row), fields)
    assert response.status_code in (302, 400, 409, 422)
    assert b"<script>alert" not in response.content


def test_a_hidden_or_undeclared_key_cannot_be_set(alice_client: Client, row: Row) -> None:
    extra = {
        "secret": "mine",
        "seen-secret": '"hush"',
        "scope_key": "app",
        "_id": "x",
        "extra": "x",
        "$set": "x",
    }
    assert alice_client.post(address(row), {**seen(row), **extra}).status_code == 302
    found = current(row)
    assert found is not None
    assert found.document == row.document


def test_too_many_fields_are_refused(alice_client: Client, acme: Organization) -> None:
    response = alice_client.post(f"{THREADS}add/", {f"k{n}": "1" for n in range(1100)})
    assert response.status_code == 400


def test_a_document_that_is_too_large_is_refused(client: Client) -> None:
    page = f"/collections/{everything.name}/add/"
    response = client.post(page, {"text": "é" * 499_000, "link": "/" + "x" * 1990, "tags": "y" * 100})
    assert response.status_code in (302, 422)
    assert client.post(page, {"text": "🙂" * 400_000}).status_code == 422


# Editing ----------------------------------------------------------------------------------------------


def test_editing_saves_and_keeps_the_rest(alice_client: Client, row: Row) -> None:
    page = alice_client.get(address(row))
    assert b'value="Printer"' in page.content
    assert b"seen-subject" in page.content
    response = alice_client.post(address(row), seen(row, subject="Scanner", priority="7"))
    assert (response.status_code, response["Location"]) == (302, THREADS)
    found = current(row)
    assert found is not None
    assert (found["subject"], found["priority"], found["extra"], found["secret"]) == (
        "Scanner", 7, {"kept": True}, "hush",
    )  # fmt: skip
    assert found.version == 2


def test_different_fields_merge(alice_client: Client, bob_client: Client, row: Row) -> None:
    assert bob_client.post(address(row), seen(row, priority="9")).status_code == 302
    assert alice_client.post(address(row), seen(row, subject="Scanner")).status_code == 302
    found = current(row)
    assert found is not None
    assert (found["subject"], found["priority"]) == ("Scanner", 9)


@pytest.fixture
def conflict(alice_client: Client, bob_client: Client, row: Row) -> Any:
    assert bob_client.post(address(row), seen(row, subject="Bob's")).status_code == 302
    return alice_client.post(address(row), seen(row, subject="Alice's", priority="5"))


def settling(html: str, choice: str) -> dict[str, str]:
    """What the form that settles a conflict sends by one of its two buttons."""
    form = re.search(r"<form method=\"post\"\s+action=\"/collections/(.*?)</form>", html, re.S)
    assert form is not None
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[1])
    return {"settle": choice, **{name: unescape(value) for name, value in pairs}}


def test_a_conflict_shows_both_and_writes_nothing(conflict: Any, row: Row) -> None:
    html = conflict.content.decode()
    assert conflict.status_code == 409
    assert "Alice&#x27;s" in html
    assert "Bob&#x27;s" in html
    assert re.findall(r"<legend[^>]*>([^<]*)<", html) == ["Subject"]
    found = current(row)
    assert found is not None
    assert (found["subject"], found["priority"]) == ("Bob's", 1)


@pytest.mark.parametrize(
    ("choice", "subject"), [("mine", "Alice's"), ("theirs", "Bob's")], ids=["keep mine", "take theirs"]
)
def test_a_conflict_is_settled_either_way(
    conflict: Any, alice_client: Client, row: Row, choice: str, subject: str
) -> None:
    response = alice_client.post(address(row), settling(conflict.content.decode(), choice))
    assert response.status_code == 302
    found = current(row)
    assert found is not None
    assert (found["subject"], found["priority"]) == (subject, 5)


def test_a_conflict_again_is_asked_again(
    conflict: Any, alice_client: Client, bob_client: Client, row: Row
) -> None:
    with_bobs = {**seen(row, subject="Bob's second"), "seen-subject": json.dumps("Bob's")}
    assert bob_client.post(address(row), with_bobs).status_code == 302
    assert alice_client.post(address(row), settling(conflict.content.decode(), "mine")).status_code == 409


def test_without_what_was_seen_nothing_is_overwritten(alice_client: Client, row: Row) -> None:
    assert alice_client.post(address(row), {"subject": "Blind"}).status_code == 409
    found = current(row)
    assert found is not None
    assert found["subject"] == "Printer"


def test_a_forged_seen_value_is_refused(alice_client: Client, row: Row) -> None:
    response = alice_client.post(address(row), {"subject": "x", "seen-subject": "{"})
    assert response.status_code == 400


def test_a_record_deleted_meanwhile_keeps_what_was_typed(
    alice_client: Client, bob_client: Client, row: Row
) -> None:
    assert bob_client.post(address(row, "delete/")).status_code == 302
    response = alice_client.post(address(row), seen(row, subject="Long draft"))
    assert response.status_code == 404
    assert b"deleted meanwhile" in response.content
    assert b'value="Long draft"' in response.content
    assert f'action="{THREADS}add/"'.encode() in response.content


def test_what_only_the_collection_finds_is_a_message_too(
    alice_client: Client, row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise ValidationError({"extra": ["Too long."], "secret": ["Too short."]})

    monkeypatch.setattr(Collection, "insert_one", refuse)
    response = alice_client.post(f"{THREADS}add/", {"subject": "x"})
    assert response.status_code == 422
    assert b"extra: Too long." in response.content
    assert b"A value that is not shown here does not fit." in response.content
    assert b"secret" not in response.content


# Deleting ---------------------------------------------------------------------------------------------


def test_deleting_asks_first(alice_client: Client, row: Row) -> None:
    page = alice_client.get(address(row, "delete/"), {"next": "/x/"})
    assert b"Printer" in page.content
    assert current(row) is not None
    response = alice_client.post(address(row, "delete/"), {"next": "/x/"})
    assert (response.status_code, response["Location"]) == (302, "/x/")
    assert current(row) is None
    assert alice_client.post(address(row, "delete/")).status_code == 404


def test_personal_records_stay_personal(
    alice_client: Client, bob_client: Client, alice: User, acme: Organization
) -> None:
    with acting_as(user=alice, organization=acme):
        mine = bookmarks.insert_one(
            {"title": "Mine", "url": "javascript:alert(1)"} if False else {"title": "Mine"}
        )
    page = f"/collections/{bookmarks.name}/"
    assert b"Mine" in alice_client.get(page).content
    assert b"Mine" not in bob_client.get(page).content
    assert bob_client.get(f"{page}{mine.id}/").status_code == 404
    assert bob_client.post(f"{page}{mine.id}/delete/").status_code == 404


def test_old_values_do_not_break_a_page(alice_client: Client) -> None:
    found = contacts.insert_one({"name": "x", "email": "a@b.co"})
    stored = contacts.across_scopes().queryset().filter(public_id=found.id)
    stored.update(data={"name": {"an": "object"}, "email": ["<script>", None, 1e300]})
    page = f"/collections/{contacts.name}/"
    for path in (page, f"{page}{found.id}/", f"{page}{found.id}/delete/"):
        response = alice_client.get(path)
        assert response.status_code == 200
        assert b'<script>"' not in response.content
