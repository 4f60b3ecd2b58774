"""One address, two faces: a page for a person, JSON for a program. Access and validation are the same."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase

from capsule.programs import is_for_programs
from capsule.sources import coming_from
from settings_app import api, past_views, views

__all__ = ["history", "index", "setting"]


def index(request: HttpRequest) -> HttpResponseBase:
    """The page of all settings, or all of them as JSON."""
    if not is_for_programs(request):
        return views.index(request)
    with coming_from("http"):
        return api.index(request)


def setting(request: HttpRequest, name: str) -> HttpResponseBase:
    """The page of one setting and the form that saves it, or the setting as JSON."""
    if request.method == "POST":  # a form, whoever sends it
        return views.setting(request, name)
    if not is_for_programs(request):
        return views.setting(request, name)
    with coming_from("http"):
        return api.setting(request, name)


def history(request: HttpRequest, name: str) -> HttpResponseBase:
    """What the setting was before: the page whose buttons set it again, or a list as JSON."""
    if request.method == "POST" or not is_for_programs(request):
        return past_views.history(request, name)
    request.answers_json = True  # type: ignore[attr-defined]
    with coming_from("http"):
        return api.history(request, name)
