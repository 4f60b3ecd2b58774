"""A declared page as a Django view: access, parameters, the function, and the answer in full or in part."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

from django.http import HttpRequest, HttpResponseBase
from django.views import View

from capsule.access import require
from capsule.errors import AnswerInstead, BadInput
from capsule.failures import shown_path
from capsule.http import PageRequest, allow, wants_json
from capsule.places import file_of, place_of_function
from capsule.widgets import Widget
from live.tracking import tracking
from pages.errors import NotAPage
from pages.inspecting.facts import cost_of_page
from pages.parameters import parameters_of, read_with_mistakes
from pages.parts import parts_of
from pages.rendering import answer
from pages.shapes import visible

if TYPE_CHECKING:
    from pages.declarations import PageDeclaration

__all__ = ["is_for_reading", "serve"]

READING = ("GET", "HEAD")


def serve(declaration: PageDeclaration, request: PageRequest, **route_values: Any) -> HttpResponseBase:
    """Answer ``request`` by the declared page.

    What a widget tree returns is a page for reading: 405 to any other method, before the function runs. A
    function that returns a response is an ordinary view and decides for itself; it may return widgets to a
    POST that gives a form of its own back. What a ``ui.Form`` sends is asked as for reading:
    ``pages.forms.sent``.
    """
    request.page = declaration  # type: ignore[attr-defined]
    if is_for_reading(declaration.function):
        refused = allow(request, READING)
        if refused is not None:
            return refused
    parts = parts_of(request)
    if parts is not None:
        parts.is_followed = True
    # What the function itself reads belongs to the page: its change calls the function once more.
    with tracking() as reads, cost_of_page(request):
        require(declaration.access, request.identity)
        result = _call(declaration.function, request, route_values)
    if isinstance(result, Widget):
        request.page_reads = reads  # type: ignore[attr-defined]
        if parts is not None:
            parts.leave()  # the tree itself says what its parts are
        _refuse_what_nobody_shows(request, result)
        gives_back = request.method == "POST" and any(
            one.gives_back(request) for one in visible(result, request)
        )
        refused = None if gives_back else allow(request, READING)
        return refused or _answered(request, declaration, result)
    if isinstance(result, HttpResponseBase):
        if parts is not None:
            parts.follow(reads)  # its template may be drawn later, and read more
        return result
    raise _not_a_page(declaration, result)


def _answered(request: PageRequest, declaration: PageDeclaration, page: Widget) -> HttpResponseBase:
    """No error leaves a view that a form was sent to: what it has written stays, be it one transaction."""
    try:
        return answer(request, declaration, page)
    except AnswerInstead as instead:
        return instead.response


def _not_a_page(declaration: PageDeclaration, result: Any) -> NotAPage:
    """By now the function is over, so no traceback leads to it: the error names its place."""
    place = place_of_function(declaration.function) or (file_of(declaration.module), declaration.line)
    what = (
        "None, as a function does that ends without a `return`" if result is None else type(result).__name__
    )
    name = f"The page '{declaration.name}' ({shown_path(place[0])}:{place[1]})"
    return NotAPage(f"{name} returned {what}; return a ui.Page or a Django response.", place)


def _call(function: Callable[..., Any], request: PageRequest, route_values: dict[str, Any]) -> Any:
    if isinstance(function, type):
        view_class: type[View] = function
        return view_class.as_view()(request, **route_values)
    parameters = parameters_of(function, tuple(route_values))
    values, mistake = read_with_mistakes(parameters, request.GET)
    if mistake and not is_for_reading(function):
        raise mistake
    request.page_parameters = (parameters.fields, values)  # type: ignore[attr-defined]
    request.page_mistake = mistake  # type: ignore[attr-defined]
    args, kwargs = parameters.bound(request, {**values, **route_values})
    return function(*args, **kwargs)


def _refuse_what_nobody_shows(request: HttpRequest, page: Widget) -> None:
    """A value that cannot be is shown, with what is wrong, by the control that it was typed into.

    Raises the ``BadInput`` where there is none for it, and for a program.
    """
    mistake: BadInput | None = getattr(request, "page_mistake", None)
    if mistake is None:
        return
    shown = {getattr(widget, "asks_for", None) for widget in visible(page, request)}
    if wants_json(request) or not shown.issuperset(mistake.fields):
        raise mistake
    request.__dict__["has_bad_input"] = True


def is_for_reading(function: Callable[..., Any]) -> bool:
    """Whether a page's function says that it returns widgets, and nothing else."""
    if isinstance(function, type):
        return False
    hint = _return_hint(function)
    return isinstance(hint, type) and issubclass(hint, Widget)


@cache
def _return_hint(function: Callable[..., Any]) -> Any:
    return get_type_hints(function).get("return")
