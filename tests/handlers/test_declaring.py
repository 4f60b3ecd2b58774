"""``@data`` in its forms, and what the system checks say of a mistaken one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pytest
from asgiref.sync import iscoroutinefunction
from django.core.checks import run_checks
from django.views.generic import View

import handlers
from capsule import Identity
from capsule.errors import DeclaredTwice
from handlers import Handler, data
from handlers.checks import check_handlers
from handlers.declarations import handlers_registry
from handlers.parameters import Parameters
from tests.handlers.conftest import Declare

if TYPE_CHECKING:
    from fractions import Fraction


@dataclass
class Structure:
    a: int


@pytest.fixture(autouse=True)
def _restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers_registry, "_declared", dict(handlers_registry._declared))
    monkeypatch.setattr(handlers_registry, "_places", dict(handlers_registry._places))


def test_the_decorator_works_with_and_without_parentheses() -> None:
    @data
    def bare() -> int:
        return 1

    @data()
    def empty() -> int:
        return 2

    @data(name="other", access="public")
    def named() -> int:
        return 3

    @data("positional")
    async def waits() -> int:
        return 4

    assert (bare.name, empty.name, named.name, waits.name) == ("bare", "empty", "other", "positional")
    assert (bare.access, named.access) == ("authenticated", "public")
    assert (bare(), empty(), named()) == (1, 2, 3)
    assert iscoroutinefunction(waits)
    assert handlers_registry.get("other") is named
    assert all(isinstance(handler, Handler) for handler in (bare, empty, named, waits))


def test_a_name_is_declared_once_and_both_places_are_told() -> None:
    @data(name="twice")
    def first() -> int:
        return 1

    with pytest.raises(DeclaredTwice, match=r"'twice'.*test_declaring:\d+ and .*test_declaring:\d+"):

        @data(name="twice")
        def second() -> int:
            return 2

    assert handlers_registry.get("twice")() == 1


@pytest.mark.parametrize("thing", [int, Identity, 5])
def test_what_is_no_function_is_refused(thing: Any) -> None:
    with pytest.raises(TypeError, match="@data stands on a function"):
        data(thing)


def test_the_declared_handlers_pass_the_checks() -> None:
    assert check_handlers() == []
    assert run_checks(tags=["handlers"]) == []


def _with_args(*args: int) -> None: ...
def _with_kwargs(**kwargs: int) -> None: ...
def _positional(n: int, /) -> None: ...
def _late_request(period: str, request: Any) -> None: ...
def _identity_as_text(identity: str) -> None: ...
def _unresolvable(n: Fraction) -> None: ...
def _no_schema(n: Callable[[], int]) -> None: ...
def _structure(n: Structure) -> None: ...
def _mapping(n: dict[str, int]) -> None: ...
def _optional_identity(identity: Identity | None = None) -> None: ...
def _bad_default(n: int = None) -> None: ...  # type: ignore[assignment] # noqa: RUF013
def _bad_literal(period: Literal["7d"] = "8d") -> None: ...  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("function", "code"),
    [
        (_with_args, "E003"),
        (_with_kwargs, "E003"),
        (_positional, "E003"),
        (_late_request, "E004"),
        (_identity_as_text, "E004"),
        (_unresolvable, "E002"),
        (_no_schema, "E002"),
        (_structure, "E002"),
        (_mapping, "E002"),
        (_optional_identity, "E004"),
        (_bad_default, "E005"),
        (_bad_literal, "E005"),
    ],
)
def test_a_signature_that_no_address_can_call_is_an_error(
    function: Callable[..., Any], code: str, declare: Declare
) -> None:
    declare(function, "mistaken")
    [error] = check_handlers()
    assert error.id == f"handlers.{code}"
    assert "'mistaken' (tests.handlers.test_declaring:" in error.msg
    assert error.hint


@pytest.mark.parametrize("access", ["authentificated", "", None, 5, "a.b.c"])
def test_mistyped_access_is_an_error(access: Any, declare: Declare) -> None:
    declare(lambda: 1, "mistaken", access=access)
    [error] = check_handlers()
    assert error.id == "handlers.E001"
    assert "'public', 'authenticated', 'staff'" in error.msg


def test_a_permission_that_does_not_exist_is_an_error_with_those_of_the_app(declare: Declare) -> None:
    declare(lambda: 1, "mistaken", access="testapp.view_nothing")
    (error,) = check_handlers()
    assert error.id == "handlers.E001"
    assert "testapp.view_test_papers, testapp.view_test_staff_only" in error.msg


@pytest.mark.parametrize("name", ["a/b", "a b", "<lambda>", "é", "?", "openapi.json"])
def test_a_name_that_no_address_can_carry_is_an_error(name: str, declare: Declare) -> None:
    declare(lambda: 1, name)
    assert [error.id for error in check_handlers()] == ["handlers.E006"]


class OnlyReads(View):
    def get(self, request: Any) -> Any: ...


class Unfit(View):
    def get(self, request: Any, n: Fraction) -> Any: ...


@pytest.mark.parametrize(
    ("function", "options", "code"),
    [
        (OnlyReads, {"methods": ("GET", "POST")}, "E008"),
        (OnlyReads, {"methods": ()}, "E008"),
        (OnlyReads, {"methods": ("get",)}, "E008"),
        (OnlyReads, {"methods": "GET"}, "E008"),
        (Unfit, {}, "E002"),
        (OnlyReads, {"timeout": 0}, "E009"),
        (OnlyReads, {"timeout": float("inf")}, "E009"),
        (OnlyReads, {"timeout": "10"}, "E009"),
    ],
)
def test_a_view_that_no_method_can_call_or_that_has_no_time_is_an_error(
    function: Any, options: dict[str, Any], code: str
) -> None:
    with handlers_registry.temporarily("mistaken", Handler(function, "mistaken", **options)):
        assert [error.id for error in check_handlers()] == [f"handlers.{code}"]


def test_an_annotated_identity_is_injected_too() -> None:
    def function(who: Annotated[Identity, "me"], identity: Identity) -> None: ...

    assert set(Parameters.of(function).injected) == {"who", "identity"}


def test_the_package_exports_the_declaring_words() -> None:
    assert handlers.__all__ == ["Action", "Handler", "action", "data"]
