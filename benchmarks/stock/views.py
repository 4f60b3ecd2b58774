"""Hand-written views with Django alone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from benchmarks.stock.models import Entry, Switch

__all__ = ["entries", "switch"]


def switch(request: HttpRequest) -> HttpResponse:
    """Keep what was posted, and answer with the form as it stands now."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    row, _created = Switch._default_manager.update_or_create(
        name="bench_switch",
        person=request.user.pk,
        defaults={"value": request.POST.get("value") == "on"},
    )
    return render(request, "stock/_switch.html", {"row": row})


def entries(request: HttpRequest) -> HttpResponse:
    """One page of a table."""
    rows = Entry._default_manager.order_by("-size")[:25]
    return render(request, "stock/entries.html", {"rows": rows})
