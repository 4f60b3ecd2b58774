"""The pytest plugin: people, and what keeps one test apart from the next.

``conftest.py`` at the root of the project names it, so that an application's tests need nothing of their own.
"""

from __future__ import annotations

import pytest

from accounts.models import Organization, Role, User
from capsule_testing.apart import (
    addresses,
    every_statement_carries_its_scope,
    no_scope_has_changed_its_columns,
    no_setting_is_remembered,
    only_what_is_filled_is_emptied,
    this_process_is_the_only_one,
)
from capsule_testing.live import live_browser, live_site
from capsule_testing.people import PASSWORD, make_member, make_person

__all__ = [
    "acme",
    "addresses",
    "alice",
    "bob",
    "charlie",
    "dana",
    "every_statement_carries_its_scope",
    "live_browser",
    "live_site",
    "no_scope_has_changed_its_columns",
    "no_setting_is_remembered",
    "only_what_is_filled_is_emptied",
    "this_process_is_the_only_one",
]


@pytest.fixture
def acme(db: None) -> Organization:
    """The organisation of alice, its admin, and bob, a member."""
    return Organization.objects.create(name="Acme", slug="acme")


@pytest.fixture
def alice(acme: Organization) -> User:
    """An admin of Acme."""
    return make_member("alice", acme, Role.ADMIN)


@pytest.fixture
def bob(acme: Organization) -> User:
    """A member of Acme, as alice is."""
    return make_member("bob", acme, Role.MEMBER)


@pytest.fixture
def charlie(db: None) -> User:
    """A stranger, in no organisation."""
    return make_person("charlie")


@pytest.fixture
def dana(db: None) -> User:
    """Staff, who may use the admin, and in no organisation."""
    return User.objects.create_superuser("dana@example.com", PASSWORD, name="Dana")
