"""``/_states/``"""

from __future__ import annotations

from django.urls import URLPattern

from capsule.routing import either
from pages.gallery import notices, records, tables, views

__all__ = ["JOINED", "app_name", "urlpatterns"]

# The modules that register states. Another widget's stands here beside them.
JOINED = (tables, records, notices)

app_name = "states"
urlpatterns: list[URLPattern] = [
    *either("", views.index, name="index"),
    *either("<slug:widget>/<slug:name>/", views.one_state, name="state"),
]
