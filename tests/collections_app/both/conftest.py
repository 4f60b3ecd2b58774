"""The same people twice: as documents, and as rows of a model. A test of ``members`` is run on each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import Membership, Organization, User
from capsule import Identity, acting_as
from collections_app.handle import Collection
from tests.conftest import signed_in
from tests.crm.declarations import member_documents, member_rows

HANDLES = {"documents": member_documents, "rows": member_rows}
PEOPLE: list[dict[str, Any]] = [
    {
        "name": "Ada",
        "seats": 3,
        "amount": "12.5",
        "born": "1815-12-10",
        "chief": True,
        "notes": "First of all",
        "status": "open",
    },
    {"name": "ada", "seats": 3, "amount": "-0.25", "seen": "2026-01-02T10:00:00.000000Z", "chief": False},
    {"name": "Bob", "seats": -1, "score": 0.5, "amount": "100", "born": "1990-01-01", "notes": "a%b_c"},
    {"name": "Çem", "score": 2.0, "seen": "2026-02-02T10:00:00.500000Z", "notes": "Große Straße"},
    {"name": "Δος", "seats": 0, "score": -1.25, "email": "x@example.org", "notes": "", "status": "closed"},
    {
        "name": "Eve",
        "seats": 10,
        "amount": "12.5001",
        "born": "2000-02-29",
        "chief": True,
        "email": "eve@example.org",
    },
    {"name": "Eve 2", "seats": 7, "seen": "2026-01-02T10:00:00.000000Z", "notes": "printer on fire"},
]
ALL = [one["name"] for one in PEOPLE]


def named(rows: Any) -> list[str]:
    """The names of rows, or of what a program was sent, in their order."""
    return [row["name"] for row in rows]


@pytest.fixture
def alices(alice: User, acme: Organization) -> Identity:
    return Identity.of(user=alice, organization=acme)


@pytest.fixture
def charlies(charlie: User) -> Identity:
    """A stranger, of an organisation of their own."""
    rivals = Organization.objects.create(name="Rivals", slug="rivals")
    Membership.objects.create(organization=rivals, user=charlie)
    return Identity.of(user=charlie, organization=rivals)


@pytest.fixture(params=HANDLES)
def members(request: pytest.FixtureRequest, alices: Identity, charlies: Identity) -> Iterator[Collection]:
    """Documents, then a model's rows: nobody's yet, and Alice acts."""
    with acting_as(alices):
        yield HANDLES[request.param]


@pytest.fixture
def people(members: Collection, alices: Identity, charlies: Identity) -> Collection:
    """With all of ``PEOPLE``, and three of them once more as a stranger's."""
    with acting_as(charlies):
        members.insert_many([{**one, "name": f"Other {one['name']}"} for one in PEOPLE[:3]])
    members.insert_many(PEOPLE)
    return members


@pytest.fixture
def twice(alices: Identity, charlies: Identity) -> Iterator[tuple[Collection, Collection]]:
    """Both at once, for whether they give the same answer."""
    for handle in HANDLES.values():
        with acting_as(charlies):
            handle.insert_many([{**one, "name": f"Other {one['name']}"} for one in PEOPLE[:3]])
        with acting_as(alices):
            handle.insert_many(PEOPLE)
    with acting_as(alices):
        yield member_documents, member_rows


@pytest.fixture
def charlies_client(charlies: Identity, charlie: User) -> Any:
    return signed_in(charlie, Organization.objects.get(slug="rivals"))
