"""What a caller needs to know of the handlers they may ask: as a list, and in OpenAPI 3.1."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, get_type_hints

from django.forms import Field
from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from capsule.access import allows
from capsule.identity import current_identity
from capsule.injection import is_offered
from capsule.openapi import errors, openapi_document
from handlers.actions import Action, actions_registry
from handlers.annotations import BIGGEST, is_hashable
from handlers.declarations import Handler, handlers_registry
from handlers.parameters import Parameter
from live.once import KEY_PARAMETER

__all__ = ["described", "described_action", "offered", "offered_actions", "openapi_of"]

# Of a result's schema what holds of our JSON, too: a pattern, say, is of another's way to write a number.
_TOLD: Final = ("additionalProperties", "anyOf", "const", "enum", "items", "properties", "required", "type")


def offered() -> list[Handler[..., Any]]:
    """The handlers that whoever asks may call."""
    identity = current_identity()
    return [handler for handler in handlers_registry if allows(handler.access, identity)]


def described(handler: Handler[..., Any]) -> dict[str, Any]:
    """One of the list: its address, its words, its methods and its parameters."""
    return {
        "name": handler.name,
        "url": handler.url(),
        "description": handler.description,
        # A function of the identity has no word of its own that would mean anything to a caller.
        "access": handler.access if isinstance(handler.access, str) else "restricted",
        "methods": list(handler.methods),
        "parameters": [parameter.described() for parameter in handler.parameters.fields.values()],
    }


def offered_actions() -> list[Action[..., Any]]:
    """The actions that whoever asks may have done. One on a row is not among them: its table offers it."""
    identity = current_identity()
    allowed = [action for action in actions_registry if action.may(identity)]
    return [action for action in allowed if not any(map(is_offered, action.parameters.injected.values()))]


def described_action(action: Action[..., Any]) -> dict[str, Any]:
    """The same of an action, and where a person is asked for what it takes."""
    return {
        "name": action.name,
        "url": action.url(),
        "ask": f"{action.url()}ask/",
        "label": action.label,
        "description": action.description,
        "parameters": [parameter.described() for parameter in action.parameters.fields.values()],
    }


def openapi_of(
    handlers: Iterable[Handler[..., Any]], actions: Iterable[Action[..., Any]] = ()
) -> dict[str, Any]:
    """The description of some handlers and actions."""
    paths = {handler.url(): _path(handler) for handler in handlers}
    paths |= {action.url(): {"post": _act(action)} for action in actions}
    return openapi_document(_("Data and actions"), paths, {})


def _act(action: Action[..., Any]) -> dict[str, Any]:
    summary, _line, more = action.description.partition("\n")
    body = _body(action)
    done = {
        "type": "object",
        "required": ["message", "undo"],
        "properties": {
            "message": {"type": "string"},
            "undo": {"type": ["string", "null"], "description": _("An address that takes it back by a POST")},
            "html": {"type": "string"},
        },
    }
    once = {**KEY_PARAMETER, "description": _("With it the action is done once, however often it is sent")}
    return {
        "operationId": f"do_{action.name}",
        "summary": summary or str(action.label),
        "description": more.strip(),
        "parameters": [once],
        "requestBody": {
            "description": _("A form of the same names is taken too. A session's cookie needs X-CSRFToken."),
            "content": {"application/json": {"schema": body}},
            "required": bool(body.get("required")),
        },
        "responses": {
            "200": {"description": _("Done"), "content": {"application/json": {"schema": done}}},
            **errors(400, 401, 403, 404, 409, 422, 500, 503),
        },
    }


def _body(action: Action[..., Any]) -> dict[str, Any]:
    """What it takes: its parameters, the fields of its form, or what a view says to nobody but itself."""
    if action.form_class is not None:
        fields: dict[str, Field] = getattr(action.form_class, "base_fields", {})
        return {
            "type": "object",
            "properties": {name: {"description": str(field.label or "")} for name, field in fields.items()},
            "required": [name for name, field in fields.items() if field.required],
        }
    if action.parameters.unknown == "ignore":
        return {"type": "object"}
    parameters = action.parameters.fields.values()
    return {
        "type": "object",
        "properties": {one.name: _bounded(_inlined(one.adapter.json_schema())) for one in parameters},
        "required": [one.name for one in parameters if one.required],
        "additionalProperties": False,
    }


def _path(handler: Handler[..., Any]) -> dict[str, Any]:
    return {method.lower(): _operation(handler, method) for method in handler.methods}


def _operation(handler: Handler[..., Any], method: str) -> dict[str, Any]:
    summary, _line, more = handler.description.partition("\n")
    fields = handler.parameters_of(method).fields.values()
    operation: dict[str, Any] = {
        "operationId": handler.name if method == "GET" else f"{method.lower()}_{handler.name}",
        "summary": summary,
        "description": more.strip(),
        "parameters": [_parameter(field) for field in fields],
        "responses": {
            "200": {"description": "OK", "content": _content(handler, method)},
            **({"304": {"description": _("As the ETag says it was")}} if method == "GET" else {}),
            **errors(400, 401, 403, 404, 500, 503),
        },
    }
    if method != "GET":
        operation["requestBody"] = {
            "content": {"application/json": {}, "application/x-www-form-urlencoded": {}}
        }
    return operation


def _parameter(field: Parameter) -> dict[str, Any]:
    schema = _inlined(field.adapter.json_schema())
    # An address has no null: what may be left out is.
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if choices:
        schema = {**schema, "anyOf": choices} if len(choices) > 1 else choices[0]
    described = field.described()
    schema = _bounded(schema)
    default = described.get("default")
    if default is not None:
        is_decimal = schema.get("type") == "number" and isinstance(default, str)
        schema = {**schema, "default": float(default) if is_decimal else default}
    told = {"name": field.name, "in": "query", "required": field.required, "schema": schema}
    return {**told, "allowEmptyValue": True} if field.blank_means_none and not field.takes_many else told


def _bounded(schema: Any) -> Any:
    """A schema whose whole numbers say how large they may be."""
    if isinstance(schema, list):
        return [_bounded(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: _bounded(value) if key in ("anyOf", "items") else value for key, value in schema.items()}
    if told.get("type") == "integer" and "enum" not in told and "const" not in told:
        told = {"minimum": -BIGGEST, "maximum": BIGGEST, **told}
    return told


def _inlined(schema: Any, definitions: Mapping[str, Any] | None = None) -> Any:
    """A schema without references: pydantic names enums, and two handlers may each have one of a name."""
    if isinstance(schema, list):
        return [_inlined(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    known = schema.get("$defs", definitions or {})
    if "$ref" in schema:
        return _inlined(known[schema["$ref"].rpartition("/")[2]], known)
    return {key: _inlined(value, known) for key, value in schema.items() if key != "$defs"}


def _content(handler: Handler[..., Any], method: str) -> dict[str, Any]:
    function = handler.declared
    if isinstance(function, type):
        function = getattr(function, method.lower())
    returned = _returned(function)
    if isinstance(returned, type) and issubclass(returned, HttpResponseBase):
        return {"*/*": {}}
    return {"application/json": {"schema": _result(returned) if is_hashable(returned) else {}}}


def _returned(function: Any) -> Any:
    try:
        return get_type_hints(inspect.unwrap(function), include_extras=True).get("return")
    except Exception:  # it names what is imported for type checkers only
        return None


@cache
def _result(annotation: Any) -> dict[str, Any]:
    """What an annotation says of a result; nothing where it says nothing that pydantic understands."""
    if annotation in (None, Any, object):
        return {}
    from pydantic import TypeAdapter  # noqa: PLC0415 - loaded by who describes, not while the server starts

    try:
        schema = _inlined(TypeAdapter(annotation).json_schema(mode="serialization"))
    except (Exception, RecursionError):
        return {}
    told: dict[str, Any] = _told(schema)
    return told


def _told(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    told = {key: value for key, value in schema.items() if key in _TOLD}
    if told.get("type") == "number":
        told["type"] = ["number", "null"]  # as which NaN and infinity are written
    for key in ("additionalProperties", "items"):
        if key in told:
            told[key] = _told(told[key])
    if "anyOf" in told:
        told["anyOf"] = [_told(one) for one in told["anyOf"]]
    if "properties" in told:
        told["properties"] = {name: _told(one) for name, one in told["properties"].items()}
    return told
