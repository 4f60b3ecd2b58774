"""Three names carry the whole permission story: alice and bob share Acme, charlie is a stranger.

alice is Acme's admin, bob a member, dana a superuser in no organisation.
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from django.test import Client

from accounts.active import ORGANIZATION_KEY
from accounts.models import Membership, Organization, Role, User
from capsule_testing.people import PASSWORD as PASSWORD  # the suites take it from here
from live.keeping import forget_all
from tests.databases import DATABASES


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
