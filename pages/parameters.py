"""A page's query parameters: read as a data handler's are, beside the keys that its widgets have there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

from django.http import HttpRequest, QueryDict

from capsule.errors import BadInput, NotDeclared
from capsule.registry import did_you_mean
from handlers.parameters import Parameter, Parameters

__all__ = [
    "mistake_in",
    "page_parameters",
    "parameter_of",
    "parameters_of",
    "read",
    "read_with_mistakes",
]


def parameters_of(function: Callable[..., Any], route_names: Collection[str] = ()) -> Parameters:
    """What ``function`` asks for; ``route_names`` come from its route and are left out.

    Raises ``BadSignature`` for what no address can give; the system checks say so.
    """
    return _parameters_of(function, frozenset(route_names))


@cache
def _parameters_of(function: Callable[..., Any], route_names: frozenset[str]) -> Parameters:
    return Parameters.of(function, unknown="ignore", given=route_names)


def read(parameters: Parameters, query: QueryDict) -> dict[str, Any]:
    """Every parameter's value: from the address, else its default. Raises ``BadInput``."""
    defaults = {name: field.default for name, field in parameters.fields.items() if not field.required}
    return {**defaults, **parameters.from_query(query)}


def read_with_mistakes(parameters: Parameters, query: QueryDict) -> tuple[dict[str, Any], BadInput | None]:
    """Every parameter's value, and what is wrong in the address; a value that cannot be is the default.

    Raises ``BadInput`` where there is no default.
    """
    try:
        return read(parameters, query), None
    except BadInput as mistake:
        if any(name in parameters.required for name in mistake.fields):
            raise
        usable = query.copy()
        for name in mistake.fields:
            del usable[name]
        return read(parameters, usable), mistake


def page_parameters(request: HttpRequest) -> tuple[Mapping[str, Parameter], Mapping[str, Any]]:
    """The parameters of the page that is being answered, and their values: for widgets bound to one."""
    return getattr(request, "page_parameters", ({}, {}))


def parameter_of(request: HttpRequest, name: str) -> tuple[Parameter, Any]:
    """One parameter of the page that is being answered, and its value: what ``param="period"`` names.

    Raises ``NotDeclared`` that lists those of the page.

    Example: ``_parameter, period = parameter_of(request, "period")``
    """
    parameters, values = page_parameters(request)
    if name not in parameters:
        raise NotDeclared(f"The page has no parameter '{name}'. {did_you_mean(name, list(parameters))}")
    return parameters[name], values.get(name)


def mistake_in(request: HttpRequest, name: str) -> list[str]:
    """What is wrong with the value that the address gives a parameter of the page; nothing for a good one."""
    mistake: BadInput | None = getattr(request, "page_mistake", None)
    return mistake.fields.get(name, []) if mistake else []
