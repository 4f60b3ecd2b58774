"""The suites' addresses, and one whose view each test says itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path

from conversations import ConversationRequest
from tests.urls import handler400, handler403, handler404, handler500
from tests.urls import urlpatterns as suite

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns", "work"]

# What the view does with the request; it may return a response.
work: list[Callable[[ConversationRequest], Any]] = []


def told(request: ConversationRequest) -> HttpResponse:
    result = work[-1](request)
    return result if isinstance(result, HttpResponse) else HttpResponse(str(result))


urlpatterns: list[URLPattern | URLResolver] = [path("told/", told), path("data/told/", told), *suite]
