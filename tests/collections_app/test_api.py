"""The HTTP API of collections, as programs and strangers call it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Organization, User
from capsule import acting_as
from collections_app import Row
from live.models import IdempotentRequest
from tests.openapi import described_to
from tests.testapp.declared.collections import bookmarks, contacts, everything, notes, staff_only, threads
from tests.together import together

pytestmark = pytest.mark.django_db

THREADS = "/collections/test_threads/"
STATUSES = ["new", "open", "waiting", "closed"]


@pytest.fixture
def rows(alice: User, acme: Organization) -> list[Row]:
    with acting_as(user=alice, organization=acme):
        return threads.insert_many(
            {
                "subject": f"Thread {n}",
                "status": STATUSES[n % 4],
                "priority": n % 5,
                "tags": ["odd"] if n % 2 else ["even", "both"],
                "secret": f"hush {n}",
                "extra": {"kept": n},
            }
            for n in range(12)
        )


def call(client: Client, method: str, address: str, body: Any = None, **headers: str) -> Any:
    """The answer to a program's request; ``If_Match="..."`` is a header."""
    sent = {
        name.replace("_", "-"): value for name, value in {"Accept": "application/json", **headers}.items()
    }
    content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    return client.generic(method, address, headers=sent, **content)  # type: ignore[arg-type]


def asked(client: Client, **parameters: Any) -> Any:
    """The body of a list."""
    query = {name: json.dumps(value) if name == "filter" else value for name, value in parameters.items()}
    answer = client.get(THREADS, query, headers={"accept": "application/json"})
    assert answer.status_code == 200, answer.content
    return answer.json()


def subjects(body: Any) -> list[str]:
    return [row["subject"] for row in body["rows"]]


# Lists --------------------------------------------------------------------------------------------------


