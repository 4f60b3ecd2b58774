"""A declared page as a Django view: access, parameters, the function, and the answer in full or in part."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

from django.http import HttpResponseBase
from django.views import View

from capsule.access import require
from capsule.http import PageRequest, allow
from capsule.widgets import Widget
from live.tracking import tracking
from pages.parameters import parameters_of, read
from pages.rendering import answer

if TYPE_CHECKING:
    from pages.declarations import PageDeclaration

__all__ = ["serve"]

READING = ("GET", "HEAD")


def serve(declaration: PageDeclaration, request: PageRequest, **route_values: Any) -> HttpResponseBase:
    """Answer ``request`` by the declared page.

    What a widget tree returns is a page for reading: 405 to any other method, before the function runs. A
    function that returns a response is an ordinary view and decides for itself.
    """
    request.page = declaration  # type: ignore[attr-defined]
    if _returns_widgets(declaration.function):
        refused = allow(request, READING)
        if refused is not None:
            return refused
    # What the function itself reads belongs to the page: its change calls the function once more.
    with tracking() as reads:
        require(declaration.access, request.identity)
        result = _call(declaration.function, request, route_values)
    request.page_reads = reads  # type: ignore[attr-defined]
    if isinstance(result, Widget):
        return allow(request, READING) or answer(request, declaration, result)
    if isinstance(result, HttpResponseBase):
        return result
    raise TypeError(
        f"The page '{declaration.name}' returned {type(result).__name__}; "
        "return a ui.Page or a Django response."
    )


def _call(function: Callable[..., Any], request: PageRequest, route_values: dict[str, Any]) -> Any:
    if isinstance(function, type):
        view_class: type[View] = function
        return view_class.as_view()(request, **route_values)
    parameters = parameters_of(function, tuple(route_values))
    values = read(parameters, request.GET)
    request.page_parameters = (parameters.fields, values)  # type: ignore[attr-defined]
    args, kwargs = parameters.bound(request, {**values, **route_values})
    return function(*args, **kwargs)


def _returns_widgets(function: Callable[..., Any]) -> bool:
    if isinstance(function, type):
        return False
    hint = _return_hint(function)
    return isinstance(hint, type) and issubclass(hint, Widget)


@cache
def _return_hint(function: Callable[..., Any]) -> Any:
    return get_type_hints(function).get("return")
