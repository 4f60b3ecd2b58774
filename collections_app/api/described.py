"""What the HTTP API offers the caller: in OpenAPI 3.1 for programs, and as a page to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from capsule.access import allows
from capsule.http import allow
from capsule.identity import current_identity
from capsule.openapi import content_of, errors, openapi_document, parameter, reference
from capsule.programs import json_response
from collections_app.api.asking import EXPORTED_BY
from collections_app.api.described_files import FILE_VALUE, file_calls, file_columns, file_paths
from collections_app.columns import column_type_of
from collections_app.declarations import Column, Declaration
from collections_app.declaring import collections
from collections_app.exporting import CONTENT_TYPES, FORMATS, Format
from collections_app.forms import editable_columns
from collections_app.handle import Collection
from collections_app.views import may
from live.once import KEY_PARAMETER

__all__ = ["index", "openapi", "openapi_of"]

READ = ("GET", "HEAD")
# What the values of a type are; any other is told by what it is stored as.
_BY_TYPE: dict[str, dict[str, Any]] = {
    "email": {"type": "string", "format": "email"},
    "link": {"type": "string", "format": "uri-reference"},
    "currency": {"type": "string", "pattern": r"^-?\d{1,30}(\.\d{1,30})?$", "examples": ["12.50"]},
    "date": {"type": "string", "examples": ["2026-11-23", "2026-11-23T10:00:00.000000Z"]},
    "tags": {"type": "array", "items": {"type": "string"}},
    "file": FILE_VALUE,
    "choice": {},
    "reference": {"type": "string"},
    "references": {"type": "array", "items": {"type": "string"}},
}
_BY_STORAGE: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "decimal": {"type": "string"},
    "boolean": {"type": "boolean"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "none": {},
}
_OF_THE_ROW: dict[str, dict[str, Any]] = {
    "_id": {"type": "string", "format": "uuid", "readOnly": True},
    "_version": {"type": "integer", "minimum": 1, "readOnly": True},
    "_created_at": {"type": "string", "format": "date-time", "readOnly": True},
    "_updated_at": {"type": "string", "format": "date-time", "readOnly": True},
}


def openapi(request: HttpRequest) -> HttpResponse:
    """``GET /collections/openapi.json``: what the caller may do."""
    if refused := allow(request, READ):
        return refused
    return json_response(openapi_of(_offered()))


def index(request: HttpRequest) -> HttpResponse:
    """``GET /collections/``: the same to read."""
    if refused := allow(request, READ):
        return refused
    offered = [
        {
            "declaration": one.in_force,
            "address": reverse("collections_app:collection", args=[one.name]),
            "calls": list(_calls(one)),
            "columns": [_told(column, one.in_force) for column in one.in_force.visible_columns],
        }
        for one in _offered()
    ]
    response = render(request, "collections_app/api.html", {"offered": offered, "parameters": _parameters()})
    patch_vary_headers(response, ["Accept", "Cookie", "HX-Request"])
    return response


def _offered() -> list[Collection]:
    identity = current_identity()
    return [one for one in collections if allows(one.declaration.access, identity)]


def _calls(collection: Collection) -> Iterator[tuple[str, str, str]]:
    address = reverse("collections_app:collection", args=[collection.name])
    yield "GET", address, _("Some rows, filtered and sorted, a page at a time")
    yield "GET", f"{address}export.csv", _("All rows as a file: csv, xlsx, json or ndjson")
    if may(collection, "add"):
        yield "POST", address, _("Insert one")
    yield "GET", f"{address}{{id}}/", _("One row")
    if may(collection, "change"):
        yield "PATCH", f"{address}{{id}}/", _("Change the keys that are sent")
    if may(collection, "delete"):
        yield "DELETE", f"{address}{{id}}/", _("Delete it")
    yield from file_calls(collection, address)


def _told(column: Column, declaration: Declaration) -> dict[str, Any]:
    writable = column in editable_columns(declaration)
    uses = [
        (declaration.is_sortable(column.key), _("sort")),
        (declaration.is_filterable(column.key), _("filter")),
        (writable, _("write")),
        (writable and column.required, _("required")),
    ]
    return {"column": column, "uses": ", ".join(word for holds, word in uses if holds)}


# OpenAPI -----------------------------------------------------------------------------------------------


def openapi_of(offered: list[Collection]) -> dict[str, Any]:
    """The description of some collections."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for collection in offered:
        declaration = collection.in_force
        address = reverse("collections_app:collection", args=[collection.name])
        schemas |= {
            declaration.name: _row_schema(declaration),
            f"{declaration.name}_write": _write_schema(declaration),
        }
        paths[address] = _of_rows(collection)
        paths[f"{address}{{id}}/"] = _of_record(collection)
        paths |= file_paths(
            collection, address, errors, id_parameter(declaration), _row_response(declaration)
        )
        paths |= {f"{address}export.{one}": _of_export(collection, one) for one in FORMATS}
    return openapi_document(_("Collections"), paths, schemas)


