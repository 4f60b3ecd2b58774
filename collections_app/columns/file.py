"""Files: only their label is shown; uploading is no part of this type."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from collections_app.columns.base import (
    Cell,
    ColumnType,
    Storage,
    column_type,
    missing_cell,
    odd_cell,
    short_text,
    shortened,
)
from collections_app.declarations import Column

__all__ = ["FileColumn"]

LABEL_LIMIT = 255  # characters


@column_type
class FileColumn(ColumnType):
    """A file, stored as ``{"_type": "file", "label": ...}``."""

    name = "file"
    shared = True
    storage: ClassVar[Storage] = "none"
    sortable = False
    operators: ClassVar[tuple[str, ...]] = ()
    takes_options = False
    in_forms = False

    def clean(self, column: Column, value: object) -> Any:
        if value is None or value == "":
            return None
        if not isinstance(value, dict) or value.get("_type") != "file":
            raise ValidationError(_("This is not a file."))
        return {**value, "label": short_text(value.get("label", ""), LABEL_LIMIT)}

    def parse(self, column: Column, text: str) -> Any:
        raise ValidationError(_("Files cannot be filtered."))

    def cell(self, column: Column) -> Cell:
        missing = missing_cell()

        def cell(value: Any) -> str:
            if isinstance(value, dict) and value.get("_type") == "file":
                return shortened(self.export(column, value)) or missing
            return missing if value is None or value == "" else odd_cell(value)

        return cell

    def export(self, column: Column, value: Any) -> str:
        if isinstance(value, dict) and value.get("_type") == "file":
            return str(value.get("label") or "")
        return super().export(column, value)
