"""``/collections/<name>/<id>/files/<key>/``: the file of a record; and where one is sent beforehand."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from capsule.http import allow, error_response
from capsule.programs import json_response
from capsule.sources import coming_from
from collections_app.api.answering import conflict, invalid, row_answer, wanted_version
from collections_app.columns import column_type_of
from collections_app.declarations import Column
from collections_app.declaring import collections
from collections_app.errors import Conflict
from collections_app.files.holding import stored_file
from collections_app.files.receiving import receive
from collections_app.files.serving import answer_with
from collections_app.files.showing import drawn
from collections_app.forms import editable_columns
from collections_app.handle import Collection
from collections_app.rows import Row
from collections_app.views import admit, may, record_for

__all__ = ["file", "upload"]

STATUSES = {
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "not_taken": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "too_many_files": HTTPStatus.TOO_MANY_REQUESTS,
}


def file(request: HttpRequest, name: str, id: UUID, key: str) -> HttpResponseBase:
    """``GET`` has the file, ``PUT`` puts another in its place, ``DELETE`` takes it away."""
    if refused := allow(request, ("GET", "HEAD", "PUT", "DELETE")):
        return refused
    if request.method in ("GET", "HEAD"):
        return _read(request, name, id, key)
    request.answers_json = True  # type: ignore[attr-defined]
    with coming_from("http"):
        return _written(request, name, id, key)


def upload(request: HttpRequest, name: str, key: str) -> HttpResponse:
    """``POST`` keeps a file that no record has yet, and answers with the value that a record takes of it."""
    if refused := allow(request, ("POST",)):
        return refused
    request.answers_json = True  # type: ignore[attr-defined]
    collection = collections.get(name)
    admit(collection)
    if not (may(collection, "add") or may(collection, "change")):
        admit(collection, "add")  # which says why not
    column = _column(collection, key, is_written=True)
    try:
        value = receive(request, column)
    except ValidationError as error:
        return _refused(request, collection, column, error)
    return json_response({"value": value, "shown": drawn(value)}, HTTPStatus.CREATED)


def _read(request: HttpRequest, name: str, id: UUID, key: str) -> HttpResponseBase:
    collection, row = record_for(name, id)
    if row is None:
        raise Http404
    column = _column(collection, key)
    stored = stored_file(collection, row, column.key)
    if stored is None:
        raise Http404
    try:
        return answer_with(request, stored)
    except LookupError:  # a storage that was not copied along
        raise Http404 from None


def _written(request: HttpRequest, name: str, id: UUID, key: str) -> HttpResponse:
    collection, row = record_for(name, id, "change")
    if row is None:
        raise Http404
    column = _column(collection, key, is_written=True)
    version = wanted_version(request)
    if version is not None and version != row.version:  # before anything is read
        return conflict(request, row, collection.in_force)
    try:
        saved = _saved(request, collection, row, column, version)
    except ValidationError as error:
        return _refused(request, collection, column, error)
    except Conflict as found:
        return conflict(request, found.current, collection.in_force)
    if saved is None:
        raise Http404
    return row_answer(request, saved, [one.key for one in collection.in_force.visible_columns])


def _saved(
    request: HttpRequest, collection: Collection, row: Row, column: Column, version: int | None
) -> Row | None:
    update: dict[str, Any] = {"$unset": {column.key: 1}}
    if request.method == "PUT":
        update = {"$set": {column.key: receive(request, column)}}
    return collection.find_one_and_update({"_id": row.id}, update, version=version)


def _column(collection: Collection, key: str, *, is_written: bool = False) -> Column:
    """The file column of that key. Raises ``Http404`` for any other, one that is not shown included."""
    declaration = collection.in_force
    column = next((one for one in declaration.visible_columns if one.key == key), None)
    if column is None or not column_type_of(column).holds_files:
        raise Http404
    if is_written and column not in editable_columns(declaration):
        raise PermissionDenied(_("You may not change these records."))
    return column


def _refused(
    request: HttpRequest, collection: Collection, column: Column, error: ValidationError
) -> HttpResponse:
    """413 for what is too large, 415 for a type that is not taken, 429 for too many, 422 for all else."""
    status = STATUSES.get(getattr(error, "code", "") or "")
    if status is None:
        by_key = error if hasattr(error, "error_dict") else ValidationError({column.key: error.messages})
        return invalid(request, by_key, collection.in_force)
    message, code = " ".join(error.messages), str(error.code)
    return error_response(request, status, code, message, {column.key: error.messages}, json_by_default=True)
