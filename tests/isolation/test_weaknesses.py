"""W1 to W9: what Capsule allowed to intruders, and our store refuses or makes impossible.

Over the entrances that there are: Python, the pages of a collection, its HTTP API, settings. The numbers are
those of the study of Capsule on which this project rests.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import Organization, User
from capsule import Identity, acting_as
from capsule.errors import ScopeError
from capsule.scopes import SCOPES
from collections_app import Collection
from collections_app.declarations import Declaration
from collections_app.problems import problems_of
from collections_app.rows import Row
from settings_app.declarations import settings_registry
from tests.testapp.declared.collections import (
    bookmarks,
    contacts,
    isolated_session,
    isolated_user,
    staff_only,
    threads,
)
from tests.testapp.declared.settings import BY_SCOPE_AND_TYPE

pytestmark = [pytest.mark.django_db, pytest.mark.differs]

ANN = Identity(user_id="ann", organization_id="acme", session_id="one")
BEN = Identity(user_id="ben", session_id="two")


def by_program(client: Client, method: str, address: str, body: Any) -> Any:
    content = "" if method == "GET" else json.dumps(body)
    headers = {"accept": "application/json"}
    return client.generic(method, address, content, content_type="application/json", headers=headers)


POWERLESS = ("_user_id", "_owner_id", "_session_id", "scope_key", "owner", "user_id")


@pytest.fixture
def anns() -> Row:
    return isolated_user.in_scope_of(ANN).insert_one({"name": "hers", "n": 1})


class TestW1TheScopeInAFilter:
    @pytest.mark.parametrize("key", POWERLESS)
    @pytest.mark.parametrize("value", ["user:ann", "ann", None, {"$ne": "ben"}, {"$gte": ""}])
    def test_it_has_no_power(self, anns: Row, key: str, value: Any) -> None:
        with acting_as(BEN):
            assert isolated_user.find({key: value}) == []
            assert isolated_user.count({key: value}) == 0
            assert isolated_user.update_one({key: value}, {"name": "stolen"}).matched == 0
            assert isolated_user.delete_one({key: value}).deleted == 0
        assert isolated_user.across_scopes().find() == [anns]

    @pytest.mark.parametrize(
        "document",
        [
            {"_user_id": {"$exists": True}},
            {"_user_id": {"$exists": False}},
            {"$or": [{}, {"scope_key": "user:ann"}]},
            {"$nor": [{"_user_id": "nobody"}]},
            {"_id": {"$ne": "nope"}},
        ],
    )
    def test_an_operator_is_refused_or_stays_within(self, anns: Row, document: dict[str, Any]) -> None:
        with acting_as(BEN):
            try:
                assert isolated_user.find(document) == []
            except ValueError as error:
                assert "Legal" in str(error)


class TestW2TheScopeInADocument:
    @pytest.mark.parametrize("key", POWERLESS)
    def test_it_is_data(self, key: str) -> None:
        with acting_as(BEN):
            row = isolated_user.insert_one({key: "user:ann", "n": 1})
            assert row.scope_key == "user:ben"
            assert isolated_user.find() == [row]
        with acting_as(ANN):
            assert isolated_user.find() == []

    def test_the_rows_id_is_not_the_documents_to_say(self, anns: Row) -> None:
        with acting_as(BEN), pytest.raises(ValidationError):
            isolated_user.insert_one({"_id": anns.id})


class TestW3TheScopeInAnUpdate:
    @pytest.mark.parametrize("key", POWERLESS)
    @pytest.mark.parametrize("form", ["plain", "$set", "edit"])
    def test_the_row_stays_where_it_was(self, anns: Row, key: str, form: str) -> None:
        with acting_as(ANN):
            if form == "edit":
                isolated_user.edit(anns.id, {key: (None, "user:ben")})
            else:
                isolated_user.update_one(
                    {}, {key: "user:ben"} if form == "plain" else {"$set": {key: "user:ben"}}
                )
            assert [row.scope_key for row in isolated_user.find()] == ["user:ann"]
        with acting_as(BEN):
            assert isolated_user.find() == []

    def test_the_rows_id_cannot_be_changed(self, anns: Row) -> None:
        with acting_as(ANN), pytest.raises(ValidationError):
            isolated_user.update_one({}, {"_id": "other"})


class TestW4LookupsThatBeginWithAnUnderscore:
    def test_they_are_not_dropped(self, anns: Row) -> None:
        with acting_as(ANN):
            assert isolated_user.filter(_id="nope").rows() == []
            assert isolated_user.filter(_id=anns.id).rows() == [anns]
            assert isolated_user.filter(_anything="nope").rows() == []
            assert isolated_user.exclude(_id=anns.id).rows() == []
            assert isolated_user.filter(pk="nope").rows() == isolated_user.filter(id="nope").rows() == []
            assert (
                isolated_user.filter(pk=anns.id).rows() == isolated_user.filter(id=anns.id).rows() == [anns]
            )
            assert isolated_user.filter(_id="nope").delete().deleted == 0
            assert isolated_user.delete_one({"_id": "nope"}).deleted == 0
            assert isolated_user.find() == [anns]


@pytest.fixture
def alices(alice: User, acme: Organization) -> Row:
    with acting_as(user=alice, organization=acme):
        return threads.insert_one({"subject": "Printer", "status": "new"})


THREADS = "/collections/test_threads/"


class TestW5TheScopeInTheAddress:
    @pytest.mark.parametrize("query", ["scope=app", "scope=user", "scope=", "scope=app&scope=owner"])
    def test_only_the_declaration_says_it(
        self, alices: Row, alice_client: Client, charlie_client: Client, query: str
    ) -> None:
        assert b"Printer" in alice_client.get(f"{THREADS}?{query}").content
        assert b"Printer" not in charlie_client.get(f"{THREADS}?{query}").content
        for path in (f"{THREADS}{alices.id}/", f"{THREADS}{alices.id}/delete/"):
            assert charlie_client.get(f"{path}?{query}").status_code == 404
            form = {"subject": "stolen", "seen-subject": '"Printer"'}
            assert charlie_client.post(f"{path}?{query}", form).status_code == 404
            assert charlie_client.post(path, {**form, "scope": "app", "scope_key": "app"}).status_code == 404
        charlie_client.post(f"{THREADS}add/?{query}", {"subject": "his own", "scope": "app"})
        found = {row["subject"]: row.scope_key for row in threads.across_scopes().find()}
        assert found.pop("Printer") == alices.scope_key
        assert all(key.startswith("user:") for key in found.values())

    @pytest.mark.parametrize("query", ["scope=app", "scope=user", "scope_key=app"])
    def test_a_program_cannot_say_it_either(
        self, alices: Row, alice_client: Client, charlie_client: Client, query: str
    ) -> None:
        address = f"{THREADS}{alices.id}/"
        for client, path, method in (
            (alice_client, THREADS, "GET"),
            (charlie_client, THREADS, "POST"),
            (charlie_client, address, "GET"),
            (charlie_client, address, "PATCH"),
            (charlie_client, address, "DELETE"),
        ):
            answer = by_program(client, method, f"{path}?{query}", {"subject": "stolen"})
            assert answer.status_code == 400 and b"Printer" not in answer.content
            answer = by_program(charlie_client, method, path, {"subject": "his", query[:5]: "app"})
            assert answer.status_code in (200, 400, 404) and b"Printer" not in answer.content
        assert threads.across_scopes().find() == [alices]


class TestW6WhoMay:
    def test_a_visitor_reads_and_writes_nothing_by_default(self, client: Client) -> None:
        with acting_as(Identity()):
            row = contacts.insert_one({"name": "Ours", "email": "a@example.com"})
        page = f"/collections/{contacts.name}/"
        for path in (page, f"{page}add/", f"{page}{row.id}/", f"{page}{row.id}/delete/"):
            assert b"Ours" not in client.get(path).content
            assert client.get(path).status_code in (302, 401)
            assert client.post(path, {"name": "stolen", "email": "b@example.com"}).status_code in (
                302,
                401,
                405,
            )
        for method, path in (("GET", ""), ("POST", ""), ("GET", f"{row.id}/"), ("DELETE", f"{row.id}/")):
            answer = by_program(client, method, page + path, {"name": "stolen", "email": "b@example.com"})
            assert answer.status_code == 401 and b"Ours" not in answer.content
        assert contacts.across_scopes().find() == [row]

    def test_staff_only_is_for_staff(self, charlie_client: Client) -> None:
        with acting_as(Identity()):
            row = staff_only.insert_one({"name": "Hidden"})
        page = f"/collections/{staff_only.name}/"
        for path in (page, f"{page}add/", f"{page}{row.id}/", f"{page}{row.id}/delete/"):
            assert charlie_client.get(path).status_code in (403, 404)
            assert charlie_client.post(path, {"name": "stolen"}).status_code in (403, 404, 405)
        assert staff_only.across_scopes().find() == [row]

    def test_what_no_browser_may_edit_is_refused_to_staff_too(self, dana_client: Client) -> None:
        with acting_as(Identity()):
            row = staff_only.insert_one({"name": "Hidden"})
        page = f"/collections/{staff_only.name}/"
        for path in (f"{page}add/", f"{page}{row.id}/", f"{page}{row.id}/delete/"):
            assert dana_client.post(path, {"name": "stolen"}).status_code in (403, 404, 405)
        assert staff_only.across_scopes().find() == [row]

    def test_a_setting_of_everybody_is_not_a_visitors_to_change(self, client: Client) -> None:
        for name in [one.name for one in settings_registry if one.scope == "app"]:
            assert client.post(f"/settings/{name}/", {"value": "stolen"}).status_code in (302, 401, 403, 404)

    def test_nothing_is_public_or_editable_unless_it_is_said(self) -> None:
        declaration = Declaration("quiet", ())
        assert (declaration.access, declaration.editable) == ("authenticated", False)


class TestW7NobodyInParticular:
    @pytest.mark.parametrize("nobody", [Identity(), Identity.of(user="", organization="", session="")])
    @pytest.mark.parametrize("collection", [bookmarks, threads, isolated_session], ids=lambda c: c.name)
    def test_an_empty_identity_has_no_share(self, nobody: Identity, collection: Collection) -> None:
        with acting_as(nobody):
            for use in (collection.find, collection.count, lambda: collection.insert_one({"n": 1})):
                with pytest.raises(ScopeError):
                    use()

    def test_nor_has_one_whose_ids_are_empty(self) -> None:
        empty = Identity(user_id="", organization_id="", session_id="")
        for scope in ("user", "owner", "session"):
            with pytest.raises(ScopeError):
                empty.key(scope)

    def test_two_visitors_do_not_share(self) -> None:
        with acting_as(Identity(session_id="one")):
            isolated_session.insert_one({"name": "a", "n": 1})
        with acting_as(Identity(session_id="two")):
            assert isolated_session.count() == 0


class TestW8OperatorsFromABrowser:
    @pytest.mark.parametrize(
        "document",
        [
            {"$where": "1"},
            {"$expr": {"$eq": [1, 1]}},
            {"name": {"$where": "1"}},
            {"name": {"$function": {"body": "1"}}},
            {"name": {"$ne": None, "$where": "1"}},
            {"$jsonSchema": {}},
            {"$text": {"$search": "x"}},
        ],
    )
    def test_what_would_run_code_is_an_error(self, anns: Row, document: dict[str, Any]) -> None:
        with acting_as(ANN), pytest.raises(ValueError):
            isolated_user.find(document)

    @pytest.mark.parametrize("text", ['{"$ne": null}', "[$ne]=x", "' OR 1=1 --", '{"$regex": ".*"}'])
    def test_in_a_pages_filter_they_are_text(self, alices: Row, alice_client: Client, text: str) -> None:
        response = alice_client.get(THREADS, {"test_threads-is-subject": text})
        assert response.status_code == 200
        assert b"Printer" not in re.sub(rb"<form.*?</form>", b"", response.content, flags=re.DOTALL)

    @pytest.mark.parametrize("key", ["is-subject[$ne]", "is-secret", "is-scope_key", "is-$where", "is-_id"])
    def test_only_declared_visible_columns_are_filtered(
        self, alices: Row, alice_client: Client, key: str
    ) -> None:
        assert alice_client.get(THREADS, {f"test_threads-{key}": "x"}).status_code == 400

    @pytest.mark.parametrize(
        "filter",
        [
            '{"$where": "1"}',
            '{"subject": {"$expr": 1}}',
            '{"secret": {"$regex": ""}}',
            '{"$or": [{"secret": 1}]}',
        ],
    )
    def test_a_program_filters_by_what_a_browser_may(
        self, alices: Row, alice_client: Client, filter: str
    ) -> None:
        answer = alice_client.get(THREADS, {"filter": filter}, headers={"accept": "application/json"})
        assert answer.status_code == 400 and list(answer.json()["fields"]) == ["filter"]

    @pytest.mark.parametrize(
        "body", [{"$set": {"subject": "x"}}, {"subject": {"$ne": None}}, {"secret": "x"}]
    )
    def test_a_program_writes_no_operators(
        self, alices: Row, alice_client: Client, body: dict[str, Any]
    ) -> None:
        answer = by_program(alice_client, "PATCH", f"{THREADS}{alices.id}/", body)
        assert answer.status_code in (400, 422)
        assert threads.across_scopes().find() == [alices]

    @pytest.mark.parametrize("value", [{"$ne": None}, {"$regex": ".*"}, ["a"]])
    def test_a_dict_given_as_a_value_is_no_operator(self, anns: Row, value: Any) -> None:
        with acting_as(ANN), suppress(ValueError, ValidationError):  # refused, or compared as a value
            assert isolated_user.filter(name=value).rows() == []


class TestW9ScopesOfSettings:
    def test_an_unknown_scope_is_an_error_not_everybody(self) -> None:
        assert any(problem.id == "E002" for problem in problems_of(Declaration("wrong", (), scope="team")))  # type: ignore[arg-type]

    def test_what_is_set_for_everybody_reaches_nobodys_own(self, alice: User, bob: User) -> None:
        own, everybodys = BY_SCOPE_AND_TYPE["user", str], BY_SCOPE_AND_TYPE["app", str]
        for person in (alice, bob):
            with acting_as(user=person):
                own.set(person.name)
        with acting_as(user=bob):
            everybodys.set("for all")
            everybodys.reset()
            own.reset()
            assert own.get() == "plain"
        with acting_as(user=alice):
            assert own.get() == "Alice"
            assert everybodys.get() == "plain"

    def test_scopes_never_share_a_key(self) -> None:
        """One id may be a person's, an organisation's and a conversation's: the kind is part of the key."""
        same = Identity(user_id="1", organization_id="1", session_id="1")
        assert len({same.key(scope) for scope in SCOPES}) == len(SCOPES)
