"""What a program does at a collection's addresses: list, insert; and at a record's: read, change, delete."""

from __future__ import annotations

from http import HTTPStatus
from itertools import islice
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from capsule.errors import BadInput, sentence_of
from capsule.http import allow
from capsule.json_values import shown
from capsule.programs import given_of, sent_object
from capsule.registry import did_you_mean
from collections_app.api.answering import conflict, invalid, page_answer, row_answer, wanted_version
from collections_app.api.asking import asked_of, every_row_of, fields_of
from collections_app.changing.knowledge import steady
from collections_app.declarations import Action
from collections_app.declaring import collections
from collections_app.errors import Conflict
from collections_app.exporting import Exported, file_answer, format_named
from collections_app.forms import editable_columns
from collections_app.handle import Collection
from collections_app.updates import parse_update
from collections_app.views import admit, record_for
from live.once import once

__all__ = ["export", "record", "rows"]

NAMED = 20  # unknown keys of a body: to look for what is near each of 100,000 would take minutes
ACTIONS: dict[str, Action] = {"PATCH": "change", "DELETE": "delete"}


def rows(request: HttpRequest, name: str) -> HttpResponse:
    """``GET`` lists, ``POST`` inserts."""
    if refused := allow(request, ("GET", "HEAD", "POST")):
        return refused
    collection = collections.get(name)
    if request.method == "POST":
        given_of(request, ())
        admit(collection, "add")
        return once(request, lambda: _insert(request, collection))
    admit(collection)
    return page_answer(request, asked_of(request, collection), fields_of(request, collection.in_force))


def export(request: HttpRequest, name: str, format: str) -> HttpResponseBase:
    """``GET``: all rows that are asked for, as a file."""
    request.answers_json = True  # type: ignore[attr-defined]
    if refused := allow(request, ("GET", "HEAD")):
        return refused
    collection = collections.get(name)
    admit(collection)
    with steady():  # the columns of the head are those of the rows
        declaration = collection.in_force
        wanted = format_named(format, "format")
        columns = tuple(declaration.column(key) for key in fields_of(request, declaration))
        rows = every_row_of(request, collection)
        return file_answer(request, Exported(declaration.title, columns, rows), wanted)


def record(request: HttpRequest, name: str, id: UUID | str) -> HttpResponse:
    """``GET`` reads, ``PATCH`` changes the keys that are sent, ``DELETE`` deletes."""
    if refused := allow(request, ("GET", "HEAD", "PATCH", "DELETE")):
        return refused
    given_of(request, ("fields",) if request.method in ("GET", "HEAD") else ())
    collection, row = record_for(name, id, ACTIONS.get(request.method or ""))
    if row is None:
        raise Http404
    if request.method == "PATCH":
        return _patch(request, collection, row.id)
    if request.method == "DELETE":
        return _delete(request, collection, row.id)
    return row_answer(request, row, fields_of(request, collection.in_force))


def _insert(request: HttpRequest, collection: Collection) -> HttpResponse:
    try:
        row = collection.insert_one(_document(request, collection))
    except ValidationError as error:
        return invalid(request, error, collection.in_force)
    response = row_answer(request, row, _visible(collection), HTTPStatus.CREATED)
    response["Location"] = reverse("collections_app:record", args=[collection.name, row.id])
    return response


def _patch(request: HttpRequest, collection: Collection, id: str) -> HttpResponse:
    document, version = _document(request, collection), wanted_version(request)
    if not document:
        raise BadInput(_("Send at least one key to change."))
    removed = [key for key, value in document.items() if value is None]
    kept = {key: value for key, value in document.items() if value is not None}
    update = {
        operator: keys for operator, keys in (("$set", kept), ("$unset", dict.fromkeys(removed, 1))) if keys
    }
    _refuse_operators(kept)
    try:
        row = collection.find_one_and_update({"_id": id}, update, version=version)
    except ValidationError as error:
        return invalid(request, error, collection.in_force)
    except Conflict as found:
        return conflict(request, found.current, collection.in_force)
    if row is None:
        raise Http404
    return row_answer(request, row, _visible(collection))


def _refuse_operators(document: dict[str, Any]) -> None:
    """Raise ``BadInput`` that names each key whose value would be an operator."""
    problems: dict[str, list[str]] = {}
    for key, value in document.items():
        try:
            parse_update({"$set": {key: value}})
        except ValueError as error:
            problems[key] = [sentence_of(error)]
    if problems:
        raise BadInput(_("This cannot be saved as it is."), problems)


def _delete(request: HttpRequest, collection: Collection, id: str) -> HttpResponse:
    try:
        found = collection.delete_one({"_id": id}, version=wanted_version(request))
    except Conflict as changed:
        return conflict(request, changed.current, collection.in_force)
    except ValidationError as error:  # other rows of a model need it
        return invalid(request, error, collection.in_force)
    if not found.deleted:
        raise Http404
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _document(request: HttpRequest, collection: Collection) -> dict[str, Any]:
    """The object that was sent. Raises ``InvalidJSON`` or ``BadInput``."""
    document = sent_object(request, clean=False)  # the columns come first, as on every other way
    legal = [column.key for column in editable_columns(collection.in_force)]
    unknown = list(islice((key for key in document if key not in legal), NAMED))
    if unknown:
        sentence = _("There is no such column to write.")
        problems = {
            shown(key)[:64]: [f"{sentence} {did_you_mean(key[:64], legal)}".strip()] for key in unknown
        }
        raise BadInput(_("This cannot be saved as it is."), problems)
    return document


def _visible(collection: Collection) -> list[str]:
    return [column.key for column in collection.in_force.visible_columns]
