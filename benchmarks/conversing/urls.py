"""The addresses of the benchmarks, and one that changes a conversation's data."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from benchmarks.conversing import views
from benchmarks.ours.urls import handler400, handler403, handler404, handler500
from benchmarks.ours.urls import urlpatterns as others

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("bench/conversations/<uuid:conversation_id>", views.change),
    *others,
]
