"""The file as an answer: its name, its headers, and its pieces as they are made."""

from __future__ import annotations

from collections.abc import Callable, Generator

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _

from capsule.errors import BadInput
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

    It is made as ``capsule.streaming`` says, within ``CAPSULE_EXPORT_SECONDS``.
    """
    chunks = WRITERS[format](table)
    seconds = float(settings.CAPSULE_EXPORT_SECONDS)
    response = streamed(request, chunks, content_type=CONTENT_TYPES[format], seconds=seconds)
    response["Content-Disposition"] = content_disposition_header(True, _file_name(table.label, format))
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _file_name(label: str, format: Format) -> str:
    name = slugify(label, allow_unicode=True)[:NAME_LIMIT] or "export"
    return f"{name}-{timezone.localdate().isoformat()}.{format}"
