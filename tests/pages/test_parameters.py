"""The query string as typed arguments: what is legal arrives with its type, what is not is a clear 400."""

from __future__ import annotations

from datetime import date

import pytest
from django.http import QueryDict
from django.test import Client, RequestFactory

from capsule.errors import BadInput, NotDeclared
from handlers.parameters import Parameters
from pages.parameters import parameter_of, parameters_of, read
from tests.bad_input import KEYS, NUMBERS, PAGES, TEXTS, alone, encoded
from tests.testapp.declared.handlers import everything
from tests.testapp.declared.pages import test_parameters as parameters_page
from tests.testapp.declared.pages import test_record as record_page

pytestmark = [pytest.mark.django_db, pytest.mark.alike]  # no row is read or written

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


def test_an_empty_control_is_none_where_that_is_legal_and_empty_text_is_text(client: Client) -> None:
    assert got(client, "day=&words=") == DEFAULTS


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("period=90d", "Use one of: '7d', '30d'."),
        ("period=<script>", "Use one of: '7d', '30d'."),
        ("count=x", "Use a whole number."),
        ("count=1.5", "Use a whole number."),
        ("count=1e9", "Use a whole number."),
        ("count=", "Use a whole number."),
        ("count=1&count=2", "Give it once, not 2 times."),
        ("count=9999999999999999999", "Use a whole number of at most 64 bits."),
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


@pytest.mark.parametrize("query", ["words=%00", "words=a%00b", "words=%ED%A0%80", "words=%FF%FE"])
def test_what_is_no_text_is_refused(client: Client, query: str) -> None:
    assert client.get(f"/test-parameters/?{query}").status_code == 400


@pytest.mark.parametrize("words", ["%E2%80%AE", "%2525", "%0D%0A", "a" * 4000, "'; DROP TABLE x"])
def test_strange_text_arrives_as_text(client: Client, words: str) -> None:
    assert client.get(f"/test-parameters/?words={words}").status_code == 200


def test_a_missing_value_that_is_needed_is_said(client: Client) -> None:
    response = client.get("/test-required/", headers={"Accept": "application/json"})
    assert response.status_code == 400 and response.json()["fields"] == {
        "number": ["This parameter is required."]
    }
    assert client.get("/test-required/?number=5").content == b"5"


def test_called_from_python_it_is_the_plain_function(rf: RequestFactory) -> None:
    response = parameters_page(rf.get("/"), identity=None, period="30d")  # type: ignore[arg-type]
    assert response.content.decode().startswith("['30d', 1")


def test_a_widget_can_ask_for_a_parameter_of_its_page(rf: RequestFactory) -> None:
    request = rf.get("/")
    parameters = parameters_of(parameters_page)
    request.page_parameters = (parameters.fields, {"period": "30d"})  # type: ignore[attr-defined]
    parameter, value = parameter_of(request, "period")
    assert parameter.options == ("7d", "30d") and value == "30d"
    with pytest.raises(NotDeclared, match="no parameter 'perod'. Did you mean 'period'"):
        parameter_of(request, "perod")
    with pytest.raises(NotDeclared):
        parameter_of(rf.get("/"), "period")


def outcome(parameters: Parameters, query: str) -> object:
    """The values, with those that were left out; or the problems."""
    try:
        return read(parameters, QueryDict(query))
    except BadInput as error:
        return error.message, error.fields


ODD_QUERIES = [
    "count=1.0", "count=1_000", "count=%205", "count=1&count=2", "count=007", "count=", "count=%2B5", "yes=t",
    "yes=yes", "yes=on", "yes=1", "yes=True", "yes=", "level=1", "level=3", "level=1.0", "level=", "rank=2",
    "color=red", "color=RED", "maybe=", "day=0", "day=2026-11-23", "day=", "moment=2026-11-23T10:00",
    "moment=1700000000", "clock=10:30", "tags=a&tags=b", "tags=", "numbers=1&numbers=x", "small=11", "code=A",
    "text=%00", "text=%FF", "text=", "price=NaN", "price=1_0", "ratio=1e999", "id=1",
]  # fmt: skip
NAMES = ["text", "count", "ratio", "price", "yes", "day", "moment", "clock", "id", "period", "level", "tags"]


@pytest.mark.parametrize("query", ODD_QUERIES)
def test_a_page_and_a_data_handler_read_the_same_values_alike(query: str) -> None:
    page = parameters_of(everything.function)
    assert outcome(page, query) == outcome(everything.parameters, query)


@pytest.mark.parametrize("kind", [*TEXTS, *NUMBERS])
def test_a_page_and_a_data_handler_refuse_the_same(kind: str) -> None:
    page, text = parameters_of(everything.function), {**TEXTS, **NUMBERS}[kind]
    for name in NAMES:
        query = encoded({name: text})
        assert outcome(page, query) == outcome(everything.parameters, query)


def test_only_unknown_keys_are_told_apart() -> None:
    page = parameters_of(everything.function)
    assert outcome(page, "threads-page=2&count=5") == outcome(page, "count=5")
    with pytest.raises(BadInput) as refused:
        everything.parameters.from_query(QueryDict("threads-page=2&count=5"))
    assert list(refused.value.fields) == ["threads-page"]


@pytest.mark.parametrize("name", ["period", "count", "ratio", "words", "closed", "day", "tags"])
def test_bad_input_is_a_value_or_a_4xx(client: Client, name: str) -> None:
    for kind, text in {**TEXTS, **NUMBERS, **PAGES}.items():
        with alone(kind):
            response = client.get(
                f"/test-parameters/?{encoded({name: text})}", headers={"Accept": "application/json"}
            )
            assert response.status_code in (200, 400, 414)
            if response.status_code == 400 and "\0" not in text:  # a NUL is refused before any page is asked
                assert list(response.json()["fields"]) == [name]


@pytest.mark.parametrize("kind", KEYS)
def test_a_strange_key_is_ignored(client: Client, kind: str) -> None:
    query = encoded({KEYS[kind]: "1"})
    if "\0" in KEYS[kind]:  # refused before any page is asked
        assert client.get(f"/test-parameters/?{query}").status_code == 400
    else:
        assert got(client, query) == DEFAULTS


def test_an_address_that_is_made_of_values_is_read_back() -> None:
    values = {"period": "30d", "closed": True, "tags": ["a", "b"], "day": date(2026, 11, 23)}
    query = QueryDict(parameters_page.url(**values).partition("?")[2])
    assert parameters_of(parameters_page).from_query(query) == values


def test_what_the_route_gives_is_no_parameter() -> None:
    assert list(parameters_of(record_page, ["id"]).fields) == ["shown"]


def test_an_ordinary_views_kwargs_are_left_alone() -> None:
    def view(request: object, *args: object, **kwargs: object) -> None: ...

    assert read(parameters_of(view), QueryDict("a=1")) == {}
