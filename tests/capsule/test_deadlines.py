"""A statement that takes too long is ended, on both databases by one error, and harms nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings

from accounts.models import Organization
from capsule.errors import TooCostly

COUNTING = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000000) "
ENDLESS = {
    "before its first row": f"{COUNTING} SELECT COUNT(*) FROM n",
    "while its rows are fetched": f"{COUNTING} SELECT i FROM n WHERE i IN (1, 299999999)",
}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def limited() -> Iterator[None]:
    """A connection of which no statement may take longer than a twentieth of a second."""
    with override_settings(CAPSULE_STATEMENT_SECONDS=0.25):
        connection.close()
        if connection.vendor == "postgresql":  # which is told when the connection is made
            ask("SET statement_timeout = 50")
        yield
        connection.close()


def ask(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("when", ENDLESS)
def test_it_is_ended_and_the_next_is_answered(when: str) -> None:
    began = time.monotonic()
    with pytest.raises(TooCostly, match="too long"):
        ask(ENDLESS[when])
    assert time.monotonic() - began < 5
    assert ask("SELECT 1") == [(1,)]


@pytest.mark.usefixtures("limited", "acme")
def test_its_transaction_is_undone() -> None:
    with pytest.raises(TooCostly), transaction.atomic():
        Organization.objects.update(name="Another")
        ask(ENDLESS["before its first row"])
    assert Organization.objects.get().name == "Acme"


@pytest.mark.usefixtures("limited", "acme")
def test_a_write_that_takes_too_long_has_written_nothing() -> None:
    endless = f"UPDATE accounts_organization SET name = ({ENDLESS['before its first row']})"
    for _attempt in range(2):
        with pytest.raises(TooCostly):
            ask(endless)
        assert Organization.objects.get().name == "Acme"
    Organization.objects.update(name="Another")
    assert Organization.objects.get().name == "Another"


@pytest.mark.usefixtures("limited")
def test_many_quick_ones_may_take_longer_together() -> None:
    until = time.monotonic() + 0.6
    while time.monotonic() < until:
        assert ask("SELECT 1") == [(1,)]


def test_without_a_limit_it_takes_its_time() -> None:
    connection.close()
    with override_settings(CAPSULE_STATEMENT_SECONDS=0):
        assert ask(f"{COUNTING.replace('300000000', '300000')} SELECT COUNT(*) FROM n") == [(300_000,)]
