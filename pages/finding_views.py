"""To go somewhere by its name, and what the keys do: each a page, and a dialog over any page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from capsule.http import allow, requested_widget
from pages.finding import find

__all__ = ["finder", "keys"]

LONGEST = 100  # characters
DIALOG, RESULTS = "finder", "finder-found"


def finder(request: HttpRequest) -> HttpResponse:
    """A field, and what ``q`` finds; for the field itself only what was found."""
    if refused := allow(request, ("GET",)):
        return refused
    query = request.GET.get("q", "")[:LONGEST]
    context = {"query": query, "groups": find(request, query)}
    if requested_widget(request) == RESULTS:
        return _varied(render(request, "pages/_found.html", context))
    template = "pages/_finder.html" if requested_widget(request) == DIALOG else "pages/finder.html"
    return _varied(render(request, template, context))


def keys(request: HttpRequest) -> HttpResponse:
    """What each key does."""
    if refused := allow(request, ("GET",)):
        return refused
    template = "pages/_keys.html" if requested_widget(request) == DIALOG else "pages/keys.html"
    return _varied(render(request, template))


def _varied(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["Cookie", "HX-Request", "HX-Target"])
    return response
