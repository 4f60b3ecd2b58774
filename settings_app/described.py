"""What the HTTP API of settings offers the caller: in OpenAPI 3.1 for programs, and as a page to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from capsule.http import allow
from capsule.identity import current_identity
from capsule.openapi import content_of, errors, openapi_document, parameter, reference
from capsule.programs import json_response
from capsule.scopes import Scope
from settings_app.access import editable_layers, is_visible
from settings_app.declarations import Setting, settings_registry
from settings_app.past_pages import LONGEST_PAGE

__all__ = ["openapi", "openapi_of", "to_read"]

READ = ("GET", "HEAD")
_TYPES: Final[dict[type, str]] = {bool: "boolean", str: "string", int: "integer", float: "number"}
_MOMENT: Final[dict[str, Any]] = {"type": ["string", "null"], "format": "date-time"}
_NAME: Final[dict[str, Any]] = {"type": ["string", "null"]}
_ORIGIN: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["layer", "set_at", "set_by"],
    "properties": {
        "layer": {"enum": ["session", "user", "owner", "app", "default"]},
        "set_at": _MOMENT,
        "set_by": _NAME,
    },
}


def openapi(request: HttpRequest) -> HttpResponse:
    """``GET /settings/openapi.json``: what the caller may do."""
    request.answers_json = True  # type: ignore[attr-defined]
    if refused := allow(request, READ):
        return refused
    return json_response(openapi_of(_offered()))


def to_read(request: HttpRequest) -> HttpResponse:
    """``GET /settings/openapi.html``: the same to read."""
    if refused := allow(request, READ):
        return refused
    offered = [{"setting": one, "calls": list(_calls(one)), "words": list(_words(one))} for one in _offered()]
    response = render(request, "settings_app/api.html", {"offered": offered})
    patch_vary_headers(response, ["Accept", "Cookie", "HX-Request"])
    return response


def _offered() -> list[Setting[Any]]:
    identity = current_identity()
    return [one for one in settings_registry if is_visible(one, identity)]


def _layers(setting: Setting[Any]) -> list[Scope]:
    return editable_layers(setting, current_identity())


def _calls(setting: Setting[Any]) -> Iterator[tuple[str, str, str]]:
    address = reverse("settings_app:setting", args=[setting.name])
    yield "GET", address, _("Its value, where that comes from, and who may change it")
    if _layers(setting):
        yield "PUT", address, _("Set it")
        yield "DELETE", address, _("Back to what holds without it")
        yield "GET", f"{address}history/", _("What it was before")


def _words(setting: Setting[Any]) -> Iterator[tuple[str, str]]:
    yield _("type"), setting.type.__name__
    yield _("scopes"), ", ".join(setting.layers)
    if setting.options is not None:
        yield _("options"), ", ".join(setting.kind.text_of(value) for value, _label in setting.choices)
    for name, limit in (("min", setting.min), ("max", setting.max), ("step", setting.step)):
        if limit is not None:
            yield name, setting.kind.text_of(limit)


# OpenAPI -----------------------------------------------------------------------------------------------


def openapi_of(offered: list[Setting[Any]]) -> dict[str, Any]:
    """The description of some settings."""
    index = reverse("settings_app:index")
    paths: dict[str, Any] = {index: _of_all(offered)}
    schemas: dict[str, Any] = {"Origin": _ORIGIN}
    for setting in offered:
        address = reverse("settings_app:setting", args=[setting.name])
        schemas |= {
            setting.name: _schema(setting),
            f"{setting.name}.value": _value(setting),
            f"{setting.name}.change": _change_schema(setting),
        }
        paths[address] = _of_one(setting)
        if _layers(setting):
            paths[f"{address}history/"] = _of_history(setting)
    return openapi_document(_("Settings"), paths, schemas)


def _of_all(offered: list[Setting[Any]]) -> dict[str, Any]:
    items: dict[str, Any] = {"anyOf": [reference(one.name) for one in offered]} if offered else {}
    schema = {
        "type": "object",
        "required": ["settings"],
        "properties": {"settings": {"type": "array", "items": items}},
    }
    answer = {"description": "OK", "content": {"application/json": {"schema": schema}}}
    return {"get": {"operationId": "list_settings", "responses": {"200": answer, **errors(400, 401)}}}


def _of_one(setting: Setting[Any]) -> dict[str, Any]:
    answer = {"description": "OK", "content": content_of(setting.name)}
    found: dict[str, Any] = {
        "parameters": [_scope(setting)],
        "get": {
            "operationId": f"read_{setting.name}",
            "summary": setting.title,
            "responses": {"200": answer, **errors(400, 401, 404)},
        },
    }
    layers = _layers(setting)
    if not layers:
        return found
    body = {
        "type": "object",
        "additionalProperties": False,
        "required": ["value"],
        "properties": {"value": reference(f"{setting.name}.value"), "scope": {"enum": layers}},
    }
    found["put"] = {
        "operationId": f"set_{setting.name}",
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"200": answer, **errors(400, 401, 403, 404, 413, 422)},
    }
    found["delete"] = {
        "operationId": f"reset_{setting.name}",
        "responses": {"200": answer, **errors(400, 401, 403, 404)},
    }
    return found


def _of_history(setting: Setting[Any]) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["rows", "next"],
        "properties": {
            "rows": {"type": "array", "items": reference(f"{setting.name}.change")},
            "next": {"type": ["string", "null"], "description": _("A cursor")},
        },
    }
    per_page = _("Entries on a page, at most %(most)s") % {"most": LONGEST_PAGE}
    return {
        "get": {
            "operationId": f"history_of_{setting.name}",
            "parameters": [
                _scope(setting),
                parameter("cursor", _("The next of an answer")),
                parameter("per_page", per_page, "integer"),
            ],
            "responses": {
                "200": {"description": "OK", "content": {"application/json": {"schema": schema}}},
                **errors(400, 401, 403, 404),
            },
        }
    }


def _scope(setting: Setting[Any]) -> dict[str, Any]:
    meant = parameter("scope", _("One layer; without it the nearest that is set"))
    return {**meant, "schema": {"enum": list(setting.layers)}}


def _schema(setting: Setting[Any]) -> dict[str, Any]:
    value = {"type": "null"} if setting.secret else reference(f"{setting.name}.value")
    told: dict[str, Any] = {
        "name": {"const": setting.name},
        "label": {"type": "string"},
        "help_text": {"type": "string"},
        "section": {"type": "string"},
        "scope": {"const": setting.scope},
        "type": {"const": setting.type.__name__},
        "secret": {"const": setting.secret},
        "inherit": {"const": setting.inherit},
        "value": value,
        "default": {"type": _TYPES[setting.type]},
        "is_set": {"type": "boolean"},
        "shown": {"type": ["string", "null"], "description": _("The last characters of a secret")},
        "options": {"type": "array", "items": {"type": "object"}},
        "min": {"type": ["number", "null"]},
        "max": {"type": ["number", "null"]},
        "step": {"type": ["number", "null"]},
        "unit": {"type": ["string", "null"]},
        "origin": reference("Origin"),
        "editable": {"type": "boolean"},
        "layers": {"type": "array", "items": {"enum": list(setting.layers)}},
    }
    return {"type": "object", "title": setting.title, "required": list(told), "properties": told}


def _value(setting: Setting[Any]) -> dict[str, Any]:
    """What may be written. A stored value may be an option that a function no longer gives."""
    schema: dict[str, Any] = {"type": _TYPES[setting.type], "writeOnly": setting.secret}
    if setting.options is not None and not callable(setting.options):
        schema["enum"] = [value for value, _label in setting.choices]
    if setting.kind.has_range:
        limits = {"minimum": setting.min, "maximum": setting.max}
        schema |= {name: limit for name, limit in limits.items() if limit is not None}
    return schema


def _change_schema(setting: Setting[Any]) -> dict[str, Any]:
    # A value of before may be one that the declaration of today would refuse.
    value = {"type": "null"} if setting.secret else {"type": [_TYPES[setting.type], "null"]}
    told: dict[str, Any] = {
        "scope": {"enum": list(setting.layers)},
        "old": value,
        "new": value,
        "was_set": {"type": "boolean"},
        "is_set": {"type": "boolean"},
        "changed_at": {"type": "string", "format": "date-time"},
        "changed_by": _NAME,
        "source": {"type": "string"},
    }
    return {"type": "object", "required": list(told), "properties": told}
