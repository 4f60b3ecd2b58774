"""What a handler returned -> the answer: strict JSON with an ETag, or an error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import timedelta
from decimal import Decimal
from functools import singledispatch
from hashlib import blake2b
from itertools import islice
from typing import Any, Final

import orjson
from django.conf import settings
from django.core.signals import got_request_exception
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag
from django.utils.duration import duration_iso_string
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from capsule.errors import CapsuleError
from capsule.http import error_response
from capsule.time_limits import check_time

__all__ = [
    "ResponseNotJSON",
    "ResultNotJSON",
    "ResultTooLarge",
    "encode",
    "failed",
    "is_pydantic_model",
    "json_answer",
    "passed_through",
    "plain",
    "settled",
]

logger = logging.getLogger("capsule.handlers")

# A dataclass is asked here and not by orjson: a query is one too, and means its rows.
OPTIONS: Final = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_DATACLASS
FIRST_PART: Final = 64  # of an iterable's values that are written at once
MOST_IN_A_PART: Final = 4096
SECRETS: Final = "password"  # a column of this name never leaves by a query set that names no columns


class ResultNotJSON(CapsuleError, TypeError):
    """A handler returned what JSON has no form for. For the developer; the caller sees a plain sentence."""

    anchor = "resultnotjson"


class ResponseNotJSON(ResultNotJSON):
    """A view answered with something that is no value: a refusal, a redirection, a file."""

    def __init__(self, response: HttpResponseBase) -> None:
        what = "so there is nothing to show" if response.status_code >= 400 else "which is not JSON"
        super().__init__(f"The view answered {response.status_code}, {what}.")
        self.response = response


class ResultTooLarge(ResultNotJSON):
    """A handler returned more than ``CAPSULE_RESULT_LIMIT``. For the developer, as above."""

    def __init__(self) -> None:
        super().__init__(
            f"The result is larger than CAPSULE_RESULT_LIMIT ({settings.CAPSULE_RESULT_LIMIT:,} bytes). "
            "Return a page of it (page, per_page), or what is computed of it."
        )


def encode(value: Any) -> bytes:
    """Any JSON value as compact UTF-8 JSON.

    Dates, instants (``Z``, or their own offset), decimals and UUIDs (as text), enums, dataclasses, pydantic
    models, rows, query sets and other iterables are written; NaN and Infinity become ``null``. Raises
    ``ResultNotJSON``, and ``ResultTooLarge`` for what is; an endless iterable is.

    Example: ``encode({"day": date(2026, 11, 23)}) == b'{"day":"2026-11-23"}'``
    """
    try:
        body = orjson.dumps(value, default=_written, option=OPTIONS)
    except orjson.JSONEncodeError as error:
        if error.__cause__ is not None:
            # A lazy query ran only now: what it refused (no identity, say) is the answer, not how we noticed.
            raise error.__cause__ from None
        raise ResultNotJSON(f"{error}. {_advice(str(error))}") from None
    if len(body) > settings.CAPSULE_RESULT_LIMIT:
        raise ResultTooLarge
    return body


def plain(value: Any) -> Any:
    """``value`` made only of JSON's own types, as a caller over HTTP would read it.

    A JSON response (of a decorated view) is read too. Raises ``ResultNotJSON``.
    """
    if not isinstance(value, HttpResponseBase):
        return orjson.loads(encode(value))
    try:
        if value.status_code < 300 and getattr(value, "is_rendered", True):
            return orjson.loads(getattr(value, "content", b""))
    except orjson.JSONDecodeError:
        pass
    raise ResponseNotJSON(value)


def is_pydantic_model(value: Any) -> bool:
    """Whether it is one of pydantic's models: there is none where nobody has loaded pydantic."""
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and isinstance(value, pydantic.BaseModel)


def _advice(problem: str) -> str:
    if "64-bit" in problem:
        return "Return whole numbers beyond 64 bits as text: a browser would lose their digits."
    if "UTF-8" in problem:
        return "The text holds half of a character (a lone surrogate)."
    return "Return JSON's own types, dates, decimals, dataclasses, models of pydantic, rows or query sets."


@singledispatch
def _written(value: Any) -> Any:
    """What orjson cannot write by itself, made of what it can."""
    if is_pydantic_model(value):
        return value.model_dump()
    if not isinstance(value, type):
        if isinstance(value, Iterable):
            return _listed(value)
        if is_dataclass(value):
            names = [field.name for field in fields(value) if not field.name.startswith("_")]
            return {name: getattr(value, name) for name in names}
    raise ResultNotJSON(f"A {type(value).__name__} has no form in JSON.")


def _listed(values: Iterable[Any]) -> Any:
    """What is made while it is written: a part after the other, for it may be endless."""
    written: list[bytes] = []
    size = 0
    for part, is_all in _parts(values):
        if is_all:
            return part
        written.append(encode(part)[1:-1])
        size = _grown(size, written[-1])
    return orjson.Fragment(b"[" + b",".join(written) + b"]")


def _parts(values: Iterable[Any]) -> Iterator[tuple[list[Any], bool]]:
    """``values`` by parts that grow, each with whether it is all that there is."""
    coming, number = iter(values), FIRST_PART
    is_first = True
    while part := list(islice(coming, number)):
        check_time()
        yield part, is_first and len(part) < number
        is_first, number = False, min(number * 2, MOST_IN_A_PART)


