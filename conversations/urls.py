from __future__ import annotations

from django.urls import URLPattern

from capsule.routing import either
from conversations.views import start

app_name = "conversations"
urlpatterns: list[URLPattern] = [*either("new/", start, name="start")]
