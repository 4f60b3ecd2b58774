"""Django's four permissions of a collection: made, given, kept, asked with the row, and exactly as given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Organization, User
from capsule import Identity, acting_as
from collections_app import Column, Row
from collections_app.declaring import collections, document_collections
from collections_app.storage.permissions import create_permissions
from collections_app.storage.syncing import apply
from handlers.declarations import handlers_registry
from settings_app.declarations import settings_registry
from tests.access.trying import refusals_without_a_page
from tests.collections_app.conftest import Declare, undeclare
from tests.conftest import PASSWORD, signed_in
from tests.testapp.declared.collections import guarded

pytestmark = pytest.mark.django_db

FOUR = ("view", "add", "change", "delete")


def permission(name: str) -> Permission:
    label, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=label, codename=codename)


def staff(name: str, *permissions: str) -> User:
    user = User.objects.create_user(f"{name}@example.com", PASSWORD, name=name.capitalize(), is_staff=True)
    user.user_permissions.add(*map(permission, permissions))
    return user


def codenames(model: str, app_label: str = "testapp") -> set[str]:
    found = Permission.objects.filter(content_type__app_label=app_label, content_type__model=model)
    return set(found.values_list("codename", flat=True))


def fours(*names: str) -> set[str]:
    return {f"{action}_{name}" for name in names for action in FOUR}


# Made, given, kept ------------------------------------------------------------------------------------


def test_migrate_makes_the_four_of_every_collection() -> None:
    Permission.objects.filter(codename__contains="_test_guarded").delete()
    call_command("migrate", verbosity=0)
    for handle in document_collections():
        assert codenames(handle.name, handle.declaration.app_label) == fours(handle.name)


def test_an_administrator_gives_them_to_people_and_groups(dana_client: Client, charlie: User) -> None:
    view, change = permission("testapp.view_test_guarded"), permission("testapp.change_test_guarded")
    page = dana_client.get(f"/admin/accounts/user/{charlie.pk}/change/").content.decode()
    assert f'value="{view.pk}"' in page
    assert "Can view Test guarded" in page
    group = {"name": "Guards", "permissions": [view.pk]}
    assert dana_client.post("/admin/auth/group/add/", group).status_code == 302
    form = {
        **{name: getattr(charlie, name) for name in ("email", "name", "time_zone", "language", "theme")},
        **{"is_active": "on", "user_permissions": [change.pk], "groups": [Group.objects.get().pk]},
    }
    assert dana_client.post(f"/admin/accounts/user/{charlie.pk}/change/", form).status_code == 302
    now = User.objects.get(pk=charlie.pk)
    assert now.has_perms(["testapp.view_test_guarded", "testapp.change_test_guarded"])
    assert not now.has_perm("testapp.delete_test_guarded")


def test_a_very_long_label_is_no_obstacle(declare: Declare) -> None:
    declare("tmp_one", label="L" * 300)
    create_permissions()
    assert codenames("tmp_one") == fours("tmp_one")


@pytest.mark.django_db(transaction=True)
class TestRemoving:
    @pytest.fixture
    def gone(self, declare: Declare, charlie: User) -> str:
        """A collection that was declared, and whose permission somebody has."""
        declare("tmp_one", Column("a"))
        apply(verbosity=0)
        create_permissions()
        charlie.user_permissions.add(permission("testapp.view_tmp_one"))
        undeclare("tmp_one")
        return "tmp_one"

    def test_nothing_but_a_prune_removes_them(self, gone: str, charlie: User) -> None:
        call_command("migrate", verbosity=0)
        call_command("sync_collections", stdout=StringIO())
        call_command("remove_stale_contenttypes", interactive=False, stdout=StringIO())
        assert codenames(gone) == fours(gone)
        assert charlie.user_permissions.count() == 1
        plan, done = StringIO(), StringIO()
        call_command("sync_collections", "--plan", "--prune", stdout=plan)
        assert "remove permission: testapp.view_tmp_one" in plan.getvalue()
        assert codenames(gone) == fours(gone)
        call_command("sync_collections", "--prune", stdout=done)
        assert "permission testapp.view_tmp_one removed" in done.getvalue()
        assert codenames(gone) == set()
        again = StringIO()
        call_command("sync_collections", "--prune", stdout=again)
        assert "permission" not in again.getvalue()
        assert codenames("test_guarded") == fours("test_guarded")

    def test_django_forgets_left_overs_and_never_those_of_a_collection(self, gone: str) -> None:
        ContentType.objects.create(app_label="testapp", model="a_model_that_was")
        call_command("remove_stale_contenttypes", interactive=False, stdout=StringIO())
        assert not ContentType.objects.filter(model="a_model_that_was").exists()
        assert codenames(gone) == fours(gone)
        assert codenames("test_threads") == fours("test_threads")

    def test_a_models_own_are_never_pruned(self, declare: Declare) -> None:
        """A collection of the name of a model elsewhere: what is that model's stays."""
        before = set(Permission.objects.filter(content_type__app_label="accounts").values_list("codename"))
        declare("tmp_one", renamed_from="user")
        call_command("sync_collections", "--prune", stdout=StringIO())
        after = set(Permission.objects.filter(content_type__app_label="accounts").values_list("codename"))
        assert after == before

    def test_those_of_a_renamed_collection_are_kept_by_whoever_has_them(
        self, declare: Declare, charlie: User
    ) -> None:
        declare("tmp_old", Column("a"))
        apply(verbosity=0)
        create_permissions()
        charlie.user_permissions.add(permission("testapp.view_tmp_old"))
        undeclare("tmp_old")
        declare("tmp_new", Column("a"), renamed_from="tmp_old")
        apply(verbosity=0)
        for _twice in range(2):
            create_permissions()
            assert codenames("tmp_new") == fours("tmp_new")
            assert codenames("tmp_old") == set()
        assert User.objects.get(pk=charlie.pk).has_perm("testapp.view_tmp_new")
        assert permission("testapp.view_tmp_new").name == "Can view Tmp new"