def _of_rows(collection: Collection) -> dict[str, Any]:
    declaration = collection.in_force
    envelope = {
        "type": "object",
        "required": ["rows", "total", "next", "previous"],
        "properties": {
            "rows": {"type": "array", "items": reference(declaration.name)},
            "total": {"type": ["integer", "null"], "description": _("null: more than 10,000")},
            "next": {"type": ["string", "null"], "description": _("A cursor")},
            "previous": {"type": ["string", "null"], "description": _("A cursor")},
        },
    }
    found: dict[str, Any] = {
        "get": {
            "operationId": f"list_{declaration.name}",
            "summary": declaration.title,
            "parameters": [_parameter(name, words) for name, words in _parameters()],
            "responses": {
                "200": {"description": "OK", "content": {"application/json": {"schema": envelope}}},
                "304": {"description": _("As the ETag says it was")},
                **errors(400, 401, 403),
            },
        }
    }
    if may(collection, "add"):
        found["post"] = {
            "operationId": f"insert_{declaration.name}",
            "parameters": [KEY_PARAMETER],
            "requestBody": {"required": True, "content": content_of(f"{declaration.name}_write")},
            "responses": {"201": _row_response(declaration), **errors(400, 401, 403, 422)},
        }
    return found


def _of_export(collection: Collection, format: Format) -> dict[str, Any]:
    content: dict[str, Any] = {CONTENT_TYPES[format].partition(";")[0]: {"schema": {}}}
    if format == "json":
        rows = {"type": "array", "items": {"type": "object"}}
        content = {"application/json": {"schema": rows}}
    return {
        "get": {
            "operationId": f"export_{collection.name}_{format}",
            "summary": _("All rows as a file"),
            "parameters": [_parameter(name, words) for name, words in _parameters() if name in EXPORTED_BY],
            "responses": {"200": {"description": "OK", "content": content}, **errors(400, 401, 403, 503)},
        }
    }


def _of_record(collection: Collection) -> dict[str, Any]:
    declaration = collection.in_force
    match = {"name": "If-Match", "in": "header", "schema": {"type": "string"}, "example": '"3"'}
    found: dict[str, Any] = {
        "parameters": [id_parameter(declaration)],
        "get": {
            "operationId": f"read_{declaration.name}",
            "parameters": [_parameter("fields", dict(_parameters())["fields"])],
            "responses": {"200": _row_response(declaration), **errors(401, 403, 404)},
        },
    }
    if may(collection, "change"):
        found["patch"] = {
            "operationId": f"change_{declaration.name}",
            "parameters": [match],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {**_write_schema(declaration), "required": []}}},
            },
            "responses": {"200": _row_response(declaration), **errors(400, 401, 403, 404, 412, 422)},
        }
    if may(collection, "delete"):
        found["delete"] = {
            "operationId": f"delete_{declaration.name}",
            "parameters": [match],
            "responses": {"204": {"description": _("Deleted")}, **errors(401, 403, 404, 412)},
        }
    return found


def id_parameter(declaration: Declaration) -> dict[str, Any]:
    """The id of a record, as a part of an address."""
    schema = {"type": "string", **_id(declaration)}
    return {"name": "id", "in": "path", "required": True, "schema": schema}


def _parameters() -> list[tuple[str, str]]:
    return [
        ("page", _("The number of a page, for the first 10,000 rows")),
        ("per_page", _("Rows on a page")),
        ("cursor", _("The next or previous of an answer: at any depth for the cost of the first page")),
        ("sort", _("Sortable columns, joined by commas; a minus before one turns it around")),
        ("filter", _('A document such as {"status": "open"}, in the operators of docs/collections.md')),
        ("q", _("Words to look for, of at least three letters, in the columns that are searched")),
        ("fields", _("Columns to answer with, joined by commas")),
    ]


def _parameter(name: str, words: str) -> dict[str, Any]:
    return parameter(name, words, "integer" if name in ("page", "per_page") else "string")


def _row_schema(declaration: Declaration) -> dict[str, Any]:
    columns = {column.key: _value_schema(column) for column in declaration.visible_columns}
    return {
        "type": "object",
        "title": declaration.title,
        "required": list(_OF_THE_ROW),
        "properties": {**_of_the_row(declaration), **columns},
    }


def _id(declaration: Declaration) -> dict[str, str]:
    """A document's id is a UUID; the key of a model's row may be anything."""
    return {"format": "uuid"} if declaration.model is None else {}


def _of_the_row(declaration: Declaration) -> dict[str, dict[str, Any]]:
    if declaration.model is None:
        return _OF_THE_ROW
    instants = {
        name: {**schema, "type": ["string", "null"]} if schema.get("format") == "date-time" else schema
        for name, schema in _OF_THE_ROW.items()
    }
    return {**instants, "_id": {"type": "string", "readOnly": True}}


def _write_schema(declaration: Declaration) -> dict[str, Any]:
    columns = editable_columns(declaration)
    required = [one.key for one in columns if one.required and one.default is None]
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": {column.key: _value_schema(column, missing=True) for column in columns},
    }


def _value_schema(column: Column, *, missing: bool = False) -> dict[str, Any]:
    """What a column's values are. Documents that are older than their declaration may hold others."""
    schema = dict(_BY_TYPE.get(column.type) or _BY_STORAGE[column_type_of(column).storage])
    if column.options is not None and column.type != "tags" and column not in file_columns((column,)):
        schema["enum"] = list(column.options)
    if missing and not column.required:
        if "type" in schema:
            schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    return {"title": column.title, **schema}


def _row_response(declaration: Declaration) -> dict[str, Any]:
    tag = {"ETag": {"description": _("The row's version"), "schema": {"type": "string"}}}
    return {"description": "OK", "headers": tag, "content": content_of(declaration.name)}
