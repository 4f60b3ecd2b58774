"""``/collections/...``"""

from __future__ import annotations

from capsule.routing import either
from collections_app import views

app_name = "collections_app"

urlpatterns = [
    *either("<str:name>/", views.collection_page, name="collection"),
    *either("<str:name>/add/", views.add, name="add"),
    *either("<str:name>/<uuid:id>/", views.record, name="record"),
    *either("<str:name>/<uuid:id>/delete/", views.delete, name="delete"),
]
