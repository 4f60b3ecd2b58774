"""``/data/`` and ``/data/<name>``: the name's address has no final slash, and answers with one too."""

from __future__ import annotations

from django.urls import path

from handlers import views

app_name = "handlers"

urlpatterns = [
    path("", views.index, name="index"),
    # reverse() takes the last pattern of a name.
    path("<str:name>/", views.data, name="data"),
    path("<str:name>", views.data, name="data"),
]