class TestLists:
    def test_one_address_has_two_faces(self, alice_client: Client, rows: list[Row]) -> None:
        page = alice_client.get(THREADS, headers={"accept": "text/html,*/*;q=0.8"})
        assert page["Content-Type"].startswith("text/html")
        answer = alice_client.get(THREADS, headers={"accept": "application/json"})
        assert answer["Content-Type"] == "application/json"
        assert {"Accept", "Cookie"} <= {name.strip() for name in answer["Vary"].split(",")}
        assert answer.json()["total"] == 12

    def test_rows_hold_what_a_browser_may_see(self, alice_client: Client, rows: list[Row]) -> None:
        (row,) = asked(alice_client, filter={"subject": "Thread 3"})["rows"]
        assert row.pop("_id") == rows[3].id
        assert {key: value for key, value in row.items() if not key.startswith("_")} == {
            "subject": "Thread 3",
            "status": "closed",
            "priority": 3,
            "tags": ["odd"],
        }
        assert row["_version"] == 1 and row["_created_at"].endswith("Z")

    @pytest.mark.parametrize(
        ("condition", "found"),
        [
            ({"status": "new"}, [0, 4, 8]),
            ({"status": {"$in": ["new", "open"]}, "priority": {"$gte": 3}}, [4, 8, 9]),
            ({"$or": [{"priority": 0}, {"subject": "Thread 1"}]}, [0, 1, 5, 10]),
            ({"tags": "odd", "priority": {"$lt": 2}}, [1, 5, 11]),
            ({"tags": {"$elemMatch": {"$regex": "^bo"}}, "priority": 4}, [4]),
            ({"subject": {"$regex": "1[01]$"}}, [10, 11]),
            ({}, list(range(12))),
        ],
    )
    def test_filters(self, condition: Any, found: list[int], alice_client: Client, rows: list[Row]) -> None:
        body = asked(alice_client, filter=condition, sort="_id")
        assert subjects(body) == [f"Thread {n}" for n in found]
        assert body["total"] == len(found)

    def test_it_is_sorted_and_shortened(self, alice_client: Client, rows: list[Row]) -> None:
        body = asked(alice_client, sort="-priority,subject", per_page=3, fields="subject")
        assert subjects(body) == ["Thread 4", "Thread 9", "Thread 3"]
        assert set(body["rows"][0]) == {"_id", "_version", "_created_at", "_updated_at", "subject"}

    def test_pages_by_number(self, alice_client: Client, rows: list[Row]) -> None:
        pages = [subjects(asked(alice_client, sort="_id", page=page, per_page=5)) for page in (1, 2, 3, 4)]
        assert [len(page) for page in pages] == [5, 5, 2, 0]
        assert sum(pages, []) == [f"Thread {n}" for n in range(12)]

    def test_pages_by_cursor_there_and_back(self, alice_client: Client, rows: list[Row]) -> None:
        condition = {"sort": "-priority", "per_page": 5, "filter": {"priority": {"$gte": 1}}}
        first = asked(alice_client, **condition)
        second = asked(alice_client, cursor=first["next"], **condition)
        assert first["previous"] is None and second["next"] is None
        assert len(subjects(first) + subjects(second)) == first["total"] == 9
        back = asked(alice_client, cursor=second["previous"], **condition)
        assert subjects(back) == subjects(first)

    def test_an_answer_that_is_the_same_is_not_sent_again(
        self, alice_client: Client, rows: list[Row]
    ) -> None:
        first = call(alice_client, "GET", f"{THREADS}?per_page=3")
        again = call(alice_client, "GET", f"{THREADS}?per_page=3", If_None_Match=first["ETag"])
        assert (again.status_code, again.content) == (304, b"")
        call(alice_client, "PATCH", f"{THREADS}{rows[0].id}/", {"subject": "Another"})
        changed = call(alice_client, "GET", f"{THREADS}?per_page=3", If_None_Match=first["ETag"])
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
            ("per_page=٣", "per_page", "whole number"),
            ("cursor=x", "cursor", "not a cursor"),
            ("cursor=after.x", "cursor", "first page"),
            ("sort=secret", "sort", "not offered"),
            ("sort=extra", "sort", "not offered"),
            ("sort=", "sort", "not offered"),
            ("sort=subjet", "sort", "subject"),
            ("fields=secret", "fields", "not offered"),
            ("filter=1", "filter", "object"),
            ("filter={", "filter", "JSON"),
            ('filter={"secret":"hush 1"}', "filter", "not offered"),
            ('filter={"secret":{"$regex":"^h"}}', "filter", "not offered"),
            ('filter={"$nor":[{"$or":[{"secret":"x"}]}]}', "filter", "not offered"),
            ('filter={"subject":{"$not":{"$gt":1},"$where":"1"}}', "filter", "$where"),
            ('filter={"subject.secret":1}', "filter", "not offered"),
            ('filter={"extra.kept":1}', "filter", "not offered"),
            ('filter={"scope_key":"app"}', "filter", "not offered"),
            ('filter={"priority":{"$gt":"abc"}}', "filter", "number"),
            ('filter={"subject":{"$regex":"(a+)+$("}}', "filter", "("),
            ('filter={"subject":"a","subject":"b"}', "filter", "twice"),
        ],
    )
    def test_what_cannot_be_is_named(
        self, query: str, name: str, words: str, alice_client: Client, rows: list[Row]
    ) -> None:
        answer = call(alice_client, "GET", f"{THREADS}?{query}")
        body = answer.json()
        assert (answer.status_code, body["error"], list(body["fields"])) == (400, "bad_input", [name])
        assert words in " ".join(body["fields"][name])
        assert "hush" not in answer.content.decode()

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        name=st.sampled_from(["page", "per_page", "cursor", "sort", "filter", "q", "fields", "x"]),
        value=st.text(max_size=60)
        | st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["subject", "tags", "$or", "$gt", "$regex", "$elemMatch", "$in", "$mod"]),
                    inner,
                    max_size=3,
                )
            ),
            max_leaves=8,
        ).map(json.dumps),
    )
    def test_anything_is_answered_or_named(
        self, name: str, value: str, alice_client: Client, rows: list[Row]
    ) -> None:
        answer = alice_client.get(THREADS, {name: value}, headers={"accept": "application/json"})
        assert answer.status_code in (200, 400), (name, value)
        assert answer.json()


# One row ------------------------------------------------------------------------------------------------


