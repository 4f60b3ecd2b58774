from __future__ import annotations

from django.urls import URLPattern, path

from tests.testapp import views

app_name = "testapp"
urlpatterns: list[URLPattern] = [
    path("counter/", views.counter, name="counter"),
    path("wizard/<int:step>/", views.wizard, name="wizard"),
    path("beside/<str:order>/", views.beside, name="beside"),
    path("own/", views.own, name="own"),
    path("summary/", views.summary, name="summary"),
]
