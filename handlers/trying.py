"""A handler's address in a browser: its parameters as a form, and beside it what a program gets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict

from capsule.errors import BadInput, Busy, TimedOut, TooCostly, Unavailable
from capsule.http import render_full_or_part, response_for, wants_json
from handlers.annotations import written
from handlers.parameters import Parameter, Parameters

if TYPE_CHECKING:
    from handlers.declarations import Handler

__all__ = ["is_for_people", "tried"]

MOST_SHOWN: Final = 64 * 1024  # characters of JSON: a page of more is of no use to anybody
_INPUTS: Final = {"date": "date", "date-time": "datetime-local", "time": "time"}
# What is shown beside the form: all else is somebody else's answer, a sign-in page say.
_SHOWN: Final = (BadInput, Busy, TimedOut, TooCostly, Unavailable)

Answer = Callable[[HttpRequest], HttpResponseBase]


@dataclass(frozen=True)
class Control:
    """One parameter as a field of a form."""

    name: str
    kind: str  # of an <input>; "select" for one of several
    values: list[str]
    options: list[str]
    required: bool
    many: bool
    default: str
    hints: dict[str, Any]
    problems: list[str] = field(default_factory=list)

    @property
    def fields(self) -> list[str]:
        """What stands in its inputs: of one that takes several there is always one more."""
        return [*self.values, ""] if self.many or not self.values else self.values


@dataclass(frozen=True)
class Shown:
    """What a program gets."""

    status: int
    reason: str
    milliseconds: float
    etag: str
    size: int
    text: str
    is_cut: bool

    @property
    def is_good(self) -> bool:
        return self.status < 400


def is_for_people(request: HttpRequest) -> bool:
    """Whether a browser asks."""
    return (
        request.method in ("GET", "HEAD")
        and "html" in request.META.get("HTTP_ACCEPT", "")
        and not wants_json(request, default=True)
    )


def tried(handler: Handler[..., Any], request: HttpRequest, answer: Answer) -> HttpResponseBase:
    """The page: the form, and the answer to what its fields say. A field that is left blank is not given.

    A view's own answer that is no JSON passes through: it is a page already.
    """
    given = _without_blanks(request.GET)
    parameters = handler.parameters
    problems: dict[str, list[str]] = {}
    shown, status = None, 200
    if all(name in given for name in parameters.required):
        response, problems, milliseconds = _asked(request, given, answer)
        if response.get("Content-Type", "").partition(";")[0] != "application/json":
            return response
        status = response.status_code
        shown = _shown(response, milliseconds)
    context = {
        "name": handler.name,
        "description": handler.description,
        "controls": list(_controls(parameters, given, problems)),
        "address": f"{request.path}?{given.urlencode()}" if given else request.path,
        "shown": shown,
    }
    page = render_full_or_part(request, "handlers/data.html", "handlers/_try.html", context, status=status)
    page["Cache-Control"] = "private, no-cache"
    if shown is not None and response.has_header("Retry-After"):
        page["Retry-After"] = response["Retry-After"]
    return page


def _asked(
    request: HttpRequest, given: QueryDict, answer: Answer
) -> tuple[HttpResponseBase, dict[str, list[str]], float]:
    again = _as_program(request, given)
    began = time.perf_counter()
    problems: dict[str, list[str]] = {}
    try:
        response = answer(again)
    except _SHOWN as error:
        problems = getattr(error, "fields", {})
        response = response_for(again, error) or HttpResponse(status=500)
    return response, problems, (time.perf_counter() - began) * 1000


def _as_program(request: HttpRequest, given: QueryDict) -> HttpRequest:
    again = copy(request)
    again.META = {**request.META, "HTTP_ACCEPT": "application/json"}
    for name in ("HTTP_HX_REQUEST", "HTTP_IF_NONE_MATCH"):
        again.META.pop(name, None)
    for name in ("headers", "accepted_types", "accepted_types_by_precedence"):  # made of those at first need
        again.__dict__.pop(name, None)
    again.GET = given  # type: ignore[assignment]
    return again


def _without_blanks(query: QueryDict) -> QueryDict:
    given = QueryDict(mutable=True)
    for name, values in query.lists():
        filled = [value for value in values if value]
        if filled:
            given.setlist(name, filled)
    return given


def _shown(response: HttpResponseBase, milliseconds: float) -> Shown:
    body: bytes = getattr(response, "content", b"")
    text = body.decode(errors="replace")
    if len(body) <= MOST_SHOWN:
        with suppress(orjson.JSONDecodeError):  # a view's own answer may be less strict: as it came
            text = orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
    return Shown(
        status=response.status_code,
        reason=response.reason_phrase,
        milliseconds=milliseconds,
        etag=response.get("ETag", ""),
        size=len(body),
        text=text[:MOST_SHOWN],
        is_cut=len(text) > MOST_SHOWN,
    )


def _controls(parameters: Parameters, given: QueryDict, problems: dict[str, list[str]]) -> Iterator[Control]:
    for parameter in parameters.fields.values():
        schema = _first(parameter.described())
        item = _first(schema.get("items", {})) if parameter.takes_many else schema
        options = [str(written(value)) for value in parameter.options] or list(map(str, item.get("enum", ())))
        if item.get("type") == "boolean":
            options = ["true", "false"]
        yield Control(
            name=parameter.name,
            kind="select" if options else _kind(item),
            values=given.getlist(parameter.name),
            options=options,
            required=parameter.required,
            many=parameter.takes_many,
            default=_default(parameter),
            hints=_hints(item),
            problems=problems.get(parameter.name, []),
        )
    for name in problems.keys() - parameters.fields.keys():
        yield Control(name, "unknown", given.getlist(name), [], False, False, "", {}, problems[name])


def _first(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of the value itself: of ``int | None`` that of ``int``, of an enum that of its values."""
    if "$ref" in schema:
        return dict(schema.get("$defs", {}).get(schema["$ref"].rpartition("/")[2], {}))
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    return _first({"$defs": schema.get("$defs", {}), **choices[0]}) if len(choices) == 1 else schema


def _kind(schema: dict[str, Any]) -> str:
    if schema.get("type") in ("integer", "number"):
        return "number"
    return _INPUTS.get(schema.get("format", ""), "text")


def _hints(schema: dict[str, Any]) -> dict[str, Any]:
    hints = {"min": schema.get("minimum"), "max": schema.get("maximum"), "maxlength": schema.get("maxLength")}
    if schema.get("type") == "number":
        hints["step"] = "any"
    return {name: value for name, value in hints.items() if value is not None}


def _default(parameter: Parameter) -> str:
    if parameter.required or parameter.default in (None, "", [], ()):
        return ""
    value = written(parameter.default)
    return ", ".join(value) if isinstance(value, list) else str(value)
