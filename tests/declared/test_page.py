"""``/declared/``: for staff, in a fixed number of queries, and no more of records than they may look at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Organization, User
from capsule import Identity, acting_as
from capsule.registry import Registry
from collections_app import Collection, Row
from collections_app.declarations import Declaration
from collections_app.declaring import collections
from collections_app.storage import measuring
from collections_app.storage.measuring import measure
from conversations.declarations import message_handlers
from declared.document import as_text
from declared.views import ICONS
from handlers.actions import actions_registry
from handlers.declarations import Handler, handlers_registry
from pages.declarations import pages
from pages.icons import icon_problem
from settings_app.declarations import settings_registry
from tests.conftest import PASSWORD, signed_in
from tests.testapp.declared.collections import bookmarks, contacts, threads

pytestmark = pytest.mark.django_db

REGISTRIES: tuple[Registry[object], ...] = (
    collections, handlers_registry, actions_registry, settings_registry, pages, message_handlers,
)  # type: ignore[assignment]  # fmt: skip


@pytest.fixture
def erin() -> User:
    """Staff, who may look at one collection's records."""
    user = User.objects.create_user("erin@example.com", PASSWORD, name="Erin", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_test_threads"))
    return user


@pytest.fixture
def row(alice: User, acme: Organization) -> Row:
    with acting_as(user=alice, organization=acme):
        return threads.insert_one({"subject": "canary"})


def shown(html: str) -> set[str]:
    """The entries of a page, as ``layer-name``."""
    return set(re.findall(r'<li class="declared-entry" id="([^"]+)"', html))


def part(html: str, id: str) -> str:
    return html.split(f'id="{id}"')[1].split('<li class="declared-entry"')[0]


def page(client: Client, query: str = "") -> str:
    response = client.get(f"/declared/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_everything_is_on_it(dana_client: Client) -> None:
    layers = ("collections", "handlers", "actions", "settings", "pages", "conversations")
    wanted = {
        f"{layer}-{name}"
        for layer, registry in zip(layers, REGISTRIES, strict=True)
        for name in registry.names()
    }
    assert shown(page(dana_client)) == wanted


def test_it_is_for_staff(client: Client, alice_client: Client, erin: User) -> None:
    assert client.get("/declared/")["Location"] == "/sign-in/?next=%2Fdeclared%2F"
    assert client.get("/declared/", headers={"Accept": "application/json"}).status_code == 401
    assert alice_client.get("/declared/").status_code == 403
    assert alice_client.get("/declared/", headers={"Accept": "application/json"}).status_code == 403
    assert signed_in(erin).get("/declared/").status_code == 200
    assert signed_in(erin).get("/declared").status_code == 200
    assert signed_in(erin).post("/declared/").status_code == 405


def test_staff_find_it_in_their_menu(client: Client, alice_client: Client, dana_client: Client) -> None:
    link = 'href="/declared/"'
    assert link in dana_client.get("/account/").content.decode()
    assert link not in alice_client.get("/account/").content.decode()
    assert link not in client.get("/sign-in/").content.decode()


@pytest.mark.thorough
def test_an_entry_says_whose_for_whom_and_where(dana_client: Client, row: Row) -> None:
    html = page(dana_client)
    found = part(html, "collections-test_threads")
    for words in (
        "one set per organisation, or per person without one",
        "whoever is signed in",
        "tests/testapp/declared/collections.py:7",
        "7 columns",
        "testapp.view_test_threads",
        "1 row",
        'href="/declared/#pages-test_desk"',
        'href="/collections/test_threads/"',
        'href="/admin/collections_store/testthreads/"',
    ):
        assert words in found
    assert "canary" not in found
    assert "public" in part(html, "handlers-whoami")
    assert 'href="/data/whoami"' in part(html, "handlers-whoami")
    assert 'href="/settings/test_density/"' in part(html, "settings-test_density")
    assert 'href="/test-desk/"' in part(html, "pages-test_desk")
    assert 'class="btn' not in part(html, "pages-test_record")


def test_an_action_is_found_with_who_may_and_where_it_is_offered(dana_client: Client) -> None:
    html = page(dana_client, "?q=test_begin")
    assert "actions-test_begin" in shown(html)
    found = part(html, "actions-test_begin")
    for words in ("Begin", "Done by", "whoever is signed in", "<code>/actions/test_begin/</code>"):
        assert words in found
    assert 'href="/declared/#pages-test_begun"' in found
    assert "public" in part(page(dana_client, "?layer=actions"), "actions-test_open_ping")


def test_rows_are_counted_only_for_whoever_may_look_at_them(erin: User, row: Row) -> None:
    bookmarks.in_scope_of(Identity.of(user=erin)).insert_one({"title": "x"})
    html = page(signed_in(erin))
    assert "1 row" in part(html, "collections-test_threads")
    other = part(html, "collections-test_bookmarks")
    assert "1 row" not in other
    assert "/admin/" not in other


@pytest.mark.parametrize(
    ("query", "some", "none"),
    [
        ("?layer=settings", "settings-test_density", "collections-test_threads"),
        ("?q=threads", "collections-test_threads", "settings-test_density"),
        ("?q=SUBJECT+organisation", "collections-test_threads", "collections-test_notes"),
        ("?q=testapp.view_test_guarded", "collections-test_guarded", "collections-test_threads"),
        ("?layer=pages&q=desk", "pages-test_desk", "collections-test_threads"),
        ("?layer=", "pages-test_desk", ""),
    ],
)
def test_it_is_searched_and_narrowed(dana_client: Client, query: str, some: str, none: str) -> None:
    found = shown(page(dana_client, query))
    assert some in found
    assert none not in found


def test_a_layer_keeps_the_search_and_the_search_the_layer(dana_client: Client) -> None:
    html = page(dana_client, "?layer=pages&q=desk")
    assert 'href="/declared/?layer=settings&amp;q=desk"' in html
    assert '<input type="hidden" name="layer" value="pages">' in html
    assert re.search(r'href="/declared/\?layer=pages&amp;q=desk" aria-current="true"', html)


def test_an_unknown_layer_is_told_with_the_known(dana_client: Client) -> None:
    response = dana_client.get("/declared/?layer=tables")
    assert response.status_code == 400
    assert "collections, handlers, actions, settings, pages, conversations" in response.content.decode()


@pytest.mark.parametrize("search", ["nothing-like-it", "<script>alert(1)</script>", "\0", "a " * 500])
def test_a_search_without_a_match_says_so(dana_client: Client, search: str) -> None:
    response = dana_client.get("/declared/", {"q": search})
    html = response.content.decode()
    assert response.status_code in (200, 400)
    assert "<script>alert" not in html
    assert response.status_code == 400 or "Nothing matches" in html or shown(html)


def test_where_nothing_is_declared_it_says_what_would_be(
    dana_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_handlers, "_declared", {})
    assert "<code>@message</code> declares" in page(dana_client)
    alone = page(dana_client, "?layer=conversations")
    assert "Nothing of this layer is declared" in alone
    for registry in REGISTRIES:
        monkeypatch.setattr(registry, "_declared", {})
    assert "Nothing is declared yet" in page(dana_client)


def test_a_program_gets_what_the_command_writes(dana_client: Client) -> None:
    response = dana_client.get("/declared/", headers={"Accept": "application/json"})
    assert response.content.decode() == as_text()
    assert response["Content-Type"] == "application/json"
    assert json.loads(response.content)["schema"] == 1


@pytest.fixture
def more() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.thorough
def test_it_takes_as_many_queries_whatever_is_declared(
    dana_client: Client, more: ExitStack, row: Row
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            page(dana_client)
        return len(found)

    queries()  # what is read once a process
    before = queries()
    for number in range(30):
        name = f"tmp_more_{number}"
        more.enter_context(handlers_registry.temporarily(name, Handler(len, name, access="staff")))
        # The same table under another name: it is measured for each of them.
        declaration = Declaration(name, threads.declaration.columns, app_label="testapp", module="m")
        handle = Collection(declaration)
        handle.__dict__["model"] = threads.model
        more.enter_context(collections.temporarily(name, handle))
    contacts.insert_many({"name": str(n), "email": "a@example.com"} for n in range(50))
    assert queries() == before <= 10


def test_many_rows_are_estimated_and_said_to_be(
    dana_client: Client, row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    contacts.insert_many({"name": str(n), "email": "a@example.com"} for n in range(20))
    monkeypatch.setattr(measuring, "COUNTED", 10)
    assert re.search(r"about \d+ rows", part(page(dana_client), "collections-test_contacts"))
    found = measure([contacts, threads], connection)
    assert found["test_contacts"].rows_estimated
    assert found["test_contacts"].rows >= 11
    assert (found["test_threads"].rows, found["test_threads"].rows_estimated) == (1, False)
    assert found["test_threads"].size > 0
    assert found["test_threads"].size_estimated is (connection.vendor == "sqlite")


def test_every_icon_is_there() -> None:
    assert [problem for icon in ICONS.values() if (problem := icon_problem(icon))] == []
