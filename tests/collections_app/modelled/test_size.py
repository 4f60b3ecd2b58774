"""A hundred thousand rows of a model that has the index it is told to have: a page costs a page."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection

from accounts.models import Organization, User
from capsule import acting_as
from tests.crm.declarations import member_rows
from tests.crm.models import Member

ROWS = 100_000


def fill(acme: Organization, other: Organization) -> None:
    """One row in ten is another's."""
    owner: Any = Member._meta.get_field("organization")
    ids = [owner.get_db_prep_value(one.pk, connection) for one in (other, acme)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO crm_member (organization_id, name, seats) "
            "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s) "
            "SELECT CASE WHEN n %% 10 = 0 THEN %s ELSE %s END, 'Member ' || (100000 + n), n %% 97 "
            "FROM numbers",
            [ROWS - 1, *ids],
        )


@pytest.mark.slow
@pytest.mark.django_db
def test_a_page_of_a_hundred_thousand_rows(alice: User, acme: Organization, alice_client: Any) -> None:
    other = Organization.objects.create(name="Rivals", slug="rivals")
    fill(acme, other)
    with acting_as(user=alice, organization=acme):
        assert member_rows.count() == ROWS * 9 // 10
        page = member_rows.order_by("name").page(size=25)
        began = time.process_time()
        for _walked in range(20):
            page = member_rows.order_by("name").page(size=25, after=page.next)
        assert (
            time.process_time() - began < 2
        )  # 20 pages; a walk of the table for each would take ten times that
        assert page.rows[0]["name"] == "Member 100556"
    assert b"Member 199999" in alice_client.get("/collections/crm_rows/?crm_rows-sort=-name").content