class TestRows:
    def test_a_row_is_inserted(self, alice_client: Client, acme: Organization) -> None:
        answer = call(alice_client, "POST", THREADS, {"subject": "Printer", "priority": "3"})
        body = answer.json()
        assert (answer.status_code, answer["ETag"]) == (201, '"1"')
        assert (body["subject"], body["priority"], body["status"]) == ("Printer", 3, "new")
        assert answer["Location"] == f"{THREADS}{body['_id']}/"
        assert call(alice_client, "GET", answer["Location"]).json() == body

    @pytest.mark.parametrize(
        ("body", "status", "names"),
        [
            ({"sender": "nobody", "status": "odd"}, 422, ["sender", "status"]),
            ({"priority": "many"}, 422, ["priority"]),
            ({"secret": "x"}, 400, ["secret"]),
            ({"extra": 1}, 400, ["extra"]),
            ({"_id": str(uuid4())}, 400, ["_id"]),
            ({"$set": {"subject": "x"}}, 400, ["$set"]),
            ({"scope_key": "app"}, 400, ["scope_key"]),
            ([], 400, []),
            ("text", 400, []),
            (None, 400, []),
        ],
    )
    def test_what_does_not_fit_is_named(
        self, body: Any, status: int, names: list[str], alice_client: Client, rows: list[Row]
    ) -> None:
        for method, address in (("POST", THREADS), ("PATCH", f"{THREADS}{rows[0].id}/")):
            content = json.dumps(body)
            answer = alice_client.generic(method, address, content, content_type="application/json")
            assert (answer.status_code, sorted(answer.json()["fields"])) == (status, names)
        assert threads.across_scopes().count() == 12
        assert current(rows[0]) == rows[0]

    @pytest.mark.parametrize(
        "raw", [b" ", b"{", b"\xff", b'{"subject": NaN}', b'{"subject": 1, "subject": 2}']
    )
    def test_what_is_no_json_is_said_so(self, raw: bytes, alice_client: Client, acme: Organization) -> None:
        answer = alice_client.generic("POST", THREADS, raw, content_type="application/json")
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_json")

    def test_only_the_keys_that_are_sent_change(self, alice_client: Client, rows: list[Row]) -> None:
        answer = call(alice_client, "PATCH", f"{THREADS}{rows[1].id}/", {"subject": "New", "priority": None})
        assert (answer.status_code, answer["ETag"]) == (200, '"2"')
        assert answer.json()["subject"] == "New" and "priority" not in answer.json()
        after = current(rows[1])
        assert after is not None
        assert (after["secret"], after["extra"], after["tags"]) == ("hush 1", {"kept": 1}, ["odd"])

    def test_the_history_says_that_a_program_did_it(self, alice_client: Client, rows: list[Row]) -> None:
        call(alice_client, "PATCH", f"{THREADS}{rows[0].id}/", {"subject": "By a program"})
        (entry, _made) = threads.across_scopes().history(rows[0].id)
        assert (entry.source, entry.version, entry.who) == ("http", 2, "Alice")

    def test_a_row_is_deleted(self, alice_client: Client, rows: list[Row]) -> None:
        address = f"{THREADS}{rows[0].id}/"
        assert call(alice_client, "DELETE", address).status_code == 204
        assert call(alice_client, "DELETE", address).status_code == 404
        assert call(alice_client, "GET", address).status_code == 404
        assert call(alice_client, "PATCH", address, {"subject": "x"}).status_code == 404

    def test_an_etag_is_the_rows_version(self, alice_client: Client, rows: list[Row]) -> None:
        address = f"{THREADS}{rows[0].id}/"
        assert call(alice_client, "GET", address)["ETag"] == '"1"'
        assert call(alice_client, "GET", address, If_None_Match='"1"').status_code == 304
        call(alice_client, "PATCH", address, {"priority": 4})
        assert call(alice_client, "GET", address, If_None_Match='"1"')["ETag"] == '"2"'

    @pytest.mark.parametrize(("method", "body"), [("PATCH", {"priority": 4}), ("DELETE", None)])
    def test_who_asks_for_a_version_that_is_past_writes_nothing(
        self, method: str, body: Any, alice_client: Client, rows: list[Row]
    ) -> None:
        address = f"{THREADS}{rows[0].id}/"
        call(alice_client, "PATCH", address, {"subject": "Meanwhile"})
        answer = call(alice_client, method, address, body, If_Match='"1"')
        assert (answer.status_code, answer.json()["error"], answer["ETag"]) == (412, "conflict", '"2"')
        assert answer.json()["current"]["subject"] == "Meanwhile"
        assert "secret" not in answer.json()["current"]
        assert current(rows[0]).version == 2  # type: ignore[union-attr]
        assert call(alice_client, method, address, body, If_Match='"2"').status_code in (200, 204)

    @pytest.mark.parametrize("given", ["1", 'W/"1"', '"0"', '"x"', '"1", "2"', '"99999999999"'])
    def test_another_if_match_is_refused(self, given: str, alice_client: Client, rows: list[Row]) -> None:
        answer = call(alice_client, "PATCH", f"{THREADS}{rows[0].id}/", {"priority": 4}, If_Match=given)
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["If-Match"])

    @pytest.mark.parametrize(
        ("method", "path"), [("PUT", ""), ("DELETE", ""), ("PATCH", ""), ("POST", "{id}/"), ("PUT", "{id}/")]
    )
    def test_other_methods_are_refused(
        self, method: str, path: str, alice_client: Client, rows: list[Row]
    ) -> None:
        answer = call(alice_client, method, f"{THREADS}{path.format(id=rows[0].id)}", {"subject": "x"})
        assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")

    def test_a_form_is_no_json(self, alice_client: Client, acme: Organization) -> None:
        assert alice_client.post(THREADS, {"subject": "x"}).status_code == 405


