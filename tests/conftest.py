"""Three names carry the whole permission story: alice and bob share Acme, charlie is a stranger.

alice is Acme's admin, bob a member, dana a superuser in no organisation.
"""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.active import ORGANIZATION_KEY
from accounts.models import Membership, Organization, Role, User

PASSWORD = "correct horse battery"


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
