from __future__ import annotations

from capsule.routing import either
from settings_app import views

app_name = "settings_app"
urlpatterns = [
    *either("", views.index, name="index"),
    *either("<str:name>/", views.setting, name="setting"),
]