def _grown(size: int, part: bytes) -> int:
    size += len(part) + 1
    if size > settings.CAPSULE_RESULT_LIMIT:
        raise ResultTooLarge
    return size


def settled(value: Any) -> Any:
    """``value`` with what is lazy in it read now, as lists: query sets, queries and generators, in a mapping
    too, and a structure as its fields. Raises ``ResultNotJSON``, and ``ResultTooLarge`` as ``encode`` does.

    Example: ``settled({"open": 3, "days": (n for n in (1, 2))}) == {"open": 3, "days": [1, 2]}``
    """
    if isinstance(value, dict):
        return {name: settled(inner) for name, inner in value.items()}
    if is_pydantic_model(value) or (is_dataclass(value) and not isinstance(value, Iterable)):
        return plain(value)
    if isinstance(value, QuerySet):
        value = _named_rows(value)
    elif not isinstance(value, Iterable) or isinstance(value, _THERE):
        return value
    read: list[Any] = []
    size = 0
    for part, is_all in _parts(value):
        read += part
        if not is_all:
            size = _grown(size, encode(part))
    return read


_THERE: Final = (str, Promise, bytes, bytearray, memoryview, Mapping, Set, Sequence, type, HttpResponseBase)


@_written.register(set)
@_written.register(frozenset)
def _refuse_set(value: Set[Any]) -> Any:
    raise ResultNotJSON("A set has no order, so its JSON would differ each time: return sorted(...) of it.")


@_written.register(bytes)
@_written.register(bytearray)
@_written.register(memoryview)
def _refuse_bytes(value: Any) -> Any:
    raise ResultNotJSON("Bytes have no form in JSON: return text, or an HttpResponse for a file.")


@_written.register
def _refuse_response(value: HttpResponseBase) -> Any:
    raise ResultNotJSON("A response cannot stand inside a result: return the response itself.")


@_written.register
def _refuse_record(value: Model) -> Any:
    raise ResultNotJSON(
        f"A {type(value).__name__} record says not which of its fields to show: return a dict, "
        "or a query set with .values(...)."
    )


@_written.register
def _query_set(value: QuerySet) -> Any:  # type: ignore[type-arg] # singledispatch reads the bare class
    return _listed(_named_rows(value))


def _named_rows(value: QuerySet[Any]) -> QuerySet[Any]:
    """Its rows by the names of their columns. Raises ``ResultNotJSON`` where they hold passwords."""
    if value._iterable_class is not ModelIterable:  # .values(), .values_list(), .dates() ...
        return value
    columns = {column.attname for column in value.model._meta.concrete_fields}
    if SECRETS in columns:
        raise ResultNotJSON(f"{value.model.__name__} holds passwords: name what to show with .values(...).")
    return value.values()


@_written.register
def _decimal(value: Decimal) -> Any:
    return str(value) if value.is_finite() else None


@_written.register(tuple)
def _named_tuple(value: Any) -> Any:
    return value._asdict() if hasattr(value, "_asdict") else list(value)


_written.register(Mapping, dict)
_written.register(Promise, str)
_written.register(timedelta, duration_iso_string)


def json_answer(request: HttpRequest, body: bytes) -> HttpResponse:
    """``body`` with its ETag, or a 304 for whoever has it already."""
    etag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    response = HttpResponse(
        body,
        content_type="application/json",
        headers={"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept, Cookie"},
    )
    if "HTTP_IF_NONE_MATCH" in request.META and request.method in ("GET", "HEAD"):
        return get_conditional_response(request, etag=etag, response=response) or response
    return response


def passed_through(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """A view's own response, with the ETag that every answer here has where its body is at hand."""
    patch_vary_headers(response, ["Cookie"])
    if not isinstance(response, HttpResponse) or response.status_code != 200:
        return response
    if not getattr(response, "is_rendered", True):
        return response
    if request.method not in ("GET", "HEAD"):
        return response
    set_response_etag(response)
    if not response.has_header("Cache-Control"):
        response["Cache-Control"] = "private, no-cache"
    if "HTTP_IF_NONE_MATCH" in request.META:
        return get_conditional_response(request, etag=response["ETag"], response=response) or response
    return response


def failed(request: HttpRequest, name: str, place: str, error: Exception) -> HttpResponse:
    """The 500 of a handler that broke: the log has the traceback, the caller an id and a plain sentence."""
    request_id = getattr(request, "request_id", "")
    logger.error("Data handler '%s' (%s) failed, request %s", name, place, request_id, exc_info=error)
    # As Django does for a view that raises: error reporters hear of it, and a test client shows it.
    got_request_exception.send(sender=None, request=request)
    if isinstance(error, ResultTooLarge):
        code = "result_too_large"
        message = _(
            "This is too much data to be sent at once. Ask for less, or tell us the number of this error."
        )
    else:
        code = "server_error"
        message = _(
            "This data could not be computed. The error was recorded; try again, or tell us its number."
        )
    response = error_response(request, 500, code, message, json_by_default=True)
    response._has_been_logged = True  # type: ignore[attr-defined] # Django would log the line once more
    return response
