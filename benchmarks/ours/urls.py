"""The site's addresses and those of the benchmarks."""

from __future__ import annotations

from typing import cast

from django.urls import URLPattern, URLResolver, include, path

from benchmarks.ours import views
from benchmarks.reference import by_hand
from capsule_site.urls import handler400, handler403, handler404, handler500
from capsule_site.urls import urlpatterns as site

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("bench/", include("benchmarks.same_views")),
    path("bench/change", views.change),
    path("bench/burst", views.burst),
    path("bench/packages", by_hand.packages),
    *cast("list[URLResolver]", site),
]
