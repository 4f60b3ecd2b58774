"""Query string -> typed arguments, or a 400 that names each bad parameter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Literal
from urllib.parse import quote, urlencode

import pytest
from django.http import QueryDict
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capsule.errors import BadInput
from handlers.parameters import Parameters
from handlers.results import encode
from tests.bad_input import BODIES, KEYS, NUMBERS, PAGES, TEXTS, encoded
from tests.testapp.declared.handlers import everything

pytestmark = [pytest.mark.django_db, pytest.mark.alike]  # no row is read or written

readable = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufffd"), max_size=8)
INTERNAL = ("pydantic", "Traceback", "Error", "type=", "input_value", "object at 0x")
UUID = "0193a1c2-7d3e-7c11-8a55-0b6f3d2e9a10"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("text", "", ["str", ""]),
        ("text", " a b ", ["str", " a b "]),
        ("text", "<b>&é😀‮", ["str", "<b>&é😀‮"]),
        ("count", "5", ["int", 5]),
        ("count", "-5", ["int", -5]),
        ("count", "007", ["int", 7]),
        ("count", "9223372036854775807", ["int", 2**63 - 1]),
        ("ratio", "0.5", ["float", 0.5]),
        ("ratio", "-1e3", ["float", -1000.0]),
        ("ratio", ".5", ["float", 0.5]),
        ("ratio", "5", ["float", 5.0]),
        ("price", "12.50", ["Decimal", "12.50"]),
        ("yes", "true", ["bool", True]),
        ("yes", "false", ["bool", False]),
        ("yes", "1", ["bool", True]),
        ("yes", "0", ["bool", False]),
        ("day", "2026-11-23", ["date", "2026-11-23"]),
        ("moment", "2026-11-23T10:00:00Z", ["datetime", "2026-11-23T10:00:00Z"]),
        ("moment", "2026-11-23T10:00:00+01:00", ["datetime", "2026-11-23T10:00:00+01:00"]),
        ("moment", "2026-11-23T10:00", ["datetime", "2026-11-23T10:00:00Z"]),
        ("clock", "10:30", ["time", "10:30:00"]),
        ("id", UUID, ["UUID", UUID]),
        ("period", "7d", ["str", "7d"]),
        ("level", "2", ["int", 2]),
        ("color", "blue", ["Color", "blue"]),
        ("rank", "2", ["Level", 2]),
        ("maybe", "3", ["int", 3]),
        ("small", "10", ["int", 10]),
        ("code", "abcd", ["str", "abcd"]),
    ],
)
def test_text_becomes_the_annotated_type(name: str, text: str, value: list[Any], client: Client) -> None:
    response = client.get("/data/everything", {name: text})
    assert response.status_code == 200, response.content
    assert response.json()[name] == value


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("count", "", "whole number"),
        ("count", "five", "whole number"),
        ("count", "5.0", "whole number"),
        ("count", "1_000", "whole number"),
        ("count", " 5", "whole number"),
        ("count", "0x10", "whole number"),
        ("count", "٣", "whole number"),
        ("count", "1e3", "whole number"),
        ("count", "true", "whole number"),
        ("count", "9223372036854775808", "64 bits"),
        ("count", "9" * 5000, "whole number"),
        ("ratio", "", "number"),
        ("ratio", "nan", "number"),
        ("ratio", "Infinity", "number"),
        ("ratio", "-inf", "number"),
        ("ratio", "1e999", "finite"),
        ("ratio", "1,5", "number"),
        ("price", "NaN", "number"),
        ("price", "1_0", "number"),
        ("yes", "yes", "true or false"),
        ("yes", "True", "true or false"),
        ("yes", "on", "true or false"),
        ("yes", "2", "true or false"),
        ("yes", "", "true or false"),
        ("day", "0", "2026-11-23"),
        ("day", "23.11.2026", "2026-11-23"),
        ("day", "2026-02-30", "2026-11-23"),
        ("day", "2026-11-23T10:00:00", "2026-11-23"),
        ("moment", "1700000000", "2026-11-23T10:00"),
        ("moment", "2026-11-23", "2026-11-23T10:00"),
        ("moment", "2026-11-23T25:00:00Z", "2026-11-23T10:00"),
        ("clock", "36000", "10:00"),
        ("clock", "25:00", "10:00"),
        ("id", "1", "id such as"),
        ("period", "8d", "'7d', '30d'"),
        ("period", "7D", "'7d', '30d'"),
        ("level", "3", "1, 2"),
        ("level", "1.0", "1, 2"),
        ("color", "RED", "'red', 'blue'"),
        ("rank", "3", "1, 2"),
        ("maybe", "x", "whole number"),
        ("small", "0", "1 or more"),
        ("small", "11", "10 or less"),
        ("code", "a", "at least 2"),
        ("code", "abcde", "at most 4"),
        ("code", "AB", "^[a-z]+$"),
    ],
)
def test_what_does_not_fit_is_named(name: str, text: str, words: str, client: Client) -> None:
    response = client.get("/data/everything", {name: text})
    assert response.status_code == 400
    body = response.json()
    assert body["error"] == "bad_input"
    assert list(body["fields"]) == [name]
    assert words in body["fields"][name][0]


def test_a_list_is_given_by_repeating(client: Client) -> None:
    body = client.get("/data/everything?tags=a&tags=b&numbers=1&numbers=2&few=3").json()
    assert body["tags"] == ["list", ["a", "b"]]
    assert body["numbers"] == ["list", [1, 2]]
    assert body["few"] == ["list", [3]]


def test_a_lists_bad_value_is_named_by_its_number(client: Client) -> None:
    fields = client.get("/data/everything?numbers=1&numbers=x&few=1&few=2&few=3").json()["fields"]
    assert fields == {"numbers": ["Value 2: Use a whole number."], "few": ["Give at most 2 values."]}


def test_an_optional_parameter_may_be_blank(client: Client) -> None:
    body = client.get("/data/everything?maybe=&day=&period=").json()
    assert not {"maybe", "day", "period"} & set(body)


def test_every_bad_parameter_is_named_at_once(client: Client) -> None:
    response = client.get("/data/needs?first=x&third=1&first_=2")
    assert response.status_code == 400
    assert response.json()["fields"] == {
        "first": ["Use a whole number."],
        "third": ["There is no such parameter. Known: first, second."],
        "first_": ["There is no such parameter. Known: first, second."],
        "second": ["This parameter is required."],
    }


def test_a_repeated_parameter_is_refused(client: Client) -> None:
    response = client.get("/data/needs?first=1&first=2&second=a")
    assert response.status_code == 400
    assert response.json()["fields"] == {"first": ["Give it once, not 2 times."]}


def test_a_handler_without_parameters_takes_none(client: Client) -> None:
    response = client.get("/data/whoami?x=1")
    assert response.json()["fields"] == {"x": ["There is no such parameter; this takes none."]}


@pytest.mark.parametrize("name", ["identity", "request", "self", "name", "__class__", "kwargs", "args", "*"])
def test_what_is_injected_cannot_be_given(name: str, alice_client: Client, alice: Any, charlie: Any) -> None:
    response = alice_client.get("/data/whoami", {name: str(charlie.pk)})
    assert response.status_code == 400
    assert list(response.json()["fields"]) == [name]
    assert alice_client.get("/data/whoami").json()["user"] == str(alice.pk)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("text=%00", 400),
        ("text=a%00b", 400),
        ("text=%ED%A0%80", 400),
        ("text=%FF", 400),
        ("%FF=1", 400),
        ("text=" + "a" * 9000, 414),
        ("text=" + "a" * 8000, 200),
        ("&".join(["text=a"] * 1001), 400),
        ("&".join(f"k{n}=1" for n in range(1000)), 400),
        ("text=%", 200),
        ("text=%zz", 200),
        ("&&&", 200),
        ("=1", 400),
        ("text", 200),
        ("text;count=1", 400),
        ("__proto__=1", 400),
        ("text[]=1", 400),
        ("text=%0d%0aSet-Cookie:x", 200),
    ],
)
def test_hostile_query_strings(query: str, status: int, client: Client) -> None:
    response = client.get(f"/data/everything?{query}")
    assert response.status_code == status
    assert "Set-Cookie" not in response.headers


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_query_is_answered_or_refused(name: str, value: str) -> None:
    query = urlencode({name.encode("utf-8", "surrogatepass"): value.encode("utf-8", "surrogatepass")})
    assert Client().get(f"/data/everything?{query}").status_code in (200, 400)


@pytest.mark.parametrize(
    "name", ["count", "ratio", "yes", "day", "moment", "clock", "id", "level", "rank", "numbers"]
)
@given(value=st.text(max_size=30))
@settings(max_examples=60, deadline=None)
def test_any_text_is_a_value_or_bad_input(name: str, value: str) -> None:
    try:
        everything.parameters.from_values({name: [value] if name == "numbers" else value})
    except BadInput as error:
        assert list(error.fields) == [name]


LEGAL = {
    "text": "a", "count": "5", "ratio": "0.5", "price": "12.50", "yes": "true", "day": "2026-11-23",
    "moment": "2026-11-23T10:00:00Z", "clock": "10:30", "id": UUID, "period": "7d", "level": "2",
    "color": "blue", "rank": "2", "maybe": "3", "tags": "a", "numbers": "7",
    "small": "10", "code": "abcd", "few": "1",
}  # fmt: skip
ODD = "0 -+.,:eExX_/\\%&=;'\"<>{}[]()\0\t\r\n\u00a0\u0663\u202e\ufeff\uff15\U0001f600TZzNaInf9" + "\ud800"
GENERATED = 5_000


def hostile_values(name: str, count: int) -> Iterator[str]:
    """What strangers send everywhere, and what this parameter takes, with a few characters wrong."""
    known = [*TEXTS.values(), *NUMBERS.values(), *PAGES.values()]
    yield from known[:count]
    dice = Random(f"parameters:{name}")
    for _turn in range(count - len(known)):
        value = LEGAL[name]
        for _change in range(dice.randint(1, 4)):
            at = dice.randint(0, len(value))
            value = (
                value[:at]
                + dice.choice(ODD) * dice.choice([0, 1, 1, 2, 30])
                + value[at + dice.randint(0, 1) :]
            )
        yield value


def test_five_thousand_values_are_taken_as_their_type_or_refused_in_words() -> None:
    assert LEGAL.keys() == everything.parameters.fields.keys()
    taken = tried = 0
    for name in LEGAL:
        for value in hostile_values(name, GENERATED // len(LEGAL) + 1):
            tried += 1
            try:
                arguments = everything.parameters.from_query(
                    QueryDict(urlencode({name: value}, errors="surrogatepass"))
                )
            except BadInput as error:
                assert list(error.fields) == [name], value
                [sentence] = error.fields[name]
                assert 3 < len(sentence) < 300 and not any(word in sentence for word in INTERNAL), sentence
            else:
                taken += 1
                answered = json.loads(encode(everything(**arguments)))
                assert (name in answered) is (arguments[name] is not None), value
    assert tried >= GENERATED and taken > GENERATED // 50


@given(
    count=st.integers(-(2**63) + 1, 2**63 - 1),
    ratio=st.floats(allow_nan=False, allow_infinity=False),
    yes=st.booleans(),
    day=st.dates(),
    moment=st.datetimes(timezones=st.just(datetime.now().astimezone().tzinfo)),
    tags=st.lists(readable, max_size=4),
)
@settings(max_examples=80, deadline=None)
def test_what_url_writes_the_handler_reads_back(**values: Any) -> None:
    query = QueryDict(everything.url(**values).partition("?")[2])
    expected = {name: value for name, value in values.items() if value != []}
    assert everything.parameters.from_query(query) == expected


def test_call_takes_pythons_own_values() -> None:
    read = everything.parameters.from_values
    values = {"day": date(2026, 11, 23), "count": 5, "yes": True, "numbers": [1], "level": 2, "maybe": None}
    assert read(values) == values
    assert read({"moment": datetime(2026, 11, 23)})["moment"].utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "values",
    [
        {"text": "a\0"},
        {"text": "\ud800"},
        {"tags": ["\0"]},
        {"text": 5},
        {"ratio": float("nan")},
        {"count": 2**64},
    ],
)
def test_call_refuses_what_an_address_would_refuse(values: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        everything.parameters.from_values(values)


def test_a_parameter_without_annotation_is_what_its_default_is_else_text() -> None:
    parameters = Parameters.of(lambda first, word=None, count=1, yes=False: None)
    values = {"first": "1", "word": "2", "count": "3", "yes": "true"}
    assert parameters.from_values(values) == {"first": "1", "word": "2", "count": 3, "yes": True}


def test_annotations_of_the_request_and_the_result_need_not_resolve() -> None:
    def function(request: NotImported, period: Literal["7d"] = "7d") -> NotImported:  # type: ignore[name-defined] # noqa: F821
        return period

    parameters = Parameters.of(function)
    assert parameters.takes_request
    assert list(parameters.fields) == ["period"]


def test_an_address_escapes_its_parameters() -> None:
    assert everything.url(text="a&b=c #", yes=True, maybe=None) == (
        f"/data/everything?text={quote('a&b=c').replace('%20', '+')}+%23&yes=true"
    )


def test_an_address_with_an_unknown_parameter_is_an_error_with_a_hint() -> None:
    with pytest.raises(TypeError, match="Did you mean 'period'"):
        everything.url(perod="7d")


@pytest.mark.parametrize("kind", [*TEXTS, *NUMBERS, *PAGES])
def test_bad_input_is_a_value_or_a_4xx(client: Client, kind: str) -> None:
    text = {**TEXTS, **NUMBERS, **PAGES}[kind]
    for name in everything.parameters.fields:
        response = client.get(f"/data/everything?{encoded({name: text})}")
        assert response.status_code in (200, 400, 414)
        assert "Set-Cookie" not in response.headers
        if response.status_code == 400 and "\0" not in text:  # a NUL is refused before a handler is asked
            assert list(response.json()["fields"]) == [name]
        elif response.status_code == 200 and name == "text":
            assert response.json()["text"] == ["str", text]


@pytest.mark.parametrize("kind", KEYS)
def test_a_strange_key_is_refused_by_its_name(client: Client, kind: str) -> None:
    response = client.get(
        f"/data/everything?{encoded({KEYS[kind]: '1'})}", headers={"Accept": "application/json"}
    )
    assert response.status_code == 400
    for sentences in response.json()["fields"].values():
        assert sentences[0].startswith("There is no such parameter. Known: text, count")
    # A NUL is refused before any handler is asked.
    assert len(response.json()["fields"]) == (0 if "\0" in KEYS[kind] else 1)


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_is_nothing_that_a_handler_takes(client: Client, kind: str) -> None:
    for method in ("POST", "PUT"):
        response = client.generic(method, "/data/everything", BODIES[kind], content_type="application/json")
        assert response.status_code == 405
