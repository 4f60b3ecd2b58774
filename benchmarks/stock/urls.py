from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from benchmarks.stock import live, views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("bench/", include("benchmarks.same_views")),
    path("bench/change", live.change),
    path("switch/", views.switch),
    path("entries/", views.entries),
]