# Asked with the row -----------------------------------------------------------------------------------


class RowBackend(BaseBackend):
    """A record is its assignee's to view and change, and a locked one nobody's to change or delete."""

    def has_perm(self, user_obj: Any, perm: str, obj: object = None) -> bool:
        if not isinstance(obj, Row):
            return False
        if obj.get("locked") and "view" not in perm:
            raise PermissionDenied
        return obj.get("assignee") == user_obj.email and "delete" not in perm


@pytest.fixture
def by_row(settings: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.RowBackend", *settings.AUTHENTICATION_BACKENDS]


@pytest.fixture
def his() -> Row:
    return guarded.insert_one({"name": "His own", "assignee": "bob@example.com"})


@pytest.fixture
def another() -> Row:
    return guarded.insert_one({"name": "Another's", "assignee": "alice@example.com"})


def site(row: object, end: str = "") -> str:
    return f"/collections/test_guarded/{row.id if isinstance(row, Row) else row}/{end}"


def in_admin(row: Row, end: str = "change/") -> str:
    pk = guarded.across_scopes().queryset().get(public_id=row.id).pk
    return f"/admin/collections_store/testguarded/{pk}/{end}"


NEVER = "0190a000-0000-7000-8000-000000000000"


@pytest.mark.usefixtures("by_row")
def test_a_permission_for_one_record_opens_that_one(bob_client: Client, his: Row, another: Row) -> None:
    page = bob_client.get(site(his))
    assert page.status_code == 200
    assert b'name="name"' in page.content  # his to change
    assert b"delete/" not in page.content  # and not to delete
    saved = bob_client.post(site(his), {"name": "Changed", "seen-name": '"His own"'})
    assert saved.status_code == 302
    now = guarded.get(his.id)
    assert now is not None and now["name"] == "Changed"
    assert bob_client.post(site(his, "delete/")).status_code == 403
    assert bob_client.get("/collections/test_guarded/").status_code == 403
    assert bob_client.get("/collections/test_guarded/add/").status_code == 403


@pytest.mark.usefixtures("by_row")
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("end", ["", "delete/"])
def test_a_record_that_is_refused_looks_as_one_that_never_was(
    bob_client: Client, another: Row, method: str, end: str
) -> None:
    answers = [getattr(bob_client, method)(site(row, end)) for row in (another, NEVER)]
    assert [answer.status_code for answer in answers] == [403, 403]
    refused, never = (re.sub(r"\w{30,}|[0-9a-f-]{30,}", "", answer.content.decode()) for answer in answers)
    assert refused == never
    assert guarded.get(another.id) == another


@pytest.mark.usefixtures("by_row")
def test_whoever_has_the_permission_has_it_for_each_record_that_no_backend_refuses(his: Row) -> None:
    erin = staff("erin", *(f"testapp.{action}_test_guarded" for action in FOUR))
    client = signed_in(erin)
    locked = guarded.insert_one({"name": "Locked", "locked": True})
    assert b'name="name"' in client.get(site(his)).content
    page = client.get(site(locked))
    assert page.status_code == 200
    assert b'name="name"' not in page.content
    assert client.post(site(locked), {"name": "x", "seen-name": '"Locked"'}).status_code == 403
    assert client.post(site(locked, "delete/")).status_code == 403
    assert client.post(site(his, "delete/")).status_code == 302
    assert guarded.find() == [locked]


@pytest.mark.usefixtures("by_row")
def test_the_administration_asks_with_the_row_too(his: Row, another: Row) -> None:
    bob = User.objects.create_user("bob@example.com", PASSWORD, name="Bob", is_staff=True)
    client = signed_in(bob)
    assert b'name="name"' in client.get(in_admin(his)).content
    assert client.post(in_admin(his), {"name": "Changed", "seen-name": '"His own"'}).status_code == 302
    assert client.post(in_admin(his, "delete/"), {"post": "yes"}).status_code == 403
    assert client.get(in_admin(another)).status_code == 403
    assert client.get("/admin/collections_store/testguarded/").status_code == 403


@pytest.mark.usefixtures("by_row")
def test_of_several_records_one_that_is_refused_saves_all(his: Row) -> None:
    client = signed_in(staff("erin", "testapp.view_test_guarded", "testapp.delete_test_guarded"))
    locked = guarded.insert_one({"name": "Locked", "locked": True})
    rows = guarded.across_scopes().queryset().filter(public_id__in=[his.id, locked.id])
    data = {
        "action": "delete_selected",
        ACTION_CHECKBOX_NAME: [str(pk) for pk in rows.values_list("pk", flat=True)],
        "post": "yes",
    }
    assert client.post("/admin/collections_store/testguarded/", data).status_code == 403
    assert guarded.count() == 2


@pytest.mark.usefixtures("by_row")
def test_python_asks_as_the_site_does(bob: User, his: Row, another: Row) -> None:
    identity = Identity.of(user=bob)
    declaration = guarded.declaration
    assert not declaration.may_read(identity)
    assert [declaration.may("change", identity, row) for row in (his, another)] == [True, False]
    assert [identity.has_perm("testapp.view_test_guarded", row) for row in (his, another)] == [True, False]
    assert not Identity().has_perm("testapp.view_test_guarded", his)


# Exactly what was given -------------------------------------------------------------------------------


@pytest.fixture
def records(alice: User, acme: Organization) -> dict[str, Row]:
    """One record of each collection, with a word that stands in no other."""
    with acting_as(user=alice, organization=acme, session="0190a000-0000-7000-8000-000000000001"):
        return {
            handle.name: handle.insert_clean([_document(handle.name)])[0] for handle in document_collections()
        }


def _document(name: str) -> dict[str, Any]:
    columns = collections.get(name).declaration.columns
    first = next((column.key for column in columns if column.type == "text"), "word")
    return {first: f"canary-{name}"}


def routes(patterns: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every route of the site, as one pattern each, and what answers there."""
    for one in patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, route)
        elif isinstance(one, URLPattern):
            yield route, one.callback


def walked() -> list[str]:
    """The routes, of those with and without the final slash the one with it: the same view is behind both."""
    behind = dict(routes(get_resolver().url_patterns))
    return [route for route, view in behind.items() if behind.get(f"{route}/") is not view]


def filled(route: str, records: dict[str, Row]) -> Iterator[str]:
    """The route with everything that there is in the place of what it leaves open."""
    app_labels = re.search(r"\(\?P<app_label>([\w|]+)\)", route)
    if app_labels is not None:
        yield from (f"/admin/{label}/" for label in app_labels[1].split("|"))
    elif route.startswith("collections/"):
        for name, row in records.items():
            named = route.replace("<str:name>", name).replace("<int:version>", "1")
            yield "/" + named.replace("<uuid:id>", row.id).replace("<str:id>", row.id)
    elif route.startswith(("data/", "settings/")):
        registry = handlers_registry if route.startswith("data/") else settings_registry
        yield from ("/" + route.replace("<str:name>", name) for name in registry.names())
    elif route.startswith("admin/collections_store/"):
        name = next(n for n in records if n.replace("_", "") == route.split("/")[2])
        row = collections.get(name).across_scopes().queryset().get(public_id=records[name].id)
        yield "/" + route.replace("<path:object_id>", str(row.pk))
    else:
        types = ContentType.objects.get(app_label="collections_store", model="testguarded")
        given = {"content_type_id": types.pk, "app_label": "nowhere", "token": "x", "uidb64": "x"}
        number = "0190a000-0000-7000-8000-000000000000"
        plain = re.sub(
            r"<(?:(\w+):)?(\w+)>",
            lambda found: str(given.get(found[2], number if found[1] == "uuid" else 1)),
            route,
        )
        yield "/" + re.sub(r"\(\?P<url>\.\*\)|[\^$\\]|\?\Z", "", plain)


LEAVES = ("/sign-out", "/admin/logout/")  # a GET is refused there, and a POST would end the walk


@pytest.fixture
def walk(records: dict[str, Row]) -> list[str]:
    """Every address of the site, with every declaration and a record of each collection."""
    found = [address for route in walked() for address in filled(route, records)]
    return [address for address in dict.fromkeys(found) if not address.startswith(LEAVES)]


def opened_by(client: Client, addresses: list[str]) -> dict[str, str]:
    """What each address that is not refused answers. Most are, and of a refusal its status is enough."""
    client.raise_request_exception = False
    with refusals_without_a_page():
        answers = {address: client.get(address) for address in addresses}
    broken = {address.strip("/") for address, answer in answers.items() if answer.status_code == 500}
    assert broken == {"test-broken", "test-nothing"}  # which are so on purpose
    return {
        address: "" if answer.streaming else answer.content.decode()
        for address, answer in answers.items()
        if answer.status_code < 400
    }


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.alike
def test_a_staff_member_with_one_permission_sees_exactly_that(
    walk: list[str], records: dict[str, Row]
) -> None:
    with_it = opened_by(signed_in(staff("erin", "testapp.view_test_guarded")), walk)
    without = opened_by(signed_in(staff("frank")), walk)
    admins = in_admin(records["test_guarded"], "")
    assert with_it.keys() - without.keys() == {
        "/admin/testapp/",
        "/admin/collections_store/",
        "/admin/collections_store/testguarded/",
        "/admin/collections_store/testguarded/deleted/",
        f"{admins}change/",
        f"{admins}history/",
        "/collections/test_guarded/",
        f"/collections/test_guarded/{records['test_guarded'].id}/",
        f"/collections/test_guarded/{records['test_guarded'].id}/history/",
        f"/collections/test_guarded/{records['test_guarded'].id}/now/",
    }
    assert without.keys() <= with_it.keys()
    assert len(walk) > 300
    shown = {word for body in with_it.values() for word in re.findall(r"canary-\w+", body)}
    before = {word for body in without.values() for word in re.findall(r"canary-\w+", body)}
    assert shown - before == {"canary-test_guarded"}
    for address in (f"{admins}change/", f"/collections/test_guarded/{records['test_guarded'].id}/"):
        assert 'name="name"' not in with_it[address]
    assert _lists(with_it["/admin/"]) == ["/admin/collections_store/testguarded/"]
    assert _lists(without["/admin/"]) == []


def _lists(index: str) -> list[str]:
    return sorted(set(re.findall(r'href="(/admin/\w+/\w+/)"', index)) - {"/admin/password_change/"})


def test_and_changes_nothing(walk: list[str], records: dict[str, Row]) -> None:
    client = signed_in(staff("erin", "testapp.view_test_guarded"))
    guarded_ones = [address for address in walk if "guarded" in address]
    assert len(guarded_ones) > 10
    for address in guarded_ones:
        sent = {"name": "x", "seen-name": '"y"', "post": "yes"}
        assert client.post(address, sent).status_code in (200, 302, 403, 405), address
    delete = {"action": "delete_selected", ACTION_CHECKBOX_NAME: ["1"], "post": "yes"}
    client.post("/admin/collections_store/testguarded/", delete)
    assert guarded.find() == [records["test_guarded"]]


def test_every_collection_has_its_admin_in_the_walk(walk: list[str]) -> None:
    for handle in document_collections():
        options = admin.site._registry[handle.model].opts
        assert f"/admin/{options.app_label}/{options.model_name}/" in walk
        assert f"/collections/{handle.name}/" in walk
