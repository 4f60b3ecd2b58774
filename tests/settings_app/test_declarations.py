"""What may be declared, and what ``manage.py check`` says about the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.core.exceptions import ValidationError
from django.utils import translation

from capsule.errors import DeclaredTwice
from settings_app import Setting, declarations, setting, settings, values
from settings_app.checks import check_settings, problems_of
from settings_app.cleaning import clean
from settings_app.declarations import NotReady, keep_values_in, settings_registry
from settings_app.drawing import _range
from tests.testapp.declared.settings import show_closed


@pytest.fixture
def declare() -> Iterator[Any]:
    """``setting``, whose declarations are gone when the test is."""
    before = set(settings_registry.names())
    yield setting
    for name in set(settings_registry.names()) - before:
        del settings_registry._declared[name]
        del settings_registry._places[name]


@pytest.mark.parametrize(
    ("given", "python_type", "default"),
    [
        ({"default": True}, bool, True),
        ({"default": "x"}, str, "x"),
        ({"default": 5}, int, 5),
        ({"default": 0.5}, float, 0.5),
        ({}, str, ""),
        ({"type": bool}, bool, False),
        ({"type": int}, int, 0),
        ({"type": float}, float, 0.0),
        ({"type": float, "default": 1}, float, 1.0),
        ({"options": ["b", "a"]}, str, "b"),
        ({"options": {10: "Ten", 20: "Twenty"}}, int, 10),
        ({"options": [1, 2], "default": 2}, int, 2),
    ],
)
def test_type_and_default_follow_from_each_other(
    declare: Any, given: dict[str, Any], python_type: type, default: object
) -> None:
    declared = declare("test_new", **given)
    assert (declared.type, declared.default) == (python_type, default)
    assert type(declared.default) is python_type
    assert list(problems_of(declared)) == []


def test_the_label_is_the_name_in_words_unless_given(declare: Any) -> None:
    assert declare("test_page_size").title == "Test page size"
    assert declare("test_other", label="Something else").title == "Something else"


def test_a_name_is_declared_once_and_the_error_says_where(declare: Any) -> None:
    declare("test_new")
    with pytest.raises(DeclaredTwice, match=r"'test_new' is declared twice: .*test_declarations:\d+ and "):
        declare("test_new")


def test_a_declaration_is_frozen(declare: Any) -> None:
    with pytest.raises(AttributeError):
        declare("test_new").default = "x"


PROBLEMS: list[tuple[str, dict[str, Any], str, str]] = [
    ("bad name", {}, "E001", "lower-case letters"),
    ("Caps", {}, "E001", "lower-case letters"),
    ("a/b", {}, "E001", "lower-case letters"),
    ("x" * 65, {}, "E001", "at most 64"),
    ("test_new", {"scope": "users"}, "E002", "Did you mean 'user'?"),
    ("test_new", {"scope": None}, "E002", "Scopes are app, user, owner, session."),
    ("test_new", {"scope": show_closed}, "E002", "Scopes are app"),
    ("test_new", {"type": str, "default": show_closed, "secret": True}, "E006", "declared type"),
    ("test_new", {"type": dict}, "E003", "Records belong in a collection()"),
    ("test_new", {"type": list}, "E003", "session.data"),
    ("test_new", {"default": {"a": 1}}, "E003", "@data"),
    ("test_new", {"default": ["a"]}, "E003", "collection()"),
    ("test_new", {"type": bytes}, "E003", "bool, str, int, float"),
    ("test_new", {"type": "int"}, "E003", "bool, str, int, float"),
    ("test_new", {"default": True, "options": [True]}, "E004", "type=str"),
    ("test_new", {"default": "a", "options": []}, "E004", "list of values"),
    ("test_new", {"default": "a", "options": "abc"}, "E004", "list of values"),
    ("test_new", {"default": "a", "options": ["a", 1]}, "E004", "must be a str; 1 is not"),
    ("test_new", {"default": "a", "min": 1}, "E005", "validate="),
    ("test_new", {"default": 5, "min": "1"}, "E005", "as a int"),
    ("test_new", {"default": 5, "min": 1.5}, "E005", "as a int"),
    ("test_new", {"default": 5, "min": 9, "max": 1}, "E005", "Exchange"),
    ("test_new", {"default": 5, "step": 0}, "E005", "above 0"),
    ("test_new", {"default": 5, "max": 1}, "E006", "within min= and max="),
    ("test_new", {"default": 5, "step": 2}, "E006", "within min= and max="),
    ("test_new", {"type": int, "min": 1}, "E006", "within min= and max="),
    ("test_new", {"type": bool, "default": 1}, "E006", "declared type"),
    ("test_new", {"type": int, "default": True}, "E006", "declared type"),
    ("test_new", {"default": "a", "options": ["b"]}, "E006", "among options="),
    ("test_new", {"default": float("nan")}, "E006", "declared type"),
    ("test_new", {"access": "everybody"}, "E007", "Access says"),
    ("test_new", {"access": True}, "E007", "Access says"),
    ("test_new", {"access": "testapp.view_nothing"}, "E007", "Access says"),
    ("test_new", {"editable": "testapp.view_nothing"}, "E007", "Editable says"),
    ("test_new", {"editable": "admins"}, "E007", "Editable says"),
    ("test_new", {"secret": show_closed}, "E010", "one of the two"),
    ("test_new", {"inherit": show_closed}, "E010", "one of the two"),
    ("test_new", {"multiline": show_closed}, "E010", "one of the two"),
]


@pytest.mark.parametrize(
    ("name", "given", "number", "hint"), PROBLEMS, ids=[f"{p[2]}-{at}" for at, p in enumerate(PROBLEMS)]
)
def test_a_wrong_declaration_is_a_check_error_with_a_hint(
    declare: Any, name: str, given: dict[str, Any], number: str, hint: str
) -> None:
    (problem,) = problems_of(declare(name, **given))
    assert isinstance(problem, CheckMessage)
    assert problem.id == f"settings_app.{number}"
    assert hint in str(problem.hint)
    assert f"'{name}' (tests.settings_app.test_declarations:" in problem.msg
    assert problem in check_settings(None)
    assert problem not in check_settings([])


def test_what_the_suites_declare_is_right() -> None:
    assert check_settings(None) == []


def test_a_read_at_import_says_where_to_read(declare: Any) -> None:
    declared: Setting[str] = declare("test_new")
    declarations._stores.clear()
    try:
        with pytest.raises(NotReady, match="read inside a function"):
            declared.get()
        with pytest.raises(NotReady):
            settings.get_all()
    finally:
        keep_values_in(values)


def test_a_number_too_far_for_its_steps_is_refused(declare: Any) -> None:
    stepped: Setting[float] = declare("test_stepped", default=0.5, step=0.1, scope="app")
    for far in (1e308, -1e308):
        with pytest.raises(ValidationError, match="Use steps of 0.1"):
            clean(stepped, far)


def test_a_limit_is_said_as_the_reader_writes_numbers(declare: Any) -> None:
    declared = declare("test_new", default=1.0, min=0.5, max=72)
    with translation.override("de"):
        with pytest.raises(ValidationError, match="0,5"):
            clean(declared, 0.25)
        assert _range(declared) == "0,5 bis 72"
    assert _range(declared) == "0.5 to 72"
