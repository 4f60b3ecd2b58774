"""Collections in Django's admin: under their app, through their handle, by their permissions."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.functional import lazy
from django.utils.translation import get_language, override

from accounts.models import Organization, User
from capsule import acting_as
from collections_app import Row
from collections_app import admin_list as lists
from collections_app.admin import DocumentAdmin
from collections_app.admin_scopes import scopes_in_words
from collections_app.declarations import Column
from collections_app.declaring import document_collections
from collections_app.handle import Collection
from live.changes import version_of
from live.topics import Topic
from tests.conftest import signed_in
from tests.testapp.declared.collections import contacts, everything, notes, threads

pytestmark = pytest.mark.django_db

STORE = "/admin/collections_store/"


def home(collection: Collection) -> str:
    return f"{STORE}{collection.model._meta.model_name}/"


def address(collection: Collection, row: Row, what: str = "change/") -> str:
    return f"{home(collection)}{instance(collection, row).pk}/{what}"


def instance(collection: Collection, row: Row) -> Any:
    return collection.across_scopes().queryset().get(public_id=row.id)


@pytest.fixture
def row(alice: User, acme: Organization) -> Row:
    with acting_as(user=alice, organization=acme):
        return threads.insert_one(
            {"subject": "Printer", "status": "new", "priority": 1, "secret": "hush", "meta": {"plan": "pro"}}
        )


def seen(row: Row, **changes: str) -> dict[str, str]:
    form = {"subject": row["subject"], "status": row["status"], "priority": str(row["priority"])}
    return {**form, **{f"seen-{name}": json.dumps(row[name]) for name in form}, **changes}


def staff_with(*permissions: str) -> Client:
    user = User.objects.create_user("erin@example.com", "a long password", name="Erin", is_staff=True)
    for permission in permissions:
        label, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=label, codename=codename))
    return signed_in(user)


# Where it is ------------------------------------------------------------------------------------------


def test_every_collection_has_an_entry_under_its_own_app(dana_client: Client) -> None:
    html = dana_client.get("/admin/").content.decode()
    for collection in document_collections():
        assert home(collection) in html
    assert 'href="/admin/testapp/"' in html
    assert dana_client.get("/admin/testapp/").status_code == 200
    assert dana_client.get("/admin/collections_store/").status_code == 200
    assert "Collections store" not in html


def test_every_list_and_form_opens(dana_client: Client) -> None:
    for collection in document_collections():
        assert dana_client.get(home(collection)).status_code == 200
        added = dana_client.get(f"{home(collection)}add/").status_code
        assert added == (200 if collection.declaration.scope == "app" else 403)


def test_others_are_refused(alice_client: Client, client: Client, row: Row) -> None:
    for path in (home(threads), address(threads, row), address(threads, row, "delete/")):
        assert alice_client.get(path).status_code == 302
        assert client.get(path).status_code == 302


# The list ---------------------------------------------------------------------------------------------


def test_the_list_shows_columns_scope_and_version(dana_client: Client, row: Row, alice: User) -> None:
    with acting_as(user=alice):
        threads.insert_one({"subject": "<b>Hers</b>"})
    html = dana_client.get(home(threads)).content.decode()
    assert "Printer" in html
    assert "pill-blue" in html
    assert "Acme" in html
    assert "Alice" in html
    assert "&lt;b&gt;Hers" in html
    assert "hush" not in html


def test_scopes_are_words(alice: User, acme: Organization) -> None:
    gone = "user:00000000-0000-0000-0000-000000000000"
    keys = ["app", f"user:{alice.pk}", f"org:{acme.pk}", "conv:12345678-9", gone, "org:nonsense"]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        words = scopes_in_words(keys * 3)
    assert len(queries) == 2
    assert list(map(words.get, keys[:4])) == ["everybody", "Alice", "Acme", "conversation 12345678"]
    assert "gone" in words[gone]


def test_the_list_takes_few_queries_and_counts_to_its_limit(
    dana_client: Client, acme: Organization, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "COUNT_LIMIT", 100)
    with acting_as(user=alice, organization=acme):
        threads.insert_many({"subject": f"S{n}", "priority": n} for n in range(150))
    for query in ("", "?o=4", "?q=S1", "?is_status=new", "?p=2"):
        with CaptureQueriesContext(connection) as queries:
            response = dana_client.get(home(threads) + query)
        assert response.status_code == 200
        assert len(queries) <= 8, [found["sql"] for found in queries]
        counts = [found["sql"] for found in queries if "COUNT(" in found["sql"]]
        assert all("LIMIT 100" in sql for sql in counts)
    assert "100+ records" in dana_client.get(home(threads)).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=printer", True),
        ("q=PRINT+er", True),
        ("q=scanner", False),
        ("q=hush", False),
        ("q=%25", False),
        ("is_status=new", True),
        ("is_status=open", False),
        ("is_status=nope", True),
        ("q=%27%3B--", False),
    ],
)
def test_it_searches_and_filters(dana_client: Client, row: Row, query: str, found: bool) -> None:
    response = dana_client.get(f"{home(threads)}?{query}")
    assert response.status_code == 200
    assert (">Printer<" in response.content.decode()) is found


@pytest.mark.parametrize(
    "query",
    [
        "o=999",
        "o=abc",
        "p=0",
        "p=-1",
        "p=1e9",
        "p=99999",
        "nope=1",
        "secret=1",
        "data__secret=1",
        "q=%ED%A0%80",
    ],
)
def test_a_bad_address_is_no_error(dana_client: Client, row: Row, query: str) -> None:
    assert dana_client.get(f"{home(threads)}?{query}").status_code in (200, 302, 400)


# One record -------------------------------------------------------------------------------------------


def test_the_form_shows_scope_and_other_keys_and_offers_neither(dana_client: Client, row: Row) -> None:
    html = dana_client.get(address(threads, row)).content.decode()
    assert "Acme" in html
    assert "&quot;plan&quot;: &quot;pro&quot;" in html
    assert "hush" not in html
    names = set(re.findall(r'name="([^"]+)"', html))
    assert {"subject", "seen-subject"} <= names
    assert not names & {"scope", "scope_key", "secret", "data", "version", "seen-secret"}
    assert "/collections/test_threads/" in html


def test_saving_goes_through_the_collection(dana_client: Client, row: Row, acme: Organization) -> None:
    topic = Topic("collection", "test_threads", f"org:{acme.pk}")
    before = version_of(topic)
    data = {**seen(row, subject="Scanner"), "scope_key": "app", "secret": "mine", "data": "{}"}
    assert dana_client.post(address(threads, row), data).status_code == 302
    saved = threads.across_scopes().get(row.id)
    assert saved is not None
    assert (saved["subject"], saved["secret"], saved["meta"]) == ("Scanner", "hush", {"plan": "pro"})
    assert (saved.version, saved.scope_key) == (2, row.scope_key)
    assert version_of(topic) == before + 1


@pytest.mark.parametrize(
    ("name", "typed"), [("priority", "many"), ("status", "none"), ("sender", "nobody"), ("subject", "a\0b")]
)
def test_bad_input_comes_back(dana_client: Client, row: Row, name: str, typed: str) -> None:
    response = dana_client.post(address(threads, row), {**seen(row), name: typed, f"seen-{name}": "null"})
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    assert threads.across_scopes().get(row.id) == row


def test_an_outdated_form_is_a_conflict_and_not_an_overwrite(dana_client: Client, row: Row) -> None:
    threads.across_scopes().edit(row.id, {"subject": ("Printer", "Theirs")})
    response = dana_client.post(address(threads, row), seen(row, subject="Mine", priority="5"))
    html = response.content.decode()
    assert response.status_code == 200
    assert "Theirs" in html
    assert 'value="Mine"' in html
    found = threads.across_scopes().get(row.id)
    assert found is not None
    assert (found["subject"], found["priority"]) == ("Theirs", 1)
    # The form now carries what was seen, so saving again is a decision.
    again = {**seen(row, subject="Mine", priority="5"), "seen-subject": json.dumps("Theirs")}
    assert (
        f'name="seen-subject" value="{json.dumps("Theirs")}"'.replace('"Theirs"', "&quot;Theirs&quot;")
        in html
    )
    assert dana_client.post(address(threads, row), again).status_code == 302
    found = threads.across_scopes().get(row.id)
    assert found is not None
    assert (found["subject"], found["priority"]) == ("Mine", 5)


def test_different_fields_merge(dana_client: Client, row: Row) -> None:
    threads.across_scopes().edit(row.id, {"priority": (1, 9)})
    assert dana_client.post(address(threads, row), seen(row, subject="Mine")).status_code == 302
    found = threads.across_scopes().get(row.id)
    assert found is not None
    assert (found["subject"], found["priority"]) == ("Mine", 9)


def test_a_record_deleted_meanwhile_is_gone(dana_client: Client, row: Row) -> None:
    path = address(threads, row)
    threads.across_scopes().delete_one({"_id": row.id})
    assert dana_client.post(path, seen(row, subject="Mine")).status_code == 302
    assert dana_client.get(path).status_code == 302


def test_adding_only_where_the_scope_is_everybodys(dana_client: Client) -> None:
    data = {"name": "Ana", "email": "ana@example.com"}
    assert dana_client.post(f"{home(contacts)}add/", data).status_code == 302
    assert contacts.find_one({"name": "Ana"}) is not None
    assert dana_client.post(f"{home(contacts)}add/", {"name": "Bo"}).status_code == 200
    assert contacts.count() == 1
    assert dana_client.post(f"{home(notes)}add/", {"note": "x"}).status_code == 403


def test_every_type_can_be_edited(dana_client: Client) -> None:
    found = everything.insert_one(
        {"text": "a", "number": 1, "boolean": True, "tags": ["x"], "date": "2026-11-23"}
    )
    assert dana_client.get(address(everything, found)).status_code == 200
    data = {"number": "2", "seen-number": "1", "boolean": "false", "seen-boolean": "true"}
    data |= {"tags": "x, y", "seen-tags": '["x"]'}
    assert dana_client.post(address(everything, found), data).status_code == 302
    saved = everything.get(found.id)
    assert saved is not None
    assert (saved["number"], saved["boolean"], saved["tags"], saved["text"]) == (2, False, ["x", "y"], "a")


def test_deleting_one_and_several_goes_through_the_collection(
    dana_client: Client, row: Row, acme: Organization, alice: User
) -> None:
    topic = Topic("collection", "test_threads", f"org:{acme.pk}")
    before = version_of(topic)
    assert dana_client.post(address(threads, row, "delete/"), {"post": "yes"}).status_code == 302
    assert version_of(topic) == before + 1
    with acting_as(user=alice, organization=acme):
        rows = threads.insert_many([{"subject": "a"}, {"subject": "b"}, {"subject": "c"}])
    chosen = [str(instance(threads, found).pk) for found in rows[:2]]
    data = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    before = version_of(topic)
    assert dana_client.post(home(threads), data).status_code == 302
    assert [found["subject"] for found in threads.across_scopes().find()] == ["c"]
    assert version_of(topic) == before + 1


@pytest.mark.parametrize("number", ["9" * 30, "x\0", "-1", "1 OR 1=1", "\u0663", ""])
def test_what_is_no_row_is_not_acted_on(dana_client: Client, row: Row, number: str) -> None:
    data = {"action": "delete_selected", ACTION_CHECKBOX_NAME: [number], "post": "yes"}
    assert dana_client.post(home(threads), data).status_code == 400
    assert threads.across_scopes().count() == 1


def test_old_values_do_not_break_the_admin(dana_client: Client, row: Row) -> None:
    stored = threads.across_scopes().queryset().filter(public_id=row.id)
    stored.update(data={"subject": {"a": "<script>alert(1)</script>"}, "tags": "x", "received": 5})
    for path in (home(threads), address(threads, row)):
        response = dana_client.get(path)
        assert response.status_code == 200
        assert b"<script>alert" not in response.content


# Who may ----------------------------------------------------------------------------------------------


def test_permissions_of_the_declaring_app_are_asked(row: Row) -> None:
    client = staff_with("testapp.view_test_threads")
    html = client.get("/admin/").content.decode()
    assert home(threads) in html
    assert home(contacts) not in html
    assert client.get(home(threads)).status_code == 200
    assert client.get(home(contacts)).status_code == 403
    shown = client.get(address(threads, row)).content.decode()
    assert "Printer" in shown
    assert 'name="subject"' not in shown
    assert client.post(address(threads, row), seen(row, subject="x")).status_code == 403
    assert client.post(address(threads, row, "delete/"), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    ("permission", "change", "delete"), [("change", 302, 403), ("delete", 403, 302), ("add", 403, 403)]
)
def test_each_permission_is_for_one_thing(row: Row, permission: str, change: int, delete: int) -> None:
    client = staff_with(f"testapp.{permission}_test_threads")
    assert client.post(address(threads, row), seen(row, subject="x")).status_code == change
    assert client.post(address(threads, row, "delete/"), {"post": "yes"}).status_code == delete


@pytest.mark.parametrize(
    "query",
    [
        "data__secret__startswith=h",
        "x_secret__startswith=h",
        "data__subject__regex=(a%2B)%2B$",
        "data__-1=1",
        "scope_key__startswith=user",
    ],
)
def test_a_list_is_narrowed_by_its_own_filters_only(row: Row, query: str) -> None:
    client = staff_with("testapp.view_test_threads")
    assert client.get(f"{home(threads)}?{query}").status_code == 400
    assert client.get(f"{home(threads)}?is_status=new").status_code == 200


def test_a_search_of_very_many_words_is_refused(dana_client: Client, row: Row) -> None:
    response = dana_client.get(home(threads), {"q": "a " * 2000})
    assert response.status_code == 400
    assert b"words" in response.content


def test_a_permission_of_the_store_itself_gives_nothing(row: Row) -> None:
    client = staff_with()
    assert home(threads) not in client.get("/admin/").content.decode()
    assert client.get(home(threads)).status_code == 403


def test_every_admin_is_a_document_admin() -> None:
    for collection in document_collections():
        found = admin.site._registry[collection.model]
        assert isinstance(found, DocumentAdmin)
        assert found.check() == []


def test_a_record_is_called_by_its_first_column(dana_client: Client) -> None:
    row = contacts.insert_one({"name": "Ann Example", "email": "ann@example.com"})
    page = dana_client.get(
        f"/admin/collections_store/testcontacts/{contacts.queryset().get(public_id=row.id).pk}/change/"
    )
    assert "Ann Example" in page.content.decode().partition("</title>")[0]


# The way to the site ----------------------------------------------------------------------------------


def test_everybodys_record_leads_to_its_own_page(dana_client: Client) -> None:
    found = contacts.insert_one({"name": "Ann Example", "email": "ann@example.com"})
    page = on_site(dana_client, address(contacts, found))
    assert page == f"/collections/{contacts.name}/{found.id}/"
    assert "Ann Example" in dana_client.get(page).content.decode()


def test_a_record_of_somebody_leads_to_the_table(dana_client: Client, row: Row) -> None:
    page = on_site(dana_client, address(threads, row))
    assert page == f"/collections/{threads.name}/"
    assert dana_client.get(page).status_code == 200


def test_the_list_leads_to_the_table(dana_client: Client, row: Row) -> None:
    for collection in (threads, contacts):
        assert on_site(dana_client, home(collection)) == f"/collections/{collection.name}/"
    # Also for those who may only look, who have no other button there.
    looker = staff_with("testapp.view_test_threads")
    assert on_site(looker, home(threads)) == f"/collections/{threads.name}/"


def on_site(client: Client, path: str) -> str:
    """Where the one link "View on site" of an admin's page leads."""
    found = re.findall(
        r'<a href="([^"]+)" class="viewsitelink">View on site</a>', client.get(path).content.decode()
    )
    assert len(found) == 1
    return str(found[0])


def test_a_heading_is_in_the_language_of_the_request() -> None:
    column = Column("subject", label=lazy(lambda: get_language() or "", str)())
    heading = lists.title_in_words(column)
    for code in ("en", "en-gb"):
        with override(code):
            assert str(heading) == code
