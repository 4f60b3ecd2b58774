"""``/declared/``"""

from __future__ import annotations

from django.urls import URLPattern, path

from declared.views import index

app_name = "declared"
urlpatterns: list[URLPattern] = [path("", index, name="index")]
