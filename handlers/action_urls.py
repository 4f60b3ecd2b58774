"""``/actions/<name>/`` and where a person is asked before: with and without the final slash."""

from __future__ import annotations

from capsule.routing import either
from handlers import action_views

app_name = "actions"

urlpatterns = [
    *either("<str:name>/", action_views.does, name="action"),
    *either("<str:name>/ask/", action_views.asks, name="ask"),
]
