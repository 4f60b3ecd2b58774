"""Query string -> typed arguments, with one sentence per bad parameter: of data handlers, and of pages."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_type_hints

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from capsule.date_ranges import DateRange
from capsule.errors import BadInput, CapsuleError
from capsule.injection import Provider, injected_names, provider_of
from capsule.registry import did_you_mean
from handlers.annotations import blank_means_none, legal_options, takes_many, without_metadata, written
from handlers.complaints import complaints
from handlers.errors import NoParameter
from handlers.results import ResultNotJSON, plain

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

__all__ = ["BadSignature", "Parameter", "Parameters", "Unknown", "parameters_of"]

NO_DEFAULT: Final = inspect.Parameter.empty
Unknown = Literal["refuse", "ignore"]


class BadSignature(CapsuleError, TypeError):
    """A function that no query string can call. ``code`` is the number of its system check."""

    anchor = "badsignature"

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(f"{message} {hint}")
        self.code = code
        self.message = message
        self.hint = hint


@dataclass(frozen=True)
class Parameter:
    """One parameter that comes from the query string."""

    name: str
    adapter: TypeAdapter[Any]
    default: Any
    takes_many: bool
    blank_means_none: bool
    options: tuple[Any, ...] = ()  # of a ``Literal`` or an ``Enum``; empty where any of the type will do
    annotation: Any = str

    @property
    def required(self) -> bool:
        return self.default is NO_DEFAULT

    @cached_property
    def validate(self) -> Callable[[Any], Any]:
        return self.adapter.validator.validate_python

    @cached_property
    def schema(self) -> dict[str, Any]:
        return self.adapter.json_schema()

    def sent(self, values: list[str]) -> list[str]:
        """What was meant by what a plain form sends: beside ticks of several, or of one, a value for none."""
        if self.takes_many and self.options:
            return [value for value in values if value or "" in self.options]
        return values[1:] if self.annotation is bool and values == ["false", "true"] else values

    def described(self) -> dict[str, Any]:
        """For the list of handlers: a JSON schema, the name, whether it must be given, its default."""
        described = {"name": self.name, "required": self.required, **self.schema}
        described.pop("default", None)
        if not self.required:
            with suppress(ResultNotJSON):  # a default that only Python knows has no place in a list
                named = isinstance(self.default, DateRange)
                described["default"] = plain(written(self.default) if named else self.default)
        return described


@dataclass(frozen=True)
class Parameters:
    """What a function takes: the request, what is injected, and its parameters by name.

    ``unknown`` says what a key of the address is that none of them has: a mistake (a data handler is alone
    at its address), or somebody else's (the widgets of a page have keys of their own there).
    """

    takes_request: bool
    injected: Mapping[str, Provider]
    fields: Mapping[str, Parameter]
    unknown: Unknown = "refuse"

    @classmethod
    def of(
        cls, function: Callable[..., Any], *, unknown: Unknown = "refuse", given: Collection[str] = ()
    ) -> Parameters:
        """Read a function's signature; what ``given`` names comes from elsewhere. Raises ``BadSignature``."""
        declared = {
            name: parameter
            for name, parameter in inspect.signature(function).parameters.items()
            if name not in given
        }
        takes_request = next(iter(declared), None) == "request"
        if takes_request:
            del declared["request"]
        hints = _hints(function, declared)
        injected: dict[str, Provider] = {}
        fields: dict[str, Parameter] = {}
        for name, parameter in declared.items():
            if unknown == "ignore" and parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                continue  # nothing is ever given to them: an ordinary view's **kwargs take its route's names
            _refuse_kind(parameter)
            annotation = hints.get(name, _shown_by(parameter.default))
            provider = provider_of(without_metadata(annotation))
            if provider is not None:
                injected[name] = provider
            else:
                fields[name] = _parameter(name, annotation, parameter.default)
        return cls(takes_request, injected, fields, unknown)

    @cached_property
    def required(self) -> tuple[str, ...]:
        return tuple(name for name, field in self.fields.items() if field.required)

    def from_query(
        self, query: QueryDict, in_path: Mapping[str, Any] = MappingProxyType({})
    ) -> dict[str, Any]:
        """The typed arguments in a query string, beside those that Django found in the path.

        Raises ``BadInput`` that names each bad parameter.
        """
        arguments: dict[str, Any] = {}
        problems: dict[str, list[str]] = {}
        for name, value in in_path.items():
            if name in self.fields:
                _take(self.fields[name], value, arguments, problems)
            else:
                arguments[name] = value  # a generic view's **kwargs
        for name, values in query.lists():
            field = self.fields.get(name)
            if name in in_path:
                problems[name] = [_("It stands in the path of this address.")]
                continue
            if field is None:
                if self.unknown == "refuse":
                    problems[name] = [self._unknown(name)]
                continue
            values = field.sent(values)
            if any("\ufffd" in value for value in values):  # what Django makes of bytes that are not UTF-8
                problems[name] = [_("It is not readable text (UTF-8).")]
            elif field.takes_many:
                _take(field, values, arguments, problems)
            elif len(values) != 1:
                problems[name] = [_("Give it once, not %(count)d times.") % {"count": len(values)}]
            else:
                blank = field.blank_means_none and not values[0]
                _take(field, None if blank else values[0], arguments, problems)
        return self._complete(arguments, problems)

    def from_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The same of Python's values, as ``Handler.call`` is given them."""
        arguments: dict[str, Any] = {}
        problems: dict[str, list[str]] = {}
        for name, value in values.items():
            field = self.fields.get(name)
            if field is None:
                problems[name] = [self._unknown(name)]
            else:
                _take(field, value, arguments, problems)
        return self._complete(arguments, problems)

    def _complete(self, arguments: dict[str, Any], problems: dict[str, list[str]]) -> dict[str, Any]:
        for name in self.required:
            if name not in arguments and name not in problems:
                problems[name] = [_("This parameter is required.")]
        if problems:
            raise BadInput(_("Some parameters cannot be used."), problems)
        return arguments

    def _unknown(self, name: str) -> str:
        if not self.fields:
            return _("There is no such parameter; this takes none.")
        return _("There is no such parameter. Known: %(names)s.") % {"names": ", ".join(self.fields)}

    def bound(
        self, request: HttpRequest, arguments: dict[str, Any]
    ) -> tuple[tuple[HttpRequest, ...], dict[str, Any]]:
        """What to call the function with: injected values come last, so nothing can stand in their place."""
        for name, provider in self.injected.items():
            arguments[name] = provider(request)
        return ((request,) if self.takes_request else ()), arguments

    def written(self, values: Mapping[str, object]) -> dict[str, str | list[str]]:
        """Python's values as a query string carries them. Raises ``TypeError`` for an unknown name."""
        for name in values:
            if name not in self.fields:
                raise NoParameter(f"There is no parameter '{name}'. {did_you_mean(name, list(self.fields))}")
        return {name: written(value) for name, value in values.items() if value is not None}