def current(row: Row) -> Row | None:
    return threads.across_scopes().get(row.id)


# Who may ------------------------------------------------------------------------------------------------

CALLS: list[tuple[str, str, Any]] = [
    ("GET", "{id}/", None),
    ("PATCH", "{id}/", {"subject": "mine"}),
    ("DELETE", "{id}/", None),
]


class TestAccess:
    @pytest.mark.parametrize(("method", "path", "body"), CALLS)
    def test_anothers_row_is_not_there(
        self, method: str, path: str, body: Any, charlie_client: Client, rows: list[Row]
    ) -> None:
        """Answered like a row that never was."""
        answers = [
            call(charlie_client, method, THREADS + path.format(id=one), body) for one in (rows[0].id, uuid4())
        ]
        told = [{**answer.json(), "request_id": ""} for answer in answers]
        assert [answer.status_code for answer in answers] == [404, 404] and told[0] == told[1]
        assert current(rows[0]) == rows[0]

    def test_a_list_is_ones_own(self, charlie_client: Client, rows: list[Row]) -> None:
        assert asked(charlie_client) == {"rows": [], "total": 0, "next": None, "previous": None}

    def test_anothers_cursor_is_none(
        self, alice_client: Client, charlie_client: Client, rows: list[Row]
    ) -> None:
        cursor = asked(alice_client, per_page=5)["next"]
        assert call(charlie_client, "GET", f"{THREADS}?per_page=5&cursor={cursor}").status_code == 400

    @pytest.mark.parametrize(("method", "path", "body"), [("GET", "", None), ("POST", "", {}), *CALLS])
    def test_a_visitor_is_asked_to_sign_in(
        self, method: str, path: str, body: Any, client: Client, rows: list[Row]
    ) -> None:
        answer = call(client, method, THREADS + path.format(id=rows[0].id), body)
        assert (answer.status_code, answer.json()["error"]) == (401, "authentication_required")
        assert "Location" not in answer

    @pytest.mark.parametrize(("method", "path", "body"), [("GET", "", None), ("POST", "", {"name": "x"})])
    def test_a_person_without_permission_is_refused(
        self, method: str, path: str, body: Any, alice_client: Client
    ) -> None:
        assert call(alice_client, method, f"/collections/test_staff_only/{path}", body).status_code == 403

    def test_what_no_browser_may_edit_no_program_may(self, dana_client: Client, dana: User) -> None:
        with acting_as(user=dana):
            row = staff_only.insert_one({"name": "x"})
        address = "/collections/test_staff_only/"
        assert call(dana_client, "GET", address).json()["total"] == 1
        writes: list[tuple[str, str, Any]] = [
            ("POST", "", {}),
            ("PATCH", f"{row.id}/", {}),
            ("DELETE", f"{row.id}/", None),
        ]
        for method, path, body in writes:
            assert call(dana_client, method, address + path, body).status_code == 403

    def test_nobody_declared_is_a_404(self, alice_client: Client, acme: Organization) -> None:
        assert call(alice_client, "GET", "/collections/nothing/").status_code == 404

    @pytest.mark.parametrize(("method", "path", "body"), [("POST", "", {"subject": "x"}), *CALLS[1:]])
    def test_a_write_without_its_token_is_refused(
        self, method: str, path: str, body: Any, alice: User, acme: Organization, rows: list[Row]
    ) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(alice, backend="accounts.backends.AccountBackend")
        assert call(client, method, THREADS + path.format(id=rows[0].id), body).status_code == 403
        assert current(rows[0]) == rows[0]


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_saw_the_same_version_one_writes(alice_client: Client, rows: list[Row]) -> None:
    answers: list[int] = []

    def patch(n: int) -> None:
        client = Client()
        client.cookies = alice_client.cookies
        answer = call(client, "PATCH", f"{THREADS}{rows[0].id}/", {"priority": 10 + n}, If_Match='"1"')
        answers.append(answer.status_code)

    together(10, patch)
    assert sorted(answers) == [200, *[412] * 9]
    assert current(rows[0]).version == 2  # type: ignore[union-attr]


# Described ----------------------------------------------------------------------------------------------


