from __future__ import annotations

from typing import Any

from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries

from accounts.active import ORGANIZATION_KEY
from accounts.middleware import identity_of
from accounts.models import Membership, Organization, Role, User
from accounts.roles import is_organization_admin, may_manage_owner, role_in
from capsule.identity import Identity


def identity(user: User | None, organization: Organization | None = None) -> Identity:
    return Identity.of(user=user, organization=organization)


def test_the_role_is_the_one_in_the_active_organisation(acme: Organization, alice: User, bob: User) -> None:
    assert role_in(identity(alice, acme)) is Role.ADMIN
    assert role_in(identity(bob, acme)) is Role.MEMBER


def test_without_a_membership_there_is_none(
    acme: Organization, alice: User, charlie: User, dana: User
) -> None:
    assert role_in(identity(charlie, acme)) is None
    assert role_in(identity(dana, acme)) is None  # a superuser is no member
    assert role_in(identity(alice)) is None
    assert role_in(identity(None, acme)) is None
    assert role_in(Identity(user_id="7", organization_id="nonsense")) is None


def test_the_inactive_have_none(acme: Organization, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert role_in(identity(alice, acme)) is None


def test_it_is_asked_anew_outside_a_request(acme: Organization, alice: User) -> None:
    acting = identity(alice, acme)
    assert is_organization_admin(acting)
    Membership.objects.filter(user=alice).update(role=Role.MEMBER)
    assert not is_organization_admin(acting)


def test_a_request_asks_once(
    acme: Organization, alice_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    request: Any = RequestFactory().get("/")
    request.session = alice_client.session
    request.user = User.objects.get(email="alice@example.com")
    with django_assert_num_queries(2):  # the session and the membership
        acting = identity_of(request)
    with django_assert_num_queries(0):
        assert role_in(acting) is Role.ADMIN
        assert may_manage_owner(acting)


def test_who_manages_what_the_owner_shares(acme: Organization, alice: User, bob: User, charlie: User) -> None:
    assert may_manage_owner(identity(alice, acme))
    assert not may_manage_owner(identity(bob, acme))
    assert not may_manage_owner(identity(charlie, acme))
    assert may_manage_owner(identity(charlie))  # alone, everybody manages their own
    assert not may_manage_owner(identity(None))


def test_an_organisation_in_the_session_that_is_not_ones_own_is_ignored(
    acme: Organization, charlie_client: Client, charlie: User
) -> None:
    for chosen in (str(acme.pk), "nonsense", "\0"):
        session = charlie_client.session
        session[ORGANIZATION_KEY] = chosen
        session.save()
        request: Any = RequestFactory().get("/")
        request.session, request.user = charlie_client.session, charlie
        assert identity_of(request).organization_id is None
