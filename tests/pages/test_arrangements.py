"""Which columns a person sees in a table: chosen in its menu, kept for them alone."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Organization, User
from capsule import Identity, acting_as
from collections_app.tables.arranging import Arrangement
from pages.arrangements import Arrangements, table_columns
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db
ADDRESS = "/tables/columns/"
THREADS = "/collections/test_threads/"


def head(client: Client) -> str:
    return client.get(THREADS).content.decode().split("<thead")[1].split("</thead>")[0]


@pytest.fixture(autouse=True)
def one_thread(alice_client: Client) -> None:
    alice_client.post(f"{THREADS}add/", {"subject": "One"})


def arrange(client: Client, *shown: str, order: tuple[str, ...] = (), **others: str) -> int:
    data = {"table": "test_threads", "test_threads-show": shown, "order": order or shown, **others}
    return client.post(ADDRESS, data, headers={"HX-Request": "true"}).status_code


def test_hidden_columns_are_gone_and_the_order_is_the_persons(alice_client: Client) -> None:
    order = ("status", "subject", "priority")
    assert arrange(alice_client, "status", "subject", order=order) == 204
    shown = head(alice_client)
    assert shown.index("Status") < shown.index("Subject")
    assert "Priority" not in shown
    assert "Received" in shown, "a column that the choice did not know"


def test_it_is_forgotten_on_reset(alice_client: Client) -> None:
    before = head(alice_client)
    arrange(alice_client, "status", order=("status", "subject"))
    assert head(alice_client) != before
    arrange(alice_client, "status", reset="yes")
    assert head(alice_client) == before


def test_nobody_else_sees_it(alice_client: Client, bob: User, acme: Organization) -> None:
    theirs = signed_in(bob)
    theirs.post(f"{THREADS}add/", {"subject": "Two"})
    before = head(theirs)
    arrange(alice_client, "status", order=("status", "subject"))
    assert head(alice_client) != before
    assert head(theirs) == before


@pytest.mark.django_db(transaction=True)
def test_the_page_hears_of_its_own_change(alice_client: Client) -> None:
    response = alice_client.post(
        ADDRESS,
        {"table": "test_threads", "test_threads-show": ["status"], "order": ["status"]},
        headers={"HX-Request": "true"},
    )
    assert "setting:table_columns" in response.headers["HX-Trigger"]


def test_without_a_script_it_leads_back(alice_client: Client) -> None:
    data = {"table": "t", "t-show": ["a"], "next": THREADS}
    response = alice_client.post(ADDRESS, data)
    assert response.status_code == 302
    assert response.headers["Location"] == THREADS
    response = alice_client.post(ADDRESS, {**data, "next": "https://evil.example/"})
    assert response.headers["Location"] == "/"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"table": ""},
        {"table": "x" * 65, "order": ["a"]},
        {"table": "t", "order": ["a"]},
        {"table": "t", "t-show": ["x" * 65]},
        {"table": "t", "t-show": [str(n) for n in range(101)]},
    ],
)
def test_what_cannot_be_is_refused(alice_client: Client, data: dict[str, object]) -> None:
    assert alice_client.post(ADDRESS, data).status_code == 400


def test_a_visitor_and_another_method_are_refused(alice_client: Client, client: Client) -> None:
    assert Client().post(ADDRESS, {"table": "t", "t-show": ["a"]}).status_code in (302, 401, 403)
    assert alice_client.get(ADDRESS).status_code == 405


def test_what_was_arranged_longest_ago_gives_way(alice_client: Client, alice: User) -> None:
    keys = [f"column-{n:050}" for n in range(40)]
    for number in range(12):
        data = {"table": f"t{number}", f"t{number}-show": keys, "order": keys}
        assert alice_client.post(ADDRESS, data, headers={"HX-Request": "true"}).status_code == 204
    with acting_as(user=alice):
        assert Arrangements().read("t11").order == tuple(keys)
        assert Arrangements().read("t0") == Arrangement()


def test_what_can_no_longer_be_read_does_no_harm(alice_client: Client, alice: User) -> None:
    with acting_as(user=alice):
        odd = '{"test_threads": {"order": [1, null], "hidden": "x"}}'
        for text in ("[]", "{", '{"test_threads": 1}', odd):
            table_columns.set(text)
            assert "Subject" in head(alice_client)
    with acting_as(Identity()):
        assert Arrangements().read("t") == Arrangement()
        assert Arrangements().address() == ""
