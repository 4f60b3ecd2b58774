"""The pytest plugin: people, and what keeps one test apart from the next.

``conftest.py`` at the root of the project names it, so that an application's tests need nothing of their own.
"""

from __future__ import annotations

import pytest

from accounts.models import Membership, Organization, Role, User
from collections_app.changing import knowledge
from settings_app.snapshots import process_memory

PASSWORD = "correct horse battery"


@pytest.fixture
def acme(db: None) -> Organization:
    """The organisation of alice, its admin, and bob, a member."""
    return Organization.objects.create(name="Acme", slug="acme")


@pytest.fixture
def alice(acme: Organization) -> User:
    """An admin of Acme."""
    return _member("alice", acme, Role.ADMIN)


@pytest.fixture
def bob(acme: Organization) -> User:
    """A member of Acme, as alice is."""
    return _member("bob", acme, Role.MEMBER)


@pytest.fixture
def charlie(db: None) -> User:
    """A stranger, in no organisation."""
    return _person("charlie")


@pytest.fixture
def dana(db: None) -> User:
    """Staff, who may use the admin, and in no organisation."""
    return User.objects.create_superuser("dana@example.com", PASSWORD, name="Dana")


def _person(name: str) -> User:
    return User.objects.create_user(f"{name}@example.com", PASSWORD, name=name.capitalize())


def _member(name: str, organization: Organization, role: Role) -> User:
    person = _person(name)
    Membership.objects.create(organization=organization, user=person, role=role)
    return person


@pytest.fixture(autouse=True)
def no_scope_has_changed_its_columns() -> None:
    """What a test before this one has changed is gone with it."""
    knowledge.know_of([])


@pytest.fixture(autouse=True)
def no_setting_is_remembered() -> None:
    """Nor is what it has set: its tables were emptied behind the back of whoever remembers."""
    process_memory.clear()
