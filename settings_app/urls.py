from __future__ import annotations

from django.urls import path

from capsule.routing import either
from settings_app import described, faces

app_name = "settings_app"
urlpatterns = [
    *either("", faces.index, name="index"),
    # No setting has a dot in its name.
    path("openapi.json", described.openapi, name="openapi"),
    path("openapi.html", described.to_read, name="openapi_page"),
    *either("<str:name>/", faces.setting, name="setting"),
    *either("<str:name>/history/", faces.history, name="history"),
]
