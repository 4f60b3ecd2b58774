"""A page's query parameters: what its function asks for, by annotation, and what the address says."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from pydantic import TypeAdapter, ValidationError

from capsule.errors import BadInput, NotDeclared
from capsule.injection import Provider, provider_of
from capsule.json_values import SAFE_INTEGER
from capsule.registry import did_you_mean

__all__ = ["Parameter", "PageParameters", "page_parameters", "parameter_of", "parameters_of", "read"]

_REQUIRED: Final = inspect.Parameter.empty


@dataclass(frozen=True)
class Parameter:
    """One query parameter of a page's function. Frozen: shared by all requests."""

    name: str
    annotation: Any
    default: Any = _REQUIRED

    @property
    def is_required(self) -> bool:
        return self.default is _REQUIRED

    @property
    def options(self) -> tuple[Any, ...]:
        """The legal values of a ``Literal``; nothing where any value of the type will do."""
        return _literal_options(self.annotation)

    @property
    def is_many(self) -> bool:
        """Whether it may stand in the address more than once."""
        return get_origin(self.annotation) in (list, tuple, set)

    @property
    def is_text(self) -> bool:
        return self.annotation is str

    def clean(self, value: object) -> Any:
        """A value from outside as the annotation's type. Raises ``ValueError`` with a sentence."""
        try:
            cleaned = _adapter(self.annotation).validate_python(value)
        except ValidationError as error:
            raise ValueError(self._sentence(error.errors()[0]["type"])) from None
        _refuse_unusable(cleaned)
        return cleaned

    def _sentence(self, problem: str) -> str:
        if self.options:
            return _("Use one of: %(options)s.") % {"options": ", ".join(map(str, self.options))}
        for start, sentence in _SENTENCES.items():
            if problem.startswith(start):
                return sentence()
        return _("This value cannot be used here.")


_SENTENCES: Final[Mapping[str, Callable[[], str]]] = {
    "int": lambda: _("Use a whole number."),
    "float": lambda: _("Use a number."),
    "finite": lambda: _("Use a number."),
    "decimal": lambda: _("Use a number."),
    "bool": lambda: _("Use true or false."),
    "date": lambda: _("Use a date such as %(example)s.") % {"example": date.today().isoformat()},
}


@dataclass(frozen=True)
class PageParameters:
    """What a page's function takes: from the address, and injected by type. Frozen, made once."""

    query: Mapping[str, Parameter] = field(default_factory=dict)
    injected: Mapping[str, Provider] = field(default_factory=dict)
    takes_request: bool = False


def parameters_of(function: Callable[..., Any], route_names: Collection[str] = ()) -> PageParameters:
    """What ``function`` asks for; ``route_names`` come from its route and are left out.

    Raises ``NameError`` where an annotation names what does not exist; the system checks say so.
    """
    return _parameters_of(function, frozenset(route_names))


@cache
def _parameters_of(function: Callable[..., Any], route_names: frozenset[str]) -> PageParameters:
    hints = get_type_hints(function, include_extras=True)
    query: dict[str, Parameter] = {}
    injected: dict[str, Provider] = {}
    takes_request = False
    for at, (name, parameter) in enumerate(inspect.signature(function).parameters.items()):
        provider = provider_of(hints.get(name))
        if at == 0 and name == "request":
            takes_request = True
        elif name in route_names or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        elif provider is not None:
            injected[name] = provider
        else:
            query[name] = Parameter(name, _annotation(hints.get(name), parameter.default), parameter.default)
    return PageParameters(query, injected, takes_request)


def _annotation(hint: Any, default: Any) -> Any:
    if hint is not None:
        return hint
    # As everywhere at the call site: the type may be left out where the default shows it.
    return str if default is _REQUIRED or default is None else type(default)


def read(parameters: PageParameters, query: QueryDict) -> dict[str, Any]:
    """The query string as typed arguments. Unknown keys are ignored: they belong to widgets.

    Raises ``BadInput`` that names every field which cannot be used, with what can.
    """
    values: dict[str, Any] = {}
    problems: dict[str, list[str]] = {}
    for name, parameter in parameters.query.items():
        try:
            values[name] = _read_one(parameter, query)
        except ValueError as error:
            problems[name] = [str(error)]
    if problems:
        raise BadInput(_("This address holds a value that cannot be used."), problems)
    return values


def _read_one(parameter: Parameter, query: QueryDict) -> Any:
    if parameter.is_many:
        given: Any = query.getlist(parameter.name)
    else:
        given = query.get(parameter.name)
    # An empty control of a form sends its name with nothing: for all but text that is "not given".
    if given is None or given == [] or (given == "" and not parameter.is_text):
        if parameter.is_required:
            raise ValueError(_("This address needs a value here."))
        return parameter.default
    return parameter.clean(given)


def _refuse_unusable(value: Any) -> None:
    """Numbers that a database or JSON would choke on further in."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(_("Use a number."))
    if isinstance(value, int) and abs(value) > SAFE_INTEGER:
        raise ValueError(_("This number is too large."))
    if isinstance(value, str) and "\0" in value:
        raise ValueError(_("This value cannot be used here."))


def _literal_options(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if get_origin(annotation) in (Union, UnionType):
        return tuple(option for part in get_args(annotation) for option in _literal_options(part))
    return ()


@cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


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
