"""What a program is answered, at an address that has a page as well."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from capsule.errors import BadInput
from capsule.http import wants_json
from capsule.json_values import parse_json
from capsule.registry import did_you_mean

__all__ = ["JSON", "answer_of", "given_of", "is_for_programs", "json_response", "sent_json", "sent_object"]

JSON: Final = "application/json"


def is_for_programs(request: HttpRequest) -> bool:
    """Whether a program asks: by what it wants, or what it sends."""
    if request.method in ("PATCH", "DELETE", "PUT") or request.content_type == JSON:
        request.answers_json = True  # type: ignore[attr-defined] # errors too, whatever Accept says
        return True
    return wants_json(request) and request.headers.get("HX-Request") != "true"


def given_of(request: HttpRequest, legal: Sequence[str]) -> dict[str, str]:
    """The parameters of a request. Raises ``BadInput`` for any that there is not, and for one given twice.

    Example: ``given_of(request, ("page", "per_page")).get("page")``
    """
    problems: dict[str, list[str]] = {}
    for name, values in request.GET.lists():
        if name not in legal:
            hint = did_you_mean(name, list(legal))
            problems[name[:64]] = [" ".join((_("There is no such parameter."), hint)).strip()]
        elif len(values) > 1:
            problems[name] = [_("Give this once.")]
    if problems:
        raise BadInput(_("This address cannot be used as it is."), problems)
    return {name: str(value) for name, value in request.GET.items()}


def sent_json(request: HttpRequest, *, clean: bool = True) -> Any:
    """What was sent as JSON, whatever it says that it is. Raises ``InvalidJSON``; ``BadInput`` for a form.

    A form of several parts was read as such before any view, so that there is no body left: it would be a
    failure of ours, and is a mistake of whoever sends it. ``clean`` as in ``parse_json``.
    """
    if request.content_type == "multipart/form-data":
        raise BadInput(_("Send an object of keys and values as JSON: a form is not taken here."))
    return parse_json(request.body, clean=clean)


def sent_object(request: HttpRequest, *, clean: bool = True) -> dict[str, Any]:
    """The object that was sent as JSON. Raises ``InvalidJSON`` or ``BadInput``.

    Example: ``sent_object(request).get("title")``
    """
    sent = sent_json(request, clean=clean)
    if not isinstance(sent, dict):
        raise BadInput(_("Send an object of keys and values."))
    return sent


def json_response(body: Any, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    """Anything made of JSON's types, instants and UUIDs."""
    return answer_of(orjson.dumps(body, option=orjson.OPT_UTC_Z), status)


def answer_of(content: bytes, status: HTTPStatus) -> HttpResponse:
    """JSON that is written already."""
    response = HttpResponse(content, content_type=JSON, status=status)
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Accept", "Cookie", "HX-Request"])
    return response