class TestDescription:
    def test_it_is_openapi(self, alice_client: Client, acme: Organization) -> None:
        assert described_to(alice_client)["openapi"].startswith("3.1.")

    def test_it_says_what_the_caller_may(
        self, alice_client: Client, client: Client, acme: Organization
    ) -> None:
        paths = alice_client.get("/collections/openapi.json").json()["paths"]
        assert set(paths[THREADS]) == {"get", "post"}
        assert "/collections/test_staff_only/" not in paths
        assert THREADS not in client.get("/collections/openapi.json").json()["paths"]

    def test_no_hidden_column_is_named(self, alice_client: Client, acme: Organization) -> None:
        for address in ("/collections/openapi.json", "/collections/"):
            assert "secret" not in alice_client.get(address).content.decode()

    def test_what_it_describes_is_what_is_answered(self, alice_client: Client, rows: list[Row]) -> None:
        described = alice_client.get("/collections/openapi.json").json()["components"]["schemas"][
            "test_threads"
        ]
        (row,) = asked(alice_client, per_page=1)["rows"]
        assert set(row) <= set(described["properties"])
        assert set(described["required"]) <= set(row)

    @pytest.mark.parametrize("handle", [threads, contacts, bookmarks, notes, everything])
    def test_the_page_lists_each(self, handle: Any, alice_client: Client, acme: Organization) -> None:
        html = alice_client.get("/collections/").content.decode()
        assert f"/collections/{handle.name}/" in html

    def test_who_may_read_nothing_is_told_so(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("collections_app.api.described.collections", [])
        assert "Nothing here is yours to read" in client.get("/collections/").content.decode()


# A request that is repeated -------------------------------------------------------------------------------


class TestIdempotencyKey:
    def insert(self, client: Client, key: str, **body: Any) -> Any:
        return call(client, "POST", THREADS, body or {"subject": "Once"}, Idempotency_Key=key)

    def count(self) -> int:
        return threads.across_scopes().count()

    def test_its_effect_is_had_once_and_its_answer_given_again(
        self, alice_client: Client, acme: Organization
    ) -> None:
        first, again = self.insert(alice_client, "k-1"), self.insert(alice_client, "k-1")
        assert (first.status_code, again.status_code) == (201, 201)
        assert (again.json(), again["ETag"], again["Location"]) == (
            first.json(), first["ETag"], first["Location"],
        )  # fmt: skip
        assert "Idempotent-Replayed" not in first and again["Idempotent-Replayed"] == "true"
        assert self.count() == 1
        assert self.insert(alice_client, "k-2").json()["_id"] != first.json()["_id"]

    def test_a_key_is_of_one_request(self, alice_client: Client, acme: Organization) -> None:
        self.insert(alice_client, "k-1")
        other = self.insert(alice_client, "k-1", subject="Another")
        assert (other.status_code, other.json()["error"]) == (422, "idempotency_key_reused")
        elsewhere = call(
            alice_client, "POST", "/collections/test_bookmarks/", {"title": "x"}, Idempotency_Key="k-1"
        )
        assert elsewhere.status_code == 422
        assert self.count() == 1

    def test_a_key_is_of_one_person(
        self, alice_client: Client, bob_client: Client, acme: Organization
    ) -> None:
        ids = {self.insert(client, "k-1").json()["_id"] for client in (alice_client, bob_client)}
        assert len(ids) == 2

    def test_what_was_refused_may_be_sent_again_as_it_should_be(
        self, alice_client: Client, acme: Organization
    ) -> None:
        assert self.insert(alice_client, "k-1", priority="many").status_code == 422
        assert self.insert(alice_client, "k-1", priority=3).status_code == 201
        assert self.count() == 1

    @pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256])
    def test_what_can_be_no_key_is_named(self, key: str, alice_client: Client, acme: Organization) -> None:
        answer = self.insert(alice_client, key)
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["Idempotency-Key"])
        assert self.count() == 0

    def test_a_visitor_without_a_conversation_shares_none(self, client: Client) -> None:
        answer = call(client, "POST", "/collections/test_notes/", {"note": "x"}, Idempotency_Key="k-1")
        assert answer.status_code == 400

    def test_after_a_day_it_is_forgotten(self, alice_client: Client, acme: Organization) -> None:
        self.insert(alice_client, "k-1")
        IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
        self.insert(alice_client, "k-1")
        assert (self.count(), IdempotentRequest.objects.count()) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_of_eight_that_are_sent_at_once_one_has_an_effect(alice_client: Client, acme: Organization) -> None:
    ids: list[str] = []

    def insert(n: int) -> None:
        client = Client()
        client.cookies = alice_client.cookies
        answer = call(client, "POST", THREADS, {"subject": "Once"}, Idempotency_Key="k-1")
        ids.append(answer.json()["_id"])

    together(8, insert)
    assert len(ids) == 8 and len(set(ids)) == 1
    assert threads.across_scopes().count() == 1
