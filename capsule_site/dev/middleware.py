"""Puts into each page what follows the files that it is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from capsule_site.dev.answers import PREFIX
from capsule_site.dev.following import following

__all__ = ["FollowMiddleware"]

HEAD_ENDS: Final = b"</head>"


class FollowMiddleware:
    """Adds one style and one script to whole pages, of whoever: also of an ordinary view and of the admin.

    What a script asks for comes as it is: browsers say themselves what they want an answer for.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if _is_whole_page(request, response) and isinstance(response, HttpResponse):
            _add(response)
        return response


def _is_whole_page(request: HttpRequest, response: HttpResponseBase) -> bool:
    return (request.method == "GET" or request.method == "POST") and (
        request.headers.get("Sec-Fetch-Dest", "document") == "document"
        and "HX-Request" not in request.headers
        and not response.streaming
        and response.get("Content-Type", "").startswith("text/html")
        and not response.has_header("Content-Encoding")
    )


def _add(response: HttpResponse) -> None:
    lines = (
        f'<link rel="stylesheet" href="{PREFIX}look.css">\n'
        f'<script src="{PREFIX}follow.js?{following.state}" defer></script>\n'
    ).encode()
    before, end, after = response.content.partition(HEAD_ENDS)
    response.content = before + lines + end + after
    if response.has_header("Content-Length"):
        response["Content-Length"] = str(len(response.content))
