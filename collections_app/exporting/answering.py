"""The file as an answer: its name, its headers, and its pieces as they are made."""

from __future__ import annotations

from collections.abc import Callable, Generator

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.guessing import client_address
from capsule.errors import BadInput
from capsule.http import error_response
from capsule.identity import acting_identity
from capsule.seats import NoSeat, seated
from capsule.streaming import streamed
from collections_app.exporting.csv_file import csv_of
from collections_app.exporting.json_file import json_of, ndjson_of
from collections_app.exporting.table import CONTENT_TYPES, FORMATS, Exported, Format
from collections_app.exporting.xlsx_file import xlsx_of

__all__ = ["file_answer", "format_named"]

WRITERS: dict[Format, Callable[[Exported], Generator[bytes]]] = {
    "csv": csv_of,
    "xlsx": xlsx_of,
    "json": json_of,
    "ndjson": ndjson_of,
}
RETRY_SECONDS = 10
NAME_LIMIT = 80  # characters of the label in a file's name


def format_named(text: str, name: str) -> Format:
    """The format that ``text`` names. Raises ``BadInput`` that lists the legal ones, for the key ``name``."""
    for known in FORMATS:
        if text == known:
            return known
    legal = _("Use one of: %(formats)s.") % {"formats": ", ".join(FORMATS)}
    raise BadInput(_("There is no export in this format."), {name[:100]: [legal]})


def file_answer(request: HttpRequest, table: Exported, format: Format) -> HttpResponseBase:
    """The rows as a file to keep. Raises what reading the first of them raises.

    It is made as ``capsule.streaming`` says, within ``CAPSULE_EXPORT_SECONDS``. A 429 where as many are on
    their way to the same person as ``CAPSULE_EXPORTS_AT_ONCE`` says.
    """
    most = int(settings.CAPSULE_EXPORTS_AT_ONCE)
    chunks = seated(f"exports:{_who(request)}", most, WRITERS[format](table))
    seconds = float(settings.CAPSULE_EXPORT_SECONDS)
    try:
        response = streamed(request, chunks, content_type=CONTENT_TYPES[format], seconds=seconds)
    except NoSeat:
        return _too_many(request, most)
    response["Content-Disposition"] = content_disposition_header(True, _file_name(table.label, format))
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _who(request: HttpRequest) -> str:
    """The person; of visitors, who may be anybody each time, all of one address."""
    identity = acting_identity()
    if identity is not None and identity.user_id is not None:
        return f"user:{identity.user_id}"
    return f"address:{client_address(request) or ''}".replace("/", "_")


def _too_many(request: HttpRequest, most: int) -> HttpResponseBase:
    message = ngettext(
        "%(count)d export of yours is on its way already. Wait until it is here, then try again.",
        "%(count)d exports of yours are on their way already. Wait until one is here, then try again.",
        most,
    ) % {"count": most}
    for_programs = getattr(request, "answers_json", False)
    response = error_response(request, 429, "too_many_exports", message, json_by_default=for_programs)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _file_name(label: str, format: Format) -> str:
    name = slugify(label, allow_unicode=True)[:NAME_LIMIT] or "export"
    return f"{name}-{timezone.localdate().isoformat()}.{format}"
