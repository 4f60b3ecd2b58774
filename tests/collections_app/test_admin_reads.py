"""Reading another's document in the admin leaves a row that nobody takes away, but time."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Organization, Role, User
from capsule import acting_as
from collections_app import Row
from collections_app.history.pruning import prune_reads
from collections_app.models import DocumentRead
from tests.conftest import signed_in
from tests.testapp.declared.collections import contacts, notes, threads

pytestmark = pytest.mark.django_db

HOME = "/admin/collections_store/testthreads/"
READS = "/admin/collections_app/documentread/"


@pytest.fixture
def row(alice: User, acme: Organization) -> Row:
    with acting_as(user=alice, organization=acme):
        row, gone = threads.insert_many([{"subject": "Printer"}, {"subject": "Gone"}])
        row.patch({"subject": "Scanner"})
        gone.delete()
    return row


def number(row: Row) -> int:
    return int(threads.across_scopes().queryset().get(public_id=row.id).pk)


def staff(*actions: str) -> Client:
    user = User.objects.create_user("staff@example.com", "correct horse battery", is_staff=True)
    names = [f"{action}_test_threads" for action in actions]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return signed_in(user)


@pytest.mark.parametrize("page", ["change/", "delete/", "history/", "history/1/"])
def test_each_page_of_a_record_is_noted_before_it_is_shown(
    page: str, row: Row, dana: User, dana_client: Client
) -> None:
    path = f"{HOME}{number(row)}/{page}"
    answer = dana_client.get(path, REMOTE_ADDR="192.0.2.7")
    assert b"Scanner" in answer.content
    (read,) = DocumentRead.objects.all()
    assert (read.actor_id, read.actor_name, read.address) == (str(dana.pk), "Dana", "192.0.2.7")
    assert (read.collection, read.document) == ("test_threads", UUID(row.id))
    assert (read.scope_key, read.page) == (row.scope_key, path)
    assert read.at is not None


def test_a_form_that_comes_back_shows_the_record_again(row: Row, dana_client: Client) -> None:
    answer = dana_client.post(f"{HOME}{number(row)}/change/", {"priority": "many", "seen-priority": "null"})
    assert b"Scanner" in answer.content
    assert DocumentRead.objects.count() == 1


def test_so_is_a_deleted_record(row: Row, dana_client: Client) -> None:
    (gone,) = threads.across_scopes().deleted()
    assert b"Gone" in dana_client.get(f"{HOME}deleted/{gone.document_id}/").content
    assert [str(read.document) for read in DocumentRead.objects.all()] == [gone.document_id]


def test_a_list_is_no_reading(row: Row, dana_client: Client) -> None:
    for page in (HOME, f"{HOME}?q=scan", f"{HOME}deleted/", "/admin/"):
        assert dana_client.get(page).status_code == 200
    assert not DocumentRead.objects.exists()


def test_ones_own_and_everybodys_are_not_noted(row: Row, dana: User, dana_client: Client) -> None:
    with acting_as(user=dana):
        own = threads.insert_one({"subject": "Hers"})
    everybodys = contacts.insert_one({"name": "Ann", "email": "ann@example.com"})
    key = contacts.queryset().get(public_id=everybodys.id).pk
    assert dana_client.get(f"{HOME}{number(own)}/change/").status_code == 200
    assert dana_client.get(f"/admin/collections_store/testcontacts/{key}/change/").status_code == 200
    Membership.objects.create(organization_id=row.scope_key.partition(":")[2], user=dana, role=Role.MEMBER)
    assert dana_client.get(f"{HOME}{number(row)}/change/").status_code == 200
    assert not DocumentRead.objects.exists()
    Membership.objects.filter(user=dana).delete()
    dana_client.get(f"{HOME}{number(row)}/change/")
    assert DocumentRead.objects.count() == 1


def test_a_visitors_document_is_somebody_elses(dana_client: Client) -> None:
    with acting_as(session="01890000-0000-7000-8000-000000000001"):
        note = notes.insert_one({"note": "A visitor's"})
    key = notes.across_scopes().queryset().get(public_id=note.id).pk
    dana_client.get(f"/admin/collections_store/testnotes/{key}/change/")
    assert DocumentRead.objects.get().scope_key == note.scope_key


def test_whoever_is_refused_has_read_nothing(row: Row, alice_client: Client, client: Client) -> None:
    for visitor in (staff("add"), alice_client, client):
        for page in ("change/", "delete/", "history/"):
            assert visitor.get(f"{HOME}{number(row)}/{page}").status_code in (302, 403)
    assert not DocumentRead.objects.exists()


def test_nothing_is_shown_that_could_not_be_noted(
    row: Row, dana_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **values: object) -> None:
        raise OSError("The disk is full.")

    monkeypatch.setattr(DocumentRead, "save", broken)
    dana_client.raise_request_exception = False
    answer = dana_client.get(f"{HOME}{number(row)}/change/")
    assert answer.status_code == 500 and b"Scanner" not in answer.content


def test_superusers_look_at_them_and_nobody_changes_them(row: Row, dana_client: Client) -> None:
    client = staff("view")
    client.get(f"{HOME}{number(row)}/change/")
    read = DocumentRead.objects.get()
    shown = dana_client.get(READS).content.decode()
    assert "staff@example.com" in shown and "Acme" in shown and row.id in shown
    assert row.id in dana_client.get(f"{READS}{read.pk}/change/").content.decode()
    assert row.id in dana_client.get(f"{READS}?q={row.id}").content.decode()
    assert dana_client.get(f"{READS}add/").status_code == 403
    assert dana_client.post(f"{READS}{read.pk}/change/", {"page": "x"}).status_code == 403
    assert dana_client.post(f"{READS}{read.pk}/delete/", {"post": "yes"}).status_code == 403
    for path in (READS, f"{READS}{read.pk}/change/"):
        assert client.get(path).status_code == 403
    assert READS not in client.get("/admin/").content.decode()
    assert list(DocumentRead.objects.all()) == [read]


def test_a_reading_is_only_ever_added(row: Row, dana_client: Client) -> None:
    dana_client.get(f"{HOME}{number(row)}/change/")
    read = DocumentRead.objects.get()
    for change in (
        read.save,
        read.delete,
        lambda: DocumentRead.objects.update(page="x"),
        lambda: DocumentRead.objects.all().delete(),
        lambda: DocumentRead.objects.bulk_update([read], ["page"]),
    ):
        with pytest.raises(TypeError, match="never"):
            change()
    assert DocumentRead.objects.get() == read


# Forgetting ---------------------------------------------------------------------------------------------


def reading(collection: str, days: int) -> DocumentRead:
    return DocumentRead.objects.create(
        at=timezone.now() - timedelta(days=days),
        actor_id="1",
        collection=collection,
        scope_key="user:2",
        document=uuid4(),
    )


def forget(*args: str) -> str:
    out = StringIO()
    call_command("prune_history", *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_a_reading_is_kept_for_ever_where_nothing_else_is_said() -> None:
    reading("test_threads", 10_000)
    assert "0 readings" in forget()
    assert DocumentRead.objects.count() == 1


def test_a_reading_is_forgotten_with_the_changes_of_its_time(settings: Any) -> None:
    settings.CAPSULE_HISTORY_DAYS = 30
    reading("test_threads", 31)
    kept = [reading("test_threads", 29), reading("taken_out", 10_000)]
    assert "1 reading" in forget()
    assert list(DocumentRead.objects.order_by("id")) == kept


def test_readings_are_forgotten_by_collection_and_by_age() -> None:
    for name in ("test_threads", "test_contacts"):
        reading(name, 5)
    assert "0 readings" in forget("--older-than", "6")
    assert "1 reading" in forget("test_contacts", "--older-than", "4")
    assert [read.collection for read in DocumentRead.objects.all()] == ["test_threads"]


def test_readings_are_forgotten_in_chunks() -> None:
    for _ in range(5):
        reading("test_threads", 9)
    young = reading("test_threads", 1)
    seen: list[int] = []
    instant = timezone.now() - timedelta(days=8)
    assert prune_reads({"test_threads": instant, "test_contacts": None}, seen.append, chunk=2) == 5
    assert seen == [2, 4, 5] and DocumentRead.objects.get() == young
