"""Every method at every address of the API, with bodies that no program sends, by a stranger."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Organization, User
from capsule import acting_as
from collections_app import Column
from tests.testapp.declared.collections import threads

pytestmark = [pytest.mark.django_db, pytest.mark.differs]

THREADS = "/collections/test_threads/"
BODIES = ["", "{", "[]", '{"subject":{"$gt":1}}', '{"subject":"\\u0000"}', '{"subject":' + "[" * 2000 + "}"]
QUERIES = ["q=abc", "filter=" + "[" * 3000, "sort=" + "a," * 2000, "cursor=after." + "A" * 4000, "fields=,,"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_breaks_and_nothing_is_told(
    method: str, charlie_client: Client, alice: User, acme: Organization
) -> None:
    with acting_as(user=alice, organization=acme):
        row, gone = threads.insert_many([{"subject": "Hers"}, {"subject": "Gone"}])
        gone.delete()
    paths = [THREADS, f"{THREADS}{row.id}/", f"{THREADS}{gone.id}/", "/collections/", "/declared/"]
    for path in [*paths, *(f"{THREADS}?{query}" for query in QUERIES)]:
        for body in BODIES:
            answer = charlie_client.generic(
                method, path, body, content_type="application/json", headers={"accept": "application/json"}
            )
            assert answer.status_code < 500, (path, body)
            assert b"Hers" not in answer.content
    assert threads.across_scopes().find() == [row]


def test_a_refusal_does_not_name_what_is_hidden(
    alice_client: Client, alice: User, acme: Organization
) -> None:
    with acting_as(user=alice, organization=acme):
        threads.set_columns(["subject", Column("secret", type="number", hidden=True, required=True)])
    answer = alice_client.post(THREADS, {"subject": "x"}, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["fields"] == {"__all__": ["A value that is not shown here does not fit."]}