def parameters_of(declared: Callable[..., Any], method: str) -> Parameters:
    """What a function or a view class takes by this method. Raises ``BadSignature``.

    A class whose function takes whatever its address has (``**kwargs``, as the generic views do) reads the
    query string itself, and nothing there is unknown.
    """
    if not isinstance(declared, type):
        return Parameters.of(declared)
    function = getattr(declared, method.lower(), None)
    if function is None:
        raise BadSignature("E008", f"It has no {method.lower()}().", "Let methods= name what the class has.")
    kinds = {parameter.kind for parameter in inspect.signature(function).parameters.values()}
    takes_all = inspect.Parameter.VAR_KEYWORD in kinds
    return Parameters.of(function, unknown="ignore" if takes_all else "refuse", given=("self",))


def _take(field: Parameter, value: Any, arguments: dict[str, Any], problems: dict[str, list[str]]) -> None:
    unreadable = _unreadable(value)
    if unreadable:
        problems[field.name] = [unreadable]
        return
    try:
        arguments[field.name] = field.validate(value)
    except ValueError as error:
        problems[field.name] = _sentences(error)


def _sentences(error: ValueError) -> list[str]:
    # An adapter raises no other: those of an application's own validators come inside it.
    return complaints(cast("ValidationError", error))


def _unreadable(value: Any) -> str | None:
    texts: Iterable[Any] = (value,) if isinstance(value, str) else value if isinstance(value, list) else ()
    for text in texts:
        if isinstance(text, str) and ("\0" in text or not _is_whole(text)):
            return _("It contains a character that cannot be used.")
    return None


def _is_whole(text: str) -> bool:
    # A lone surrogate is half of a character: neither a database nor JSON takes it.
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _refuse_kind(parameter: inspect.Parameter) -> None:
    name = parameter.name
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
        raise BadSignature(
            "E003",
            f"Its parameter {parameter} has no name in a query string.",
            "Name each parameter it takes.",
        )
    if name == "request":
        raise BadSignature("E004", "Its parameter 'request' is not the first.", "Let 'request' stand first.")


def _hints(function: Callable[..., Any], declared: Mapping[str, inspect.Parameter]) -> dict[str, Any]:
    """The annotations of the parameters, resolved: not that of the request or of the result.

    Those two may name what is imported for type checkers only.
    """
    code = inspect.unwrap(function)
    annotations = {
        name: parameter.annotation
        for name, parameter in declared.items()
        if parameter.annotation is not NO_DEFAULT
    }
    holder = SimpleNamespace(__annotations__=annotations)
    try:
        return get_type_hints(holder, getattr(code, "__globals__", {}), include_extras=True)
    except Exception as error:
        raise BadSignature(
            "E002",
            f"An annotation cannot be resolved: {error}.",
            "Import what it names at the top of the module, not under TYPE_CHECKING or in a function.",
        ) from None


def _shown_by(default: Any) -> Any:
    # As everywhere in the project: a type may be left out where the default shows it.
    if default is None:
        return str | None
    return str if default is NO_DEFAULT else type(default)


def _parameter(name: str, annotation: Any, default: Any) -> Parameter:
    if name in injected_names():
        raise BadSignature(
            "E004",
            f"Its parameter '{name}' is named like what is injected, but would come from the query string.",
            f"Annotate it with {injected_names()[name]}, or give it another name.",
        )
    parameter = Parameter(
        name=name,
        adapter=_adapter(name, annotation),
        default=default,
        takes_many=takes_many(annotation),
        blank_means_none=blank_means_none(annotation),
        options=legal_options(annotation),
        annotation=without_metadata(annotation),
    )
    if not parameter.required:
        _check_default(parameter)
    return parameter


def _adapter(name: str, annotation: Any) -> TypeAdapter[Any]:
    # With it pydantic is loaded: by the first parameter, not while the server starts.
    from handlers.readers import adapter_of  # noqa: PLC0415

    try:
        return adapter_of(annotation)
    except TypeError as problem:
        raise BadSignature(
            "E002",
            f"Its parameter '{name}' {problem}",
            "A query string carries text, numbers, booleans, dates, Literal, Enum, and lists of these.",
        ) from None


def _check_default(parameter: Parameter) -> None:
    try:
        parameter.validate(parameter.default)
    except ValueError as error:
        raise BadSignature(
            "E005",
            f"The default {parameter.default!r} of its parameter '{parameter.name}' does not fit: "
            f"{' '.join(_sentences(error))}",
            "Change the default or the annotation (`int | None = None` for one that may be left out).",
        ) from None
