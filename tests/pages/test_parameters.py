"""The query string as typed arguments: what is legal arrives with its type, what is not is a clear 400."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory

from capsule.errors import NotDeclared
from pages.parameters import parameter_of, parameters_of
from tests.testapp.declared.pages import test_parameters as parameters_page

pytestmark = pytest.mark.django_db

DEFAULTS = "['7d', 1, 0.5, '', False, None, []]"


def got(client: Client, query: str) -> str:
    response = client.get(f"/test-parameters/?{query}")
    assert response.status_code == 200, response.content
    return response.content.decode()


def test_without_a_query_the_defaults_hold(client: Client) -> None:
    assert got(client, "") == DEFAULTS


def test_each_value_arrives_with_its_type(client: Client) -> None:
    query = "period=30d&count=-7&ratio=1.25&words=a%20b&closed=true&day=2026-11-23&tags=x&tags=y"
    assert got(client, query) == "['30d', -7, 1.25, 'a b', True, datetime.date(2026, 11, 23), ['x', 'y']]"


def test_unknown_keys_are_ignored(client: Client) -> None:
    assert got(client, "threads-page=2&__proto__=x&request=y&identity=z") == DEFAULTS


def test_an_empty_control_is_not_given_but_empty_text_is(client: Client) -> None:
    assert got(client, "period=&count=&ratio=&closed=&day=&words=") == DEFAULTS


def test_the_last_of_two_counts(client: Client) -> None:
    assert got(client, "count=1&count=2") == "['7d', 2, 0.5, '', False, None, []]"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("period=90d", "Use one of: 7d, 30d."),
        ("period=<script>", "Use one of: 7d, 30d."),
        ("count=x", "Use a whole number."),
        ("count=1.5", "Use a whole number."),
        ("count=1e9", "Use a whole number."),
        ("count=99999999999999999999", "This number is too large."),
        ("count=" + "9" * 5000, "Use a whole number."),
        ("ratio=nan", "Use a number."),
        ("ratio=Infinity", "Use a number."),
        ("ratio=one", "Use a number."),
        ("closed=maybe", "Use true or false."),
        ("day=2026-02-30", "Use a date such as"),
        ("day=yesterday", "Use a date such as"),
    ],
)
def test_a_value_that_cannot_be_names_its_field_and_what_can(
    client: Client, query: str, sentence: str
) -> None:
    response = client.get(f"/test-parameters/?{query}", headers={"Accept": "application/json"})
    assert response.status_code == 400
    error = response.json()
    assert error["error"] == "bad_input" and list(error["fields"]) == [query.split("=")[0]]
    assert sentence in error["fields"][query.split("=")[0]][0]


def test_all_bad_values_are_named_at_once(client: Client) -> None:
    response = client.get("/test-parameters/?count=x&ratio=y", headers={"Accept": "application/json"})
    assert set(response.json()["fields"]) == {"count", "ratio"}


def test_a_bad_value_in_a_browser_is_a_page_of_the_house(client: Client) -> None:
    response = client.get("/test-parameters/?count=<script>", headers={"Accept": "text/html"})
    assert response.status_code == 400
    assert "Use a whole number." in response.content.decode() and "<script>" not in response.content.decode()


@pytest.mark.parametrize("query", ["words=%00", "words=a%00b"])
def test_a_nul_is_refused(client: Client, query: str) -> None:
    assert client.get(f"/test-parameters/?{query}").status_code == 400


@pytest.mark.parametrize(
    "words", ["%ED%A0%80", "%FF%FE", "%E2%80%AE", "%2525", "a" * 4000, "'; DROP TABLE x"]
)
def test_strange_text_arrives_as_text(client: Client, words: str) -> None:
    assert client.get(f"/test-parameters/?words={words}").status_code == 200


def test_a_missing_value_that_is_needed_is_said(client: Client) -> None:
    response = client.get("/test-required/", headers={"Accept": "application/json"})
    assert response.status_code == 400 and response.json()["fields"] == {
        "number": ["This address needs a value here."]
    }
    assert client.get("/test-required/?number=5").content == b"5"


def test_called_from_python_it_is_the_plain_function(rf: RequestFactory) -> None:
    response = parameters_page(rf.get("/"), identity=None, period="30d")  # type: ignore[arg-type]
    assert response.content.decode().startswith("['30d', 1")


def test_a_widget_can_ask_for_a_parameter_of_its_page(rf: RequestFactory) -> None:
    request = rf.get("/")
    parameters = parameters_of(parameters_page)
    request.page_parameters = (parameters.query, {"period": "30d"})  # type: ignore[attr-defined]
    parameter, value = parameter_of(request, "period")
    assert parameter.options == ("7d", "30d") and value == "30d"
    with pytest.raises(NotDeclared, match="no parameter 'perod'. Did you mean 'period'"):
        parameter_of(request, "perod")
    with pytest.raises(NotDeclared):
        parameter_of(rf.get("/"), "period")
