"""Lets one request read its settings once."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from settings_app.values import remembering

__all__ = ["SettingsMiddleware"]

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class SettingsMiddleware:
    """Remembers, until the request ends, the values that it has read."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with remembering():
            return self.get_response(request)
