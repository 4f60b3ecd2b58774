"""What a program does at a setting's addresses: read, set and reset it, and see what it was before."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from capsule.access import require
from capsule.errors import BadInput
from capsule.http import PageRequest, allow, error_response
from capsule.identity import Identity
from capsule.json_values import shown
from capsule.programs import given_of, json_response, sent_json
from capsule.registry import the_legal
from capsule.scopes import Scope
from settings_app.access import editable_layers, is_visible, require_editable, setting_for
from settings_app.answering import described_each, past_answer, setting_answer
from settings_app.declarations import Setting, settings_registry
from settings_app.past_pages import LONGEST_PAGE, past_of

__all__ = ["history", "index", "refused_value", "setting"]

WRITTEN = ("value", "scope")  # the keys of a PUT
NAMED = 20  # unknown keys of a body that are named
PAGE = 50  # entries of a history


def index(request: HttpRequest) -> HttpResponse:
    """``GET``: every setting that the caller may see."""
    if refused := allow(request, ["GET", "HEAD"]):
        return refused
    given_of(request, ())
    identity = cast(PageRequest, request).identity
    visible = [declared for declared in settings_registry if is_visible(declared, identity)]
    if not visible:
        require("authenticated", identity)
    return json_response({"settings": described_each(visible)})


def setting(request: HttpRequest, name: str) -> HttpResponse:
    """``GET`` reads, ``PUT`` sets, ``DELETE`` resets. ``?scope=`` means one layer."""
    if refused := allow(request, ["DELETE", "GET", "HEAD", "POST", "PUT"]):
        return refused
    identity = cast(PageRequest, request).identity
    declared = setting_for(name, identity)
    scope = _asked(declared, given_of(request, ("scope",)), identity)
    if request.method == "PUT":
        return _put(request, declared, identity, scope)
    if request.method == "DELETE":
        require_editable(declared, identity, scope)
        declared.reset(scope=scope)
    return setting_answer(declared, scope)


def history(request: HttpRequest, name: str) -> HttpResponse:
    """``GET``: what it was before, in the layers that the caller may set; ``next`` is the next ``cursor``."""
    if refused := allow(request, ["GET", "HEAD"]):
        return refused
    identity = cast(PageRequest, request).identity
    declared = setting_for(name, identity)
    given = given_of(request, ("scope", "cursor", "per_page"))
    scope, limit = _asked(declared, given, identity), _per_page(given.get("per_page"))
    past = past_of(declared, identity, scope=scope, before=given.get("cursor", ""), limit=limit)
    return past_answer(past, identity)


def refused_value(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """422: the value does not fit, and why."""
    sentences = error.messages
    return error_response(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_value",
        sentences[0],
        {"value": sentences},
        json_by_default=True,
    )


def _put(
    request: HttpRequest, declared: Setting[Any], identity: Identity, scope: Scope | None
) -> HttpResponse:
    if not editable_layers(declared, identity):  # before what was sent is read at all
        require_editable(declared, identity, scope)
    body = _body(request)
    if "scope" in body:
        named = _layer(declared, body["scope"], identity)
        if scope not in (None, named):
            raise _bad("scope", _("The address names another scope."))
        scope = named
    require_editable(declared, identity, scope)
    try:
        declared.set(body["value"], scope=scope)
    except ValidationError as error:
        return refused_value(request, error)
    return setting_answer(declared, scope)


def _body(request: HttpRequest) -> dict[str, Any]:
    """The object that was sent. Raises ``InvalidJSON`` or ``BadInput``."""
    body = sent_json(request)
    if not isinstance(body, dict):
        raise _bad("value", _("Send an object with the key “value”."))
    unknown = [key for key in body if key not in WRITTEN][:NAMED]
    if unknown:
        problems = {shown(key)[:64]: [_("There is no such key to write.")] for key in unknown}
        raise BadInput(_("This cannot be saved as it is."), problems)
    if "value" not in body:
        raise _bad("value", _("Send an object with the key “value”."))
    return body


def _asked(declared: Setting[Any], given: Mapping[str, str], identity: Identity) -> Scope | None:
    return _layer(declared, given["scope"], identity) if "scope" in given else None


def _layer(declared: Setting[Any], given: object, identity: Identity) -> Scope:
    """The layer that a request names. Raises ``BadInput``, ``ScopeError`` for a visitor who has none such."""
    for layer in declared.layers:
        if layer == given:
            if layer in ("user", "owner"):
                identity.key(layer)
            return layer
    hint = the_legal(shown(given)[:64] if isinstance(given, str) else "", declared.layers)
    raise _bad("scope", f"{_('This setting has no value there.')} {hint}")


def _per_page(given: str | None) -> int:
    if given is None:
        return PAGE
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
    if not 1 <= number <= LONGEST_PAGE:
        raise _bad("per_page", _("Give a whole number from 1 to %(most)s.") % {"most": LONGEST_PAGE})
    return number


def _bad(name: str, sentence: str) -> BadInput:
    return BadInput(_("This cannot be used as it is."), {name: [sentence]})
