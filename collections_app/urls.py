"""``/collections/...``"""

from __future__ import annotations

from django.urls import path

from capsule.routing import either
from collections_app import faces, views
from collections_app.api import described
from collections_app.files import views as files

app_name = "collections_app"

urlpatterns = [
    *either("", described.index, name="index"),
    path("openapi.json", described.openapi, name="openapi"),
    *either("<str:name>/", faces.collection, name="collection"),
    path("<str:name>/export.<str:format>", faces.export, name="export"),
    *either("<str:name>/add/", views.add, name="add"),
    *either("<str:name>/<uuid:id>/", faces.record, name="record"),
    *either("<str:name>/<uuid:id>/delete/", views.delete, name="delete"),
    path("<str:name>/choices/<str:key>/", views.choices, name="choices"),
    *either("<str:name>/files/<str:key>/", files.upload, name="upload"),
    *either("<str:name>/<uuid:id>/files/<str:key>/", files.file, name="file"),
    # The rows of a model have keys of any kind.
    *either("<str:name>/<str:id>/", faces.record, name="record"),
    *either("<str:name>/<str:id>/delete/", views.delete, name="delete"),
]
