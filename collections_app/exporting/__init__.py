"""Rows -> a file: CSV, XLSX, JSON or NDJSON, written while they are read."""

from __future__ import annotations

from collections_app.exporting.answering import file_answer, format_named
from collections_app.exporting.table import CONTENT_TYPES, FORMATS, Exported, Format

__all__ = ["CONTENT_TYPES", "FORMATS", "Exported", "Format", "file_answer", "format_named"]
