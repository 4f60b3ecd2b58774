"""Rows and refusals -> JSON, with an ETag that is the row's version."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.translation import gettext as _

from capsule.errors import BadInput
from capsule.http import error_response
from capsule.programs import json_response
from collections_app.api.asking import Asked
from collections_app.declarations import Declaration
from collections_app.fitting import problems_shown
from collections_app.rows import Row

__all__ = [
    "conflict",
    "invalid",
    "page_answer",
    "row_answer",
    "wanted_version",
    "written",
]

_VERSION = re.compile(r'"([1-9][0-9]{0,9})"')


def written(row: Row, fields: Iterable[str]) -> dict[str, Any]:
    """A row as a caller reads it: what a browser may see of it, and what the row says of itself."""
    return {
        "_id": row.id,
        "_version": row.version,
        "_created_at": row.created_at,
        "_updated_at": row.updated_at,
        **{key: row[key] for key in fields if key in row},
    }


def page_answer(request: HttpRequest, asked: Asked, fields: list[str]) -> HttpResponse:
    """Some rows in the paging envelope."""
    body = {
        "rows": [written(row, fields) for row in asked.rows],
        "total": asked.total,
        "next": asked.next,
        "previous": asked.previous,
    }
    response = json_response(body)
    set_response_etag(response)
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


def row_answer(
    request: HttpRequest, row: Row, fields: list[str], status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """One row. Its ETag is its version, whatever ``fields`` leaves out: it is what ``If-Match`` asks for."""
    response = json_response(written(row, fields), status)
    response["ETag"] = f'"{row.version}"'
    if request.method in ("GET", "HEAD"):
        return get_conditional_response(request, etag=response["ETag"], response=response) or response
    return response


def invalid(request: HttpRequest, error: ValidationError, declaration: Declaration) -> HttpResponse:
    """422: what does not fit, by column; of a hidden one not even its name."""
    fields = problems_shown(error, declaration)
    message = _("This cannot be saved as it is.")
    return error_response(
        request, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", message, fields, json_by_default=True
    )


def conflict(request: HttpRequest, current: Row, declaration: Declaration) -> HttpResponse:
    """412: somebody changed the row since; ``current`` is the row as it is now."""
    fields = [column.key for column in declaration.visible_columns]
    body = {
        "error": "conflict",
        "message": _("Somebody else changed this meanwhile. Nothing was written."),
        "fields": {},
        "request_id": getattr(request, "request_id", ""),
        "current": written(current, fields),
    }
    response = json_response(body, HTTPStatus.PRECONDITION_FAILED)
    response["ETag"] = f'"{current.version}"'
    return response


def wanted_version(request: HttpRequest) -> int | None:
    """The version that ``If-Match`` asks for, ``None`` for any. Raises ``BadInput`` for another form."""
    given = request.headers.get("If-Match")
    if given is None or given.strip() == "*":
        return None
    found = _VERSION.fullmatch(given.strip())
    if found is None:
        raise BadInput(
            _("If-Match is a row's ETag, its version in quotes."), {"If-Match": [_('Send one such as "3".')]}
        )
    return int(found[1])
