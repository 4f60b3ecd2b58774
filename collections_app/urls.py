"""``/collections/...``"""

from __future__ import annotations

from django.urls import URLPattern, path

from capsule.routing import either
from collections_app import cell_views, faces, following, past_views, views
from collections_app.api import described
from collections_app.files import views as files

app_name = "collections_app"


def of_record(id: str) -> list[URLPattern]:
    """The addresses of a record, whose id is of the form ``id``."""
    record = f"<str:name>/<{id}:id>/"
    return [
        *either(record, faces.record, name="record"),
        *either(f"{record}delete/", views.delete, name="delete"),
        *either(f"{record}cells/<str:key>/", cell_views.cell, name="cell"),
        *either(f"{record}now/", following.now, name="now"),
        *either(f"{record}history/", past_views.history, name="history"),
        *either(f"{record}restore/<int:version>/", past_views.restore, name="restore"),
        *either(f"{record}undo/<int:version>/", past_views.undo, name="undo"),
        *either(f"{record}undelete/", past_views.undelete, name="undelete"),
    ]


urlpatterns = [
    *either("", described.index, name="index"),
    path("openapi.json", described.openapi, name="openapi"),
    *either("<str:name>/", faces.collection, name="collection"),
    path("<str:name>/export.<str:format>", faces.export, name="export"),
    *either("<str:name>/add/", views.add, name="add"),
    *of_record("uuid"),
    path("<str:name>/choices/<str:key>/", views.choices, name="choices"),
    *either("<str:name>/files/<str:key>/", files.upload, name="upload"),
    *either("<str:name>/<uuid:id>/files/<str:key>/", files.file, name="file"),
    # The rows of a model have keys of any kind.
    *of_record("str"),
]
