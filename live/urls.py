from __future__ import annotations

from capsule.routing import either
from live.views import compare

app_name = "live"
urlpatterns = [*either("compare/", compare, name="compare")]
