"""The parts of an OpenAPI 3.1 description that are the same for whatever is described."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

__all__ = ["content_of", "errors", "openapi_document", "parameter", "reference"]

_ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["error", "message", "fields", "request_id"],
    "properties": {
        "error": {"type": "string"},
        "message": {"type": "string"},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "request_id": {"type": "string"},
    },
}


def openapi_document(title: str, paths: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The whole description. Its schemas are those given, and that of the one error shape."""
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR, **schemas},
            "responses": {"Error": {"description": _("What was wrong"), "content": content_of("Error")}},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
            },
        },
        "security": [{"session": []}, {}],
    }


def errors(*statuses: int) -> dict[str, Any]:
    """The responses to refusals, which have one shape.

    Example: ``{"200": {"description": "OK"}, **errors(400, 403)}``
    """
    return {str(status): {"$ref": "#/components/responses/Error"} for status in statuses}


def content_of(schema: str) -> dict[str, Any]:
    """A body or an answer in JSON, of the schema of that name."""
    return {"application/json": {"schema": reference(schema)}}


def reference(schema: str) -> dict[str, str]:
    """The schema of that name, wherever a schema may stand."""
    return {"$ref": f"#/components/schemas/{schema}"}


def parameter(name: str, words: str, kind: str = "string") -> dict[str, Any]:
    """One parameter of the query string."""
    return {"name": name, "in": "query", "description": words, "schema": {"type": kind}}
