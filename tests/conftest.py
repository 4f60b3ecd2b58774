"""Three names carry the whole permission story: alice and bob share Acme, charlie is a stranger.

alice is Acme's admin, bob a member, dana a superuser in no organisation.
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.test import Client, TransactionTestCase
from django.urls import get_resolver

from accounts.active import ORGANIZATION_KEY
from accounts.models import Membership, Organization, Role, User
from collections_app.changing import knowledge
from collections_app.storage import tripwire
from collections_app.storage.guarding import EVERY_SCOPE, opened
from live.keeping import forget_all
from settings_app.snapshots import process_memory
from tests.databases import DATABASES

PASSWORD = "correct horse battery"
MADE_BY_MIGRATE = ("django_content_type", "auth_permission", "django_migrations")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is loaded by now stays until the end: looking through it for garbage took a fifth of the run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)  # before the markers choose
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks a database is marked so: the rest is the same on every one, and need not run on each."""
    for item in items:
        if asks_a_database(item):
            item.add_marker("database")


def asks_a_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("alike"):
        return False
    if item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(item.fixturenames):  # type: ignore[attr-defined]
        return True
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return any(isinstance(one, str) and one in DATABASES for one in parameters)


@pytest.fixture(scope="session", autouse=True)
def addresses() -> None:
    """Every address of the site, read before a test declares pages of its own: Django reads them once."""
    get_resolver().reverse_dict  # noqa: B018 - reading it is what loads them


@pytest.fixture(scope="session", autouse=True)
def only_what_is_filled_is_emptied() -> Iterator[None]:
    """After a test with transactions Django would truncate a hundred tables, and fill two of them again."""
    with patch("django.test.TransactionTestCase._fixture_teardown", empty_what_is_filled):
        yield


def empty_what_is_filled(case: TransactionTestCase) -> None:
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    quoted = [connection.ops.quote_name(one) for one in tables if one not in MADE_BY_MIGRATE]
    with opened(EVERY_SCOPE), transaction.atomic(), connection.cursor() as cursor:
        found = [f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in quoted]  # noqa: S608
        for some in (found[at : at + 100] for at in range(0, len(found), 100)):  # SQLite joins 500
            cursor.execute(" UNION ALL ".join(some))
            for (table,) in cursor.fetchall():
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - our own tables, by their names


@pytest.fixture(autouse=True)
def every_statement_carries_its_scope(request: pytest.FixtureRequest) -> Iterator[None]:
    """A statement on a collection's table without a scope fails the test, even if its error was caught.

    A test that shows the tripwire itself says so with the marker ``trips_the_wire``.
    """
    with tripwire.recorded() as refused:
        yield
    assert not refused or request.node.get_closest_marker("trips_the_wire"), refused


@pytest.fixture(scope="session", autouse=True)
def this_process_is_the_only_one() -> Iterator[None]:
    """Nobody else changes columns or shows models, so nobody asks now and then whether somebody has."""
    with (
        patch("collections_app.changing.knowledge.LEASE", 0),
        patch("collections_app.modelled.following.LEASE", 0),
    ):
        yield


@pytest.fixture(autouse=True)
def no_scope_has_changed_its_columns() -> None:
    """What a test before this one has changed is gone with it."""
    knowledge.know_of([])


@pytest.fixture(autouse=True)
def no_setting_is_remembered() -> None:
    """Nor is what it has set: its tables were emptied behind the back of whoever remembers."""
    process_memory.clear()


@pytest.fixture
def proof(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Says the figure that a claim of ``docs/proofs.md`` came to; ``make prove`` collects it."""

    def say(result: str) -> None:
        if "PROOFS" in os.environ:
            with Path(os.environ["PROOFS"]).open("a") as file:
                file.write(json.dumps({"test": request.node.nodeid, "result": result}) + "\n")

    return say


@pytest.fixture
def keeping(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is kept, as outside of a transaction: that of an ordinary test does not count."""
    forget_all()
    monkeypatch.setattr("live.keeping.within_transaction", lambda: False)
    yield
    forget_all()


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@example.com", PASSWORD, name="Alice")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob@example.com", PASSWORD, name="Bob")


@pytest.fixture
def charlie(db: None) -> User:
    return User.objects.create_user("charlie@example.com", PASSWORD, name="Charlie")


@pytest.fixture
def dana(db: None) -> User:
    return User.objects.create_superuser("dana@example.com", PASSWORD, name="Dana")


@pytest.fixture
def acme(alice: User, bob: User) -> Organization:
    organization = Organization.objects.create(name="Acme", slug="acme")
    Membership.objects.create(organization=organization, user=alice, role=Role.ADMIN)
    Membership.objects.create(organization=organization, user=bob, role=Role.MEMBER)
    return organization


def signed_in(user: User, organization: Organization | None = None) -> Client:
    """A client signed in as ``user``, with ``organization`` active."""
    client = Client()
    client.force_login(user, backend="accounts.backends.AccountBackend")
    if organization is not None:
        session = client.session
        session[ORGANIZATION_KEY] = str(organization.pk)
        session.save()
    return client


@pytest.fixture
def alice_client(alice: User, acme: Organization) -> Client:
    return signed_in(alice, acme)


@pytest.fixture
def bob_client(bob: User, acme: Organization) -> Client:
    return signed_in(bob, acme)


@pytest.fixture
def charlie_client(charlie: User) -> Client:
    return signed_in(charlie)


@pytest.fixture
def dana_client(dana: User) -> Client:
    return signed_in(dana)
