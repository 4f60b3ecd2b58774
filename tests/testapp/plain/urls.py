from __future__ import annotations

from django.urls import URLPattern, path

from tests.testapp.plain import views

app_name = "plain"
urlpatterns: list[URLPattern] = [
    path("", views.board, name="board"),
    path("board/", views.Board.as_view(), name="templated"),
    path("tickets/", views.Tickets.as_view(), name="tickets"),
    path("tickets/<int:pk>/", views.One.as_view(), name="one"),
    path("new/", views.new, name="new"),
    path("activity/", views.activity, name="activity"),  # type: ignore[arg-type] # .view for type checkers
    path("load/", views.Load.as_view(), name="load"),
]
