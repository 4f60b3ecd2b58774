"""Mistakes in declarations are named at start-up, each with what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

import pytest
from django.contrib.auth.decorators import login_required
from django.core.checks import run_checks
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views import View
from django.views.generic import RedirectView, TemplateView

from capsule.access import Access
from capsule.registry import Registry
from handlers import action
from handlers.actions import actions_registry
from pages import checks, link, page, ui
from pages.checks import check_links, check_pages, check_routed
from pages.declarations import PageDeclaration


@pytest.fixture(autouse=True)
def only(declared_pages: Registry[PageDeclaration], monkeypatch: pytest.MonkeyPatch) -> None:
    from pages import declarations

    monkeypatch.setattr(checks, "pages", declared_pages)
    monkeypatch.setattr(checks, "links", declarations.links)


def reading(request: object) -> ui.Page:
    return ui.Page()


def found() -> list[str]:
    return [f"{problem.id} {problem.msg} {problem.hint}" for problem in check_pages(None)]


def test_what_is_declared_well_passes() -> None:
    page("Reading", icon="inbox", access="staff", route="some-reading/<int:number>/")(of_one)
    assert found() == []


@pytest.mark.parametrize(
    ("options", "number", "words"),
    [
        ({"icon": "inboxx"}, "E001", "Did you mean 'inbox'"),
        ({"icon": ""}, "E001", "No icon is named ''"),
        ({"access": "everyone"}, "E002", "is not one of 'public', 'authenticated', 'staff'"),
        ({"access": None}, "E002", "access=None"),
        ({"route": "a b/"}, "E003", "holds a character that no path has"),
        ({"route": "a/?x=1"}, "E003", "holds a character"),
        ({"route": "a/<text:id>/"}, "E003", "a converter that Django does not have"),
        ({"route": "a/<int:id>/<str:id>/"}, "E003", "or a name twice"),
        ({"route": "settings/"}, "E005", "belongs to 'settings_app:index'"),
        ({"route": "admin/"}, "E005", "belongs to 'admin:index'"),
        ({"route": "account/"}, "E005", "belongs to 'accounts:account'"),
        ({"route": "find/"}, "E005", "belongs to 'pages:own-find'"),
        ({"route": "find/keys"}, "E005", "belongs to 'pages:own-keys'"),
        ({"route": "inspect/"}, "E005", "belongs to 'pages:own-inspect'"),
        ({"route": "tables/columns/"}, "E005", "belongs to 'pages:own-arrange'"),
    ],
)
def test_a_mistake_is_named(options: dict[str, Any], number: str, words: str) -> None:
    page("Reading", **options)(reading)
    (problem,) = found()
    assert problem.startswith(f"pages.{number}") and words in problem
    assert "tests.pages.test_checks:" in problem and "docs/errors.md#pages-e" in problem


def test_one_route_for_two_pages_is_named(declared_pages: Registry[PageDeclaration]) -> None:
    def other(request: object, slug: str) -> ui.Page:
        return ui.Page()

    page("Reading", route="read/<int:number>/")(of_one)
    page("Other", route="read/<str:slug>")(other)
    (problem,) = found()
    said = r"pages\.E004 The page 'other' has the same route as 'of_one' \(tests\.pages\.test_checks:(\d+)\)"
    first = re.match(said, problem)
    assert first and "'read/<str:slug>' and 'read/<int:number>/'" in problem
    # The place that is shown with its lines is the later one's.
    assert f"another route=. (tests.pages.test_checks:{int(first[1]) + 1})" in problem


def needs(request: object, number: int) -> ui.Page:
    return ui.Page()


def misfits(request: object, period: Literal["7d"] = "9d") -> ui.Page:  # type: ignore[assignment]
    return ui.Page()


def unreadable(request: object, thing: Nowhere = None) -> ui.Page:  # type: ignore[name-defined]  # noqa: F821
    return ui.Page()


class Odd:
    pass


def unparsable(request: object, thing: Odd = Odd()) -> ui.Page:  # noqa: B008
    return ui.Page()


@pytest.mark.parametrize(
    ("function", "number", "words"),
    [
        (needs, "E007", "needs a value for 'number'"),
        (misfits, "E008", "default '9d' of its parameter 'period' does not fit: Use one of: '7d'."),
        (unreadable, "E006", "Nowhere"),
        (unparsable, "E006", "parameter 'thing' cannot be read from text"),
    ],
)
def test_a_parameter_that_cannot_work_is_named(function: Callable[..., Any], number: str, words: str) -> None:
    page("Reading")(function)
    (problem,) = found()
    assert problem.startswith(f"pages.{number}") and words in problem


def test_a_needed_value_is_fine_where_no_link_leads() -> None:
    page("Reading", hidden=True)(needs)
    assert found() == []


@pytest.mark.parametrize(
    ("options", "number"),
    [
        ({"url": "no:where"}, "E009"),
        ({"url": "/x/", "icon": "zzz"}, "E001"),
        ({"url": "/x/", "access": "all"}, "E002"),
        ({"url": "/x/", "access": "testapp.view_nothing"}, "E002"),
    ],
)
def test_a_link_that_cannot_work_is_named(options: dict[str, Any], number: str) -> None:
    link("Somewhere", **options)
    assert [problem.id for problem in check_links(None)] == [f"pages.{number}"]


def test_an_icon_of_an_action_that_there_is_not_is_named() -> None:
    with actions_registry.restored():
        action("ring", icon="bell")(lambda: None)
        assert check_links(None) == []
        action("finish", icon="chekc")(lambda: None)
        (problem,) = check_links(None)
    assert problem.id == "pages.E001" and problem.msg.startswith("The action 'finish' asks for an icon")
    assert "tests.pages.test_checks:" in str(problem.hint) and "check" in str(problem.hint)


def of_one(request: object, number: int) -> ui.Page:
    return ui.Page()


def of_all(request: object, **values: object) -> ui.Page:
    return ui.Page()


class OfOne(View):
    def get(self, request: HttpRequest, id: int) -> HttpResponse:
        return HttpResponse()


@pytest.mark.parametrize(
    ("function", "route", "found_in"),
    [
        (of_one, "one/<int:id>/", ["pages.E011"]),
        (reading, "one/<id>/", ["pages.E011"]),
        (OfOne, "one/<int:number>/", ["pages.E011"]),
        (of_one, "one/<int:number>/", []),
        (login_required(of_one), "one/<int:number>/", []),  # type: ignore[type-var]
        (of_all, "one/<int:id>/", []),
        (OfOne, "one/<int:id>/", []),
        (RedirectView, "one/<int:id>/", []),
    ],
)
def test_what_a_route_gives_the_function_takes(
    function: Callable[..., Any], route: str, found_in: list[str]
) -> None:
    page("One", route=route)(function)
    problems = check_pages(None)
    assert [problem.id for problem in problems] == found_in
    for problem in problems:
        assert "which its function does not take" in problem.msg and "route" in problem.msg


def test_a_function_and_a_permission_are_fine() -> None:
    rules: list[Access] = ["testapp.view_test_threads", lambda identity: True]
    for at, access in enumerate(rules):
        page("Reading", access=access, route=f"reading-{at}/")(reading) if at == 0 else None
    assert found() == []


def test_only_the_asked_apps_are_checked() -> None:
    page("Reading", icon="zzz")(reading)
    assert check_pages([]) == []


def test_they_run_with_the_others() -> None:
    page("Reading", icon="zzz")(reading)
    assert "pages.E001" in [problem.id for problem in run_checks()]


def routed(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class RoutedClass(TemplateView):
    template_name = "x.html"


LINES: list[tuple[Callable[[Any, Any], Any], list[str]]] = [
    (lambda of_function, of_class: of_function, ["pages.E010"]),
    (lambda of_function, of_class: login_required(of_function), ["pages.E010"]),
    (lambda of_function, of_class: of_class.as_view(), ["pages.E010"]),
    (lambda of_function, of_class: of_function.view, []),
    (lambda of_function, of_class: login_required(of_class.view), []),
]


@pytest.mark.parametrize(("named", "numbers"), LINES)
def test_a_line_that_leads_past_a_pages_access_is_named(
    named: Callable[[Any, Any], Any], numbers: list[str], settings: Any
) -> None:
    view = named(*(page("Routed", access="staff")(one) for one in (routed, RoutedClass)))
    settings.ROOT_URLCONF = (path("before/", include([path("it/", view)])),)
    problems = check_routed(None)
    assert [problem.id for problem in problems] == numbers
    assert all(".view" in str(problem.hint) for problem in problems)
