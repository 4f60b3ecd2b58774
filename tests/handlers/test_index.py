"""``GET /data/``: what the caller may ask for."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Literal

import pytest
from django.test import Client
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from collections_app import Row
from handlers.actions import Action, actions_registry
from tests.handlers.conftest import Declare, DeclareAction

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def names(client: Client) -> set[str]:
    return {handler["name"] for handler in client.get("/data/").json()}


def test_everybody_sees_what_they_may_ask(client: Client, alice_client: Client, dana_client: Client) -> None:
    assert {"whoami", "plain-view"} <= names(client)
    assert not {"activity", "staff_only"} & names(client)
    assert "activity" in names(alice_client)
    assert "staff_only" not in names(alice_client)
    assert {"activity", "staff_only"} <= names(dana_client)


def test_a_handler_says_how_to_ask_it(alice_client: Client) -> None:
    described: dict[str, Any] = {handler["name"]: handler for handler in alice_client.get("/data/").json()}
    assert described["activity"] == {
        "name": "activity",
        "url": "/data/activity",
        "description": "How many threads were opened and closed, by day.",
        "access": "authenticated",
        "methods": ["GET"],
        "parameters": [
            {"name": "period", "required": False, "type": "string", "enum": ["7d", "30d"], "default": "7d"}
        ],
    }
    everything = {parameter["name"]: parameter for parameter in described["everything"]["parameters"]}
    assert everything["small"]["minimum"] == 1
    assert everything["tags"]["type"] == "array"
    assert described["needs"]["parameters"][0] == {"name": "first", "required": True, "type": "integer"}
    assert described["whoami"]["parameters"] == []


def test_a_function_for_access_is_not_told(declare: Declare, client: Client, db: None) -> None:
    declare(lambda: 1, "for_all", access=lambda identity: True)
    [described] = [handler for handler in client.get("/data/").json() if handler["name"] == "for_all"]
    assert described["access"] == "restricted"


def test_a_default_that_json_cannot_hold_is_left_out(declare: Declare, client: Client, db: None) -> None:
    def odd(after: Any = object()) -> int:  # noqa: B008
        return 1

    declare(odd)
    [described] = [handler for handler in client.get("/data/").json() if handler["name"] == "odd"]
    assert described["parameters"] == [{"name": "after", "required": False}]


def test_a_browser_reads_the_list_as_a_page(alice_client: Client) -> None:
    response = alice_client.get("/data/", headers={"Accept": "text/html"})
    assert response["Content-Type"].startswith("text/html")
    assert "/data/activity" in response.content.decode()


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_list_is_only_read(method: str, alice_client: Client) -> None:
    response = getattr(alice_client, method)("/data/")
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


def test_the_list_has_an_etag_of_its_own_for_each(alice_client: Client, dana_client: Client) -> None:
    etag = alice_client.get("/data/")["ETag"]
    assert alice_client.get("/data/", headers={"If-None-Match": etag}).status_code == 304
    assert dana_client.get("/data/", headers={"If-None-Match": etag}).status_code == 200


def test_it_is_openapi_and_each_answer_is_what_it_says(alice_client: Client, client: Client) -> None:
    described = alice_client.get("/data/openapi.json").json()
    OpenAPIV31SpecValidator(described).validate()
    assert "/data/staff_only" not in described["paths"]
    assert "/data/activity" not in client.get("/data/openapi.json").json()["paths"]
    [period] = described["paths"]["/data/activity"]["get"]["parameters"]
    assert period["schema"] == {"type": "string", "enum": ["7d", "30d"], "default": "7d"}
    asked = 0
    for address, operations in described["paths"].items():
        operation = operations.get("get")
        if operation is None:
            continue
        if any(one["required"] for one in operation["parameters"]):
            continue
        answer = alice_client.get(address)
        assert str(answer.status_code) in operation["responses"], address
        schema = operation["responses"]["200"]["content"].get("application/json", {}).get("schema", {})
        if answer.status_code == 200 and schema:
            OAS31Validator(schema).validate(answer.json())
            asked += 1
    assert asked > 3


def test_actions_are_described_to_whoever_may_do_them(
    alice_client: Client, dana_client: Client, client: Client
) -> None:
    def test_described(title: str, times: int = 1, kind: Literal["a", "b"] | None = None) -> None:
        """Rename it.

        As often as is said.
        """

    def test_described_row(row: Row) -> None: ...

    actions: list[Action[..., Any]] = [
        Action(test_described, access="staff"),
        Action(test_described_row, access="staff"),
    ]
    with ExitStack() as stack:
        for one in actions:
            stack.enter_context(actions_registry.temporarily(one.name, one))
        theirs, ours = (one.get("/data/openapi.json").json() for one in (alice_client, dana_client))
        assert "/actions/test_described/" not in theirs["paths"]
        assert "/actions/test_described_row/" not in ours["paths"], "its table offers it"
        described = ours["paths"]["/actions/test_described/"]["post"]
        OpenAPIV31SpecValidator(ours).validate()
    assert (described["summary"], described["description"]) == ("Rename it.", "As often as is said.")
    body = described["requestBody"]["content"]["application/json"]["schema"]
    assert (body["required"], body["additionalProperties"]) == (["title"], False)
    kind = {"anyOf": [{"type": "string", "enum": ["a", "b"]}, {"type": "null"}]}
    assert body["properties"]["kind"] == kind


def test_actions_are_listed_with_their_forms_for_whoever_may_do_them(
    declare_action: DeclareAction, client: Client, alice_client: Client
) -> None:
    def hand_over(to: Literal["ana", "ben"], hours: int = 1) -> None:
        """Give it to somebody else."""

    def on_a_row(row: Row) -> None: ...

    declare_action(hand_over)
    declare_action(on_a_row)
    declare_action(lambda: None, "of_staff", access="staff")
    page = alice_client.get("/data/", headers=BROWSER).content.decode()
    assert 'href="/actions/hand_over/ask/"' in page and "Give it to somebody else." in page
    assert "ana · ben" in page and "1 unless given" in page
    assert "of_staff" not in page and "on_a_row" not in page
    assert alice_client.get("/actions/hand_over/ask/", headers=BROWSER).status_code == 200
    assert "hand_over" not in client.get("/data/", headers=BROWSER).content.decode()
    told = alice_client.get("/data/openapi.json").json()["paths"]["/actions/hand_over/"]["post"]
    assert "X-CSRFToken" in told["requestBody"]["description"]
