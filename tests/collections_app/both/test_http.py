"""The HTTP API: lists, one row, whose it is, conflicts, repeats, and how it is described."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from capsule import Identity, acting_as
from collections_app import Row
from collections_app.handle import Collection
from tests.collections_app.both.conftest import named
from tests.collections_app.test_api import call
from tests.openapi import described_to
from tests.together import together

pytestmark = [pytest.mark.django_db, pytest.mark.differs]

STATUSES = ["new", "open", "closed"]


@pytest.fixture
def rows(members: Collection) -> list[Row]:
    return members.insert_many(
        {
            "name": f"Member {n}",
            "status": STATUSES[n % 3],
            "seats": n % 5,
            "secret": f"hush {n}",
        }
        for n in range(12)
    )


@pytest.fixture
def home(members: Collection) -> str:
    return f"/collections/{members.name}/"


def asked(client: Client, home: str, **parameters: Any) -> Any:
    """The body of a list."""
    query = {name: json.dumps(value) if name == "filter" else value for name, value in parameters.items()}
    answer = client.get(home, query, headers={"accept": "application/json"})
    assert answer.status_code == 200, answer.content
    return answer.json()


def members_named(*numbers: int) -> list[str]:
    return [f"Member {n}" for n in numbers]


# Lists --------------------------------------------------------------------------------------------------


def test_one_address_has_two_faces(home: str, rows: list[Row], alice_client: Client) -> None:
    page = alice_client.get(home, headers={"accept": "text/html,*/*;q=0.8"})
    assert page["Content-Type"].startswith("text/html")
    answer = alice_client.get(home, headers={"accept": "application/json"})
    assert answer["Content-Type"] == "application/json" and answer.json()["total"] == 12
    assert {"Accept", "Cookie"} <= {name.strip() for name in answer["Vary"].split(",")}


def test_rows_hold_what_a_browser_may_see(home: str, rows: list[Row], alice_client: Client) -> None:
    (row,) = asked(alice_client, home, filter={"name": "Member 3"})["rows"]
    assert (row.pop("_id"), row["_version"]) == (rows[3].id, rows[3].version)
    known = {key: value for key, value in row.items() if not key.startswith("_") and value is not None}
    assert known == {"name": "Member 3", "status": "new", "seats": 3}
    assert "hush" not in json.dumps(row)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"status": "new"}, [0, 3, 6, 9]),
        ({"status": {"$in": ["new", "open"]}, "seats": {"$gte": 3}}, [3, 4, 9]),
        ({"$or": [{"seats": 0}, {"name": "Member 1"}]}, [0, 1, 5, 10]),
        ({"name": {"$regex": "1[01]$"}}, [10, 11]),
        ({"$nor": [{"seats": {"$lt": 4}}]}, [4, 9]),
        ({"seats": {"$not": {"$gt": 0}}}, [0, 5, 10]),
        ({"born": None}, list(range(12))),
        ({}, list(range(12))),
    ],
    ids=str,
)
def test_filters(
    condition: Any, found: list[int], home: str, members: Collection, rows: list[Row], alice_client: Client
) -> None:
    body = asked(alice_client, home, filter=condition, sort="_id")
    assert (named(body["rows"]), body["total"]) == (members_named(*found), len(found))


def test_it_is_sorted_and_shortened(
    home: str, members: Collection, rows: list[Row], alice_client: Client
) -> None:
    body = asked(alice_client, home, sort="-seats,name", per_page=3, fields="name")
    assert named(body["rows"]) == members_named(4, 9, 3)
    assert {"_id", "_version", "name"} <= set(body["rows"][0]) and "seats" not in body["rows"][0]


def test_pages_by_number(home: str, members: Collection, rows: list[Row], alice_client: Client) -> None:
    pages = [
        named(asked(alice_client, home, sort="_id", page=page, per_page=5)["rows"]) for page in (1, 2, 3, 4)
    ]
    assert [len(page) for page in pages] == [5, 5, 2, 0] and sum(pages, []) == members_named(*range(12))


def test_pages_by_cursor_there_and_back(home: str, rows: list[Row], alice_client: Client) -> None:
    condition = {"sort": "-seats", "per_page": 5, "filter": {"seats": {"$gte": 1}}}
    first = asked(alice_client, home, **condition)
    second = asked(alice_client, home, cursor=first["next"], **condition)
    assert first["previous"] is None and second["next"] is None
    assert len(first["rows"] + second["rows"]) == first["total"] == 9
    assert asked(alice_client, home, cursor=second["previous"], **condition)["rows"] == first["rows"]


def test_an_answer_that_is_the_same_is_not_sent_again(
    home: str, rows: list[Row], alice_client: Client
) -> None:
    first = call(alice_client, "GET", f"{home}?per_page=3")
    again = call(alice_client, "GET", f"{home}?per_page=3", If_None_Match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    call(alice_client, "PATCH", f"{home}{rows[0].id}/", {"name": "Another"})
    changed = call(alice_client, "GET", f"{home}?per_page=3", If_None_Match=first["ETag"])
    assert changed.status_code == 200


@pytest.mark.parametrize(
    ("query", "name", "words"),
    [
        ("pge=2", "pge", "page"),
        ("page=0", "page", "whole number"),
        ("page=1&page=2", "page", "once"),
        ("page=99999999", "page", "whole number"),
        ("page=1&cursor=x", "page", "not by both"),
        ("per_page=1000", "per_page", "1 to 200"),
        ("cursor=x", "cursor", "not a cursor"),
        ("cursor=after.x", "cursor", "first page"),
        ("sort=secret", "sort", "not offered"),
        ("sort=organization", "sort", "not offered"),
        ("sort=", "sort", "not offered"),
        ("sort=nmae", "sort", "name"),
        ("fields=secret", "fields", "not offered"),
        ("filter=1", "filter", "object"),
        ("filter={", "filter", "JSON"),
        ('filter={"secret":"hush 1"}', "filter", "not offered"),
        ('filter={"secret":{"$regex":"^h"}}', "filter", "not offered"),
        ('filter={"$nor":[{"$or":[{"secret":"x"}]}]}', "filter", "not offered"),
        ('filter={"name":{"$not":{"$gt":1},"$where":"1"}}', "filter", "$where"),
        ('filter={"name.secret":1}', "filter", "not offered"),
        ('filter={"organization":1}', "filter", "not offered"),
        ('filter={"organization_id":1}', "filter", "not offered"),
        ('filter={"scope_key":"app"}', "filter", "not offered"),
        ('filter={"seats":{"$gt":"abc"}}', "filter", "number"),
        ('filter={"name":{"$regex":"(a+)+$("}}', "filter", "("),
        ('filter={"name":"a","name":"b"}', "filter", "twice"),
    ],
)
def test_what_cannot_be_is_named(
    query: str, name: str, words: str, home: str, rows: list[Row], alice_client: Client
) -> None:
    answer = call(alice_client, "GET", f"{home}?{query}")
    body = answer.json()
    assert (answer.status_code, body["error"], list(body["fields"])) == (400, "bad_input", [name])
    assert words in " ".join(body["fields"][name]) and "hush" not in answer.content.decode()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(["page", "per_page", "cursor", "sort", "filter", "q", "fields", "x"]),
    value=st.text(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["name", "seats", "born", "chief", "$or", "$gt", "$regex", "$in", "$not"]),
                inner,
                max_size=3,
            )
        ),
        max_leaves=8,
    ).map(json.dumps),
)
def test_anything_is_answered_or_named(
    name: str, value: str, home: str, rows: list[Row], alice_client: Client
) -> None:
    answer = alice_client.get(home, {name: value}, headers={"accept": "application/json"})
    assert answer.status_code in (200, 400), (name, value)
    assert answer.json()


# One row ------------------------------------------------------------------------------------------------


def test_a_row_is_inserted(home: str, members: Collection, alice_client: Client) -> None:
    answer = call(alice_client, "POST", home, {"name": "Ada", "seats": "3", "amount": "1.50"})
    body = answer.json()
    assert (answer.status_code, answer["ETag"]) == (201, f'"{body["_version"]}"')
    assert (body["name"], body["seats"], body["amount"], body["status"]) == ("Ada", 3, "1.5", "new")
    assert answer["Location"] == f"{home}{body['_id']}/"
    assert call(alice_client, "GET", answer["Location"]).json() == body


@pytest.mark.parametrize(
    ("body", "status", "names"),
    [
        ({"name": "x", "email": "nobody", "status": "odd"}, 422, ["email", "status"]),
        ({"name": "x", "seats": "many"}, 422, ["seats"]),
        ({"name": "x", "born": "2026-02-30"}, 422, ["born"]),
        ({"name": ""}, 422, ["name"]),
        ({"name": "x", "secret": "x"}, 400, ["secret"]),
        ({"name": "x", "_id": "01890000-0000-7000-8000-000000000000"}, 400, ["_id"]),
        ({"$set": {"name": "x"}}, 400, ["$set"]),
        ({"name": "x", "scope_key": "app"}, 400, ["scope_key"]),
        ({"name": "x", "organization": "1"}, 400, ["organization"]),
        ({"name": "x", "organization_id": "1"}, 400, ["organization_id"]),
        ([], 400, []),
        ("text", 400, []),
        (None, 400, []),
    ],
    ids=str,
)
def test_what_does_not_fit_is_named(
    body: Any,
    status: int,
    names: list[str],
    home: str,
    members: Collection,
    rows: list[Row],
    alice_client: Client,
) -> None:
    for method, address in (("POST", home), ("PATCH", f"{home}{rows[0].id}/")):
        answer = alice_client.generic(method, address, json.dumps(body), content_type="application/json")
        assert (answer.status_code, sorted(answer.json()["fields"])) == (status, names)
    assert members.count() == 12 and current(members, rows[0]) == rows[0]


@pytest.mark.parametrize("raw", [b" ", b"{", b"\xff", b'{"seats": NaN}', b'{"name": 1, "name": 2}'])
def test_what_is_no_json_is_said_so(raw: bytes, home: str, alice_client: Client) -> None:
    answer = alice_client.generic("POST", home, raw, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_json")


def test_only_the_keys_that_are_sent_change(
    home: str, members: Collection, rows: list[Row], alice_client: Client
) -> None:
    answer = call(alice_client, "PATCH", f"{home}{rows[1].id}/", {"name": "New", "seats": None})
    body = answer.json()
    assert (answer.status_code, body["name"], body.get("seats")) == (200, "New", None)
    after = current(members, rows[1])
    assert after is not None and after.version != rows[1].version
    assert (after["secret"], after["status"]) == ("hush 1", "open")


def test_a_row_is_deleted(home: str, rows: list[Row], alice_client: Client) -> None:
    address = f"{home}{rows[0].id}/"
    assert call(alice_client, "DELETE", address).status_code == 204
    for method, body in (("DELETE", None), ("GET", None), ("PATCH", {"name": "x"})):
        assert call(alice_client, method, address, body).status_code == 404


def test_an_etag_is_the_rows_version(home: str, rows: list[Row], alice_client: Client) -> None:
    address, tag = f"{home}{rows[0].id}/", f'"{rows[0].version}"'
    assert call(alice_client, "GET", address)["ETag"] == tag
    assert call(alice_client, "GET", address, If_None_Match=tag).status_code == 304
    changed = call(alice_client, "PATCH", address, {"seats": 4})["ETag"]
    assert changed != tag and call(alice_client, "GET", address, If_None_Match=tag)["ETag"] == changed


@pytest.mark.parametrize(("method", "body"), [("PATCH", {"seats": 4}), ("DELETE", None)])
def test_who_asks_for_a_version_that_is_past_writes_nothing(
    method: str, body: Any, home: str, members: Collection, rows: list[Row], alice_client: Client
) -> None:
    address, tag = f"{home}{rows[0].id}/", f'"{rows[0].version}"'
    there = call(alice_client, "PATCH", address, {"name": "Meanwhile"})["ETag"]
    answer = call(alice_client, method, address, body, If_Match=tag)
    assert (answer.status_code, answer.json()["error"], answer["ETag"]) == (412, "conflict", there)
    assert answer.json()["current"]["name"] == "Meanwhile" and "secret" not in answer.json()["current"]
    found = current(members, rows[0])
    assert found is not None and f'"{found.version}"' == there
    assert call(alice_client, method, address, body, If_Match=there).status_code in (200, 204)


@pytest.mark.parametrize("given", ["1", 'W/"1"', '"0"', '"x"', '"1", "2"', '"99999999999"'])
def test_another_if_match_is_refused(given: str, home: str, rows: list[Row], alice_client: Client) -> None:
    answer = call(alice_client, "PATCH", f"{home}{rows[0].id}/", {"seats": 4}, If_Match=given)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["If-Match"])


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", ""), ("DELETE", ""), ("PATCH", ""), ("POST", "{id}/"), ("PUT", "{id}/")]
)
def test_other_methods_are_refused(
    method: str, path: str, home: str, rows: list[Row], alice_client: Client
) -> None:
    answer = call(alice_client, method, f"{home}{path.format(id=rows[0].id)}", {"name": "x"})
    assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")


def current(members: Collection, row: Row) -> Row | None:
    return members.across_scopes().get(row.id)


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_saw_the_same_version_one_writes(home: str, rows: list[Row], alice_client: Client) -> None:
    answers: list[int] = []

    def patch(n: int) -> None:
        client, tag = Client(), f'"{rows[0].version}"'
        client.cookies = alice_client.cookies
        answer = call(client, "PATCH", f"{home}{rows[0].id}/", {"seats": 10 + n}, If_Match=tag)
        answers.append(answer.status_code)

    together(10, patch)
    assert sorted(answers) == [200, *[412] * 9]


# Who may ------------------------------------------------------------------------------------------------

CALLS: list[tuple[str, str, Any]] = [
    ("GET", "{id}/", None),
    ("PATCH", "{id}/", {"name": "mine"}),
    ("DELETE", "{id}/", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_anothers_row_is_not_there(
    method: str,
    path: str,
    body: Any,
    home: str,
    members: Collection,
    rows: list[Row],
    charlies_client: Client,
) -> None:
    """Answered like a row that never was."""
    never = str(uuid4()) if "-" in rows[0].id else "987654321"
    answers = [call(charlies_client, method, home + path.format(id=one), body) for one in (rows[0].id, never)]
    told = [{**answer.json(), "request_id": ""} for answer in answers]
    assert [answer.status_code for answer in answers] == [404, 404] and told[0] == told[1]
    assert current(members, rows[0]) == rows[0]


def test_a_list_is_ones_own(home: str, rows: list[Row], charlies_client: Client) -> None:
    assert asked(charlies_client, home) == {"rows": [], "total": 0, "next": None, "previous": None}


def test_a_row_belongs_to_whoever_inserts_it(
    home: str, members: Collection, charlies: Identity, charlies_client: Client
) -> None:
    assert call(charlies_client, "POST", home, {"name": "Theirs"}).status_code == 201
    assert members.count() == 0
    with acting_as(charlies):
        assert named(members.all()) == ["Theirs"]


def test_anothers_cursor_is_none(
    home: str, rows: list[Row], alice_client: Client, charlies_client: Client
) -> None:
    cursor = asked(alice_client, home, per_page=5)["next"]
    assert call(charlies_client, "GET", f"{home}?per_page=5&cursor={cursor}").status_code == 400


@pytest.mark.parametrize(("method", "path", "body"), [("GET", "", None), ("POST", "", {}), *CALLS])
def test_a_visitor_is_asked_to_sign_in(
    method: str, path: str, body: Any, home: str, rows: list[Row], client: Client
) -> None:
    answer = call(client, method, home + path.format(id=rows[0].id), body)
    assert (answer.status_code, answer.json()["error"]) == (401, "authentication_required")


@pytest.mark.parametrize(("method", "path", "body"), [("POST", "", {"name": "x"}), *CALLS[1:]])
def test_a_write_without_its_token_is_refused(
    method: str, path: str, body: Any, home: str, members: Collection, rows: list[Row], alice: User
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="accounts.backends.AccountBackend")
    assert call(client, method, home + path.format(id=rows[0].id), body).status_code == 403
    assert current(members, rows[0]) == rows[0]


# Described ----------------------------------------------------------------------------------------------


def test_it_is_described_as_it_answers(
    home: str, members: Collection, rows: list[Row], alice_client: Client
) -> None:
    described = described_to(alice_client)
    assert set(described["paths"][home]) == {"get", "post"}
    schema = described["components"]["schemas"][members.name]
    (row,) = asked(alice_client, home, per_page=1)["rows"]
    assert set(row) <= set(schema["properties"]) and set(schema["required"]) <= set(row)
    assert "secret" not in schema["properties"]
    assert home in alice_client.get("/collections/").content.decode()


# A request that is repeated -----------------------------------------------------------------------------


def test_its_effect_is_had_once_and_its_answer_given_again(
    home: str, members: Collection, alice_client: Client, bob_client: Client
) -> None:
    def insert(client: Client, key: str, **body: Any) -> Any:
        return call(client, "POST", home, body or {"name": "Once"}, Idempotency_Key=key)

    first, again = insert(alice_client, "k-1"), insert(alice_client, "k-1")
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again["Idempotent-Replayed"] == "true" and members.count() == 1
    other = insert(alice_client, "k-1", name="Another")
    assert (other.status_code, other.json()["error"]) == (422, "idempotency_key_reused")
    assert insert(bob_client, "k-1").json()["_id"] != first.json()["_id"]
    assert insert(alice_client, "k-2", seats="many").status_code == 422
    assert insert(alice_client, "k-2", name="Right").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_eight_that_are_sent_at_once_one_has_an_effect(
    home: str, members: Collection, alice_client: Client
) -> None:
    ids: list[str] = []

    def insert(_n: int) -> None:
        client = Client()
        client.cookies = alice_client.cookies
        ids.append(call(client, "POST", home, {"name": "Once"}, Idempotency_Key="k-1").json()["_id"])

    together(8, insert)
    assert len(ids) == 8 and len(set(ids)) == 1 and members.across_scopes().count() == 1
