"""The page of all settings, and each setting at an address of its own: seen, saved, reset."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from capsule.access import require
from capsule.http import PageRequest, allow, error_response, safe_next, wants_json
from capsule.toasts import say_done
from settings_app.access import editable_layers, is_visible, setting_for
from settings_app.answering import setting_answer
from settings_app.controls import Outcome, control_of
from settings_app.declarations import Setting, settings_registry
from settings_app.index import live_control, page_of_settings
from settings_app.posting import act, is_from_toast, scope_of

__all__ = ["index", "setting"]


# All of them ------------------------------------------------------------------------------------------


def index(request: HttpRequest) -> HttpResponseBase:
    """Every setting that the person may see, by section; ``?q=`` searches."""
    refused = allow(request, ["GET", "HEAD"])
    if refused is not None:
        return refused
    identity = cast(PageRequest, request).identity
    visible = [declared for declared in settings_registry if is_visible(declared, identity)]
    if not visible and not identity.is_authenticated:
        require("authenticated", identity)
    context = page_of_settings(request, identity, visible)
    return _varied(render(request, "settings_app/settings.html", context))


# One of them ------------------------------------------------------------------------------------------


def setting(request: HttpRequest, name: str) -> HttpResponseBase:
    """One setting: a page or a control to look at, a form to save. For programs see ``api.setting``."""
    refused = allow(request, ["DELETE", "GET", "HEAD", "POST", "PUT"])
    if refused is not None:
        return refused
    declared = setting_for(name, cast(PageRequest, request).identity)
    if request.method == "POST":
        return _varied(_post(request, declared))
    return _varied(_shown(request, declared))


def _post(request: HttpRequest, declared: Setting[Any]) -> HttpResponse:
    try:
        outcome = act(request, declared)
    except PermissionDenied:
        if wants_json(request):
            raise
        return _shown(request, declared, status=403)
    if wants_json(request):
        return setting_answer(declared) if outcome.done else _said(request, outcome)
    if is_from_toast(request):
        return _answered_to_a_toast(request, declared, outcome)
    if request.headers.get("HX-Request") == "true" or not outcome.done:
        return _shown(request, declared, outcome, outcome.status)
    _say(request, declared, outcome)
    return _back(request, declared)


def _answered_to_a_toast(request: HttpRequest, declared: Setting[Any], outcome: Outcome) -> HttpResponse:
    """The Undo of a message stands beside no control: what became of it is said in a message."""
    if outcome.done:
        _say(request, declared, outcome)
    else:
        messages.warning(request, outcome.error)
    if request.headers.get("HX-Request") == "true":
        return render(request, "capsule/_messages_part.html")
    return _back(request, declared)


def _say(request: HttpRequest, declared: Setting[Any], outcome: Outcome) -> None:
    """Without JavaScript a message of the next page says it, with the same Undo."""
    sentences = {
        "saved": _("“%(setting)s” was saved."),
        "reset": _("“%(setting)s” was reset."),
        "undone": _("The change of “%(setting)s” was undone."),
    }
    undo = ""
    if outcome.undo is not None:
        query = urlencode({"undo": outcome.undo, "scope": scope_of(request) or declared.scope})
        undo = f"{reverse('settings_app:setting', args=[declared.name])}?{query}"
    say_done(request, sentences[outcome.done] % {"setting": declared.title}, undo)


def _back(request: HttpRequest, declared: Setting[Any]) -> HttpResponse:
    # Not redirect(): it would take a word without a slash for the name of a view.
    return HttpResponseRedirect(safe_next(request, reverse("settings_app:setting", args=[declared.name])))


def _said(request: HttpRequest, outcome: Outcome) -> HttpResponse:
    code = "changed_meanwhile" if outcome.status == HTTPStatus.CONFLICT else "invalid_value"
    return error_response(request, outcome.status, code, outcome.error, {"value": [outcome.error]})


def _shown(
    request: HttpRequest, declared: Setting[Any], outcome: Outcome | None = None, status: int = 200
) -> HttpResponse:
    control = live_control(request, control_of(request, declared), outcome)
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(control, status=status)
        if declared.secret and outcome is not None and outcome.done:
            response["HX-Reswap"] = "outerHTML"  # what was typed goes: a morph would leave it in its field
        return response
    context = {"setting": declared, "control": control, "has_history": _has_history(request, declared)}
    return render(request, "settings_app/setting.html", context, status=status)


def _has_history(request: HttpRequest, declared: Setting[Any]) -> bool:
    return bool(editable_layers(declared, cast(PageRequest, request).identity))


def _varied(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["Accept", "Cookie", "HX-Request"])
    return response
