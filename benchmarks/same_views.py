"""The views that both sides serve, so that nothing but what stands around them differs."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.urls import path

__all__ = ["urlpatterns"]


def points(request: HttpRequest) -> JsonResponse:
    """The 30 points of a chart."""
    days = range(1, 31)
    return JsonResponse(
        [{"day": f"2026-11-{day:02}", "opened": day * 3, "closed": day * 2} for day in days], safe=False
    )


urlpatterns = [path("points", points), path("own-points", login_required(points))]
