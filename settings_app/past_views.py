"""The history of one setting: a page, the same in a drawer, and the way back to what was."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from capsule.errors import BadInput, NotDeclared
from capsule.http import PageRequest, allow, requested_widget, safe_next
from capsule.toasts import say_done
from settings_app.access import editable_layers, require_editable, setting_for
from settings_app.declarations import Setting
from settings_app.models import SettingChange
from settings_app.past import entries_of, revert

__all__ = ["history"]

DRAWER = "drawer"  # the id of the part that every page has for one thing beside it
_WHOLE = re.compile(r"[0-9]{1,18}")  # as many digits as every database takes


def history(request: HttpRequest, name: str) -> HttpResponseBase:
    """Old and new values in the layers that the person may change; a POST sets one of them again."""
    refused = allow(request, ["GET", "HEAD", "POST"])
    if refused is not None:
        return refused
    identity = cast(PageRequest, request).identity
    setting = setting_for(name, identity)
    if not editable_layers(setting, identity):
        require_editable(setting, identity)
    if request.method != "POST":
        return _shown(request, setting)
    try:
        revert(setting, identity, _number(request.POST.get("change", "")))
    except SettingChange.DoesNotExist:
        raise NotDeclared(f"The setting '{name}' has no such change.") from None
    except ValidationError as error:
        return _shown(request, setting, " ".join(error.messages), HTTPStatus.UNPROCESSABLE_ENTITY)
    say_done(request, _("“%(setting)s” is as it was then.") % {"setting": setting.title})
    if requested_widget(request) == DRAWER:
        return render(request, "settings_app/_drawer_done.html")
    return HttpResponseRedirect(_back(request, setting))


def _shown(
    request: HttpRequest, setting: Setting[Any], error: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    before = request.GET.get("before", "")
    entries, older = entries_of(setting, cast(PageRequest, request).identity, before)
    in_drawer = requested_widget(request) == DRAWER
    context = {
        "base": f"settings_app/{'drawer' if in_drawer else 'page'}_base.html",
        "setting": setting,
        "entries": entries,
        "older": older,
        "error": error,
        "address": reverse("settings_app:history", args=[setting.name]),
        "next": _back(request, setting),
        "in_drawer": in_drawer,
    }
    response = render(request, "settings_app/history.html", context, status=status)
    patch_vary_headers(response, ["Accept", "Cookie", "HX-Request", "HX-Target"])
    return response


def _back(request: HttpRequest, setting: Setting[Any]) -> str:
    return safe_next(request, reverse("settings_app:setting", args=[setting.name]))


def _number(text: str) -> int:
    """A change's number from outside. Raises ``BadInput``."""
    if not _WHOLE.fullmatch(text):
        raise BadInput(_("This is not the number of a change."), {"change": [_("Give a whole number.")]})
    return int(text)
