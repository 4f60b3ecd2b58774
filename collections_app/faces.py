"""One address, two faces: a page for a person, JSON for a program. Access and validation are the same."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from capsule.programs import is_for_programs
from capsule.sources import coming_from
from collections_app import views
from collections_app.api import views as api

__all__ = ["collection", "export", "record"]


def collection(request: HttpRequest, name: str) -> HttpResponse:
    """The table, or its rows."""
    if not is_for_programs(request):
        return views.collection_page(request, name)
    with coming_from("http"):
        return api.rows(request, name)


def record(request: HttpRequest, name: str, id: UUID | str) -> HttpResponse:
    """The form of a record, or the record."""
    if not is_for_programs(request):
        return views.record(request, name, id)
    with coming_from("http"):
        return api.record(request, name, id)


def export(request: HttpRequest, name: str, format: str) -> HttpResponseBase:
    """A file, which is the same for both."""
    with coming_from("http"):
        return api.export(request, name, format)
