"""What the HTTP API says of the files of a collection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from collections_app.columns import column_type_of
from collections_app.declarations import Column
from collections_app.files.limits import limits_in_words
from collections_app.forms import editable_columns
from collections_app.handle import Collection
from collections_app.views import may

__all__ = ["FILE_VALUE", "file_calls", "file_columns", "file_paths"]

FILE_VALUE: dict[str, Any] = {
    "type": "object",
    "required": ["_type", "id", "label", "size", "type"],
    "additionalProperties": False,
    "properties": {
        "_type": {"const": "file"},
        "id": {"type": "string"},
        "label": {"type": "string"},
        "size": {"type": "integer"},
        "type": {"type": "string"},
    },
}
_CONTENT: dict[str, Any] = {"application/octet-stream": {}}
_NAME: dict[str, Any] = {
    "name": "Content-Disposition",
    "in": "header",
    "schema": {"type": "string"},
    "example": 'attachment; filename="lease.pdf"',
}
_MATCH = {"name": "If-Match", "in": "header", "schema": {"type": "string"}, "example": '"3"'}

Errors = Callable[..., dict[str, Any]]


def file_columns(columns: Iterable[Column]) -> list[Column]:
    """Those of the columns that hold files."""
    return [column for column in columns if column_type_of(column).holds_files]


def file_calls(collection: Collection, address: str) -> Iterator[tuple[str, str, str]]:
    """What can be done with files: method, address, and words."""
    declaration = collection.in_force
    written = editable_columns(declaration)
    for column in file_columns(declaration.visible_columns):
        at = f"{address}{{id}}/files/{column.key}/"
        yield "GET", at, _("Its file")
        if may(collection, "change") and column in written:
            yield "PUT", at, _("Put the body in its place")
            yield "DELETE", at, _("Take the file away")
        if (may(collection, "add") or may(collection, "change")) and column in written:
            yield "POST", f"{address}files/{column.key}/", _("Send a file for a row that is not written yet")


def file_paths(
    collection: Collection, address: str, errors: Errors, id: dict[str, Any], row: dict[str, Any]
) -> dict[str, Any]:
    """The paths of OpenAPI for a collection's files."""
    declaration, paths = collection.in_force, dict[str, Any]()
    columns = {column.key: column for column in file_columns(declaration.visible_columns)}
    for method, at, words in file_calls(collection, address):
        key = at.removesuffix("/").rpartition("/")[2]
        operation = {"summary": words, "description": limits_in_words(columns[key]), "operationId": ""}
        operation["operationId"] = f"{method.lower()}_{declaration.name}_{key}".replace(" ", "_")
        path = paths.setdefault(at, {"parameters": [id]} if "{id}" in at else {})
        path[method.lower()] = operation | _operation(method, errors, row)
    return paths


def _operation(method: str, errors: Errors, row: dict[str, Any]) -> dict[str, Any]:
    body = {"required": True, "content": _CONTENT}
    if method == "GET":
        had = {"description": _("The file"), "content": _CONTENT}
        answers = {"200": had, "206": had, "304": {"description": _("As the ETag says it was")}}
        return {"responses": {**answers, **errors(401, 403, 404)}}
    if method == "DELETE":
        return {"parameters": [_MATCH], "responses": {"200": row, **errors(401, 403, 404, 412, 422)}}
    refusals = errors(401, 403, 404, 413, 415, 422, 429)
    if method == "PUT":
        answers = {"200": row, **refusals, **errors(412)}
        return {"parameters": [_MATCH, _NAME], "requestBody": body, "responses": answers}
    kept = {"type": "object", "properties": {"value": FILE_VALUE, "shown": {"type": "string"}}}
    made = {"description": _("Kept"), "content": {"application/json": {"schema": kept}}}
    return {"parameters": [_NAME], "requestBody": body, "responses": {"201": made, **refusals}}
