"""The page of all settings, and each setting at an address of its own: seen, saved, reset."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.access import require
from capsule.errors import BadInput
from capsule.http import PageRequest, allow, error_response, safe_next, wants_json
from capsule.identity import Identity
from capsule.json_values import parse_json
from live.marking import live_element
from settings_app.access import is_visible, require_editable, setting_for, why_not_editable
from settings_app.controls import Control, Outcome, control_of, render_control
from settings_app.declarations import Setting, settings_registry
from settings_app.forms import field_of
from settings_app.values import keep, read_all

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
    if wants_json(request):
        found = read_all()
        return _varied(
            JsonResponse({"settings": [_described(one, identity, found[one.name]) for one in visible]})
        )
    search = request.GET.get("q", "").strip()
    sections = _sections(request, _matching(visible, search))
    context = {"sections": sections, "search": search, "declared": bool(visible)}
    return _varied(render(request, "settings_app/settings.html", context))


def _matching(visible: Iterable[Setting[Any]], search: str) -> list[Setting[Any]]:
    words = search.casefold().split()

    def text(declared: Setting[Any]) -> str:
        return f"{declared.title} {declared.help_text} {declared.section or ''} {declared.name}".casefold()

    return [declared for declared in visible if all(word in text(declared) for word in words)]


def _sections(request: HttpRequest, found: list[Setting[Any]]) -> list[tuple[str, list[SafeString]]]:
    def section(declared: Setting[Any]) -> str:
        return str(declared.section or _("General"))

    # By section in the order of their first setting; sorting is stable, so settings keep theirs.
    order = list(dict.fromkeys(section(declared) for declared in found))
    ordered = sorted(found, key=lambda declared: order.index(section(declared)))
    return [
        (title, [_live(request, Control(declared)) for declared in group])
        for title, group in groupby(ordered, key=section)
    ]


# One of them ------------------------------------------------------------------------------------------


def setting(request: HttpRequest, name: str) -> HttpResponseBase:
    """One setting: a page or a control to look at, a form to save, JSON for programs."""
    refused = allow(request, ["DELETE", "GET", "HEAD", "POST", "PUT"])
    if refused is not None:
        return refused
    declared = setting_for(name, cast(PageRequest, request).identity)
    if request.method == "POST":
        return _varied(_post(request, declared))
    if request.method == "PUT":
        return _varied(_put(request, declared))
    if request.method == "DELETE":
        require_editable(declared, cast(PageRequest, request).identity)
        declared.reset()
    elif not wants_json(request):
        return _varied(_shown(request, declared))
    return _varied(_as_json(request, declared))


def _post(request: HttpRequest, declared: Setting[Any]) -> HttpResponse:
    try:
        require_editable(declared, cast(PageRequest, request).identity)
    except PermissionDenied:
        if wants_json(request):
            raise
        return _shown(request, declared, status=403)
    sent = request.POST.getlist("value")
    typed = sent[-1] if sent else ""  # the last: a toggle sends "off" before its "on"
    try:
        if not sent:
            raise ValidationError(_("No value was sent."))
        value = field_of(declared).clean(typed)
    except ValidationError as error:
        return _refused(request, declared, error, typed)
    keep(declared, value)
    return _saved(request, declared, value)


def _saved(request: HttpRequest, declared: Setting[Any], value: Any) -> HttpResponse:
    if wants_json(request):
        return _as_json(request, declared)
    if request.headers.get("HX-Request") == "true":
        return _shown(request, declared, Outcome(saved=True, value=value))
    messages.success(request, _("“%(setting)s” was saved.") % {"setting": declared.title})
    # Not redirect(): it would take a word without a slash for the name of a view.
    return HttpResponseRedirect(safe_next(request, reverse("settings_app:setting", args=[declared.name])))


def _refused(
    request: HttpRequest, declared: Setting[Any], error: ValidationError, typed: str | None
) -> HttpResponse:
    sentences = error.messages
    if typed is None or wants_json(request):
        return error_response(
            request, 422, "invalid_value", sentences[0], {"value": sentences}, json_by_default=typed is None
        )
    return _shown(request, declared, Outcome(typed=typed, error=" ".join(sentences)), status=422)


def _shown(
    request: HttpRequest, declared: Setting[Any], outcome: Outcome | None = None, status: int = 200
) -> HttpResponse:
    control = _live(request, control_of(request, declared), outcome)
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(control, status=status)
    return render(
        request, "settings_app/setting.html", {"setting": declared, "control": control}, status=status
    )


def _live(request: HttpRequest, control: Control, outcome: Outcome | None = None) -> SafeString:
    """The control, which follows what others set."""
    return live_element(control.element_id, lambda: render_control(request, control, outcome))


# For programs -----------------------------------------------------------------------------------------


def _put(request: HttpRequest, declared: Setting[Any]) -> HttpResponse:
    require_editable(declared, cast(PageRequest, request).identity)
    body = parse_json(request.body)
    if not isinstance(body, dict) or body.keys() != {"value"}:
        raise BadInput(_("Send an object with one key, “value”."), {"value": [_("This key alone is read.")]})
    try:
        declared.set(body["value"])
    except ValidationError as error:
        return _refused(request, declared, error, typed=None)
    return _as_json(request, declared)


def _as_json(request: HttpRequest, declared: Setting[Any]) -> HttpResponse:
    return JsonResponse(_described(declared, cast(PageRequest, request).identity, declared.get()))


def _described(declared: Setting[Any], identity: Identity, value: object) -> dict[str, Any]:
    return {
        "name": declared.name,
        "label": declared.title,
        "help_text": str(declared.help_text),
        "section": str(declared.section or ""),
        "scope": declared.scope,
        "type": declared.type.__name__,
        "value": value,
        "default": declared.default,
        "options": [{"value": option, "label": label} for option, label in declared.choices],
        "min": declared.min,
        "max": declared.max,
        "step": declared.step,
        "unit": declared.unit,
        "editable": not why_not_editable(declared, identity),
    }


def _varied(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["Accept", "Cookie", "HX-Request"])
    return response
