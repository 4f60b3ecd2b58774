"""Keeps one test apart from the next: what a process remembers, and what tables hold, ends with it."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase
from django.urls import get_resolver

from collections_app.changing import knowledge
from collections_app.queries.unknown_keys import forget_keys
from collections_app.storage import tripwire
from collections_app.storage.guarding import EVERY_SCOPE, opened
from settings_app.snapshots import process_memory

__all__ = [
    "addresses",
    "every_statement_carries_its_scope",
    "no_scope_has_changed_its_columns",
    "no_setting_is_remembered",
    "only_what_is_filled_is_emptied",
    "this_process_is_the_only_one",
]

MADE_BY_MIGRATE = ("django_content_type", "auth_permission", "django_migrations")


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
    """What a test before this one has changed is gone with it, and so are the keys of its documents."""
    knowledge.know_of([])
    forget_keys()


@pytest.fixture(autouse=True)
def no_setting_is_remembered() -> None:
    """Nor is what it has set: its tables were emptied behind the back of whoever remembers."""
    process_memory.clear()
