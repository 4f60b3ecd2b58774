from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from asgiref.sync import async_to_sync
from django.conf import LazySettings
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from accounts.backends import AccountBackend
from accounts.models import User
from capsule_site import settings as site_settings
from tests.conftest import PASSWORD

backend = AccountBackend()
request = RequestFactory().post("/sign-in/")


@pytest.mark.parametrize("email", ["alice@example.com", "ALICE@Example.COM", "  alice@example.com "])
def test_the_address_is_compared_without_regard_to_case(alice: User, email: str) -> None:
    assert backend.authenticate(request, email, PASSWORD) == alice


def test_it_costs_one_query(alice: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        backend.authenticate(request, alice.email, PASSWORD)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("alice@example.com", "wrong"),
        ("alice@example.com", ""),
        (None, PASSWORD),
        ("alice@example.com", None),
    ],
)
def test_it_refuses_what_is_wrong_or_missing(alice: User, email: str | None, password: str | None) -> None:
    assert backend.authenticate(request, email, password) is None


def test_an_unknown_address_takes_as_long_as_a_wrong_password(db: None) -> None:
    with patch.object(User, "set_password") as hashed:
        assert backend.authenticate(request, "nobody@example.com", PASSWORD) is None
    hashed.assert_called_once_with(PASSWORD)


def test_it_refuses_the_inactive_at_sign_in_and_later(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert backend.authenticate(request, alice.email, PASSWORD) is None
    assert backend.get_user(alice.pk) is None


def test_a_demo_account_works_on_this_machine(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_demo=True)
    assert backend.authenticate(request, alice.email, PASSWORD) == alice


def test_a_demo_account_is_refused_elsewhere(alice: User, settings: LazySettings) -> None:
    settings.CAPSULE_LOCAL = False
    User.objects.filter(pk=alice.pk).update(is_demo=True)
    asked: Any = RequestFactory().post("/sign-in/")
    assert backend.authenticate(asked, alice.email, PASSWORD) is None
    assert asked.refused_demo
    assert backend.get_user(alice.pk) is None


def test_a_demo_account_goes_with_the_demo(alice: User, settings: LazySettings) -> None:
    User.objects.filter(pk=alice.pk).update(is_demo=True)
    settings.CAPSULE_DEMO = False
    assert backend.authenticate(request, alice.email, PASSWORD) is None
    assert backend.get_user(alice.pk) is None


@pytest.mark.django_db(transaction=True)
def test_the_async_way_in_knows_the_same_spellings() -> None:
    alice = User.objects.create_user("alice@example.com", PASSWORD)
    found = async_to_sync(User.objects.aget_by_natural_key)("ALICE@example.com")
    assert found == alice


def test_the_site_itself_hashes_with_argon2() -> None:
    assert site_settings.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")


def test_saving_a_record_never_lowers_its_versions(alice: User) -> None:
    stale = User.objects.get(pk=alice.pk)
    User.objects.filter(pk=alice.pk).update(auth_version=7, session_version=5)
    stale.name = "Alicia"
    stale.save()
    fresh = User.objects.get(pk=alice.pk)
    assert (fresh.name, fresh.auth_version, fresh.session_version) == ("Alicia", 7, 5)


def test_saving_brings_the_address_to_one_spelling(alice: User) -> None:
    alice.email = "Alice@Example.COM"
    alice.save()
    assert User.objects.get(pk=alice.pk).email == "alice@example.com"
