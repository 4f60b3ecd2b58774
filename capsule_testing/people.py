"""Who acts in a test: in Python by ``as_user``, in a browser by ``signed_in``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.test import Client

from accounts.active import ORGANIZATION_KEY
from accounts.backends import AccountBackend
from accounts.models import Membership, Organization, User
from capsule.identity import Identity, acting_as

__all__ = ["as_user", "identity_for", "name_of", "organization_of", "signed_in"]

BACKEND = f"{AccountBackend.__module__}.{AccountBackend.__qualname__}"
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def organization_of(person: User | None) -> Organization | None:
    """The organisation that is active when the person signs in: the one that they joined first."""
    if person is None:
        return None
    joined = Membership.objects.select_related("organization").filter(user=person)
    first = joined.order_by("created_at", "pk").first()
    return None if first is None else first.organization


def identity_for(person: User | None, organization: Organization | None = None) -> Identity:
    """Who ``person`` is as soon as they have signed in; ``None`` is a visitor."""
    return Identity.of(person, organization or organization_of(person))


@contextmanager
def as_user(person: User | None, organization: Organization | None = None) -> Iterator[Identity]:
    """Act as ``person`` within the block, in the organisation that they joined first, or in the given one.

    ``None`` is a visitor, who has not signed in.

    Example::

        with as_user(alice):
            threads.insert_one({"subject": "The lamp flickers"})
    """
    with acting_as(identity_for(person, organization)) as identity:
        yield identity


def signed_in(person: User | None, organization: Organization | None = None) -> Client:
    """A Django test client that sends what a browser of ``person`` would; ``None`` is a visitor."""
    client = Client(headers=BROWSER)
    if person is None:
        return client
    client.force_login(person, backend=BACKEND)
    active = organization or organization_of(person)
    if active is not None:
        session = client.session
        session[ORGANIZATION_KEY] = str(active.pk)
        session.save()
    return client


def name_of(person: User | None) -> str:
    """How a message calls them."""
    return "a visitor" if person is None else str(person.email)
