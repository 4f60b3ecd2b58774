"""``/_states/``"""

from __future__ import annotations

from django.urls import URLPattern

from capsule.routing import either
from pages.gallery import (
    actions,
    charts,
    conversations,
    forms,
    metrics,
    notices,
    params,
    records,
    settings,
    tables,
    views,
    wizards,
)

__all__ = ["JOINED", "app_name", "urlpatterns"]

# The modules that register states. Another widget's stands here beside them.
JOINED = (
    *(tables, records, settings, params, charts, forms, metrics, notices, actions, conversations, wizards),
)

app_name = "states"
urlpatterns: list[URLPattern] = [
    *either("", views.index, name="index"),
    *either("<slug:widget>/<slug:name>/", views.one_state, name="state"),
]
