"""The history in the admin: read by whoever may look, gone back in by whoever may write, on POST alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import Organization, User
from capsule import Identity, acting_as
from collections_app import Collection, Row
from tests.conftest import signed_in
from tests.testapp.declared.collections import threads, unremembered

pytestmark = pytest.mark.django_db

HOME = "/admin/collections_store/testthreads/"
NEVER = "01890000-0000-7000-8000-000000000000"


@pytest.fixture
def row(alice: User, acme: Organization) -> Row:
    with acting_as(user=alice, organization=acme):
        row = threads.insert_one(
            {"subject": "Printer <b>", "status": "new", "secret": "hush", "plan": "<i>pro"}
        )
        row.patch({"status": "open", "secret": "hushed", "plan": "basic"})
    return row


def number(row: Row, collection: Collection = threads) -> int:
    return int(collection.across_scopes().queryset().get(public_id=row.id).pk)


def now(row: Row) -> Row:
    found = threads.across_scopes().get(row.id)
    assert found is not None
    return found


def history_of(row: Row) -> str:
    return f"{HOME}{number(row)}/history/"


def deleted(row: Row) -> None:
    threads.across_scopes().delete_one({"_id": row.id})


def staff(*actions: str) -> Client:
    """Somebody who may do these with threads, and nothing else."""
    user = User.objects.create_user("staff@example.com", "correct horse battery", is_staff=True)
    names = [f"{action}_test_threads" for action in actions]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    assert user.user_permissions.count() == len(names)
    return signed_in(user)


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_records_changes_are_on_its_page(row: Row, dana_client: Client) -> None:
    shown = text(dana_client.get(history_of(row)))
    assert shown.count("Alice") >= 2
    assert "Restore version 1" in shown and "Restore version 2" not in shown
    assert "Printer &lt;b&gt;" in shown and "&lt;i&gt;pro" in shown
    assert "<b>" not in shown.split('id="change-history"')[1] and "<i>" not in shown


def test_no_hidden_column_is_shown(row: Row, dana_client: Client) -> None:
    pages = [history_of(row), f"{history_of(row)}1/"]
    shown = [text(dana_client.get(page)) for page in pages]
    deleted(row)
    shown += [text(dana_client.get(f"{HOME}deleted/{end}")) for end in ("", f"{row.id}/")]
    assert len(shown) == 4 and all("Printer" in page for page in shown)
    assert not any("hush" in page or "Secret" in page for page in shown)


def test_what_is_done_in_the_admin_comes_from_there(row: Row, dana: User, dana_client: Client) -> None:
    dana_client.post(f"{HOME}{number(row)}/delete/", {"post": "yes"})
    (gone,) = threads.across_scopes().deleted()
    assert (gone.action, gone.source, gone.user_name) == ("delete", "admin", "Dana")
    assert gone.user_id == str(dana.pk)


def test_what_is_done_on_a_page_comes_from_there(row: Row, alice_client: Client) -> None:
    address = f"/collections/test_threads/{row.id}/delete/"
    assert alice_client.post(address).status_code == 302
    (gone,) = threads.across_scopes().deleted()
    assert (gone.source, gone.user_name) == ("page", "Alice")


def test_a_version_is_restored_after_a_question(row: Row, dana_client: Client) -> None:
    question = dana_client.get(f"{history_of(row)}1/")
    assert "This is what would change" in text(question)
    assert now(row).version == 2  # a GET changes nothing
    answer = dana_client.post(f"{history_of(row)}1/", {"seen": "2"}, follow=True)
    assert "Version 1 was restored." in text(answer)
    assert (now(row).version, now(row)["status"], now(row)["secret"]) == (3, "new", "hush")
    last = threads.across_scopes().history(row.id)[0]
    assert (last.action, last.source, last.user_name) == ("restore", "admin", "Dana")


def test_whoever_was_faster_is_not_overwritten(row: Row, dana_client: Client) -> None:
    threads.across_scopes().update_one({"_id": row.id}, {"status": "closed"})
    answer = dana_client.post(f"{history_of(row)}1/", {"seen": "2"}, follow=True)
    assert "Somebody changed this record meanwhile" in text(answer)
    assert now(row)["status"] == "closed"


def test_what_no_longer_fits_is_said(row: Row, dana_client: Client) -> None:
    lenient = Collection(replace(threads.declaration, strict=False))
    old = lenient.in_scope_of(theirs(row)).insert_one({"status": "on fire", "priority": 1})
    old.patch({"status": "open"})
    answer = dana_client.post(f"{history_of(old)}1/", {"seen": "2"}, follow=True)
    assert "It does not fit any more: status:" in text(answer)
    assert now(old).version == 2
    old.patch({"status": "on fire"})
    deleted(old)
    answer = dana_client.post(f"{HOME}deleted/{old.id}/", follow=True)
    assert "It does not fit any more: status:" in text(answer)
    assert threads.across_scopes().get(old.id) is None


@pytest.mark.parametrize("seen", ["", "x", "-1", "0", "9" * 30, "1 OR 1"])
def test_a_form_that_came_from_elsewhere_is_a_400(seen: str, row: Row, dana_client: Client) -> None:
    assert dana_client.post(f"{history_of(row)}1/", {"seen": seen}).status_code == 400
    assert now(row).version == 2


@pytest.mark.parametrize("before", ["", "x", "-1", "0", "9" * 30])
def test_so_is_a_link(before: str, row: Row, dana_client: Client) -> None:
    assert dana_client.get(history_of(row), {"before": before}).status_code == 400
    assert dana_client.get(f"{HOME}deleted/", {"before": before}).status_code == 400


def test_a_version_that_is_not_there_is_a_404(row: Row, dana_client: Client) -> None:
    assert dana_client.get(f"{history_of(row)}7/").status_code == 404
    assert dana_client.get(f"{HOME}999999/history/1/").status_code == 404
    assert dana_client.get(f"{HOME}999999/history/").status_code == 404
    assert dana_client.get(f"{HOME}x/history/").status_code == 404
    answer = dana_client.post(f"{history_of(row)}7/", {"seen": "2"}, follow=True)
    assert "not in the history any more" in text(answer)


def test_a_deleted_record_is_listed_and_comes_back(row: Row, dana_client: Client) -> None:
    assert "Nothing that was deleted" in text(dana_client.get(f"{HOME}deleted/"))
    assert f'href="{HOME}deleted/"' in text(dana_client.get(HOME))
    deleted(row)
    listed = text(dana_client.get(f"{HOME}deleted/"))
    assert "Printer &lt;b&gt;" in listed and "Acme" in listed and "Bring back" in listed
    assert "comes back" in text(dana_client.get(f"{HOME}deleted/{row.id}/"))
    assert threads.across_scopes().get(row.id) is None
    answer = dana_client.post(f"{HOME}deleted/{row.id}/", follow=True)
    assert "The record is back." in text(answer)
    assert now(row).scope_key == row.scope_key
    again = dana_client.post(f"{HOME}deleted/{row.id}/", follow=True)
    assert "or it is back already" in text(again)


def test_what_was_never_deleted_is_a_404(row: Row, dana_client: Client) -> None:
    assert dana_client.get(f"{HOME}deleted/{NEVER}/").status_code == 404
    assert dana_client.get(f"{HOME}deleted/{row.id}/").status_code == 404


@pytest.mark.usefixtures("contexts")
def test_many_entries_are_read_in_pages(row: Row, dana_client: Client) -> None:
    for _ in range(60):
        threads.across_scopes().update_one({"_id": row.id}, {"$inc": {"priority": 1}})
    page = dana_client.get(history_of(row))
    assert [len(page.context["entries"]), page.context["older"] is None] == [50, False]
    rest = dana_client.get(history_of(row), {"before": page.context["older"]})
    assert [len(rest.context["entries"]), rest.context["older"]] == [12, None]


@pytest.mark.parametrize(
    ("actions", "allowed"),
    [
        ([], set()),
        (["view"], {"history", "list"}),
        (["change"], {"history", "list", "restore"}),
        (["add"], {"undelete"}),
        (["delete"], set()),
        (["view", "add"], {"history", "list", "undelete"}),
    ],
)
def test_each_permission_opens_its_own_pages(actions: list[str], allowed: set[str], row: Row) -> None:
    client = staff(*actions)
    other = threads.in_scope_of(theirs(row)).insert_one({"subject": "other"})
    deleted(other)
    pages = {
        "history": history_of(row),
        "list": f"{HOME}deleted/",
        "restore": f"{history_of(row)}1/",
        "undelete": f"{HOME}deleted/{other.id}/",
    }
    assert {what for what, page in pages.items() if client.get(page).status_code == 200} == allowed
    for what, data in (("restore", {"seen": "2"}), ("undelete", {})):
        assert client.post(pages[what], data).status_code == (302 if what in allowed else 403)
    assert (now(row).version == 3) is ("restore" in allowed)
    assert (threads.across_scopes().get(other.id) is not None) is ("undelete" in allowed)
    offered = "Restore version" in text(client.get(pages["history"]))
    assert offered is ("restore" in allowed)


@pytest.mark.parametrize("actions", [["view", "add"], ["view", "add", "change"]], ids=str)
def test_keys_without_a_column_are_for_those_who_may_change(actions: list[str], row: Row) -> None:
    client = staff(*actions)
    other = threads.in_scope_of(theirs(row)).insert_one({"subject": "other", "plan": "<i>pro"})
    deleted(other)
    pages = [history_of(row), f"{HOME}deleted/{other.id}/", f"{HOME}{number(row)}/change/"]
    for page in pages:
        shown = client.get(page)
        assert shown.status_code == 200
        assert ("&lt;i&gt;pro" in text(shown) or "basic" in text(shown)) is ("change" in actions), page


def theirs(row: Row) -> Identity:
    """Somebody of the organisation whose the record is."""
    return Identity(user_id="x", organization_id=row.scope_key.partition(":")[2])


def test_nobody_else_comes_in(row: Row, alice_client: Client, client: Client) -> None:
    for visitor in (client, alice_client):
        for page in (history_of(row), f"{history_of(row)}1/", f"{HOME}deleted/", f"{HOME}deleted/{row.id}/"):
            assert visitor.get(page).status_code == 302
            assert visitor.post(page, {"seen": "2"}).status_code == 302
    assert now(row).version == 2


def test_a_post_without_a_token_is_refused(row: Row, dana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(dana, backend="accounts.backends.AccountBackend")
    assert client.post(f"{history_of(row)}1/", {"seen": "2"}).status_code == 403
    assert now(row).version == 2


def test_a_collection_without_history_has_django_s_own_page(dana_client: Client) -> None:
    row = unremembered.insert_one({"name": "x"})
    home = f"/admin/collections_store/{unremembered.model._meta.model_name}/"
    assert dana_client.get(f"{home}{number(row, unremembered)}/history/").status_code == 200
    assert dana_client.get(f"{home}deleted/").status_code == 404
    assert dana_client.get(f"{home}deleted/{row.id}/").status_code == 404
    assert dana_client.get(f"{home}{number(row, unremembered)}/history/1/").status_code == 404
    assert "deleted/" not in text(dana_client.get(home))
