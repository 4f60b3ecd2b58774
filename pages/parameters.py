"""A page's query parameters: read as a data handler's are, beside the keys that its widgets have there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

from django.http import HttpRequest, QueryDict

from capsule.errors import NotDeclared
from capsule.registry import did_you_mean
from handlers.parameters import Parameter, Parameters

__all__ = ["page_parameters", "parameter_of", "parameters_of", "read"]


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


def page_parameters(request: HttpRequest) -> tuple[Mapping[str, Parameter], Mapping[str, Any]]:
    """The parameters of the page that is being answered, and their values: for widgets bound to one."""
    return getattr(request, "page_parameters", ({}, {}))


def parameter_of(request: HttpRequest, name: str) -> tuple[Parameter, Any]:
    """One parameter of the page that is being answered, and its value: what ``param="period"`` names.

    Raises ``NotDeclared`` that lists those of the page.
    """
    parameters, values = page_parameters(request)
    if name not in parameters:
        raise NotDeclared(f"The page has no parameter '{name}'. {did_you_mean(name, list(parameters))}")
    return parameters[name], values.get(name)
