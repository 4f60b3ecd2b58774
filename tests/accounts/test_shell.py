from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries

from accounts.models import Membership, Organization, User
from accounts.shell import shell_of
from capsule.identity import Identity


def request_of(user: User | None, organization: Organization | None = None) -> HttpRequest:
    request: Any = RequestFactory().get("/")
    request.user = user or AnonymousUser()
    request.identity = Identity.of(user=user, organization=organization)
    checked: HttpRequest = request
    return checked


def test_it_names_the_organisations_and_which_is_active(
    acme: Organization, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    zebra = Organization.objects.create(name="Zebra", slug="zebra")
    Organization.objects.create(name="Not mine", slug="not-mine")
    Membership.objects.create(organization=zebra, user=alice)
    request = request_of(alice, zebra)
    with django_assert_num_queries(1):
        shell = shell_of(request)
    assert [(one.name, one.is_active) for one in shell.organizations] == [("Acme", False), ("Zebra", True)]
    assert shell.active is not None
    assert shell.active.name == "Zebra"
    assert (shell.person, shell.is_personal, shell.theme) == (alice, False, "auto")


def test_personal_is_active_without_an_organisation(acme: Organization, alice: User) -> None:
    shell = shell_of(request_of(alice))
    assert shell.is_personal
    assert shell.active is None


def test_a_visitor_costs_nothing(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    request = request_of(None)
    request.COOKIES["theme"] = "dark"
    with django_assert_num_queries(0):
        shell = shell_of(request)
    assert (shell.person, shell.organizations, shell.theme) == (None, (), "dark")
    assert not shell.asks_time_zone


def test_a_visitors_cookie_is_not_believed_blindly(db: None) -> None:
    request = request_of(None)
    request.COOKIES["theme"] = '"><script>'
    assert shell_of(request).theme == "auto"


def test_a_persons_zone_is_asked_for_until_it_is_known(alice: User) -> None:
    assert shell_of(request_of(alice)).asks_time_zone
    alice.time_zone_known = True
    assert not shell_of(request_of(alice)).asks_time_zone


def test_the_page_asks_the_browser_for_the_zone(alice_client: Client, alice: User) -> None:
    assert "accounts/time_zone.js" in alice_client.get("/account/").content.decode()
    User.objects.filter(pk=alice.pk).update(time_zone_known=True)
    assert "accounts/time_zone.js" not in alice_client.get("/account/").content.decode()
