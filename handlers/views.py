"""The list of data handlers, its description for programs, and one handler's answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from capsule.http import allow
from handlers.annotations import written
from handlers.declarations import handlers_registry
from handlers.described import described, described_action, offered, offered_actions, openapi_of
from handlers.results import encode, json_answer
from handlers.trying import is_for_people

__all__ = ["data", "index", "openapi"]

READ: Final = ("GET", "HEAD")


def data(request: HttpRequest, name: str) -> HttpResponseBase:
    """``GET /data/<name>``. A name that nobody declared is a 404."""
    return handlers_registry.get(name).view(request)


def index(request: HttpRequest) -> HttpResponseBase:
    """``GET /data/``: the handlers that the caller may ask, and how; in a browser each leads to its form,
    and so do the actions."""
    refused = allow(request, READ)
    if refused is not None:
        return refused
    listed = [described(handler) for handler in offered()]
    if not is_for_people(request):
        return json_answer(request, encode(listed))
    actions = [described_action(action) for action in offered_actions()]
    for one in (*listed, *actions):
        one["parameters"] = [{**parameter, **_told(parameter)} for parameter in one["parameters"]]
    response = render(request, "handlers/index.html", {"offered": listed, "actions": actions})
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Accept", "Cookie"])
    return response


def openapi(request: HttpRequest) -> HttpResponseBase:
    """``GET /data/openapi.json``: what the caller may ask."""
    refused = allow(request, READ)
    if refused is not None:
        return refused
    return json_answer(request, encode(openapi_of(offered(), offered_actions())))


def _told(parameter: dict[str, Any]) -> dict[str, str]:
    default = parameter.get("default")
    return {
        "words": ", ".join(_kinds(parameter)),
        "default": "" if default is None else str(written(default)),
    }


def _kinds(schema: dict[str, Any]) -> Iterator[str]:
    """What a value is, in words: its legal values, or its type."""
    if "$ref" in schema:
        schema = schema.get("$defs", {}).get(schema["$ref"].rpartition("/")[2], {})
    if "enum" in schema:
        yield " · ".join(map(str, schema["enum"]))
    elif "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from _kinds({"$defs": schema.get("$defs", {}), **one})
    elif schema.get("type") == "array":
        yield _("several of: %(kind)s") % {
            "kind": ", ".join(_kinds({"$defs": schema.get("$defs", {}), **schema.get("items", {})}))
        }
    elif schema.get("type") not in (None, "null"):
        yield str(schema.get("format") or schema["type"])
