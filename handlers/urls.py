"""``/data/``, its description, and ``/data/<name>``: which has no final slash, and answers with one too."""

from __future__ import annotations

from django.urls import path

from handlers import views

app_name = "handlers"

urlpatterns = [
    path("", views.index, name="index"),
    path("openapi.json", views.openapi, name="openapi"),
    # reverse() takes the last pattern of a name.
    path("<str:name>/", views.data, name="data"),
    path("<str:name>", views.data, name="data"),
]
