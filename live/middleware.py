"""Around every request: versions are asked for once, and the answer of a write names what it changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponseBase

from capsule.identity import Identity
from capsule.refreshing import REFRESH_HEADER
from live.changes import telling
from live.tokens import acting
from live.tracking import remembering_versions

__all__ = ["ACTING_HEADER", "LiveMiddleware"]

GetResponse = Callable[[HttpRequest], HttpResponseBase]
ACTING_HEADER = "Capsule-Acting"
MOST_NAMES = 50  # in a header; who changed more at once is told by the socket


class LiveMiddleware:
    """The writer's page follows at once: the topics of its write come back with the answer."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with remembering_versions(), telling() as told:
            response = self.get_response(request)
        if request.headers.get("HX-Request") == "true":
            if told and len(told) <= MOST_NAMES:
                _name_changes(response, told)
            if REFRESH_HEADER in request.headers:
                identity: Identity = request.identity  # type: ignore[attr-defined]
                response[ACTING_HEADER] = acting(identity)
        return response


def _name_changes(response: HttpResponseBase, told: dict[str, int]) -> None:
    events: dict[str, Any] = {"capsule:changed": told}
    given = response.headers.get("HX-Trigger", "")
    if given.startswith("{"):
        with suppress(orjson.JSONDecodeError):  # the write is done, whatever its view says of it
            events = {**orjson.loads(given), **events}
    elif given:
        events = {**dict.fromkeys(given.replace(" ", "").split(",")), **events}
    response["HX-Trigger"] = json.dumps(events)  # in ASCII, as a header has to be
